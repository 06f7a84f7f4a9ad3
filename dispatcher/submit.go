package dispatcher

import (
	"context"
	"fmt"
	"strconv"
	"time"
)

// SubmitTask queues a task behind the others of its priority. It never blocks. With WithNumbers, a task without an ID is given
// one, which is then in task. A task that it refuses leaves no trace: ErrNilTask, ErrEmptyID, ErrInvalidPriority,
// ErrDuplicateID, ErrNotRunning (before Start,
// after a shutdown), ErrContextCancelled, or ErrQueueFull when as many tasks are pending as there is
// capacity for.
func (d *TaskDispatcher) SubmitTask(task *Task) error {
	if err := d.check(task); err != nil {
		return err
	}
	position, err := d.submit(task)
	if err == nil {
		d.sync(position)
	}
	return err
}

// submit queues a task that has been checked, without waiting for the journal, whose position it returns.
func (d *TaskDispatcher) submit(task *Task) (position uint64, err error) {
	r := d.newRecord(task)
	d.mu.Lock()
	err = d.accepts(r)
	if err == nil && !d.hasRoom() {
		err = fmt.Errorf("%w: %d tasks are pending", ErrQueueFull, d.counts.pending)
	}
	if err != nil {
		d.mu.Unlock()
		return 0, err
	}
	position = d.enqueue(r)
	d.mu.Unlock()
	task.ID = r.id
	d.logSubmitted(task)
	return position, nil
}

// SubmitTaskWait is SubmitTask, but when the queue is full it waits until there is room. Waiting submitters
// get their turn in the order in which they came, before any SubmitTask. It returns ctx's error (wrapped,
// with ErrQueueFull) when that ends first, and what SubmitTask returns when the dispatcher stops meanwhile.
func (d *TaskDispatcher) SubmitTaskWait(ctx context.Context, task *Task) error {
	if err := d.check(task); err != nil {
		return err
	}
	r := d.newRecord(task)
	d.mu.Lock()
	if err := d.accepts(r); err != nil {
		d.mu.Unlock()
		return err
	}
	if !d.hasRoom() {
		w := &roomWaiter{ready: make(chan struct{})}
		d.roomQueue = append(d.roomQueue, w)
		d.mu.Unlock()
		var ended error
		select {
		case <-w.ready:
		case <-ctx.Done():
			ended = context.Cause(ctx)
		}
		d.mu.Lock()
		if err := d.leaveRoomQueue(w, r, ended); err != nil {
			d.mu.Unlock()
			return err
		}
		r.created = time.Now()
	}
	position := d.enqueue(r)
	d.mu.Unlock()
	task.ID = r.id
	d.logSubmitted(task)
	d.sync(position)
	return nil
}

// SubmitBatch submits the tasks in order. It goes on after a failure, and returns all failures joined, each a
// *BatchError. The first of the tasks may start before the last one is queued.
func (d *TaskDispatcher) SubmitBatch(tasks []*Task) error { return d.submitEach(tasks, d.submit) }

// SubmitFailed takes tasks that cannot succeed, each with the reason as its Error, which is not nil: they have failed at once, without an
// attempt, and are known, counted, reported and in the journal like all others that failed. It takes as many as
// there are, whatever the capacity, and fails as SubmitBatch does otherwise.
func (d *TaskDispatcher) SubmitFailed(tasks []*Task) error { return d.submitEach(tasks, d.fail) }

// fail takes a task that has failed, as submit takes one that is to run.
func (d *TaskDispatcher) fail(task *Task) (position uint64, err error) {
	r := d.newRecord(task)
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.accepts(r); err != nil {
		return 0, err
	}
	d.accept(r)
	d.write(EntryAccepted, r)
	d.errors.add(TaskExecutionError{TaskID: r.id, Error: task.Error, Timestamp: r.created})
	d.end(r, &ending{}, StatusFailed, task.Error, r.created)
	task.ID = r.id
	return d.position.Load(), nil
}

// submitEach submits tasks in order, and waits for the journal once for all of them.
func (d *TaskDispatcher) submitEach(tasks []*Task, submit func(*Task) (position uint64, err error)) error {
	var errs []error
	var last uint64
	for i, task := range tasks {
		err := d.check(task)
		if err == nil {
			var position uint64
			if position, err = submit(task); err == nil {
				last = position
			}
		}
		if err != nil {
			failed := &BatchError{Index: i, Err: err}
			if task != nil {
				failed.TaskID = task.ID
			}
			errs = append(errs, failed)
		}
	}
	d.sync(last)
	return CombineErrors(errs)
}

// BatchError says which task of a batch was not taken.
type BatchError struct {
	Index  int    // in the batch, from 0
	TaskID string // empty for a task without one
	Err    error
}

// Error names the task by its ID, or by its place if it has none.
func (e *BatchError) Error() string {
	if e.TaskID == "" {
		return fmt.Sprintf("task %d of the batch: %v", e.Index+1, e.Err)
	}
	return fmt.Sprintf("task %s: %v", e.TaskID, e.Err)
}

// Unwrap returns why the task was not taken.
func (e *BatchError) Unwrap() error { return e.Err }

// check says what is wrong with a task before anybody looks at the others.
func (d *TaskDispatcher) check(task *Task) error {
	switch {
	case task == nil:
		return ErrNilTask
	case task.ID == "" && !d.opt.numbers:
		return ErrEmptyID
	}
	return checkPriority(task.Priority)
}

func checkPriority(priority int) error {
	if priority < PriorityHigh || priority > PriorityLow {
		return fmt.Errorf("%w, got %d", ErrInvalidPriority, priority)
	}
	return nil
}

// accepts says why the task of a new record cannot be taken now, whether or not there is room. Called with the lock held.
func (d *TaskDispatcher) accepts(r *record) error {
	if err := d.open(); err != nil {
		return err
	}
	if d.lookup(r.id) != nil {
		return fmt.Errorf("%w: %s", ErrDuplicateID, r.id)
	}
	return nil
}

// open says why no task can be taken now. Called with the lock held.
func (d *TaskDispatcher) open() error {
	switch {
	case d.parent.Err() != nil:
		return d.contextError()
	case d.phase != phaseRunning:
		return ErrNotRunning
	}
	return nil
}

func (d *TaskDispatcher) capacity() int {
	if d.opt.capacity > 0 {
		return d.opt.capacity
	}
	return capacityPerWorker * d.workers
}

func (d *TaskDispatcher) hasRoom() bool { return d.counts.pending+d.reserved < d.capacity() }

// newRecord makes the record of a task that is to be queued, without the lock: a task that is refused has cost an
// allocation, and one that is taken has kept nobody waiting for it.
func (d *TaskDispatcher) newRecord(task *Task) *record {
	return &record{
		id:       task.ID,
		payload:  task.Payload,
		group:    d.groupOf(task.Payload),
		created:  time.Now(),
		priority: uint8(task.Priority),
	}
}

// enqueue queues a new record and returns the position of the journal. Called with the lock held.
func (d *TaskDispatcher) enqueue(r *record) uint64 {
	d.accept(r)
	d.counts.pending++
	d.queue.pushBack(r)
	d.wakeLane()
	d.write(EntryAccepted, r)
	d.transition(r, 0, nil)
	return d.position.Load()
}

// accept gives a new record its serial. Called with the lock held.
func (d *TaskDispatcher) accept(r *record) {
	d.serial++
	for r.id == "" {
		if id := strconv.FormatUint(d.serial, 10); d.lookup(id) == nil {
			r.id = id
		} else {
			d.serial++ // somebody gave that number to another task
		}
	}
	r.serial, r.created = d.serial, d.inOrder(r.created)
	d.tasks[r.id] = r
	d.counts.total++
}

// roomWaiter is a submitter that waits for room. ready is closed, with the lock held, when a place has been
// reserved for it, or when the dispatcher stops.
type roomWaiter struct {
	ready    chan struct{}
	reserved bool
}

// giveRoom hands free places to waiting submitters. Called with the lock held after a place became free.
func (d *TaskDispatcher) giveRoom() {
	for len(d.roomQueue) > 0 && (d.hasRoom() || d.open() != nil) {
		w := d.roomQueue[0]
		d.roomQueue[0] = nil
		d.roomQueue = d.roomQueue[1:]
		if w.reserved = d.open() == nil; w.reserved {
			d.reserved++
		}
		close(w.ready)
	}
}

// leaveRoomQueue ends w's waiting, because of ended if that is not nil, and says why r cannot be taken
// all the same. A place that was reserved and is not used goes to the next waiter. Called with the lock held.
func (d *TaskDispatcher) leaveRoomQueue(w *roomWaiter, r *record, ended error) error {
	if w.reserved {
		d.reserved--
	} else {
		for i, other := range d.roomQueue {
			if other == w {
				d.roomQueue = append(d.roomQueue[:i:i], d.roomQueue[i+1:]...)
				break
			}
		}
	}
	err := d.accepts(r)
	if err == nil && ended != nil {
		err = fmt.Errorf("%w: %w", ErrQueueFull, ended)
	}
	if err != nil {
		d.giveRoom()
	}
	return err
}

func (d *TaskDispatcher) logSubmitted(task *Task) {
	if d.log != nil {
		d.log.Info(fmt.Sprintf("Task %s submitted with priority %d", task.ID, task.Priority))
	}
}
