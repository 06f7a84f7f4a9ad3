package engine_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"drover/agent/engine"
	"drover/agent/engine/enginetest"
	"drover/agent/forecast"
	"drover/agent/ollama"
	"drover/agent/ollamatest"
	"drover/dispatcher"
)

// mixed makes an engine with the server and the kinds of a mixed batch.
func mixed(t *testing.T, o engine.Options) *engine.Local {
	t.Helper()
	running := ollamatest.StartPipe(enginetest.MixedServer())
	host, err := ollama.ParseHost(running.URL)
	if err != nil {
		t.Fatal(err)
	}
	o.Server, o.Kinds = ollama.Config{Host: host, Dial: running.Dial}, enginetest.MixedKinds()
	l, err := engine.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		l.Close()
		running.Close()
	})
	return l
}

func TestForecastOfAMixedBatch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := mixed(t, engine.Options{Workers: 10, Patience: 30 * time.Second})
		errs, err := enginetest.MeasureForecast(t.Context(), l, enginetest.Mixed(60, 1))
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%v left, whole %+.0f %%, median of tasks %.0f %%, %d of %d within", errs.Left, 100*errs.Whole, 100*errs.Median(), errs.Within, len(errs.Tasks))
		if errs.Whole > 0.2 || errs.Whole < -0.2 || errs.Median() > 0.25 || 2*errs.Within < len(errs.Tasks) {
			t.Errorf("whole %+.2f, median of tasks %.2f, %d of %d within", errs.Whole, errs.Median(), errs.Within, len(errs.Tasks))
		}
	})
}

func TestWhy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := mixed(t, engine.Options{Workers: 1})
		why := func(id string, want forecast.Reason) forecast.Answer {
			t.Helper()
			a, err := l.Why(id)
			if err != nil || a.Reason != want || a.ID != id {
				t.Errorf("%+v, %v, not %s", a, err, want)
			}
			return a
		}
		for _, err := range l.SubmitAll(t.Context(), enginetest.Mixed(1500, 1, "quick"), nil) {
			if err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(30 * time.Second)
		lane := l.State(dispatcher.SnapshotRequest{}).Lanes[0]
		if a := why(lane.Task.ID, forecast.BecauseGenerating); !a.End.Known() {
			t.Errorf("%+v", a)
		}
		// The last of the low ones is far behind those that are looked at one by one.
		last := why("1494", forecast.BecauseBehind)
		before := l.State(dispatcher.SnapshotRequest{}).PendingTotal
		if !last.End.Known() || last.Before == nil || *last.Before < before-10 {
			t.Errorf("%+v, of %d", last, before)
		}
		if err := l.SetPaused(true); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second)
		if a := why("1494", forecast.BecausePaused); a.End.Known() {
			t.Errorf("%+v", a)
		}
		why("1", forecast.BecauseEnded)
		if _, err := l.Why("other"); !errors.Is(err, dispatcher.ErrTaskNotFound) {
			t.Error(err)
		}
	})
}

// What tasks take is known after a restart.
func TestForecastAfterARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open := func() engine.Options {
		return engine.Options{Workers: 2, Storage: &engine.StorageOptions{Dir: dir, Origin: engine.OriginScreen, Restore: true}}
	}
	synctest.Test(t, func(t *testing.T) {
		l := mixed(t, open())
		if _, err := enginetest.MeasureForecast(t.Context(), l, enginetest.Mixed(12, 1)); err != nil {
			t.Fatal(err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		l := mixed(t, open())
		l.Hold("a test")
		for _, err := range l.SubmitAll(t.Context(), enginetest.Mixed(12, 2), nil) {
			if err != nil {
				t.Fatal(err)
			}
		}
		l.Release("a test")
		all := dispatcher.SnapshotRequest{Pending: dispatcher.Window{Limit: 100}}
		l.State(all)
		time.Sleep(500 * time.Millisecond)
		if s := l.State(all); !s.Forecast.All.Known() {
			t.Errorf("nothing is known: %+v", s.Forecast)
		}
	})
}

// Whoever does not look at the queue costs nothing.
func TestForecastOnlyForWhoLooks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := mixed(t, engine.Options{Workers: 2})
		for _, err := range l.SubmitAll(t.Context(), enginetest.Mixed(12, 1), nil) {
			if err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Minute)
		if at := l.ForecastAt(); !at.IsZero() {
			t.Errorf("computed at %v", at)
		}
	})
}
