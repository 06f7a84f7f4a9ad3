package dispatcher

import (
	"sync/atomic"
	"time"
)

// place says which list a record's links belong to.
type place uint8

const (
	placeNone    place = iota // with a lane, or forgotten
	placeLevel                // in the list of its priority
	placeDelayed              // in the heap of those that must not start yet
	placeEnded                // in the list of ended tasks
)

// record is the dispatcher's own knowledge of one task. Everything but id, serial and created, which never change,
// is guarded by TaskDispatcher.mu. It is kept small because a million of them may be pending:
// what only a task that has run needs is in its attempt.
type record struct {
	id         string
	payload    any
	group      string // see WithGroup; never changes while the task runs
	prev, next *record
	created    time.Time
	run        *attempt // the latest attempt; nil before the first
	ending     *ending  // how the task ended, or its latest attempt if that gave up its lane; nil otherwise
	serial     uint64
	attempts   uint32
	requeues   uint32 // since it was submitted or retried
	priority   uint8
	status     uint8
	place      place
	again      bool   // it gave up its lane and is to go before those that had none yet
	size       uint32 // by options.size, while it is in the list of ended tasks
}

// ending is how a task or an attempt ended. It is part of an attempt, and by itself only for tasks that never
// ran, so that cancelling a pending task stays cheap.
type ending struct {
	at     time.Time
	err    error
	result any
}

// attempt is one call of the agent function for a task, and the context of that call; see context.go.
//
// Fields without another note are guarded by TaskDispatcher.mu. task belongs to the agent function from the
// moment it is called; only its Result is read after it has returned. An attempt is never reused: an agent
// function may keep its context and its *Task for as long as it likes. There is one for each task that runs,
// so what only some need is apart.
type attempt struct {
	task    *Task // the agent function's; nil in an attempt that nobody runs
	rec     *record
	started time.Time
	ending  ending // at is zero while the task runs
	wait    *wait  // set while the task is pending again after this attempt

	returned bool // the agent function is back, the lane is free
	given    bool // it was cancelled and is stuck, and the end callback has been given the task without waiting for it
	lane     int8

	reportQueued atomic.Bool              // a report is on its way to the progress callback
	latest       atomic.Pointer[Progress] // written by the agent's goroutines, read by anybody

	dispatcher *TaskDispatcher // never changes
	context    lazyContext
}

// newAttempt returns an attempt for the next task of a lane. It is called without the lock: making one takes longer
// than all that has to be done under the lock to start a task.
func (d *TaskDispatcher) newAttempt() *attempt {
	both := &struct { // one allocation: a task that does nothing has few others
		attempt attempt
		task    Task
	}{attempt: attempt{dispatcher: d}}
	both.attempt.task = &both.task
	return &both.attempt
}

// keepOnly has r keep of an attempt whose agent function is back only what is asked for later: how it ended, and not its
// Task and what it reported. Its agent function may keep those. For a task that has not reported it does nothing: such
// a one may be so short that another allocation counts. Called with the lock held.
func (r *record) keepOnly(a *attempt) {
	if r.run != a || a.latest.Load() == nil {
		return
	}
	r.run = &attempt{
		rec: r, started: a.started, ending: a.ending, wait: a.wait, returned: true, lane: a.lane, dispatcher: a.dispatcher,
	}
	if r.ending == &a.ending {
		r.ending = &r.run.ending
	}
}

// fillTask makes the agent function's own Task. Called without the lock: of a record with an attempt at work
// nothing that is read here changes.
func (a *attempt) fillTask() {
	r, t := a.rec, a.task // field by field: a whole Task is a lot to copy
	t.ID, t.Priority, t.Payload, t.Status = r.id, int(r.priority), r.payload, StatusRunning
	t.CreatedAt, t.StartedAt, t.Attempts, t.WorkerID = r.created, a.started, int(r.attempts), int(a.lane)
	t.Serial, t.Requeues = r.serial, int(r.requeues)
}

// wait is for a task that is pending after an attempt.
type wait struct {
	since     time.Time
	notBefore time.Time // not started before; zero for none
	index     int       // in queue.delayed, while it is there
}

// queuedAt returns since when r has been waiting for a lane.
func (r *record) queuedAt() time.Time {
	if r.run != nil {
		return r.run.wait.since
	}
	return r.created
}

// snapshot returns what is known of r as a Task of its own.
func (r *record) snapshot() Task {
	t := Task{
		ID:        r.id,
		Priority:  int(r.priority),
		Payload:   r.payload,
		Status:    TaskStatus(r.status),
		CreatedAt: r.created,
		Serial:    r.serial,
		Attempts:  int(r.attempts),
		Requeues:  int(r.requeues),
	}
	if a := r.run; a != nil {
		t.StartedAt, t.WorkerID = a.started, int(a.lane)
		if t.Status == StatusPending {
			t.NotBefore = a.wait.notBefore
		}
	}
	if e := r.ending; e != nil {
		t.Error, t.Result = e.err, e.result
		if t.Status.Ended() {
			t.CompletedAt = e.at
		}
	}
	return t
}
