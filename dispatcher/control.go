package dispatcher

import (
	"fmt"
	"slices"
	"time"
)

// SetPriority gives a pending task another priority, behind the tasks that have it already. It fails with
// ErrTaskNotFound, ErrInvalidPriority or ErrNotPending.
func (d *TaskDispatcher) SetPriority(taskID string, priority int) error {
	if err := checkPriority(priority); err != nil {
		return err
	}
	return d.change(taskID, func(r *record) {
		if int(r.priority) != priority {
			d.queue.setPriority(r, priority)
			d.write(EntryQueued, r)
		}
	})
}

// Move shifts a pending task by some places among those of its priority, towards the front if places is
// negative, as far as it goes: math.MinInt makes it the first. It costs at most the places it passes.
// It fails with ErrTaskNotFound or ErrNotPending.
func (d *TaskDispatcher) Move(taskID string, places int) error {
	return d.change(taskID, func(r *record) {
		d.queue.move(r, places)
		d.write(EntryQueued, r)
	})
}

// Place returns how many tasks are before a pending one, held ones too, in the order of [Snapshot].Pending; with aging,
// which may change that order, in the order without. It fails with ErrTaskNotFound or ErrNotPending. It costs what there
// is between the task and the nearer end of those of its priority.
func (d *TaskDispatcher) Place(taskID string) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	r, err := d.findPending(taskID)
	if err != nil {
		return 0, err
	}
	return d.queue.place(r), nil
}

// UpdatePayload gives a pending task another payload; its place in the queue stays. It fails with
// ErrTaskNotFound, or ErrNotPending when the task has started meanwhile.
func (d *TaskDispatcher) UpdatePayload(taskID string, payload any) error {
	group := d.groupOf(payload)
	return d.change(taskID, func(r *record) {
		r.payload = payload
		d.queue.setGroup(r, group)
		d.wakeLane() // it may be held no longer
		d.write(EntryEdited, r)
	})
}

// change does something to a pending task, and returns when that is in the journal.
func (d *TaskDispatcher) change(taskID string, how func(r *record)) error {
	d.mu.Lock()
	r, err := d.findPending(taskID)
	if err != nil {
		d.mu.Unlock()
		return err
	}
	how(r)
	d.changed()
	position := d.position.Load()
	d.mu.Unlock()
	d.sync(position)
	return nil
}

func (d *TaskDispatcher) findPending(taskID string) (*record, error) {
	r, err := d.find(taskID)
	if err != nil {
		return nil, err
	}
	if status := TaskStatus(r.status); status != StatusPending {
		return nil, fmt.Errorf("%w: %s is %v", ErrNotPending, taskID, status)
	}
	return r, nil
}

// Retry makes an ended task pending again, behind the others of its priority; its next attempt starts
// afresh, with neither result nor error. It fails with ErrTaskNotFound, ErrNotEnded, ErrStillReturning (it
// was cancelled and its agent function is not back), ErrQueueFull, ErrNotRunning or ErrContextCancelled.
func (d *TaskDispatcher) Retry(taskID string) error {
	d.mu.Lock()
	err := d.retry(taskID)
	position := d.position.Load()
	d.mu.Unlock()
	if err == nil {
		d.sync(position)
	}
	return err
}

// retry is Retry, called with the lock held.
func (d *TaskDispatcher) retry(taskID string) error {
	if err := d.open(); err != nil {
		return err
	}
	r, err := d.find(taskID)
	if err != nil {
		return err
	}
	status := TaskStatus(r.status)
	switch {
	case !status.Ended():
		return fmt.Errorf("%w: %s is %v", ErrNotEnded, taskID, status)
	case r.run != nil && !r.run.returned:
		return fmt.Errorf("%w: %s", ErrStillReturning, taskID)
	case !d.hasRoom():
		return fmt.Errorf("%w: %d tasks are pending", ErrQueueFull, d.counts.pending)
	}
	d.count(status, -1)
	d.unkeep(r)
	// An attempt that nobody runs stands for the latest one, since the agent of that may still have it.
	waiting := &attempt{dispatcher: d, rec: r, returned: true, wait: &wait{since: time.Now()}}
	if r.run != nil {
		waiting.started, waiting.lane = r.run.started, r.run.lane
	}
	r.run, r.ending, r.requeues = waiting, nil, 0
	r.status = uint8(StatusPending)
	d.counts.pending++
	d.queue.pushBack(r)
	d.write(EntryQueued, r)
	d.wakeLane()
	d.transition(r, 0, nil)
	return nil
}

// SetWorkers changes the number of lanes, 1 to MaxWorkers. A lane that is too many ends when it is idle: no
// running task is ended by it. It fails with ErrWorkerCount, ErrNotRunning or ErrContextCancelled.
func (d *TaskDispatcher) SetWorkers(n int) error {
	if err := checkWorkerCount(n); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.phase != phaseNew {
		if err := d.open(); err != nil {
			return err
		}
	}
	if n == d.workers {
		return nil
	}
	d.workers = n
	if d.phase == phaseRunning {
		d.startLanes()
		for i := n; i < MaxWorkers; i++ {
			if d.idle&(1<<i) != 0 {
				d.idle &^= 1 << i
				d.lanes[i].wake <- struct{}{}
			}
		}
		d.wakeLane()
		d.giveRoom()
	}
	d.changed()
	return nil
}

// DismissErrors takes failures out of the snapshots' list, all of them if none is named; GetErrors still
// has them. It returns how many it took.
func (d *TaskDispatcher) DismissErrors(seqs ...uint64) int {
	d.mu.Lock()
	dismissed := d.errors.dismiss(func(e *TaskExecutionError) bool {
		return len(seqs) == 0 || slices.Contains(seqs, e.Seq)
	})
	if len(dismissed) > 0 {
		if d.opt.journal != nil {
			d.position.Store(d.opt.journal.Append(Entry{Kind: EntryDismissed, Failures: dismissed}))
		}
		d.changed()
	}
	position := d.position.Load()
	d.mu.Unlock()
	d.sync(position)
	return len(dismissed)
}

// Forget drops ended tasks, all of them if none is named, and returns how many it dropped. Their failures are dismissed. Names
// of tasks that have not ended, whose agent function has not returned, or that are not known are passed over. The counts of
// [DispatcherMetrics] stay as they are.
func (d *TaskDispatcher) Forget(taskIDs ...string) int {
	d.mu.Lock()
	var records []*record
	if len(taskIDs) == 0 {
		for r := d.ended.first; r != nil; r = r.next {
			records = append(records, r)
		}
	}
	for _, id := range taskIDs {
		if r := d.lookup(id); r != nil && r.place == placeEnded {
			records = append(records, r)
		}
	}
	forgotten := map[string]bool{}
	for _, r := range records {
		if r.place != placeEnded || r.run != nil && !r.run.returned {
			continue // named twice, or not free yet
		}
		d.write(EntryForgotten, r)
		d.drop(r)
		forgotten[r.id] = true
	}
	if len(forgotten) > 0 {
		d.errors.dismiss(func(e *TaskExecutionError) bool { return forgotten[e.TaskID] })
		d.changed()
	}
	position := d.position.Load()
	d.mu.Unlock()
	d.sync(position)
	return len(forgotten)
}

// scheduleDelayed arms the timer for the first delayed task. Called with the lock held.
func (d *TaskDispatcher) scheduleDelayed(now time.Time) {
	due := d.queue.promote(now, func(r *record) { d.write(EntryQueued, r) })
	d.stopTimer()
	if due.IsZero() {
		return
	}
	d.timer = time.AfterFunc(due.Sub(now), func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.scheduleDelayed(time.Now())
		d.wakeLane()
		d.changed()
	})
}

func (d *TaskDispatcher) stopTimer() {
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
}
