package ollama

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"drover/agent"
	"drover/agent/ollamatest"
)

// scriptedMonitor returns a monitor whose looks end as answer says, and the times at which it looked.
func scriptedMonitor(t *testing.T, answer func(n int) (probe, error)) (*Monitor, func() []time.Duration) {
	t.Helper()
	host, err := ParseHost("box:1234")
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	var mu sync.Mutex
	var looks []time.Duration
	m := newMonitor(Config{Host: host}, func(context.Context) (probe, error) {
		mu.Lock()
		defer mu.Unlock()
		looks = append(looks, time.Since(start))
		return answer(len(looks))
	})
	return m, func() []time.Duration {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(looks)
	}
}

var errDial = &agent.Error{What: "no connection to the model server at http://box:1234: connection refused", Err: agent.ErrUnreachable}

func TestMonitorBacksOffWhileDownAndRestsWhileUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, looks := scriptedMonitor(t, func(n int) (probe, error) {
			if n <= 8 {
				return probe{}, errDial
			}
			return probe{version: "1.0", models: []agent.Model{{Name: "a"}}, first: "a"}, nil
		})
		var seen []agent.Server
		m.OnChange(func(s agent.Server) { seen = append(seen, s) })
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { m.Run(ctx); close(done) }()
		time.Sleep(10 * time.Second)
		if s := m.Server(); s.State != agent.ServerDown || s.Err != "no connection to the model server at http://box:1234: connection refused" ||
			!s.NextCheck.After(time.Now()) || s.NextCheck.After(time.Now().Add(lastRetry)) {
			t.Errorf("%+v", s)
		}
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		got := looks()
		if len(got) != 9 {
			t.Fatalf("looked %d times: %v", len(got), got)
		}
		for i := 1; i < len(got); i++ {
			want := min(firstRetry<<(i-1), lastRetry)
			if d := got[i] - got[i-1]; d < want*8/10 || d > min(want*12/10, lastRetry) {
				t.Errorf("pause %d is %v, want about %v", i, d, want)
			}
		}
		if s := m.Server(); s.State != agent.ServerUp || s.Err != "" || !s.NextCheck.IsZero() || s.DefaultModel != "a" || s.DefaultFrom != "first installed" {
			t.Errorf("%+v", s)
		}
		if len(seen) != 10 || seen[0].State != agent.ServerUnknown || seen[1].State != agent.ServerDown || seen[9].State != agent.ServerUp {
			t.Errorf("told %d changes", len(seen))
		}
		cancel()
		<-done
	})
}

// An attempt that finds the server gone makes it down at once, and the monitor looks after a second, however
// many attempts say so; one whose connection broke makes it look at once.
func TestMonitorHearsOfTrouble(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, looks := scriptedMonitor(t, func(int) (probe, error) { return probe{version: "1"}, nil })
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { m.Run(ctx); close(done) }()
		synctest.Wait()
		var seen []agent.ServerState
		m.OnChange(func(s agent.Server) { seen = append(seen, s.State) })
		for range 5 {
			m.consider(&agent.Error{Ending: agent.EndConnectionLost, What: "gone", Err: agent.ErrUnreachable})
			if s := m.Server(); s.State != agent.ServerDown || s.Err != "gone" {
				t.Errorf("%+v", s)
			}
			time.Sleep(100 * time.Millisecond)
			synctest.Wait()
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if got := looks(); len(got) != 2 || got[1] < 800*time.Millisecond || got[1] > 1200*time.Millisecond {
			t.Errorf("looked at %v", got)
		}
		if !slices.Equal(seen, []agent.ServerState{agent.ServerUp, agent.ServerDown, agent.ServerUp}) {
			t.Errorf("told %v", seen)
		}
		// The next trouble begins with a short pause again.
		before := time.Now()
		m.consider(&agent.Error{What: "gone", Err: agent.ErrUnreachable})
		if d := m.Server().NextCheck.Sub(before); d > 1200*time.Millisecond {
			t.Errorf("looks again in %v", d)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		for i, ending := range []agent.Ending{agent.EndConnectionLost, agent.EndModelMissing, agent.EndServerError, agent.EndCancelled} {
			m.consider(&agent.Error{Ending: ending})
			synctest.Wait()
			if got, want := len(looks()), min(4+i, 5); got != want {
				t.Errorf("after %s it has looked %d times, want %d", ending, got, want)
			}
		}
		cancel()
		<-done
	})
}

// Calls that come while somebody looks share the next look.
func TestCheckIsShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, looks := slowMonitor()
		var wg sync.WaitGroup
		check := func() {
			wg.Go(func() {
				if s := m.Check(t.Context()); s.State != agent.ServerUp {
					t.Errorf("%+v", s)
				}
			})
			time.Sleep(time.Millisecond)
		}
		for range 10 {
			check()
		}
		wg.Wait()
		if looks.Load() != 2 { // the first one's, and one that began after the others had asked
			t.Errorf("looked %d times", looks.Load())
		}
	})
}

// A look that is given up says nothing of the server, neither to the one who gave up nor to those who wait.
func TestCheckGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, looks := slowMonitor()
		go m.Check(t.Context())
		time.Sleep(time.Millisecond)
		impatient, giveUp := context.WithCancel(t.Context())
		gaveUp, last := make(chan agent.Server, 1), make(chan agent.Server, 1)
		go func() { gaveUp <- m.Check(impatient) }()
		time.Sleep(time.Millisecond)
		go func() { last <- m.Check(t.Context()) }()
		time.Sleep(1500 * time.Millisecond) // the second one looks now, the third waits for it
		if looks.Load() != 2 {
			t.Fatalf("looked %d times", looks.Load())
		}
		giveUp()
		if s := <-gaveUp; s.State != agent.ServerUp {
			t.Errorf("given up: %+v", s)
		}
		if s := <-last; s.State != agent.ServerUp || looks.Load() != 3 {
			t.Errorf("%+v after %d looks", s, looks.Load())
		}
	})
}

// slowMonitor returns a monitor whose looks take a second, and how many there were.
func slowMonitor() (*Monitor, *atomic.Int64) {
	var looks atomic.Int64
	host, _ := ParseHost("")
	return newMonitor(Config{Host: host}, func(ctx context.Context) (probe, error) {
		looks.Add(1)
		select {
		case <-time.After(time.Second):
			return probe{version: "1"}, nil
		case <-ctx.Done():
			return probe{}, ctx.Err()
		}
	}), &looks
}

func TestCheckAgainstServers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := ollamatest.New(ollamatest.Config{Version: "1.2\x1b[2J3", Models: []ollamatest.Model{ollamatest.Count()}})
		c := newClient(t, s, func(c *Config) { c.Demo = true })
		got := c.Monitor().Check(t.Context())
		if got.State != agent.ServerUp || got.Version != "1.23" || !got.Demo || got.Host != "http://demo.internal:11434" ||
			len(got.Models) != 1 || got.Models[0] != (agent.Model{Name: "count:latest", Size: 1 << 20, Parameters: "1M", Quantization: "F32"}) {
			t.Errorf("%+v", got)
		}
		synctest.Wait()
		if stats := s.Stats(); stats.Open != 0 {
			t.Errorf("a look leaves %d connections", stats.Open)
		}
	})
}

func TestDescribe(t *testing.T) {
	t.Parallel()
	m, _ := scriptedMonitor(t, nil)
	for want, err := range map[string]error{
		"it does not let you in; set a key": &agent.Error{Ending: agent.EndUnauthorised, What: "it does not let you in", Next: "set a key"},
		errDial.What:                        errDial,
		"the model server at http://box:1234 did not answer within 5s":     fmt.Errorf("x: %w", context.DeadlineExceeded),
		"what answers at http://box:1234 is not an Ollama server: invalid": errors.New("invalid"),
	} {
		if got := m.describe(err); got != want || strings.ContainsAny(got, "\n\x1b") {
			t.Errorf("%v is described %q, want %q", err, got, want)
		}
	}
}

// What a server does not know of a model is no fact about it.
func TestUnknownQuantizationIsNothing(t *testing.T) {
	t.Parallel()
	m := ollamatest.Saying("home-made", "x")
	m.Quantization = "unknown"
	c := newClient(t, ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{m}}), nil)
	c.Monitor().Check(t.Context())
	if models := c.Monitor().Server().Models; len(models) != 1 || models[0].Quantization != "" {
		t.Errorf("%+v", models)
	}
}
