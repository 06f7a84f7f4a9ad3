package dispatcher

import (
	"fmt"
	"time"
)

// Restore gives a dispatcher that has not been started yet the tasks and failures of an earlier process: pending
// tasks in the order in which they are to run within their priority, ended ones in the order in which they ended.
// They keep everything, their Serial too; Attempts is how often they have run. A pending task with a NotBefore waits
// for it. Neither callbacks nor the journal hear of it, the capacity may be exceeded, and retention holds. failures
// are those that are to be shown again, oldest first, with the Seq they had.
//
// It restores nothing and fails with ErrAlreadyRunning or ErrNotRunning after Start, and with ErrNilTask,
// ErrEmptyID, ErrInvalidPriority, ErrDuplicateID or ErrNotEnded (a running task) if one of the tasks cannot be
// taken.
func (d *TaskDispatcher) Restore(tasks []*Task, failures []TaskExecutionError) error {
	groups := make([]string, len(tasks))
	for i, task := range tasks {
		if err := d.check(task); err != nil {
			return fmt.Errorf("task %d to restore: %w", i+1, err)
		}
		groups[i] = d.groupOf(task.Payload)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.phase == phaseRunning:
		return ErrAlreadyRunning
	case d.phase != phaseNew:
		return fmt.Errorf("%w: it has been shut down", ErrNotRunning)
	}
	seen := make(map[string]bool, len(tasks))
	for _, task := range tasks {
		if d.lookup(task.ID) != nil || seen[task.ID] {
			return fmt.Errorf("%w: %s", ErrDuplicateID, task.ID)
		}
		if task.Status != StatusPending && !task.Status.Ended() {
			return fmt.Errorf("%w: %s is %v", ErrNotEnded, task.ID, task.Status)
		}
		seen[task.ID] = true
	}
	now := time.Now()
	for i, task := range tasks {
		d.restore(task, groups[i], now)
	}
	for _, failure := range failures {
		d.errors.restore(failure)
	}
	d.changed()
	return nil
}

// restore makes a record of one task. Called with the lock held.
func (d *TaskDispatcher) restore(task *Task, group string, now time.Time) {
	r := &record{
		id: task.ID, payload: task.Payload, group: group, created: task.CreatedAt, serial: task.Serial,
		attempts: uint32(task.Attempts), requeues: uint32(task.Requeues),
		priority: uint8(task.Priority), status: uint8(task.Status),
	}
	d.serial = max(d.serial, r.serial)
	d.tasks[r.id] = r
	d.counts.total++
	if task.Attempts > 0 || !task.NotBefore.IsZero() {
		// As for a retry, an attempt that nobody runs stands for the latest one.
		r.run = &attempt{dispatcher: d, rec: r, returned: true, started: task.StartedAt, lane: int8(task.WorkerID)}
	}
	if task.Status.Ended() {
		r.ending = &ending{at: task.CompletedAt, err: task.Error, result: task.Result}
		d.count(task.Status, 1)
		d.keepEnded(r)
		return
	}
	d.counts.pending++
	if r.run != nil {
		r.run.wait = &wait{since: task.CreatedAt, notBefore: task.NotBefore}
		if task.Error != nil {
			r.ending = &ending{err: task.Error}
		}
	}
	if task.NotBefore.After(now) {
		d.queue.pushDelayed(r)
		d.scheduleDelayed(now)
		return
	}
	d.queue.pushBack(r)
	r.again = r.requeues > 0
}
