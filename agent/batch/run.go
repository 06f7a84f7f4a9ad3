package batch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"drover/agent"
	"drover/dispatcher"
)

// Options say what is run and where it is written.
type Options struct {
	// Dispatcher does the work. It has been started, and nobody else uses it: Run takes over its callbacks.
	// It should live longer than the context of Run, so that an interrupt can still be told of tidily.
	Dispatcher *dispatcher.TaskDispatcher
	Items      []Item
	// Adopt is the IDs of pending tasks that the dispatcher has already, from an earlier process: they are part of the
	// run like the items.
	Adopt []string
	// Kept is whether tasks that have not ended when ctx does are kept for another process. They are then not
	// cancelled one by one, which would be their end, but together with the dispatcher.
	Kept bool

	// Check says of a request at once, before it costs a lane, why it cannot succeed; nil for no check. What it
	// refuses has failed without an attempt.
	Check func(ctx context.Context, request agent.Request) error

	Out           io.Writer // results
	OutIsTerminal bool      // results are cleaned of control sequences
	Thinking      bool      // in results as text, what the model thought stands before what it said
	JSON          bool      // results are JSON, one agent.Record a line, instead of text
	Progress      io.Writer // one line for each step of each task; nil for none
}

// window is how many ended tasks may wait for their result to be written, before no more are started. It holds back a
// batch whose results nobody reads fast enough, and keeps every task that has not been written well inside of what
// the dispatcher remembers. The rejected alternative, handing over only so many, would leave the rest of the batch
// nowhere when the process ends.
const window = 5000

// Why nothing starts: Run holds the queue for HoldReading until the first items are with the dispatcher; who has tasks
// to adopt does so before it starts the dispatcher.
const (
	HoldReading = "the batch is being read"
	holdUnread  = "the results are not read"
)

// Run hands the items to the dispatcher, as fast as it takes them, and writes a result for each task that
// ends, in the order in which they end. A cancelled task is written once its agent has returned, so that the
// result has what it said until then; one whose agent does not return is written when the dispatcher calls
// its lane stuck.
//
// When ctx ends, Run hands over no more, cancels what has not ended, writes that too, and returns with
// Summary.Interrupted. When Out cannot be written it does the same, without writing, and returns the error.
// It also returns an error when the dispatcher stops taking tasks.
func Run(ctx context.Context, o Options) (Summary, error) {
	feeding, stopFeeding := context.WithCancel(ctx)
	defer stopFeeding()
	r := &run{
		Options: o,
		inbox:   newInbox(o.Dispatcher),
		alive:   map[string]bool{},
		report:  newReport(o),
		begun:   time.Now(),
		cease:   stopFeeding,
	}
	r.Items = number(o.Items, o.Adopt)
	r.total = len(r.Items) + len(o.Adopt)
	for _, id := range o.Adopt {
		r.alive[id] = true
	}
	r.check(ctx)
	o.Dispatcher.SetProgressCallback(r.inbox.progress)
	defer o.Dispatcher.SetProgressCallback(nil)
	defer o.Dispatcher.SetChangeCallback(nil)
	o.Dispatcher.Hold(HoldReading)

	fed := make(chan feedResult, 1)
	go func() { fed <- r.feed(feeding) }()
	return r.loop(ctx, fed)
}

// run is one call of Run. Its fields belong to the goroutine of loop, except those that say otherwise.
type run struct {
	Options // read-only; feed reads it too

	inbox *inbox // filled by the dispatcher's callback
	cease func() // ends feed

	alive    map[string]bool // tasks whose start of life was told, or that were adopted, and whose end was not
	settling []event         // cancels of tasks whose agents have not returned, in their order
	watching bool            // the dispatcher's changes wake the loop
	stopping bool            // everything is being cancelled
	total    int             // tasks there are, with those that the check refused
	done     int             // tasks whose end was told
	written  int             // tasks whose result was written
	summary  Summary
	report   *report
	begun    time.Time
}

// check lets what cannot succeed fail before anything is handed over, so that nobody has to wait for it.
func (r *run) check(ctx context.Context) {
	if r.Check == nil {
		return
	}
	var items []Item
	for _, item := range r.Items {
		task := item.task()
		request, _ := task.Payload.(agent.Request)
		err := r.Check(ctx, request)
		if err == nil || ctx.Err() != nil {
			items = append(items, item)
			continue
		}
		task.Status, task.Error, task.CreatedAt, task.CompletedAt = dispatcher.StatusFailed, err, r.begun, time.Now()
		r.done++
		r.summary.Failed++
		r.report.progress(event{id: task.ID, status: task.Status, message: err.Error()}, *task, r.done, r.total)
		r.report.result(*task)
	}
	r.Items = items
}

// loop runs until everything that was accepted is written.
func (r *run) loop(ctx context.Context, fed <-chan feedResult) (Summary, error) {
	interrupt := ctx.Done()
	feeding := fed
	var result feedResult
	for feeding != nil || r.written < result.accepted+len(r.Adopt) {
		select {
		case result = <-feeding:
			feeding = nil
		case <-interrupt:
			interrupt = nil
			r.summary.Interrupted = true
			note := "interrupted: cancelling what has not ended"
			if r.Kept {
				note = "interrupted: keeping what has not ended"
			}
			r.report.note(note)
			r.stop()
		case <-r.inbox.wake:
			r.look()
		}
	}
	r.summary.Refused = len(result.refused)
	r.summary.NotStarted = len(r.Items) - result.accepted - len(result.refused)
	for _, refused := range result.refused {
		r.report.note(refused.Error())
	}
	r.report.note(fmt.Sprintf("%v in %v", r.summary, roundTime(time.Since(r.begun))))
	if r.report.err != nil {
		return r.summary, fmt.Errorf("the results cannot be written: %w", r.report.err)
	}
	return r.summary, result.err
}

// look takes what has happened.
func (r *run) look() {
	for _, e := range r.inbox.take() {
		if e.status.Ended() {
			delete(r.alive, e.id)
			if r.keeps(e.task) {
				r.inbox.written()
				r.written++
				r.summary.Kept++
				continue
			}
			r.done++
			r.progress(e)
			r.ended(e)
			continue
		}
		r.progress(e)
		r.alive[e.id] = true
		if r.stopping && !r.Kept {
			// It was accepted, or queued again, while everything else was being cancelled.
			_ = r.Dispatcher.CancelTask(e.id)
		}
	}
	r.settle()
	if r.report.err != nil && !r.stopping {
		r.stop()
	}
}

// progress tells of a transition.
func (r *run) progress(e event) {
	task := &e.task
	if !e.status.Ended() {
		if now, err := r.Dispatcher.GetTask(e.id); err == nil {
			task = now
		}
	}
	if e.status == dispatcher.StatusPending && !r.alive[e.id] {
		e.message = dispatcher.PriorityName(task.Priority) // accepted; every other wait has its own reason
	}
	r.report.progress(e, *task, r.done, r.total)
}

// stop ends the intake and cancels everything that is alive.
func (r *run) stop() {
	r.stopping = true
	r.cease()
	if r.Kept {
		go func() { _ = r.Dispatcher.Shutdown(0) }() // its error says that something had to be cancelled
		return
	}
	for id := range r.alive {
		// An error means that it has ended meanwhile, and its event is on its way.
		_ = r.Dispatcher.CancelTask(id)
	}
}

// ended takes a task that came to its end: it is written now, or when its agent has returned.
func (r *run) ended(e event) {
	if e.status == dispatcher.StatusCancelled {
		if !r.watching {
			// Watch before looking at the lanes, so that no return falls in between.
			r.watching = true
			r.Dispatcher.SetChangeCallback(r.inbox.poke)
		}
		r.settling = append(r.settling, e)
		return
	}
	r.write(e.task)
}

// settle writes the cancelled tasks whose agents have returned, or will not.
func (r *run) settle() {
	if len(r.settling) == 0 {
		return
	}
	held := map[string]bool{}
	for _, lane := range r.Dispatcher.Snapshot(dispatcher.SnapshotRequest{}).Lanes {
		if lane.State == dispatcher.LaneCancelling {
			held[lane.Task.ID] = true
		}
	}
	waiting := r.settling[:0]
	for _, e := range r.settling {
		if held[e.id] {
			waiting = append(waiting, e)
			continue
		}
		if task, err := r.Dispatcher.GetTask(e.id); err == nil { // with what it said after its cancel
			e.task = *task
		}
		r.write(e.task)
	}
	r.settling = waiting
}

// keeps reports whether a task that has ended here is kept for another process, so that this is no result.
func (r *run) keeps(task dispatcher.Task) bool {
	return r.Kept && task.Status == dispatcher.StatusCancelled && errors.Is(task.Error, dispatcher.ErrStopped)
}

// write writes the result of a task.
func (r *run) write(task dispatcher.Task) {
	r.inbox.written()
	r.written++
	switch task.Status {
	case dispatcher.StatusCompleted:
		r.summary.Completed++
	case dispatcher.StatusFailed:
		r.summary.Failed++
	default:
		r.summary.Cancelled++
	}
	r.report.result(task)
}
