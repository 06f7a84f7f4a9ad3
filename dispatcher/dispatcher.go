package dispatcher

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// AgentFunc does the work of a task. It is called on a lane's goroutine, for several tasks at once. ctx ends
// when the task is cancelled, with a cause (see [context.Cause]); the function should then return soon,
// since its lane stays taken until it does. task is its own: what it leaves in task.Result is kept, also
// when it returns an error. A panic fails the task and nothing else. It may return an error made by
// [Requeue] to be called again later.
type AgentFunc func(ctx context.Context, task *Task) error

// ProgressCallback observes tasks: it is called for each change of a task's status (progress 0 when it is
// queued or started, 100 at an end) and with the reports of its agent function in between. All calls come
// one at a time and, for one task, in order. It may call any method of the dispatcher, may be slow and may
// panic, without holding up a lane; reports that it is too slow for are merged into the latest one.
type ProgressCallback func(taskID string, status TaskStatus, progress int, message string)

// EndCallback is given each task that has ended, once for each end, after the progress callback has been called for
// it. A task that was cancelled while it ran is given when its agent function has returned, with the Result that it
// left, or without one when its lane has become stuck (see [WithStuckAfter]). So nobody who needs to know how a task
// ended has to ask for it later, when it may be forgotten. The task never changes any more and may be kept and shared;
// treat it as read-only. It is called like the progress callback, never at the same time as it.
type EndCallback func(task *Task)

// TaskDispatcher runs tasks on its lanes. All methods may be called from several goroutines at once.
// Make one with [NewTaskDispatcher].
type TaskDispatcher struct {
	agent  AgentFunc
	parent context.Context
	opt    options
	log    *slog.Logger // nil: silent

	reports  atomic.Uint64 // counts progress reports; added to by agents without the lock
	position atomic.Uint64 // the journal's latest position; written with the lock held, read without

	mu      sync.Mutex // guards everything below; never held while user code runs
	version uint64     // counts all other changes

	phase   phase
	started time.Time // when Start was called
	latest  time.Time // the latest time of anything; see inOrder
	forget  func() bool

	tasks  map[string]*record // all known tasks by ID
	serial uint64             // of the latest task
	queue  queue
	timer  *time.Timer // promotes delayed records; nil when none is due

	workers int // how many lanes there are to be; lanes from there on retire
	lanes   [MaxWorkers]lane
	idle    uint16 // a bit for each lane that is parked and has not been woken
	waking  bool   // a lane has been woken for a task and is on its way

	stuckTimer *time.Timer // fires when a cancelled attempt may have become stuck; nil when there is none to watch

	ended     list // ended tasks that are still known, in the order in which they ended
	endedSize int  // the sum of their sizes
	affinity  affinity
	errors    errorLog
	counts    counts
	stats     stats
	notify    notifier
	waiters   []*waiter
	roomQueue []*roomWaiter // blocked submitters, in order
	reserved  int           // places in the queue that belong to submitters about to use them
}

// phase is where the dispatcher is in its own life. It only moves down this list.
type phase uint8

const (
	phaseNew      phase = iota
	phaseRunning        // takes tasks and runs them
	phaseStopping       // takes none, runs what is pending (Shutdown)
	phaseDraining       // takes none and starts none, lets run what runs (Drain)
)

// counts has one task in exactly one of its fields but total.
type counts struct {
	total, pending, running, completed, failed, cancelled int
}

// NewTaskDispatcher makes a dispatcher with workerCount lanes, 1 to MaxWorkers, that runs its tasks with
// agentFunc once it is started. When ctx ends, running and pending tasks are cancelled and the dispatcher
// is at its end. It fails with ErrNilAgent or ErrWorkerCount.
func NewTaskDispatcher(ctx context.Context, agentFunc AgentFunc, workerCount int, opts ...Option) (*TaskDispatcher, error) {
	if agentFunc == nil {
		return nil, ErrNilAgent
	}
	if err := checkWorkerCount(workerCount); err != nil {
		return nil, err
	}
	d := &TaskDispatcher{
		agent:   agentFunc,
		parent:  ctx,
		workers: workerCount,
		tasks:   map[string]*record{},
		opt: options{
			retention:  DefaultRetention,
			errorLimit: DefaultErrorLimit,
			stuckAfter: DefaultStuckAfter,
			grace:      DefaultGrace,
		},
	}
	for _, opt := range opts {
		opt(&d.opt)
	}
	d.log = d.opt.logger
	if d.opt.journal != nil {
		d.serial, d.errors.seq = d.opt.journal.Last()
	}
	d.queue.groups = map[string][priorityLevels]int{}
	d.notify.d = d
	d.errors.limit = d.opt.errorLimit
	for i := range d.lanes {
		d.lanes[i].id = i
	}
	if d.log != nil {
		d.log.Info(fmt.Sprintf("TaskDispatcher created with %d workers", workerCount))
	}
	return d, nil
}

func checkWorkerCount(n int) error {
	if n < 1 || n > MaxWorkers {
		return detailf(ErrWorkerCount, "%v, got %d", ErrWorkerCount, n)
	}
	return nil
}

// Start starts the lanes. It fails with ErrAlreadyRunning when called twice, with ErrNotRunning after a
// shutdown, and with ErrContextCancelled when the dispatcher's context has ended.
func (d *TaskDispatcher) Start() error {
	d.mu.Lock()
	switch {
	case d.phase == phaseRunning:
		d.mu.Unlock()
		return ErrAlreadyRunning
	case d.phase != phaseNew:
		d.mu.Unlock()
		return fmt.Errorf("%w: it has been shut down", ErrNotRunning)
	case d.parent.Err() != nil:
		d.mu.Unlock()
		return d.contextError()
	}
	d.phase = phaseRunning
	d.started = time.Now()
	d.startLanes()
	d.forget = context.AfterFunc(d.parent, d.parentEnded)
	workers := d.workers
	d.changed()
	d.mu.Unlock()
	if d.log != nil {
		d.log.Info(fmt.Sprintf("TaskDispatcher started with %d workers", workers))
	}
	return nil
}

// contextError is what methods return when the dispatcher's context has ended; it matches
// ErrContextCancelled, the context's error and its cause.
func (d *TaskDispatcher) contextError() error {
	err := fmt.Errorf("%w: %w", ErrContextCancelled, d.parent.Err())
	if cause := context.Cause(d.parent); !errors.Is(err, cause) {
		err = fmt.Errorf("%w: %w", err, cause)
	}
	return err
}

// changed is called with the lock held after any change that has no event.
func (d *TaskDispatcher) changed() {
	d.version++
	d.notify.pushChange()
}

// inOrder returns the time of something that happens to a task: now, unless something that happened before has a later
// one. Clocks are read before the lock is waited for, so without this the times of two tasks could say that they
// started in another order than they did, or that a task started before it was submitted. Called with the lock held.
func (d *TaskDispatcher) inOrder(now time.Time) time.Time {
	if now.Before(d.latest) {
		return d.latest
	}
	d.latest = now
	return now
}

// transition is called with the lock held after r has got a new status.
func (d *TaskDispatcher) transition(r *record, lane int, err error) {
	d.version++
	if d.notify.progress.Load() != nil {
		d.notify.push(event{rec: r, status: r.status, lane: int8(lane), more: err})
	}
}

// SetProgressCallback sets the observer of tasks, nil for none. Calls that are still to be made go to the
// callback of the moment they are made.
func (d *TaskDispatcher) SetProgressCallback(cb ProgressCallback) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if cb == nil {
		d.notify.progress.Store(nil)
		return
	}
	d.notify.progress.Store(&cb)
}

// SetEndCallback sets who is given the tasks that end, nil for nobody. Tasks that ended before are not given.
func (d *TaskDispatcher) SetEndCallback(cb EndCallback) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if cb == nil {
		d.notify.end.Store(nil)
		return
	}
	d.notify.end.Store(&cb)
}

// giveEnd hands r, which has ended, to the end callback. Called with the lock held.
func (d *TaskDispatcher) giveEnd(r *record) {
	if d.notify.end.Load() == nil {
		return
	}
	task := r.snapshot() // now: it may be retried or forgotten before it is its turn
	d.notify.push(event{kind: eventEnd, rec: r, more: &task})
}

// SetChangeCallback sets an observer for changes of the dispatcher that are no progress of a task: a lane
// became free or stuck, holds, order, lanes, dismissed errors. Several changes may make one call; look at
// [TaskDispatcher.Snapshot] for what there is now. It is called like the progress callback, never at the
// same time as it.
func (d *TaskDispatcher) SetChangeCallback(cb func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.notify.change = cb
}

// GetTaskStatus returns the status of a task, or ErrTaskNotFound if it was never accepted or is no longer
// known.
func (d *TaskDispatcher) GetTaskStatus(taskID string) (TaskStatus, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	r, err := d.find(taskID)
	if err != nil {
		return 0, err
	}
	return TaskStatus(r.status), nil
}

// GetTask returns what is known of a task, as a copy of the caller's own, or ErrTaskNotFound. The Result of
// a cancelled task is there once its agent function has returned.
func (d *TaskDispatcher) GetTask(taskID string) (*Task, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	r, err := d.find(taskID)
	if err != nil {
		return nil, err
	}
	t := r.snapshot()
	return &t, nil
}

// find is called with the lock held.
func (d *TaskDispatcher) find(taskID string) (*record, error) {
	r := d.lookup(taskID)
	if r == nil {
		return nil, fmt.Errorf("%w: %s", ErrTaskNotFound, taskID)
	}
	return r, nil
}

// lookup is find without an error: nil when there is no such task.
func (d *TaskDispatcher) lookup(taskID string) *record {
	return d.tasks[taskID]
}
