package pool

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"drover/agent"
	"drover/agent/ollamatest"
)

func cloudSlots(n int) func(*Config) { return func(c *Config) { c.CloudSlots = n } }

// Cloud models have a limit of their own: one lane waits for a place, what comes then goes back to the queue.
func TestCloudSlots(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := serve(talker("big:cloud", 10), talker("huge:120b-cloud", 10), talker("local", 10))
		f := newFarm(t, []string{"a"}, map[string]*ollamatest.Server{"a": s}, cloudSlots(2))
		first := f.start(t, agent.Request{Model: "big:cloud"})
		second := f.start(t, agent.Request{Model: "huge:120b-cloud"})
		time.Sleep(time.Second)
		third := f.start(t, agent.Request{Model: "big:cloud"})
		synctest.Wait()
		if live := third.live(); live.Phase != agent.PhaseHeld || live.Model != "big:cloud" || s.Stats().Streaming != 2 {
			t.Errorf("the third: %+v, %d under way", live, s.Stats().Streaming)
		}
		for i, want := range []time.Duration{time.Second, 1100 * time.Millisecond, 1200 * time.Millisecond} {
			j := f.run(t, agent.Request{Model: "big:cloud"})
			if wait := notSentFor(t, j.err); wait != want || agent.EndingOf(j.err) != agent.EndRateLimited {
				t.Errorf("%d: %v, %v", i, wait, j.err)
			}
		}
		local := f.start(t, agent.Request{Model: "local"})
		synctest.Wait()
		if server := f.Server(); server.Cloud != (agent.CloudInfo{Slots: 2, Lanes: 2}) || server.Servers[0].Lanes != 1 {
			t.Errorf("%+v", server)
		}
		start := time.Now()
		for _, j := range []*job{first, second, third, local} {
			<-j.done
			if j.err != nil {
				t.Error(j.err)
			}
		}
		if took := time.Since(start); took < 18*time.Second || took > 20*time.Second || s.Stats().MaxStreaming != 3 {
			t.Errorf("it took %v, %d at once", took, s.Stats().MaxStreaming)
		}
		if n := f.Server().Cloud.Lanes; n != 0 {
			t.Errorf("%d places are taken", n)
		}
	})
}

// A lane in line that is cancelled leaves it, also when its turn comes at that moment.
func TestCloudLineIsLeft(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := serve(talker("big:cloud", 10))
		f := newFarm(t, []string{"a"}, map[string]*ollamatest.Server{"a": s}, cloudSlots(1))
		first := f.start(t, agent.Request{Model: "big:cloud"})
		synctest.Wait()
		for range 3 {
			waits := f.start(t, agent.Request{Model: "big:cloud"})
			synctest.Wait()
			waits.cancel()
			<-waits.done
			if !errors.Is(waits.err, context.Canceled) {
				t.Error(waits.err)
			}
		}
		waits := f.start(t, agent.Request{Model: "big:cloud"})
		synctest.Wait()
		first.cancel()
		waits.cancel()
		<-waits.done
		<-first.done
		synctest.Wait()
		if j := f.run(t, agent.Request{Model: "big:cloud"}); j.err != nil || f.Server().Cloud.Lanes != 0 {
			t.Errorf("%v, %+v", j.err, f.Server().Cloud)
		}
	})
}

// A place that is handed to a lane just as that is cancelled is not lost.
func TestCloudPlaceIsNotLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFarm(t, []string{"a"}, map[string]*ollamatest.Server{"a": serve()}, cloudSlots(1))
		cancelled := 0
		for range 50 { // which of both the lane sees first is up to chance
			if err := f.enterCloud(t.Context(), "m", nil); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			entered := make(chan error)
			go func() { entered <- f.enterCloud(ctx, "m", func(agent.Event) {}) }()
			synctest.Wait()
			f.Pool.mu.Lock()
			cancel()
			close(f.cloud.line[0])
			f.cloud.line = f.cloud.line[1:]
			f.Pool.mu.Unlock()
			if <-entered == nil {
				f.leaveCloud()
			} else {
				cancelled++
			}
			synctest.Wait()
			if n := f.Server().Cloud.Lanes; n != 0 {
				t.Fatalf("%d places are taken", n)
			}
		}
		if cancelled == 0 {
			t.Error("no lane saw that it was cancelled")
		}
	})
}

// A limit of the account pauses the cloud, and nothing else; a busy server the other way round.
func TestCloudHasItsOwnPause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := serve(talker("big:cloud", 2), talker("local", 1))
		f := newFarm(t, []string{"a"}, map[string]*ollamatest.Server{"a": s}, cloudSlots(1))
		s.Fail("big:cloud", ollamatest.RateLimited("60"))
		first := f.start(t, agent.Request{Model: "big:cloud"})
		<-first.done
		if agent.EndingOf(first.err) != agent.EndRateLimited || errors.Is(first.err, agent.ErrNotSent) {
			t.Error(first.err)
		}
		if wait := notSentFor(t, f.run(t, agent.Request{Model: "big:cloud"}).err); wait < 60*time.Second {
			t.Errorf("paused for %v", wait)
		}
		if j := f.run(t, agent.Request{Model: "local"}); j.err != nil {
			t.Error(j.err)
		}
		if server := f.Server(); !server.PausedUntil.IsZero() || server.Cloud.PausedUntil.IsZero() {
			t.Errorf("%+v", server)
		}
		time.Sleep(2 * time.Minute)
		s.Fail("local", ollamatest.Busy())
		f.run(t, agent.Request{Model: "local"})
		notSentFor(t, f.run(t, agent.Request{Model: "local"}).err)
		if j := f.run(t, agent.Request{Model: "big:cloud"}); j.err != nil {
			t.Error(j.err)
		}
		// The one in line does not go either when the one before it is refused.
		s.Fail("big:cloud", ollamatest.ErrorLine(5, "Server overloaded, please retry shortly"))
		overloaded := f.start(t, agent.Request{Model: "big:cloud"})
		synctest.Wait()
		before := s.Stats().Chats
		second := f.run(t, agent.Request{Model: "big:cloud"})
		notSentFor(t, second.err)
		if <-overloaded.done; agent.EndingOf(overloaded.err) != agent.EndServerBusy {
			t.Error(overloaded.err)
		}
		if n := s.Stats().Chats - before; n != 0 || f.Server().Cloud.Lanes != 0 {
			t.Errorf("%d requests were sent, %+v", n, f.Server().Cloud)
		}
	})
}

// The limit is that of an account, so another server is not asked.
func TestCloudRefusalIsNotTriedElsewhere(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, b := serve(talker("big:cloud", 1)), serve(talker("big:cloud", 1))
		f := newFarm(t, []string{"a", "b"}, map[string]*ollamatest.Server{"a": a, "b": b}, nil)
		a.Fail("big:cloud", ollamatest.RateLimited("5"))
		if j := f.run(t, agent.Request{Model: "big:cloud"}); agent.EndingOf(j.err) != agent.EndRateLimited || b.Stats().Chats != 0 {
			t.Errorf("%v, %d requests to the other", j.err, b.Stats().Chats)
		}
		time.Sleep(10 * time.Second)
		f.unplug("a")
		if j := f.run(t, agent.Request{Model: "big:cloud"}); j.err != nil || b.Stats().Chats != 1 {
			t.Errorf("%v, %d requests to the other", j.err, b.Stats().Chats)
		}
	})
}
