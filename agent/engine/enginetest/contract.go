package enginetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"drover/agent"
	"drover/agent/engine"
	"drover/dispatcher"
)

// Open makes a new engine that has some lanes and, beside its own, these kinds of agents, whose failed tasks it does not
// try again by itself. The engine is closed when the test ends.
type Open func(t *testing.T, lanes int, kinds agent.Kinds) engine.Engine

// Contract tests that engines that open makes do what engine.Engine says. The engine may be anywhere, so nothing is assumed
// of when something happens; errors must match those of the dispatcher wherever it is.
func Contract(t *testing.T, open Open) {
	for name, test := range map[string]struct {
		lanes int
		run   func(*subject)
	}{
		"submit": {2, submit}, "refuse": {1, refuse}, "submit all": {1, submitAll}, "order": {1, order},
		"cancel pending": {1, cancelPending}, "cancel running": {1, cancelRunning}, "fail and retry": {1, failAndRetry},
		"edit and move": {1, editAndMove}, "holds": {1, holds}, "windows": {1, windows}, "lanes": {1, lanes},
		"forget": {1, forget}, "subscribers": {1, subscribers}, "observers": {1, observers}, "states stay": {1, statesStay},
		"drain": {1, drain}, "stop": {1, stop},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorker()
			e := open(t, test.lanes, agent.Kinds{w.kind()})
			wake, leave := e.Subscribe()
			defer leave()
			test.run(&subject{t, e, w, wake})
		})
	}
}

// subject is an engine under test.
type subject struct {
	*testing.T
	engine.Engine

	worker *worker
	wake   <-chan struct{}
}

// everything is a request for all there is in these tests.
var everything = dispatcher.SnapshotRequest{
	Pending: dispatcher.Window{Limit: 100}, Ended: dispatcher.Window{Limit: 100}, Errors: dispatcher.Window{Limit: 100},
}

// patience is how long an engine may take for anything.
const patience = 30 * time.Second

// until waits for a state, looking after each wake, and returns it.
func (s *subject) until(what string, is func(*engine.State) bool) engine.State {
	s.Helper()
	deadline := time.After(patience)
	for {
		state := s.State(everything)
		if is(&state) {
			return state
		}
		select {
		case <-s.wake:
		case <-deadline:
			s.Fatalf("%s: not so in %v; the queue is %q, ended are %q, holds are %v", what, patience,
				prompts(state.Pending), prompts(state.Ended), state.Holds)
		}
	}
}

// untilEnded waits until so many tasks have ended.
func (s *subject) untilEnded(n int) engine.State {
	s.Helper()
	return s.until(fmt.Sprint(n, " ended"), func(state *engine.State) bool { return state.EndedTotal == n })
}

// untilRunning waits until a task with that prompt runs.
func (s *subject) untilRunning(prompt string) engine.State {
	s.Helper()
	return s.until(prompt+" running", func(state *engine.State) bool {
		return slices.ContainsFunc(state.Lanes, func(l engine.Lane) bool { return l.Task.Request.Prompt == prompt && l.Live.Tokens == 1 })
	})
}

// submit queues tasks of one priority, and returns their IDs.
func (s *subject) submit(priority int, prompts ...string) []string {
	s.Helper()
	var ids []string
	for _, prompt := range prompts {
		id, err := s.Submit(s.Context(), request(prompt), priority)
		if err != nil || id == "" {
			s.Fatalf("%s: %q, %v", prompt, id, err)
		}
		ids = append(ids, id)
	}
	return ids
}

func request(prompt string) agent.Request { return agent.Request{Kind: KindName, Prompt: prompt} }

// ok complains of what should have been done.
func (s *subject) ok(errs ...error) {
	s.Helper()
	if err := errors.Join(errs...); err != nil {
		s.Error(err)
	}
}

// fails complains of an error that is another one.
func (s *subject) fails(err, want error) {
	s.Helper()
	if !errors.Is(err, want) {
		s.Errorf("got the error %v, want %v", err, want)
	}
}

// prompts returns the prompts of tasks in their order.
func prompts(tasks []agent.Task) string {
	list := make([]string, len(tasks))
	for i, t := range tasks {
		list[i] = t.Request.Prompt
	}
	return strings.Join(list, " ")
}

// is complains of a text that is another one.
func (s *subject) is(what, got, want string) {
	s.Helper()
	if got != want {
		s.Errorf("%s: %q, want %q", what, got, want)
	}
}

func submit(s *subject) {
	ids := s.submit(dispatcher.PriorityLow, "a", "b")
	s.untilEnded(2)
	for i, prompt := range []string{"a", "b"} {
		task, known := s.Task(ids[i])
		if !known || task.Status != dispatcher.StatusCompleted || task.Error != nil || task.Attempts != 1 ||
			task.Priority != dispatcher.PriorityLow || task.Result.Text != "so: "+prompt || task.Request.Prompt != prompt ||
			task.Serial == 0 || task.CreatedAt.IsZero() || task.StartedAt.IsZero() || task.CompletedAt.IsZero() {
			s.Errorf("%v, %+v", known, task)
		}
		entries, first, next := s.Output(ids[i], 0, 1<<10)
		if len(entries) == 0 || entries[0].Text != prompt || first != 0 || next == 0 {
			s.Errorf("its output is %+v, %d, %d", entries, first, next)
		}
		var back agent.Task
		text, err := json.Marshal(task)
		s.ok(err, json.Unmarshal(text, &back))
		again, err := json.Marshal(back)
		s.ok(err)
		s.is("the JSON of a task that was read", string(again), string(text))
	}
	if _, known := s.Task("nobody"); known {
		s.Error("it knows a task that there is not")
	}
}

func refuse(s *subject) {
	for _, r := range []agent.Request{request(" \n"), {Kind: "no such kind", Prompt: "x"}} {
		if err := s.Check(s.Context(), r); agent.EndingOf(err) != agent.EndBadRequest {
			s.Errorf("%+v: %v", r, err)
		}
		if _, err := s.Submit(s.Context(), r, dispatcher.PriorityNormal); agent.EndingOf(err) != agent.EndBadRequest {
			s.Errorf("%+v: %v", r, err)
		}
	}
	s.ok(s.Check(s.Context(), request("x")))
	_, err := s.Submit(s.Context(), request("x"), 7)
	s.fails(err, dispatcher.ErrInvalidPriority)
	if state := s.State(everything); state.PendingTotal+state.EndedTotal != 0 {
		s.Errorf("%+v", state)
	}
}

func submitAll(s *subject) {
	s.ok(s.SetPaused(true))
	named := func(id string) agent.Submission {
		return agent.Submission{ID: id, Priority: dispatcher.PriorityNormal, Request: request("of " + id)}
	}
	errs := s.SubmitAll(s.Context(), []agent.Submission{named("x"), named("1"), named("x"), named(""), named("y")}, nil)
	s.ok(errs[0], errs[1], errs[3], errs[4])
	s.fails(errs[2], dispatcher.ErrDuplicateID)
	queue := s.State(everything).Pending
	if slices.ContainsFunc(queue, func(t agent.Task) bool { return t.ID == "" }) || len(queue) != 4 {
		s.Errorf("%+v", queue)
	}
	if id := s.submit(dispatcher.PriorityNormal, "z")[0]; id == "1" {
		s.Error("an ID was given twice")
	}
}

func order(s *subject) {
	s.ok(s.SetPaused(true))
	s.submit(dispatcher.PriorityNormal, "a", "b")
	s.submit(dispatcher.PriorityLow, "c")
	s.submit(dispatcher.PriorityHigh, "d", "e")
	s.is("the queue", prompts(s.State(everything).Pending), "d e a b c")
	s.ok(s.SetPaused(false))
	state := s.untilEnded(5)
	s.is("the order", s.worker.order(), "d e a b c")
	s.is("the ended ones", prompts(state.Ended), "c b a e d")
}

func cancelPending(s *subject) {
	s.ok(s.SetPaused(true))
	id := s.submit(dispatcher.PriorityNormal, "a", "b")[0]
	s.ok(s.Cancel(id))
	state := s.untilEnded(1)
	s.is("the queue", prompts(state.Pending), "b")
	if task := state.Ended[0]; task.ID != id || task.Status != dispatcher.StatusCancelled || task.Attempts != 0 || task.Error == nil {
		s.Errorf("%+v", task)
	}
	s.fails(s.Cancel(id), dispatcher.ErrCannotCancel)
	s.fails(s.Cancel("nobody"), dispatcher.ErrTaskNotFound)
}

func cancelRunning(s *subject) {
	id := s.submit(dispatcher.PriorityNormal, "hold a")[0]
	if lane := s.untilRunning("hold a").Lanes[0]; lane.Task.ID != id || lane.Live.LastLine != "hold a" {
		s.Errorf("%+v", lane)
	}
	s.ok(s.Cancel(id))
	state := s.until("a free lane", func(state *engine.State) bool { return state.Lanes[0].Task.ID == "" })
	if task := state.Ended[0]; task.Status != dispatcher.StatusCancelled || agent.EndingOf(task.Error) != agent.EndCancelled ||
		task.Result.Text != "so: hold a" {
		s.Errorf("%+v", task)
	}
}

func failAndRetry(s *subject) {
	id := s.submit(dispatcher.PriorityNormal, "fail", "fail too")[0]
	state := s.untilEnded(2)
	if state.ErrorsTotal != 2 || state.Errors[1].TaskID != id || agent.EndingOf(state.Errors[1].Error) != agent.EndEmpty {
		s.Errorf("%+v", state.Errors)
	}
	s.DismissErrors(state.Errors[1].Seq)
	if state = s.State(everything); state.ErrorsTotal != 1 || state.Errors[0].TaskID == id {
		s.Errorf("%+v", state.Errors)
	}
	s.DismissErrors()
	s.ok(s.Retry(id))
	s.until("it completed", func(*engine.State) bool {
		task, _ := s.Task(id)
		return task.Status == dispatcher.StatusCompleted && task.Attempts == 2 && task.Error == nil
	})
	if n := s.State(everything).ErrorsTotal; n != 0 {
		s.Errorf("%d errors", n)
	}
	s.fails(s.Retry("nobody"), dispatcher.ErrTaskNotFound)
	held := s.submit(dispatcher.PriorityNormal, "hold")[0]
	s.fails(s.Retry(held), dispatcher.ErrNotEnded)
}

func editAndMove(s *subject) {
	s.ok(s.SetPaused(true))
	ids := s.submit(dispatcher.PriorityNormal, "a", "b", "hold c")
	s.ok(s.Move(ids[2], math.MinInt), s.Move(ids[0], 1), s.Edit(ids[1], request("B")))
	s.is("the queue", prompts(s.State(everything).Pending), "hold c B a")
	s.ok(s.SetPriority(ids[0], dispatcher.PriorityHigh))
	s.is("the queue", prompts(s.State(everything).Pending), "a hold c B")
	if err := s.Edit(ids[1], request("")); agent.EndingOf(err) != agent.EndBadRequest {
		s.Errorf("a task may lose its prompt: %v", err)
	}
	s.fails(s.SetPriority(ids[0], 3), dispatcher.ErrInvalidPriority)
	s.ok(s.SetPaused(false))
	s.untilRunning("hold c")
	for _, err := range []error{
		s.Edit(ids[2], request("x")), s.Move(ids[2], 1), s.SetPriority(ids[2], dispatcher.PriorityLow),
	} {
		s.fails(err, dispatcher.ErrNotPending)
	}
	s.fails(s.Move("nobody", 1), dispatcher.ErrTaskNotFound)
}

func lanes(s *subject) {
	s.submit(dispatcher.PriorityNormal, "hold a", "hold b")
	s.untilRunning("hold a")
	s.ok(s.SetWorkers(3))
	s.untilRunning("hold b")
	s.ok(s.SetWorkers(1))
	s.fails(s.SetWorkers(0), dispatcher.ErrWorkerCount)
	s.worker.letGo("hold b")
	s.until("one lane", func(state *engine.State) bool { return len(state.Lanes) == 1 })
}

func forget(s *subject) {
	ids := s.submit(dispatcher.PriorityNormal, "a", "b", "c")
	s.untilEnded(3)
	if n := s.Forget(ids[0], "nobody"); n != 1 {
		s.Errorf("%d were forgotten", n)
	}
	s.is("the ended ones", prompts(s.State(everything).Ended), "c b")
	if n := s.Forget(); n != 2 {
		s.Errorf("%d were forgotten", n)
	}
	if _, known := s.Task(ids[1]); known {
		s.Error("it is still known")
	}
}

// subscribers each have a wake of their own, and one that never looks holds up nobody.
func subscribers(s *subject) {
	deaf, leave := s.Subscribe()
	defer leave()
	gone, stop := s.Subscribe()
	stop()
	select {
	case <-gone: // of before
	default:
	}
	s.submit(dispatcher.PriorityNormal, "a", "b", "c")
	s.untilEnded(3)
	select {
	case <-deaf:
	case <-time.After(patience):
		s.Error("no wake")
	}
	if len(gone) != 0 {
		s.Error("a wake for one who is no longer subscribed")
	}
}

// observers are given every end once, behind the progress of the task, though nobody can look it up any more.
func observers(s *subject) {
	var got []string
	done := make(chan struct{})
	leave := s.Observe(engine.Observer{
		Progress: func(id string, status dispatcher.TaskStatus, _ string) {
			if line := id + " " + status.String(); len(got) == 0 || got[len(got)-1] != line {
				got = append(got, line)
			}
		},
		Ended: func(task *agent.Task) {
			if got = append(got, task.ID+" "+task.Status.String()+" "+task.Result.Text); task.ID == "y" {
				close(done)
			}
		},
	})
	for _, id := range []string{"x", "y"} {
		s.ok(s.SubmitAll(s.Context(), []agent.Submission{{ID: id, Request: request(id)}}, nil)...)
		s.until(id+" ended", func(*engine.State) bool { task, known := s.Task(id); return known && task.Status.Ended() })
		s.Forget()
	}
	select {
	case <-done:
	case <-time.After(patience):
		s.Fatal("no end")
	}
	leave()
	s.submit(dispatcher.PriorityNormal, "z")
	s.untilEnded(1)
	s.is("what was observed", strings.Join(got, ", "),
		"x pending, x running, x completed so: x, y pending, y running, y completed so: y")
}

// statesStay: nothing in a state changes after it was taken, and a later one has a larger version.
func statesStay(s *subject) {
	s.ok(s.SetPaused(true))
	ids := s.submit(dispatcher.PriorityNormal, "a", "b")
	before := s.State(everything)
	s.ok(s.Edit(ids[0], request("A")), s.Cancel(ids[1]), s.SetWorkers(2), s.SetPaused(false))
	after := s.untilEnded(2)
	s.is("the queue of before", prompts(before.Pending), "a b")
	if !before.Paused || len(before.Lanes) != 1 || before.EndedTotal != 0 || after.Version <= before.Version {
		s.Errorf("%+v, and then version %d", before, after.Version)
	}
}

func drain(s *subject) {
	s.submit(dispatcher.PriorityNormal, "hold a", "b")
	s.untilRunning("hold a")
	ctx, cancel := context.WithCancel(s.Context())
	drained := make(chan error, 1)
	go func() { drained <- s.Drain(ctx) }()
	s.until("it stops", func(state *engine.State) bool { return state.Stopping })
	_, err := s.Submit(s.Context(), request("late"), dispatcher.PriorityNormal)
	s.fails(err, dispatcher.ErrNotRunning)
	cancel()
	s.fails(<-drained, context.Canceled)
	s.worker.letGo("hold a")
	s.ok(s.Drain(s.Context()))
	s.is("what was begun", s.worker.order(), "hold a")
}

func stop(s *subject) {
	ids := s.submit(dispatcher.PriorityNormal, "hold a", "b")
	s.untilRunning("hold a")
	s.ok(s.Stop(s.Context()))
	for _, id := range ids {
		if task, _ := s.Task(id); task.Status != dispatcher.StatusCancelled || !errors.Is(task.Error, dispatcher.ErrStopped) {
			s.Errorf("%+v", task)
		}
	}
}
