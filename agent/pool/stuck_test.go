package pool

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"drover/agent"
	"drover/agent/ollamatest"
	"drover/agent/transcript"
	"drover/dispatcher"
)

// loseSlot cancels a request in mid-answer, which costs its model the slot.
func loseSlot(t *testing.T, f *farm, s *ollamatest.Server, model string) {
	t.Helper()
	s.Fail(model, ollamatest.LostSlot(3))
	j := f.start(t, agent.Request{Model: model})
	time.Sleep(5 * time.Second)
	if j.live().Phase != agent.PhaseGenerating {
		t.Fatalf("before the cancel: %+v", j.live())
	}
	j.cancel()
	<-j.done
}

func oneSlot(models ...ollamatest.Model) *ollamatest.Server {
	return ollamatest.New(ollamatest.Config{Models: models, Parallel: 1})
}

// A model whose slot a cancel has cost is suspected after a while, and unloaded after a longer one: the lanes that wait for it
// go on, without an attempt being counted.
func TestStuckModel(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := oneSlot(talker("m", 10), talker("n", 60))
		f := newFarm(t, []string{"a"}, map[string]*ollamatest.Server{"a": s}, nil)
		loseSlot(t, f, s, "m")
		first, second := f.start(t, agent.Request{Model: "m"}), f.start(t, agent.Request{Model: "m"})
		other := f.start(t, agent.Request{Model: "n"})
		time.Sleep(stuckAfter - time.Second)
		if info := f.info(t, "a"); len(info.Stuck) != 0 {
			t.Errorf("too early: %+v", info)
		}
		time.Sleep(lookEvery + 2*time.Second)
		info := f.info(t, "a")
		if len(info.Stuck) != 1 || info.Stuck[0] != "m:latest" || !strings.Contains(info.Hint, "m:latest is in memory and answers no lane") {
			t.Errorf("suspected: %q, %q", info.Stuck, info.Hint)
		}
		if a, b := first.live().Phase, second.live().Phase; a != agent.PhaseStuck || b != agent.PhaseStuck || other.live().Phase != agent.PhaseGenerating {
			t.Errorf("%v, %v, %v", a, b, other.live().Phase)
		}
		time.Sleep(stuckPatience * stuckAfter)
		for _, j := range []*job{first, second, other} {
			<-j.done
			if j.err != nil || j.result.Text == "" {
				t.Errorf("ended %v", j.err)
			}
		}
		if n := first.notices(); strings.Count(n, "the model is unloaded, because it answered nobody; the request is sent again") != 1 {
			t.Errorf("it says %q", n)
		}
		if got := first.phases(); !strings.Contains(got, ", stuck, ") || !strings.HasSuffix(got, ", generating") {
			t.Errorf("the first: %s", got)
		}
		if info := f.info(t, "a"); len(info.Stuck) != 0 || info.Hint != "" {
			t.Errorf("after it: %+v", info)
		}
	})
}

// What only looks like it is left alone: nothing was cancelled, the model is loaded, others get tokens, prompts are long.
func TestNotStuck(t *testing.T) {
	t.Parallel()
	slow := talker("m", 10)
	slow.PromptEval = 10 * time.Minute
	loads := talker("m", 10)
	loads.Load = 10 * time.Minute
	reads := talker("m", 10)
	reads.PromptEval = 30 * time.Second
	for name, test := range map[string]struct {
		model  ollamatest.Model
		before func(t *testing.T, f *farm, s *ollamatest.Server)
	}{
		"nothing was cancelled": {slow, func(*testing.T, *farm, *ollamatest.Server) {}},
		"it left the memory since": {loads, func(t *testing.T, f *farm, s *ollamatest.Server) {
			j := f.start(t, agent.Request{Model: "m"})
			time.Sleep(10*time.Minute + 5*time.Second)
			j.cancel()
			<-j.done
			time.Sleep(time.Hour)
		}},
		"another lane gets tokens": {talker("m", 600), func(t *testing.T, f *farm, _ *ollamatest.Server) {
			j := f.start(t, agent.Request{Model: "m"})
			time.Sleep(5 * time.Second)
			j.cancel()
			<-j.done
			f.start(t, agent.Request{Model: "m"})
			time.Sleep(5 * time.Second)
		}},
		"its prompts take that long": {reads, func(t *testing.T, f *farm, _ *ollamatest.Server) {
			j := f.start(t, agent.Request{Model: "m"})
			time.Sleep(35 * time.Second)
			j.cancel()
			<-j.done
			f.run(t, agent.Request{Model: "m"})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := oneSlot(test.model)
				f := newFarm(t, []string{"a"}, map[string]*ollamatest.Server{"a": s}, nil)
				test.before(t, f, s)
				j := f.start(t, agent.Request{Model: "m"})
				for range 50 {
					time.Sleep(time.Second)
					if info := f.info(t, "a"); len(info.Stuck) != 0 {
						t.Fatalf("%q after %v", info.Stuck, time.Since(j.live().Sent))
					}
				}
				if asked(s, "/api/generate") != 0 {
					t.Error("it was unloaded")
				}
			})
		})
	}
}

// A user can unload a model at any time, but not one that answers; whoever waits for it is sent again.
func TestUnload(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := oneSlot(talker("m", 10))
		f := newFarm(t, []string{"a"}, map[string]*ollamatest.Server{"a": s}, nil)
		host := f.info(t, "a").Host
		loseSlot(t, f, s, "m")
		j := f.start(t, agent.Request{Model: "m"})
		time.Sleep(time.Second)
		if err := f.Unload(t.Context(), host, "m"); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Second)
		if err := f.Unload(t.Context(), host, "m"); err == nil || err.Error() != "the model m answers a lane; cancel that first" {
			t.Errorf("while it answers: %v", err)
		}
		<-j.done
		if j.err != nil || len(f.info(t, "a").Loaded) != 1 {
			t.Errorf("ended %v, %+v", j.err, f.info(t, "a"))
		}
		if err := f.Unload(t.Context(), host, "m"); err != nil || len(f.info(t, "a").Loaded) != 0 {
			t.Errorf("when nobody needs it: %v, %+v", err, f.info(t, "a"))
		}
		if err := f.Unload(t.Context(), "http://b\x1b[2J", "m"); err == nil || strings.Contains(err.Error(), "\x1b") {
			t.Errorf("a server that is not there: %v", err)
		}
	})
}

// Another client that waits for the model keeps it in memory. The lanes wait on, and drover does not try again.
func TestUnloadWhileOthersWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := oneSlot(talker("m", 10))
		f := newFarm(t, []string{"a"}, map[string]*ollamatest.Server{"a": s}, nil)
		g := newFarm(t, []string{"a"}, map[string]*ollamatest.Server{"a": s}, nil)
		loseSlot(t, f, s, "m")
		other := g.start(t, agent.Request{Model: "m"})
		j := f.start(t, agent.Request{Model: "m"})
		time.Sleep(time.Second)
		err := f.Unload(t.Context(), f.info(t, "a").Host, "m")
		if err == nil || !strings.Contains(err.Error(), "another client may wait for it; restart the server") {
			t.Errorf("%v", err)
		}
		time.Sleep(5 * time.Minute)
		if info := f.info(t, "a"); len(info.Stuck) != 1 || j.live().Phase != agent.PhaseStuck {
			t.Errorf("%+v, %+v", info, j.live())
		}
		other.cancel()
		<-other.done
		if err := f.Unload(t.Context(), f.info(t, "a").Host, "m"); err != nil {
			t.Error(err)
		}
		<-j.done
		if j.err != nil {
			t.Error(j.err)
		}
	})
}

// A task that waits for a model that is stuck stays in its lane and counts no attempt.
func TestStuckCostsNoAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := oneSlot(talker("m", 10))
		f := newFarm(t, []string{"a"}, map[string]*ollamatest.Server{"a": s}, nil)
		loseSlot(t, f, s, "m")
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		run := agent.Func(agent.Kinds{{Name: agent.KindChat, Agent: f.Pool}}, transcript.NewStore(0, 0), agent.FuncOptions{})
		d, err := dispatcher.NewTaskDispatcher(ctx, run, 2)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Start(); err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{"1", "2", "3"} {
			if err := d.SubmitTask(&dispatcher.Task{ID: id, Payload: agent.Request{Model: "m", Prompt: "x"}}); err != nil {
				t.Fatal(err)
			}
		}
		if err := d.Wait(); err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{"1", "2", "3"} {
			task, err := d.GetTask(id)
			if err != nil || task.Status != dispatcher.StatusCompleted || task.Attempts != 1 {
				t.Errorf("%+v, %v", task, err)
			}
		}
		_ = d.Shutdown(0)
	})
}
