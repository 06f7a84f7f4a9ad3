package tui

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"drover/agent"
	"drover/agent/transcript"
	"drover/dispatcher"
)

// source is a Source whose agent does what the test says.
type source struct {
	tasks    *dispatcher.TaskDispatcher
	output   *transcript.Store
	server   agent.Server
	onChange func()

	kept      agent.Kept
	recovered []bool
}

func (s *source) Tasks() *dispatcher.TaskDispatcher { return s.tasks }
func (s *source) Output() *transcript.Store         { return s.output }
func (s *source) Server() agent.Server              { return s.server }
func (s *source) Tokens() int                       { return 42 }
func (s *source) Look()                             {}
func (s *source) Abilities(context.Context, string) []string {
	return []string{"tools"}
}
func (s *source) UseDemo() error { return errors.New("no demo here") }
func (s *source) Check(_ context.Context, r agent.Request) error {
	if r.Model == "blind" {
		return errors.New("it cannot see")
	}
	return nil
}
func (s *source) OnServerChange(f func()) { s.onChange = f }
func (s *source) Kept() agent.Kept        { return s.kept }
func (s *source) Recover(again bool) error {
	s.recovered = append(s.recovered, again)
	return nil
}

func newLocal(t *testing.T, work dispatcher.AgentFunc) (*Local, *source) {
	t.Helper()
	d, err := dispatcher.NewTaskDispatcher(t.Context(), work, 2)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
	s := &source{tasks: d, output: transcript.NewStore(0, 0)}
	return NewLocal(s), s
}

// woken reports whether a wake has come, and takes it.
func woken(l *Local) bool {
	synctest.Wait()
	select {
	case <-l.Changes():
		return true
	default:
		return false
	}
}

func TestLocalWakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, s := newLocal(t, func(ctx context.Context, _ *dispatcher.Task) error {
			for range 1000 {
				dispatcher.Report(ctx, dispatcher.Progress{Detail: agent.Live{
					Tokens: 3, FirstToken: time.Now(), LastToken: time.Now().Add(time.Second),
				}})
			}
			<-ctx.Done()
			time.Sleep(time.Second)
			return context.Cause(ctx)
		})
		id, err := l.Submit(t.Context(), agent.Request{Prompt: "x"}, dispatcher.PriorityHigh)
		if err != nil || id != "1" {
			t.Fatalf("%q, %v", id, err)
		}
		if !woken(l) {
			t.Error("no wake for a task that was submitted and started")
		}
		if woken(l) {
			t.Error("a thousand reports made more than one wake")
		}
		if state := l.State(dispatcher.SnapshotRequest{}); state.OutputTokens != 42 || state.Paused || state.KeepsPending {
			t.Errorf("%+v", state)
		}
		for name, act := range map[string]func(){
			"pause":  func() { _ = l.SetPaused(true) },
			"lanes":  func() { _ = l.SetWorkers(3) },
			"server": func() { s.onChange() },
			"cancel": func() { _ = l.Cancel(id) },
		} {
			if act(); !woken(l) {
				t.Errorf("no wake for %s", name)
			}
		}
		time.Sleep(2 * time.Second)
		if !woken(l) {
			t.Error("no wake for a lane that became free")
		}
		if state := l.State(dispatcher.SnapshotRequest{}); !state.Paused || len(state.Lanes) != 3 {
			t.Errorf("%+v", state)
		}
		time.Sleep(time.Hour)
		if woken(l) {
			t.Error("woken for nothing")
		}
		if err := l.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestLocalSubmits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, s := newLocal(t, func(context.Context, *dispatcher.Task) error { return nil })
		if _, err := l.Submit(t.Context(), agent.Request{Prompt: "  "}, 1); err == nil {
			t.Error("an empty prompt is accepted")
		}
		if _, err := l.Submit(t.Context(), agent.Request{Prompt: "x", Model: "blind"}, 1); err == nil || err.Error() != "it cannot see" {
			t.Errorf("what the model cannot do: %v", err)
		}
		if err := s.tasks.SubmitTask(&dispatcher.Task{ID: "1"}); err != nil { // somebody else's
			t.Fatal(err)
		}
		id, err := l.Submit(t.Context(), agent.Request{Prompt: "x"}, dispatcher.PriorityLow)
		if err != nil || id != "2" {
			t.Errorf("%q, %v", id, err)
		}
		task, ok := l.Task(id)
		if !ok || task.Priority != dispatcher.PriorityLow || task.Payload.(agent.Request).Prompt != "x" { //nolint:forcetypeassert // ours
			t.Errorf("%+v", task)
		}
		if _, ok := l.Task("nobody"); ok {
			t.Error("knows a task that is not there")
		}
		if err := l.Drain(t.Context()); err != nil {
			t.Error(err)
		}
		if _, err := l.Submit(t.Context(), agent.Request{Prompt: "x"}, 1); !errors.Is(err, dispatcher.ErrNotRunning) {
			t.Error(err)
		}
	})
}

func TestLocalStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		l, _ := newLocal(t, func(context.Context, *dispatcher.Task) error { <-release; return nil }) // deaf
		id, _ := l.Submit(t.Context(), agent.Request{Prompt: "x"}, 1)
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

func TestLocalMovesAndEdits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, _ := newLocal(t, func(ctx context.Context, _ *dispatcher.Task) error { <-ctx.Done(); return context.Cause(ctx) })
		_ = l.SetPaused(true)
		for _, prompt := range []string{"a", "b", "c"} {
			if _, err := l.Submit(t.Context(), agent.Request{Prompt: prompt}, dispatcher.PriorityNormal); err != nil {
				t.Fatal(err)
			}
		}
		woken(l)
		if err := errors.Join(l.Move("3", math.MinInt), l.Move("1", 1), l.Edit("2", agent.Request{Prompt: "B"})); err != nil {
			t.Error(err)
		}
		if !woken(l) {
			t.Error("no wake")
		}
		var got []string
		for _, task := range l.State(dispatcher.SnapshotRequest{Pending: dispatcher.Window{Limit: 9}}).Pending {
			got = append(got, task.ID+requestOf(&task).Prompt)
		}
		if want := []string{"3c", "2B", "1a"}; !slices.Equal(got, want) {
			t.Errorf("the queue is %q, not %q", got, want)
		}
		if err := l.Edit("2", agent.Request{}); err == nil {
			t.Error("a task may lose its prompt")
		}
		_ = l.SetPaused(false)
		synctest.Wait()
		if err := l.Edit("3", agent.Request{Prompt: "x"}); !errors.Is(err, dispatcher.ErrNotPending) {
			t.Errorf("editing a running task: %v", err)
		}
		if err := l.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
