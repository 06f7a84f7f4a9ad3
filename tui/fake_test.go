package tui

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"go.uber.org/goleak"

	"drover/agent"
	"drover/agent/engine"
	"drover/agent/forecast"
	"drover/agent/transcript"
	"drover/dispatcher"
	"drover/tui/keys"
	"drover/tui/tuitest"
)

func TestMain(m *testing.M) {
	time.Local = time.UTC // times of day are part of whole screens
	goleak.VerifyTestMain(m)
}

type State = engine.State

// fakeEngine is an engine whose state a test writes. Every call that changes something is noted as a line of
// calls and fails with what fail holds for its name; nothing else happens by itself.
type fakeEngine struct {
	mu          sync.Mutex
	state       State // Pending, Ended and Errors hold the whole lists here
	calls       []string
	wondered    []string // models of which it was asked what they can do
	fail        map[string]error
	output      map[string][]transcript.Entry
	asked       []dispatcher.SnapshotRequest // by State
	changes     chan struct{}
	hold        map[string]chan struct{} // a call of this name waits until its channel is closed
	begun       time.Time
	refuseAfter int              // how many more tasks are accepted; 0 for any number
	base        map[string]int64 // position of what a task said first in its latest attempt
	reads       int              // how often an output was asked for
}

func newFake() *fakeEngine {
	e := &fakeEngine{
		fail: map[string]error{}, output: map[string][]transcript.Entry{}, hold: map[string]chan struct{}{}, base: map[string]int64{},
		changes: make(chan struct{}, 1), begun: time.Now(),
	}
	e.state.Server = agent.Server{
		Host: "http://127.0.0.1:11434", State: agent.ServerUp, Version: "0.17.4",
		Models: []agent.Model{
			{Name: "qwen3:8b", Parameters: "8.2B", Quantization: "Q4_K_M"}, {Name: "gemma3:4b", Parameters: "4.3B"},
		},
		DefaultModel: "qwen3:8b", DefaultFrom: "first installed",
	}
	e.lanes(10)
	return e
}

// lanes makes n idle lanes.
func (e *fakeEngine) lanes(n int) {
	e.state.Lanes = make([]engine.Lane, n)
	for i := range e.state.Lanes {
		e.state.Lanes[i] = engine.Lane{ID: i, Since: e.begun}
	}
	e.state.Metrics.WorkerCount = n
}

// change edits the state and tells the screen.
func (e *fakeEngine) change(f func(s *State)) {
	e.mu.Lock()
	f(&e.state)
	e.count()
	e.mu.Unlock()
	e.wake()
}

func (e *fakeEngine) wake() {
	select {
	case e.changes <- struct{}{}:
	default:
	}
}

// count makes the totals and the metrics follow the lists.
func (e *fakeEngine) count() {
	s := &e.state
	s.Version++
	s.PendingTotal, s.EndedTotal, s.ErrorsTotal = len(s.Pending), len(s.Ended), len(s.Errors)
	m := &s.Metrics
	m.PendingTasks, m.RunningTasks, m.CompletedTasks, m.FailedTasks, m.CancelledTasks = len(s.Pending), 0, 0, 0, 0
	s.Interrupted = 0
	for _, l := range s.Lanes {
		if l.State == dispatcher.LaneRunning {
			m.RunningTasks++
		}
	}
	for _, t := range s.Ended {
		switch t.Status {
		case dispatcher.StatusCompleted:
			m.CompletedTasks++
		case dispatcher.StatusFailed:
			m.FailedTasks++
		case dispatcher.StatusCancelled:
			m.CancelledTasks++
			if t.Interrupted() {
				s.Interrupted++
			}
		default:
		}
	}
	m.TotalTasks = m.PendingTasks + m.RunningTasks + len(s.Ended)
}

func (e *fakeEngine) call(name string, args ...any) error {
	e.mu.Lock()
	e.calls = append(e.calls, strings.TrimSpace(name+" "+strings.TrimSuffix(fmt.Sprintln(args...), "\n")))
	hold, err := e.hold[name], e.fail[name]
	e.mu.Unlock()
	if hold != nil {
		<-hold
	}
	return err
}

// took returns the calls since the last took.
func (e *fakeEngine) took() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	calls := e.calls
	e.calls = nil
	return calls
}

// named is the model of a request, or all that there is of its command.
func named(r agent.Request) string {
	if r.KindName() == agent.KindCommand {
		return fmt.Sprint(r.Kind, r.Command, r.Dir, r.Model)
	}
	return fmt.Sprintf("%q", r.Model)
}

func (e *fakeEngine) Submit(_ context.Context, r agent.Request, priority int) (string, error) {
	err := e.call("submit", dispatcher.PriorityName(priority), named(r), fmt.Sprintf("%q", r.Prompt))
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.refuseAfter > 0 {
		if e.refuseAfter--; e.refuseAfter == 0 {
			e.refuseAfter = -1
		}
	} else if e.refuseAfter < 0 {
		err = dispatcher.ErrQueueFull
	}
	return "task-99", err
}

func (e *fakeEngine) SubmitAll(ctx context.Context, tasks []agent.Submission, _ func()) []error {
	errs := make([]error, len(tasks))
	for i, t := range tasks {
		_, errs[i] = e.Submit(ctx, t.Request, t.Priority)
	}
	return errs
}

func (e *fakeEngine) Check(context.Context, agent.Request) error { return nil }
func (e *fakeEngine) Hold(string)                                {}
func (e *fakeEngine) Release(string)                             {}
func (e *fakeEngine) Observe(engine.Observer) (stop func())      { return func() {} }

func (e *fakeEngine) Cancel(id string) error { return e.call("cancel", id) }
func (e *fakeEngine) Retry(id string) error  { return e.call("retry", id) }
func (e *fakeEngine) SetPriority(id string, p int) error {
	return e.call("priority", id, dispatcher.PriorityName(p))
}
func (e *fakeEngine) Move(id string, places int) error { return e.call("move", id, places) }
func (e *fakeEngine) Edit(id string, r agent.Request) error {
	return e.call("edit", id, named(r), fmt.Sprintf("%q", r.Prompt), r.System)
}
func (e *fakeEngine) Recover(again bool) error {
	err := e.call("recover", again)
	if err == nil {
		e.change(func(s *State) { s.Recovered.Interrupted = 0 })
	}
	return err
}

func (e *fakeEngine) SetPaused(p bool) error {
	e.change(func(s *State) { s.Paused = p })
	return e.call("paused", p)
}
func (e *fakeEngine) SetWorkers(n int) error        { return e.call("workers", n) }
func (e *fakeEngine) Comment(id, text string) error { return e.call("comment", id, text) }

func (e *fakeEngine) Answer(id string, answer agent.Answer) error {
	return e.call("answer", id, answer)
}

func (e *fakeEngine) DismissErrors(seqs ...uint64) { _ = e.call("dismiss", seqs) }
func (e *fakeEngine) Forget(ids ...string) int {
	_ = e.call("forget", ids)
	n := 0
	e.change(func(s *State) {
		was := len(s.Ended)
		s.Ended = slices.DeleteFunc(s.Ended, func(t agent.Task) bool { return len(ids) == 0 || slices.Contains(ids, t.ID) })
		n = was - len(s.Ended)
	})
	return n
}
func (e *fakeEngine) Unload(_ context.Context, server, model string) error {
	return e.call("unload " + model + " at " + server)
}
func (e *fakeEngine) Look() { _ = e.call("look") }
func (e *fakeEngine) Abilities(_ context.Context, model string) []string {
	e.mu.Lock()
	e.wondered = append(e.wondered, model)
	e.mu.Unlock()
	return map[string][]string{"qwen3:8b": {"completion", "tools", "thinking"}, "gemma3:4b": {"vi\x1b[2Jsion"}}[model]
}
func (e *fakeEngine) Drain(ctx context.Context) error      { return e.waitFor(ctx, "drain") }
func (e *fakeEngine) Stop(ctx context.Context) error       { return e.waitFor(ctx, "stop") }
func (e *fakeEngine) Subscribe() (<-chan struct{}, func()) { return e.changes, func() {} }
func (e *fakeEngine) waitFor(ctx context.Context, name string) error {
	e.mu.Lock()
	e.calls = append(e.calls, name)
	hold, err := e.hold[name], e.fail[name]
	e.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return err
}

func stretch[T any](all []T, w dispatcher.Window) []T {
	from := min(w.Offset, len(all))
	return slices.Clone(all[from:min(from+w.Limit, len(all))])
}

func (e *fakeEngine) State(r dispatcher.SnapshotRequest) State {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.asked = append(e.asked, r)
	s := e.state
	s.At = time.Now()
	s.Lanes = slices.Clone(s.Lanes)
	s.Pending, s.Ended, s.Errors = stretch(s.Pending, r.Pending), stretch(s.Ended, r.Ended), stretch(s.Errors, r.Errors)
	return s
}

func (e *fakeEngine) Why(string) (forecast.Answer, error) { return forecast.Answer{}, nil }

func (e *fakeEngine) Task(id string) (agent.Task, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, l := range e.state.Lanes {
		if l.State != dispatcher.LaneIdle && l.Task.ID == id {
			return l.Task, true
		}
	}
	for _, list := range [][]agent.Task{e.state.Pending, e.state.Ended} {
		for _, t := range list {
			if t.ID == id {
				return t, true
			}
		}
	}
	return agent.Task{}, false
}

// read is how often an output was asked for.
func (e *fakeEngine) read() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.reads
}

// Output counts positions in bytes, as if entries were cut anywhere.
func (e *fakeEngine) Output(id string, from int64, limit int) (entries []transcript.Entry, first, next int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.reads++
	at := e.base[id]
	first = max(from, at)
	from, next = first, first
	for _, entry := range e.output[id] {
		n := int64(len(entry.Text))
		if at+n > from && limit > 0 {
			cut := entry.Text[max(0, from-at):]
			cut = cut[:min(len(cut), limit)]
			limit -= len(cut)
			next += int64(len(cut))
			entries = append(entries, transcript.Entry{Kind: entry.Kind, Text: cut})
		}
		at += n
	}
	return entries, first, next
}

// task makes a task that was created ago before the fake began.
func (e *fakeEngine) task(n, priority int, prompt, model string, ago time.Duration) agent.Task {
	return agent.Task{
		ID: fmt.Sprintf("task-%d", n), Priority: priority, Request: agent.Request{Prompt: prompt, Model: model},
		CreatedAt: e.begun.Add(-ago),
	}
}

// run puts a task into a lane.
func (e *fakeEngine) run(lane int, t agent.Task, since time.Duration, live agent.Live) {
	t.Status, t.StartedAt, t.Attempts, t.WorkerID = dispatcher.StatusRunning, e.begun.Add(-since), 1, lane
	live.Sent = t.StartedAt
	if live.Model == "" {
		live.Model = "qwen3:8b"
	}
	if live.Tokens > 0 {
		live.FirstToken = t.StartedAt.Add(800 * time.Millisecond)
		live.LastToken = e.begun
		if live.Phase == agent.PhaseWaiting {
			live.Phase = agent.PhaseGenerating
		}
	}
	e.state.Lanes[lane] = engine.Lane{ID: lane, State: dispatcher.LaneRunning, Since: t.StartedAt, Task: t,
		Live: live}
	e.count()
}

// end makes an ended task of t, the latest one.
func (e *fakeEngine) end(t agent.Task, status dispatcher.TaskStatus, ago, took time.Duration, err error) {
	t.Status, t.Error, t.Attempts = status, err, 1
	t.CompletedAt = e.begun.Add(-ago)
	t.StartedAt = t.CompletedAt.Add(-took)
	tokens := int(took.Seconds() * 40)
	t.Result = agent.Result{Model: "qwen3:8b", Text: "The answer of " + t.ID + ".",
		Metrics: agent.Metrics{Tokens: tokens, Rate: 41.3, FirstToken: 700 * time.Millisecond}}
	e.state.Ended = slices.Insert(e.state.Ended, 0, t)
	if status == dispatcher.StatusFailed {
		e.state.Errors = slices.Insert(e.state.Errors, 0, dispatcher.TaskExecutionError{TaskID: t.ID, Error: err,
			Timestamp: t.CompletedAt, WorkerID: 2, Seq: uint64(len(e.state.Errors) + 1)})
	}
	e.count()
}

// program is a running screen with its terminal.
type program struct {
	*tuitest.Terminal
	t      *testing.T
	engine *fakeEngine
	tea    *tea.Program
	model  *model
	keys   keys.Map
	done   chan error
	ended  bool
}

// start runs the screen in a bubble of virtual time. body drives it; the program is ended afterwards.
func start(t *testing.T, w, h int, setup func(e *fakeEngine), body func(p *program)) {
	t.Helper()
	startWith(t, w, h, Options{}, setup, body)
}

func startWith(t *testing.T, w, h int, options Options, setup func(e *fakeEngine), body func(p *program)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		e := newFake()
		if setup != nil {
			setup(e)
		}
		term := tuitest.New(t, w, h)
		options.Input, options.Output, options.Width, options.Height = term.Input, term.Output, w, h
		if options.Environment == nil {
			options.Environment = tuitest.Environment
		}
		options.Keys = withKeyboard(options.Keys)
		teaProgram, stop, err := newProgram(t.Context(), e, options)
		if err != nil {
			t.Fatal(err)
		}
		bound, err := keys.Default().With(options.Keys)
		if err != nil {
			t.Fatal(err)
		}
		p := &program{keys: bound, Terminal: term, t: t, engine: e, tea: teaProgram, done: make(chan error, 1)}
		go func() {
			final, err := teaProgram.Run()
			p.model, _ = final.(*model)
			p.done <- err
		}()
		defer func() { // also after a Fatal: nothing may stay behind in the bubble
			if !p.ended {
				teaProgram.Quit()
				if err := <-p.done; err != nil {
					t.Errorf("the program ended with %v", err)
				}
			}
			stop()
			term.Close()
			synctest.Wait()
		}()
		p.Wait()
		body(p)
	})
}

// left fails the test unless the program has ended by itself.
func (p *program) left() {
	p.t.Helper()
	select {
	case err := <-p.done:
		p.ended = true
		if err != nil {
			p.t.Errorf("the program ended with %v", err)
		}
	default:
		p.t.Fatalf("the program goes on:\n%s", p.Screen())
	}
}

// stays fails the test if the program has ended.
func (p *program) stays() {
	p.t.Helper()
	select {
	case err := <-p.done:
		p.ended = true
		p.t.Fatalf("the program has ended (%v)", err)
	default:
	}
}

// resize changes the size of the terminal and tells the program.
func (p *program) resize(w, h int) {
	p.Resize(w, h)
	p.tea.Send(tea.WindowSizeMsg{Width: w, Height: h})
	p.Wait()
}

// called fails the test unless exactly these calls were made since the last time.
func (p *program) called(want ...string) {
	p.t.Helper()
	if got := p.engine.took(); !slices.Equal(got, want) {
		p.t.Errorf("the engine was called\n%q, not\n%q", got, want)
	}
}
