package engine_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"drover/agent"
	"drover/agent/engine"
	"drover/dispatcher"
)

// agentFunc is an agent for tests.
type agentFunc func(ctx context.Context, emit func(agent.Event)) error

func (f agentFunc) Run(ctx context.Context, _ agent.Request, emit func(agent.Event)) (agent.Result, error) {
	return agent.Result{}, f(ctx, emit)
}

// newLocal makes an engine of two lanes that work with the demo server, and for requests of kind "test" with work. It has to be
// made in a synctest bubble.
func newLocal(t *testing.T, work agentFunc) *engine.Local {
	t.Helper()
	l, err := engine.New(engine.Options{Workers: 2, Demo: true, Kinds: agent.Kinds{{Name: "test", Agent: work}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	synctest.Wait()
	return l
}

func request(prompt string) agent.Request { return agent.Request{Kind: "test", Prompt: prompt} }

// subscriber is an engine with the wake of one who subscribed to it.
type subscriber struct {
	*engine.Local
	wake <-chan struct{}
}

func subscribe(l *engine.Local) *subscriber {
	wake, _ := l.Subscribe()
	return &subscriber{l, wake}
}

// woken reports whether a wake has come, and takes it.
func (s *subscriber) woken() bool {
	synctest.Wait()
	select {
	case <-s.wake:
		return true
	default:
		return false
	}
}

func TestSubscribersAreWoken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLocal(t, func(ctx context.Context, emit func(agent.Event)) error {
			for range 1000 {
				emit(agent.Event{Live: agent.Live{Tokens: 3, FirstToken: time.Now(), LastToken: time.Now().Add(time.Second)}})
			}
			<-ctx.Done()
			time.Sleep(time.Second)
			return context.Cause(ctx)
		})
		a, deaf := subscribe(l), subscribe(l)
		id, err := l.Submit(t.Context(), request("x"), dispatcher.PriorityHigh)
		if err != nil || id != "1" {
			t.Fatalf("%q, %v", id, err)
		}
		if !a.woken() {
			t.Error("no wake for a task that was submitted and started")
		}
		if a.woken() {
			t.Error("a thousand reports made more than one wake")
		}
		if state := l.State(dispatcher.SnapshotRequest{}); state.Paused || state.KeepsPending {
			t.Errorf("%+v", state)
		}
		for name, act := range map[string]func(){
			"pause":  func() { _ = l.SetPaused(true) },
			"lanes":  func() { _ = l.SetWorkers(3) },
			"cancel": func() { _ = l.Cancel(id) },
		} {
			if act(); !a.woken() {
				t.Errorf("no wake for %s", name)
			}
		}
		time.Sleep(2 * time.Second)
		if !a.woken() {
			t.Error("no wake for a lane that became free")
		}
		if state := l.State(dispatcher.SnapshotRequest{}); !state.Paused || len(state.Lanes) != 3 {
			t.Errorf("%+v", state)
		}
		if !deaf.woken() || deaf.woken() {
			t.Error("who never looked has other than one wake")
		}
		wake, stop := l.Subscribe()
		stop()
		_ = l.SetPaused(false)
		synctest.Wait()
		if len(wake) != 0 {
			t.Error("a wake for one who is no longer subscribed")
		}
	})
}

// Each observer is given every end once, in order with the progress of the task, and none after it has stopped.
func TestObserversAreGivenEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLocal(t, func(context.Context, func(agent.Event)) error { return nil })
		var got [2][]string
		for i := range got {
			stop := l.Observe(engine.Observer{
				Progress: func(id string, status dispatcher.TaskStatus, _ string) {
					got[i] = append(got[i], id+" "+status.String())
				},
				Ended: func(task *agent.Task) { got[i] = append(got[i], task.ID+" "+task.Status.String()+" for good") },
			})
			defer stop()
			if i == 1 {
				defer func() {
					stop()
					_, _ = l.Submit(t.Context(), request("late"), 1)
					synctest.Wait()
					if len(got[1]) != 3 || len(got[0]) != 6 {
						t.Errorf("%q", got)
					}
				}()
			}
		}
		if _, err := l.Submit(t.Context(), request("x"), 1); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		for _, list := range got {
			if want := []string{"1 pending", "1 running", "1 completed for good"}; !slices.Equal(list, want) {
				t.Errorf("%q, not %q", list, want)
			}
		}
	})
}

func TestLocalSubmits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLocal(t, func(context.Context, func(agent.Event)) error { return nil })
		if _, err := l.Submit(t.Context(), request("  "), 1); err == nil {
			t.Error("an empty prompt is accepted")
		}
		if _, err := l.Submit(t.Context(), agent.Request{Prompt: "x", Model: "nobody"}, 1); agent.EndingOf(err) != agent.EndModelMissing {
			t.Errorf("what no server has: %v", err)
		}
		other := agent.Submission{ID: "1", Priority: 1, Request: request("somebody else's")}
		if errs := l.SubmitAll(t.Context(), []agent.Submission{other, other}, nil); errs[0] != nil || !errors.Is(errs[1], dispatcher.ErrDuplicateID) {
			t.Fatal(errs)
		}
		id, err := l.Submit(t.Context(), request("x"), dispatcher.PriorityLow)
		if err != nil || id != "2" {
			t.Errorf("%q, %v", id, err)
		}
		task, ok := l.Task(id)
		if !ok || task.Priority != dispatcher.PriorityLow || task.Request.Prompt != "x" {
			t.Errorf("%+v", task)
		}
		if _, ok := l.Task("nobody"); ok {
			t.Error("knows a task that is not there")
		}
		if err := l.Drain(t.Context()); err != nil {
			t.Error(err)
		}
		if _, err := l.Submit(t.Context(), request("x"), 1); !errors.Is(err, dispatcher.ErrNotRunning) {
			t.Error(err)
		}
	})
}

func TestLocalStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		l := newLocal(t, func(context.Context, func(agent.Event)) error { <-release; return nil }) // deaf
		id, _ := l.Submit(t.Context(), request("x"), 1)
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if err := l.Stop(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("stopped while an agent works: %v", err)
		}
		if task, _ := l.Task(id); task.Status != dispatcher.StatusCancelled {
			t.Errorf("%+v", task)
		}
		close(release)
		if err := l.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// What waits for a person is in the state, and is answered through the engine.
func TestAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var inbox *agent.Inbox
		answers := make(chan agent.Answer, 1)
		l := newLocal(t, func(ctx context.Context, _ func(agent.Event)) error {
			answer, err := inbox.Ask(ctx, agent.InboxItem{Task: "1", Kind: agent.ItemApproval, Text: "go test"})
			answers <- answer
			return err
		})
		inbox = l.Inbox()
		s := subscribe(l)
		if _, err := l.Submit(t.Context(), request("x"), dispatcher.PriorityNormal); err != nil || !s.woken() {
			t.Fatal("not submitted", err)
		}
		items := l.State(dispatcher.SnapshotRequest{}).Inbox
		if len(items) != 1 || items[0].Text != "go test" {
			t.Fatalf("waiting are %+v", items)
		}
		if err := l.Answer(items[0].ID, agent.Answer{Allow: true}); err != nil || !s.woken() || !(<-answers).Allow {
			t.Error("not answered", err)
		}
		if err := l.Answer("99", agent.Answer{}); !errors.Is(err, agent.ErrNoItem) {
			t.Errorf("an answer to nothing: %v", err)
		}
	})
}
