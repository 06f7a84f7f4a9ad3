package dispatcher

import (
	"context"
	"fmt"
	"time"
)

// SubmitTask queues a task behind the others of its priority. It never blocks. A task that it refuses
// leaves no trace: ErrNilTask, ErrEmptyID, ErrInvalidPriority, ErrDuplicateID, ErrNotRunning (before Start,
// after a shutdown), ErrContextCancelled, or ErrQueueFull when as many tasks are pending as there is
// capacity for.
func (d *TaskDispatcher) SubmitTask(task *Task) error {
	if err := checkTask(task); err != nil {
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
	group := d.groupOf(task.Payload)
	now := d.clock.now()
	d.mu.Lock()
	err = d.accepts(task)
	if err == nil && !d.hasRoom() {
		err = fmt.Errorf("%w: %d tasks are pending", ErrQueueFull, d.counts.pending)
	}
	if err != nil {
		d.mu.Unlock()
		return 0, err
	}
	position = d.enqueue(task, group, now)
	d.mu.Unlock()
	d.logSubmitted(task)
	return position, nil
}

// SubmitTaskWait is SubmitTask, but when the queue is full it waits until there is room. Waiting submitters
// get their turn in the order in which they came, before any SubmitTask. It returns ctx's error (wrapped,
// with ErrQueueFull) when that ends first, and what SubmitTask returns when the dispatcher stops meanwhile.
func (d *TaskDispatcher) SubmitTaskWait(ctx context.Context, task *Task) error {
	if err := checkTask(task); err != nil {
		return err
	}
	group := d.groupOf(task.Payload)
	d.mu.Lock()
	if err := d.accepts(task); err != nil {
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
		if err := d.leaveRoomQueue(w, task, ended); err != nil {
			d.mu.Unlock()
			return err
		}
	}
	position := d.enqueue(task, group, d.clock.now())
	d.mu.Unlock()
	d.logSubmitted(task)
	d.sync(position)
	return nil
}

// SubmitBatch submits the tasks in order. It goes on after a failure, and returns all failures joined, each
// with the ID of its task. The first of them may start before the last one is queued.
func (d *TaskDispatcher) SubmitBatch(tasks []*Task) error {
	var errs []error
	var last uint64
	for i, task := range tasks {
		err := checkTask(task)
		if err == nil {
			var position uint64
			if position, err = d.submit(task); err == nil {
				last = position
			}
		}
		if err != nil {
			name := fmt.Sprintf("task %d of the batch", i+1)
			if task != nil && task.ID != "" {
				name = "task " + task.ID
			}
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
	}
	d.sync(last) // once for all of them
	return CombineErrors(errs)
}

func checkTask(task *Task) error {
	switch {
	case task == nil:
		return ErrNilTask
	case task.ID == "":
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

// accepts says why task cannot be taken now, whether or not there is room. Called with the lock held.
func (d *TaskDispatcher) accepts(task *Task) error {
	if err := d.open(); err != nil {
		return err
	}
	if _, known := d.tasks[task.ID]; known {
		return fmt.Errorf("%w: %s", ErrDuplicateID, task.ID)
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

// enqueue makes a record of task, queues it and returns the position of the journal. Called with the lock held.
func (d *TaskDispatcher) enqueue(task *Task, group string, now time.Time) uint64 {
	d.wakeLane() // first: while it wakes up, the rest is done
	d.serial++
	r := &record{
		id:       task.ID,
		payload:  task.Payload,
		group:    group,
		created:  now,
		serial:   d.serial,
		priority: uint8(task.Priority),
	}
	d.tasks[r.id] = r
	d.counts.total++
	d.counts.pending++
	d.queue.pushBack(r)
	d.tell(EntryAccepted, r)
	d.transition(r, 0, nil)
	return d.told.Load()
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

// leaveRoomQueue ends w's waiting, because of ended if that is not nil, and says why task cannot be taken
// all the same. A place that was reserved and is not used goes to the next waiter. Called with the lock held.
func (d *TaskDispatcher) leaveRoomQueue(w *roomWaiter, task *Task, ended error) error {
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
	err := d.accepts(task)
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
