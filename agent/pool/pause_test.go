package pool

import (
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"drover/agent"
	"drover/agent/ollamatest"
)

func notSentFor(t *testing.T, err error) time.Duration {
	t.Helper()
	e, ok := errors.AsType[*agent.Error](err)
	if !ok || !errors.Is(err, agent.ErrNotSent) {
		t.Fatalf("%v", err)
	}
	return e.RetryAfter
}

// A refusal of one lane is news for all: nothing is sent to that server for a while, longer each time.
func TestPause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := serve(talker("m", 1))
		f := newFarm(t, []string{"a"}, map[string]*ollamatest.Server{"a": s}, nil)
		var changes atomic.Int32
		f.OnChange(func() { changes.Add(1) })
		request := agent.Request{Model: "m"}
		for _, seconds := range []int{1, 2, 4, 8, 10, 10} { // by the back-off, whose longest is that of a pause
			want := time.Duration(seconds) * time.Second
			s.Fail("m", ollamatest.Busy())
			if j := f.run(t, request); agent.EndingOf(j.err) != agent.EndServerBusy || errors.Is(j.err, agent.ErrNotSent) {
				t.Fatal(j.err)
			}
			before := s.Stats().Chats
			if wait := notSentFor(t, f.run(t, request).err); wait != want {
				t.Errorf("paused for %v, want %v", wait, want)
			}
			if server := f.Server(); time.Until(server.PausedUntil) != want || !server.Servers[0].PausedUntil.Equal(server.PausedUntil) {
				t.Errorf("%+v", server)
			}
			changed := changes.Load()
			time.Sleep(want)
			synctest.Wait()
			if server := f.Server(); !server.PausedUntil.IsZero() || changes.Load() != changed+1 {
				t.Errorf("after it: %+v, told %d times", server, changes.Load()-changed)
			}
			if n := s.Stats().Chats - before; n != 0 {
				t.Errorf("%d requests were sent in the pause", n)
			}
		}
		// A request that is taken makes the next pause short again.
		if j := f.run(t, request); j.err != nil {
			t.Error(j.err)
		}
		s.Fail("m", ollamatest.Busy())
		f.run(t, request)
		if wait := notSentFor(t, f.run(t, request).err); wait != time.Second {
			t.Errorf("paused for %v", wait)
		}
	})
}

// What was under way when the first refusal came does not make the pause longer, unless it is asked for.
func TestRefusalsTogetherAreOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := talker("m", 1)
		m.Load = time.Second
		s := serve(m)
		f := newFarm(t, []string{"a"}, map[string]*ollamatest.Server{"a": s}, nil)
		s.Fail("m", ollamatest.ErrorLine(0, "server busy"), ollamatest.ErrorLine(0, "server busy"), ollamatest.ErrorLine(0, "server busy"))
		jobs := []*job{f.start(t, agent.Request{Model: "m"}), f.start(t, agent.Request{Model: "m"}), f.start(t, agent.Request{Model: "m"})}
		for _, j := range jobs {
			<-j.done
			if agent.EndingOf(j.err) != agent.EndServerBusy {
				t.Error(j.err)
			}
		}
		if wait := time.Until(f.Server().PausedUntil); wait != time.Second {
			t.Errorf("paused for %v", wait)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		s := serve(talker("m", 1))
		f := newFarm(t, []string{"a"}, map[string]*ollamatest.Server{"a": s}, nil)
		s.Fail("m", ollamatest.Reply(http.StatusServiceUnavailable, http.Header{"Retry-After": {"30"}}, `{"error":"wait"}`))
		f.run(t, agent.Request{Model: "m"})
		if wait := time.Until(f.Server().PausedUntil); wait < 30*time.Second || wait > 31*time.Second {
			t.Errorf("paused for %v", wait)
		}
	})
}

// While one server is paused the others take the tasks; when all are, none is sent.
func TestPauseOfOneOfSeveral(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, b := serve(talker("m", 1)), serve(talker("m", 1))
		f := newFarm(t, []string{"a", "b"}, map[string]*ollamatest.Server{"a": a, "b": b}, nil)
		a.Fail("m", ollamatest.RateLimited("60"))
		for range 3 {
			if j := f.run(t, agent.Request{Model: "m"}); j.err != nil || !strings.Contains(j.result.Server, "//b.") {
				t.Errorf("%+v, %v", j.result, j.err)
			}
		}
		if n := a.Stats().Chats; n != 1 {
			t.Errorf("%d requests to the one that is paused", n)
		}
		if s := f.Server(); !s.PausedUntil.IsZero() || s.Servers[0].PausedUntil.IsZero() {
			t.Errorf("%+v", s)
		}
		b.Fail("m", ollamatest.Busy())
		if j := f.run(t, agent.Request{Model: "m"}); agent.EndingOf(j.err) != agent.EndServerBusy || errors.Is(j.err, agent.ErrNotSent) {
			t.Error(j.err)
		}
		if s := f.Server(); time.Until(s.PausedUntil) != time.Second {
			t.Errorf("%+v", s)
		}
	})
}
