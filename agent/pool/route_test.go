package pool

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"drover/agent"
	"drover/agent/ollamatest"
)

// Lanes are shared out by the slots that the servers have.
func TestSpread(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		names []string
		lanes int
		a, b  int
	}{
		"nothing is known":    {[]string{"a", "b"}, 4, 2, 2},
		"one lane":            {[]string{"a", "b"}, 1, 1, 0},
		"one is larger":       {[]string{"a#slots=3", "b#slots=1"}, 8, 6, 2},
		"one has room":        {[]string{"a#slots=1", "b#slots=9"}, 10, 1, 9},
		"the second is first": {[]string{"b", "a"}, 1, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a, b := serve(talker("m", 10)), serve(talker("m", 10))
				f := newFarm(t, tt.names, map[string]*ollamatest.Server{"a": a, "b": b}, nil)
				for range tt.lanes {
					f.start(t, agent.Request{Model: "m"})
				}
				time.Sleep(time.Second)
				synctest.Wait()
				if a.Stats().Streaming != tt.a || b.Stats().Streaming != tt.b {
					t.Errorf("%d and %d lanes, want %d and %d", a.Stats().Streaming, b.Stats().Streaming, tt.a, tt.b)
				}
				if n := f.info(t, "a").Lanes; n != tt.a {
					t.Errorf("%d lanes are told of a", n)
				}
				time.Sleep(time.Minute)
				if s := f.Server(); s.Servers[0].Lanes+s.Servers[1].Lanes != 0 {
					t.Errorf("lanes are left: %+v", s.Servers)
				}
			})
		})
	}
}

// A model has many names. Whichever a task has, it goes where the model is, and counts as one model.
func TestNames(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, b := serve(talker("other", 10)), serve(talker("m", 10))
		f := newFarm(t, []string{"a", "b"}, map[string]*ollamatest.Server{"a": a, "b": b}, nil)
		for _, name := range []string{"m", "M:latest", "library/m", "registry.ollama.ai/library/m:latest"} {
			request := agent.Request{Model: name, Prompt: "x"}
			if err := f.Check(t.Context(), request); err != nil {
				t.Error(err)
			}
			j := f.start(t, request)
			<-j.done
			if j.err != nil {
				t.Error(j.err)
			}
			if got := f.Group(request); got != "m:latest" || !slices.Contains(f.Warm(), got) {
				t.Errorf("%s is of the group %q, warm are %q", name, got, f.Warm())
			}
		}
	})
}

// A free place where the model is in memory comes before one where it is not, and that before a place in line.
func TestPrefersWhereTheModelIsInMemory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, b := serve(talker("m", 10), talker("n", 10)), serve(talker("m", 10), talker("n", 10))
		f := newFarm(t, []string{"a", "b"}, map[string]*ollamatest.Server{"a": a, "b": b}, nil)
		f.start(t, agent.Request{Model: "n"}) // to a
		time.Sleep(time.Second)
		f.start(t, agent.Request{Model: "m"}) // to b, which is free
		time.Sleep(30 * time.Second)          // both have ended
		j := f.run(t, agent.Request{Model: "m"})
		if !strings.Contains(j.result.Server, "//b.") {
			t.Errorf("m went to %q", j.result.Server)
		}
		f.start(t, agent.Request{Model: "m"}) // to b again
		time.Sleep(time.Second)
		second := f.start(t, agent.Request{Model: "m"}) // to a, where there is no line
		time.Sleep(time.Second)
		if !strings.Contains(second.live().Server, "//a.") {
			t.Errorf("m went to %q", second.live().Server)
		}
	})
}

func TestGoesWhereTheModelIs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, b := serve(talker("both", 1)), serve(talker("both", 1), talker("only", 1))
		f := newFarm(t, []string{"a", "b"}, map[string]*ollamatest.Server{"a": a, "b": b}, nil)
		for range 5 {
			if j := f.run(t, agent.Request{Model: "only"}); j.err != nil || !strings.Contains(j.result.Server, "//b.") {
				t.Errorf("%+v, %v", j.result, j.err)
			}
		}
		if n := a.Stats().Chats; n != 0 {
			t.Errorf("%d requests to the server without the model", n)
		}
		// Pulled meanwhile.
		a.SetModels(talker("both", 1), talker("new", 1))
		if j := f.run(t, agent.Request{Model: "new"}); j.err != nil || !strings.Contains(j.result.Server, "//a.") {
			t.Errorf("%+v, %v", j.result, j.err)
		}
		j := f.run(t, agent.Request{Model: "gone"})
		want := "none of the model servers at http://a.internal:11434, http://b.internal:11434 has the model gone; run `ollama pull gone` on one of them"
		if agent.EndingOf(j.err) != agent.EndModelMissing || j.err.Error() != want {
			t.Errorf("got  %v\nwant %s", j.err, want)
		}
		if err := f.Check(t.Context(), agent.Request{Model: "gone", Prompt: "x"}); err == nil || err.Error() != want {
			t.Errorf("check: %v", err)
		}
		for _, model := range []string{"", "both", "only"} {
			if err := f.Check(t.Context(), agent.Request{Model: model, Prompt: "x"}); err != nil {
				t.Errorf("check of %q: %v", model, err)
			}
		}
		// The server that has it is not there: the task waits for that server.
		f.unplug("b")
		before := a.Stats().Chats
		j = f.run(t, agent.Request{Model: "only"})
		if e, ok := errors.AsType[*agent.Error](j.err); !ok || !errors.Is(j.err, agent.ErrUnreachable) {
			t.Errorf("%v", j.err)
		} else {
			t.Log(e)
		}
		j = f.run(t, agent.Request{Model: "only"}) // now it is known to be down
		if e, ok := errors.AsType[*agent.Error](j.err); !ok || !errors.Is(j.err, agent.ErrUnreachable) || e.RetryAfter < 500*time.Millisecond {
			t.Errorf("%v", j.err)
		}
		if err := f.Check(t.Context(), agent.Request{Model: "only", Prompt: "x"}); err != nil {
			t.Errorf("check while it is away: %v", err)
		}
		if n := a.Stats().Chats - before; n != 0 {
			t.Errorf("%d requests went to the other", n)
		}
	})
}

// A request that names no model gets the same one wherever it goes.
func TestDefaultModelOfSeveral(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, b := serve(talker("one", 5), talker("two", 5)), serve(talker("two", 5), talker("one", 5))
		f := newFarm(t, []string{"a", "b"}, map[string]*ollamatest.Server{"a": a, "b": b}, nil)
		jobs := []*job{f.start(t, agent.Request{}), f.start(t, agent.Request{})}
		for _, j := range jobs {
			<-j.done
			if j.err != nil || j.result.Model != "one:latest" || j.notices() != "model one:latest (first installed)\n" {
				t.Errorf("%+v, %v, %q", j.result, j.err, j.notices())
			}
		}
		if a.Stats().Chats != 1 || b.Stats().Chats != 1 {
			t.Errorf("%d and %d requests", a.Stats().Chats, b.Stats().Chats)
		}
		if g := f.Group(agent.Request{}); g != "one:latest" || f.Group(agent.Request{Model: "two"}) != "two:latest" {
			t.Errorf("group %q", g)
		}
		time.Sleep(10 * time.Second)
	})
}

// Before the first token a server that goes away costs nothing: another one is tried at once.
func TestDiesBeforeTheFirstToken(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]func(*farm, *ollamatest.Server){
		"refuses connections": func(f *farm, _ *ollamatest.Server) { f.unplug("a") },
		"hangs up":            func(_ *farm, a *ollamatest.Server) { a.Fail("m", ollamatest.Reset(0)) },
		"is busy":             func(_ *farm, a *ollamatest.Server) { a.Fail("m", ollamatest.Busy()) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a, b := serve(talker("m", 1)), serve(talker("m", 1))
				f := newFarm(t, []string{"a", "b"}, map[string]*ollamatest.Server{"a": a, "b": b}, nil)
				fault(f, a)
				start := time.Now()
				j := f.run(t, agent.Request{Model: "m"})
				if j.err != nil || !strings.Contains(j.result.Server, "//b.") || time.Since(start) > 1100*time.Millisecond {
					t.Errorf("after %v: %+v, %v", time.Since(start), j.result, j.err)
				}
				if !strings.HasSuffix(j.notices(), "; it goes to the model server at http://b.internal:11434\n") {
					t.Errorf("told %q", j.notices())
				}
			})
		})
	}
}

// After the first token the task has to start afresh; the error says that it can.
func TestDiesAfterTheFirstToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, b := serve(talker("m", 10), talker("only", 10)), serve(talker("m", 10))
		f := newFarm(t, []string{"a", "b"}, map[string]*ollamatest.Server{"a": a, "b": b}, nil)
		m := f.start(t, agent.Request{Model: "m"})
		synctest.Wait()
		only := f.start(t, agent.Request{Model: "only"})
		time.Sleep(3 * time.Second)
		f.unplug("a")
		<-m.done
		<-only.done
		var e *agent.Error
		if !errors.As(m.err, &e) || e.Ending != agent.EndConnectionLost || !e.Elsewhere || m.result.Text == "" {
			t.Errorf("%+v, %v", m.result, m.err)
		}
		if !errors.As(only.err, &e) || e.Ending != agent.EndConnectionLost || e.Elsewhere {
			t.Errorf("%v", only.err)
		}
		if s := f.Server(); s.State != agent.ServerUp || s.Servers[0].State != agent.ServerDown || !strings.Contains(s.Err, "//a.") || s.Version == "" {
			t.Errorf("%+v", s)
		}
	})
}

// With all servers away the task is one that found no server.
func TestAllAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFarm(t, []string{"a", "b"}, nil, nil)
		for _, model := range []string{"", "m"} {
			j := f.run(t, agent.Request{Model: model})
			if !errors.Is(j.err, agent.ErrUnreachable) || j.result != (agent.Result{}) {
				t.Errorf("%q: %v", model, j.err)
			}
		}
		if s := f.Server(); s.State != agent.ServerDown || strings.Count(s.Err, "refused") != 2 || s.NextCheck.IsZero() {
			t.Errorf("%+v", s)
		}
		f.plug("b", serve(talker("m", 1)))
		time.Sleep(time.Minute)
		if j := f.run(t, agent.Request{}); j.err != nil || !strings.Contains(j.result.Server, "//b.") {
			t.Errorf("%v", j.err)
		}
	})
}

// A server that somebody else answers for is taken out, and its tasks go to another at once.
func TestSomebodyElseAnswersForOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, b := serve(talker("m", 10)), serve(talker("m", 10))
		f := newFarm(t, []string{"a", "b"}, map[string]*ollamatest.Server{"a": a, "b": b}, nil)
		a.SetFront(ollamatest.BadGateway())
		began := time.Now()
		j := f.start(t, agent.Request{Model: "m"})
		time.Sleep(time.Second)
		if !strings.Contains(j.live().Server, "//b.") || j.live().Sent.Sub(began) > 10*time.Millisecond {
			t.Errorf("after %v with %q", j.live().Sent.Sub(began), j.live().Server)
		}
		if info := f.info(t, "a"); info.State != agent.ServerDown || !strings.Contains(info.Err, "a proxy answers for the model server at http://a.") {
			t.Errorf("%v, %q", info.State, info.Err)
		}
		a.SetFront(nil)
		time.Sleep(time.Minute)
		if info := f.info(t, "a"); info.State != agent.ServerUp {
			t.Errorf("%v, %q", info.State, info.Err)
		}
	})
}
