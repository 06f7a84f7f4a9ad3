package footer

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"drover/agent"
	"drover/agent/engine"
	"drover/agent/forecast"
	"drover/dispatcher"
	"drover/tui/keys"
	"drover/tui/overlay"
	"drover/tui/theme"
)

func TestMain(m *testing.M) {
	time.Local = time.UTC // times of day are part of rows
	os.Exit(m.Run())
}

func newFooter(state *engine.State, w int) *Footer {
	f := New(&overlay.Look{Theme: theme.New(theme.Look{Profile: colorprofile.NoTTY}, theme.ASCII()), Keys: keys.Default()})
	f.SetSize(w, 1)
	f.SetData(Data{State: state, Spark: func(n int) string { return strings.Repeat("~", min(n, 9)) }, Now: time.Unix(0, 0)})
	return f
}

// The numbers are there in the longest form that fits, each in a row of exactly the width.
func TestMetrics(t *testing.T) {
	t.Parallel()
	state := &engine.State{OutputTokens: 1234, Metrics: dispatcher.DispatcherMetrics{PendingTasks: 3, RunningTasks: 2, CompletedTasks: 7, FailedTasks: 1}}
	for w, want := range map[int][]string{
		20:  {". 3 * 2"},
		60:  {"3", "2", "7", "1"},
		80:  {"pending 3", "running 2", "7", "failed 1"},
		120: {"pending 3", "completed 7", "tok/s - ~~~~~~~~~"},
		200: {"pending 3", "completed 7", "wait median/p95", "tokens 1,234", "tasks/min 0.0", "up since"},
	} {
		got := ansi.Strip(newFooter(state, w).Metrics())
		if ansi.StringWidth(got) != w {
			t.Errorf("in %d cells it has %d: %q", w, ansi.StringWidth(got), got)
		}
		for _, text := range want {
			if !strings.Contains(got, text) {
				t.Errorf("in %d cells there is no %q: %q", w, text, got)
			}
		}
	}
	state.Server.State = agent.ServerDown
	if got := ansi.Strip(newFooter(state, 60).Small()); !strings.Contains(got, "the model server does not answer") {
		t.Errorf("on a small screen it is %q", got)
	}
}

// As many keys as fit, and always the last two.
func TestKeys(t *testing.T) {
	t.Parallel()
	for w, want := range map[int]string{
		80: " n new task  enter output  x cancel  ? all keys  q quit", 36: " n new task  ? all keys  q quit", 22: " ? all keys  q quit",
	} {
		got := ansi.Strip(newFooter(&engine.State{}, w).Keys([]keys.Action{keys.New, keys.Open, keys.Cancel, keys.Help, keys.Quit}))
		if strings.TrimRight(got, " ") != want || len(got) != w {
			t.Errorf("in %d cells it is %q", w, got)
		}
	}
}

// The footer says until when all will have ended, as long as that is known and there is anything to be done.
func TestUntil(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	all := forecast.Span{Early: now, Likely: now.Add(92 * time.Second), Late: now.Add(time.Hour)}
	for name, test := range map[string]struct {
		forecast forecast.View
		pending  int
		want     bool
	}{
		"known":         {forecast.View{All: all}, 1, true},
		"not known":     {forecast.View{}, 1, false},
		"nothing to do": {forecast.View{All: all}, 0, false},
		"some are held": {forecast.View{All: all, Held: 1}, 1, false},
	} {
		state := engine.State{Forecast: test.forecast, Metrics: dispatcher.DispatcherMetrics{PendingTasks: test.pending}}
		if row := newFooter(&state, 140).Metrics(); strings.Contains(row, "all until 00:01:30") != test.want || strings.Contains(row, "until") != test.want {
			t.Errorf("%s: %q", name, row)
		}
	}
}
