package batch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"drover/agent"
	"drover/agent/engine"
	"drover/dispatcher"
)

// Options say what is run and where it is written.
type Options struct {
	// Engine does the work. Nobody else submits tasks to it meanwhile, unless it is Shared. It should live longer than the
	// context of Run, so that an interrupt can still be reported tidily.
	Engine Engine
	// Shared is whether the engine is that of another process: it has tasks of others too, is neither held nor stopped, and
	// goes on with what has not ended when ctx does.
	Shared bool
	Tasks  []agent.Submission // which are Run's from then on: there may be a million of them
	// Adopt is the IDs of pending tasks that the dispatcher has already, from an earlier process: they are part of the
	// run like the others.
	Adopt []string
	// Ended is tasks of earlier runs whose result was not written: it is written before all others.
	Ended []agent.Task
	// Written is called with the Serial of each task whose result has been written; nil for nobody.
	Written func(serial uint64)
	// Kept is whether tasks that have not ended when ctx does are kept for another process. They are then not
	// cancelled one by one, which would be their end, but together with the dispatcher.
	Kept bool

	// Check says of a request at once, before it costs a lane, why it cannot succeed; nil for no check. What it
	// refuses has failed without an attempt.
	Check func(ctx context.Context, request agent.Request) error
	// Refuse lets the engine keep the tasks that Check refused, as ones that have failed; see [engine.SubmitFailed]. Nil
	// where nobody asks for them later.
	Refuse func(tasks []agent.Submission, why []error) []error
	// Begin is called once before anything is handed over, with the places of the tasks that Check refused, from 1; nil
	// for nobody.
	Begin func(refused []int)

	// FailFast ends the run as an interrupt does when a task has failed: nothing more is started.
	FailFast bool
	// KeepOrder writes results in the order of the tasks, and not in that of their ends. Those whose turn has not come are
	// in memory meanwhile.
	KeepOrder bool

	Out      io.Writer // results, with all that models said; who gives them to a terminal cleans them
	Dir      string    // a folder for a file with the result of each task, in the place of Out; empty for none
	Thinking bool      // in results as text, what the model thought stands before what it said
	JSON     bool      // results are JSON, one agent.Record a line, instead of text
	Events   bool      // Out gets each step of each task, one Event in JSON a line, in the place of results
	Progress io.Writer // one line for each step of each task, and now and then what the run waits for; nil for none
	// Display shows the progress in the last rows of a terminal; nil for none. Progress gets only what went wrong and how
	// the run ended then, and writes above it, as Out does if it goes to the same terminal.
	Display *Display
}

// Engine is what Run needs of an engine.Engine, whose methods these are.
type Engine interface {
	SubmitAll(ctx context.Context, tasks []agent.Submission, full func()) []error
	Cancel(id string) error
	Hold(reason string)
	Release(reason string)
	Stop(ctx context.Context) error
	Task(id string) (agent.Task, bool)
	State(dispatcher.SnapshotRequest) engine.State
	Observe(engine.Observer) (stop func())
}

// window is how many ended tasks may wait for their result to be written, before no more are started. It holds back a
// batch whose results nobody reads fast enough. The rejected alternative, handing over only so many, would leave the rest of the batch
// nowhere when the process ends.
const window = 5000

// Why nothing starts: Run holds the queue for HoldReading until the first tasks are with the dispatcher; who has tasks
// to adopt does so before it starts the dispatcher.
const (
	HoldReading = "the batch is being read"
	holdUnread  = "the results are not read"
)

// Run hands the tasks to the engine, as fast as it takes them, and writes a result for each task that
// ends, in the order in which they end if nothing else was asked for. A cancelled task is written once its agent has returned, so that the
// result has what it said until then; one whose agent does not return, when the dispatcher calls its lane stuck.
//
// When ctx ends, Run hands over no more, cancels what has not ended, writes that too, and returns with
// Summary.Interrupted. When Out cannot be written it does the same, without writing, and returns the error.
// It also returns an error when the engine stops taking tasks.
func Run(ctx context.Context, o Options) (Summary, error) {
	feeding, stopFeeding := context.WithCancel(ctx)
	defer stopFeeding()
	number(o.Tasks, o.others(), o.prefix())
	if o.Shared {
		o.Engine = newShared(o.Engine, o.Tasks, o.Adopt)
	}
	r := &run{
		Options: o,
		inbox:   newInbox(o.Engine),
		alive:   map[string]bool{},
		report:  newReport(o),
		begun:   time.Now(),
		cease:   stopFeeding,
	}
	if o.KeepOrder {
		r.order = newOrder(slices.Concat(o.others(), ids(r.Tasks)))
	}
	r.total = len(r.Tasks) + len(o.Adopt) + len(o.Ended)
	for _, id := range o.Adopt {
		r.alive[id] = true
	}
	if o.Dir != "" {
		if r.report.err = os.MkdirAll(o.Dir, 0o700); r.report.err != nil {
			return Summary{}, fmt.Errorf("the folder for the results cannot be made: %w", r.report.err)
		}
	}
	for i := range o.Ended {
		r.result(event{id: o.Ended[i].ID, status: o.Ended[i].Status, task: &o.Ended[i]})
	}
	defer o.Engine.Observe(engine.Observer{Progress: r.inbox.progress, Ended: r.inbox.ended})()
	o.Engine.Hold(HoldReading)
	refused := r.check(ctx)
	if o.Begin != nil {
		o.Begin(refused)
	}
	if o.FailFast && (r.summary.Failed > 0 || len(refused) > 0) {
		r.failFast()
	}
	defer r.display()()
	fed := make(chan feedResult, 1)
	go func() { fed <- r.feed(feeding) }()
	return r.loop(ctx, fed)
}

// display starts the display if there is one, and returns what ends it.
func (r *run) display() (end func()) {
	if r.Display == nil {
		return func() {}
	}
	done := make(chan struct{})
	var drawing sync.WaitGroup
	drawing.Go(func() {
		r.Display.run(done, func(columns int) []string {
			s := r.Engine.State(dispatcher.SnapshotRequest{})
			return displayed(s, int(r.done.Load()), r.total, int(r.failed.Load()), time.Now(), columns)
		})
	})
	return sync.OnceFunc(func() { close(done); drawing.Wait() })
}

// ids returns the IDs of tasks.
func ids(tasks []agent.Submission) []string {
	list := make([]string, len(tasks))
	for i := range tasks {
		list[i] = tasks[i].ID
	}
	return list
}

// others returns the IDs of the tasks of earlier runs.
func (o *Options) others() []string {
	list := make([]string, 0, len(o.Ended)+len(o.Adopt))
	for i := range o.Ended {
		list = append(list, o.Ended[i].ID)
	}
	return append(list, o.Adopt...)
}

// run is one call of Run. Its fields belong to the goroutine of loop, except those that say otherwise.
type run struct {
	Options // read-only; feed reads it too

	inbox *inbox // filled by the dispatcher's callbacks
	cease func() // ends feed

	alive    map[string]bool // tasks that are known to have begun, or were adopted, and not to have ended
	stopping bool            // nothing more is handed over
	cancels  bool            // and what there is is being cancelled
	left     bool            // and what there is is left to a shared engine, which goes on with it
	total    int             // tasks there are, with those that the check refused
	done     atomic.Int64    // tasks that have ended here, with those that the check refused; the display reads it too
	failed   atomic.Int64    // how many of them have failed; the same
	refused  int             // tasks that the check refused and the engine keeps
	settled  int             // tasks that have been written, or are kept
	summary  Summary
	figures  figures
	order    *order // nil if results are written as tasks end
	report   *report
	begun    time.Time
}

// check lets what cannot succeed fail before anything is handed over, so that nobody has to wait for it. It returns the
// places of that, from 1.
func (r *run) check(ctx context.Context) (refused []int) {
	if r.Check == nil {
		return nil
	}
	good := r.Tasks[:0]
	var bad []agent.Submission
	var why []error
	for i, s := range r.Tasks {
		err := r.Check(ctx, s.Request)
		if err == nil || ctx.Err() != nil {
			good = append(good, s)
			continue
		}
		bad, why, refused = append(bad, s), append(why, err), append(refused, i+1)
	}
	r.Tasks = good
	r.refuse(bad, why)
	return refused
}

// refuse hands over tasks as ones that have failed. Of what the engine does not keep the result is written here.
func (r *run) refuse(tasks []agent.Submission, why []error) {
	notKept := why
	if r.Refuse != nil && len(tasks) > 0 {
		notKept = r.Refuse(tasks, why)
	}
	for i, s := range tasks {
		if notKept[i] == nil {
			r.refused++
			continue
		}
		r.result(event{id: s.ID, status: dispatcher.StatusFailed, task: &agent.Task{
			ID: s.ID, Priority: s.Priority, Request: s.Request,
			Status: dispatcher.StatusFailed, Error: why[i], CreatedAt: r.begun, CompletedAt: time.Now(),
		}})
	}
}

// loop runs until everything that was accepted is written.
func (r *run) loop(ctx context.Context, fed <-chan feedResult) (Summary, error) {
	interrupt := ctx.Done()
	feeding := fed
	var result feedResult
	nothing := time.NewTimer(quiet)
	defer nothing.Stop()
	for feeding != nil || r.settled < result.accepted+r.refused+len(r.Adopt) && !r.left {
		select {
		case result = <-feeding:
			feeding = nil
		case <-interrupt:
			interrupt = nil
			r.summary.Interrupted = true
			note := "interrupted: cancelling what has not ended"
			switch {
			case r.Shared:
				note = "interrupted: what was handed over goes on in the drover that is running"
			case r.Kept:
				note = "interrupted: keeping what has not ended"
			}
			r.report.note(note)
			r.left = r.Shared
			r.stop(!r.Kept && !r.Shared)
		case <-nothing.C:
			r.sayWaiting()
			nothing.Reset(quiet)
		case <-r.inbox.wake:
			r.look()
			nothing.Reset(quiet)
		}
	}
	if r.left {
		r.summary.Kept = result.accepted + len(r.Adopt) - r.settled
	}
	r.summary.Refused = len(result.refused)
	r.summary.NotStarted = len(r.Tasks) - result.accepted - len(result.refused)
	for _, refused := range result.refused {
		r.report.note(refused.Error())
	}
	if r.order != nil {
		for _, task := range r.order.rest() {
			r.write(task)
		}
	}
	r.report.end(r.summary, &r.figures, time.Since(r.begun))
	if r.report.err != nil {
		return r.summary, fmt.Errorf("the results cannot be written: %w", r.report.err)
	}
	return r.summary, result.err
}

// look takes what has happened.
func (r *run) look() {
	for _, e := range r.inbox.take() {
		if e.task != nil {
			r.ended(e)
			continue
		}
		r.progress(e)
		r.alive[e.id] = true
		if r.cancels {
			// It was accepted, or queued again, while everything else was being cancelled.
			_ = r.Engine.Cancel(e.id)
		}
	}
	if r.report.err != nil && !r.stopping {
		r.left = r.Shared
		r.stop(!r.Kept && !r.Shared)
	}
}

// progress writes a line for a task that has not ended.
func (r *run) progress(e event) {
	var task *agent.Task // nil where it has ended and is forgotten meanwhile; its end is on its way
	if known, ok := r.Engine.Task(e.id); ok {
		task = &known
	}
	if e.status == dispatcher.StatusPending && !r.alive[e.id] && task != nil {
		e.message = dispatcher.PriorityName(task.Priority) // accepted; every other wait has its own reason
	}
	r.report.progress(e, task, int(r.done.Load()), r.total)
	r.report.event(stepOf(e, task, !r.alive[e.id]))
}

// stop ends the intake. Everything that is alive is cancelled, each for itself or together with the engine.
func (r *run) stop(cancel bool) {
	r.stopping, r.cancels = true, cancel
	r.cease()
	if !cancel {
		go func() { _ = r.Engine.Stop(context.Background()) }() // what becomes of each task is reported
		return
	}
	for id := range r.alive {
		// An error means that it has ended meanwhile, and its event is on its way.
		_ = r.Engine.Cancel(id)
	}
}

// failFast ends the run because a task has failed.
func (r *run) failFast() {
	r.report.note("a task has failed: nothing more is started")
	r.stop(!r.Kept || r.Shared)
}

// ended takes a task that has ended: its result is written, unless it is kept for another process.
func (r *run) ended(e event) {
	delete(r.alive, e.id)
	r.inbox.written()
	r.settled++
	if r.Kept && e.status == dispatcher.StatusCancelled && errors.Is(e.task.Error, dispatcher.ErrStopped) {
		r.summary.Kept++
		return
	}
	r.result(e)
	if r.FailFast && e.status == dispatcher.StatusFailed && !r.stopping {
		r.failFast()
	}
}

// result writes the result of a task that has ended, and counts it.
func (r *run) result(e event) {
	r.report.progress(e, e.task, int(r.done.Add(1)), r.total)
	switch e.status {
	case dispatcher.StatusCompleted:
		r.summary.Completed++
	case dispatcher.StatusFailed:
		r.summary.Failed++
		r.failed.Add(1)
	default:
		r.summary.Cancelled++
	}
	r.figures.add(e.task)
	if r.order == nil {
		r.write(e.task)
		return
	}
	for _, task := range r.order.next(e.task) {
		r.write(task)
	}
}

// write writes the result of a task, if one still can be written.
func (r *run) write(task *agent.Task) {
	switch r.report.result(task); {
	case r.report.err != nil:
		r.summary.Unwritten++
	case r.Written != nil && task.Serial > 0:
		r.Written(task.Serial)
	}
}
