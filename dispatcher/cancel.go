package dispatcher

import "time"

// CancelTask cancels one task. A pending one leaves the queue and never runs. A running one is cancelled
// from now on, whatever its agent function returns later; its context ends with the cause ErrTaskCancelled,
// and its lane is free when the function has returned. It fails with ErrTaskNotFound, or ErrCannotCancel
// for a task that has ended.
func (d *TaskDispatcher) CancelTask(taskID string) error {
	now := time.Now()
	d.mu.Lock()
	r, err := d.find(taskID)
	if err == nil && TaskStatus(r.status).Ended() {
		err = detailf(ErrCannotCancel, "cannot cancel task %s with status %v", taskID, TaskStatus(r.status))
	}
	if err != nil {
		d.mu.Unlock()
		return err
	}
	a := d.cancel(r, ErrTaskCancelled, now)
	position := d.position.Load()
	d.mu.Unlock()
	if a != nil {
		a.end(ErrTaskCancelled)
		d.watchStuck()
	}
	d.sync(position)
	if d.log != nil {
		d.log.Info("Task " + taskID + " cancelled")
	}
	return nil
}

// cancel cancels r, which is pending or running, and returns the attempt whose context is to be ended, if
// any, once the lock is released: functions that wait for the end of a context are user code.
func (d *TaskDispatcher) cancel(r *record, cause error, now time.Time) *attempt {
	now = d.inOrder(now)
	if TaskStatus(r.status) == StatusPending {
		d.queue.remove(r)
		d.counts.pending--
		d.end(r, new(ending), StatusCancelled, cause, now)
		d.giveRoom()
		return nil
	}
	a := r.run
	d.counts.running--
	d.stats.ran(now.Sub(a.started))
	d.end(r, &a.ending, StatusCancelled, cause, now)
	return a
}

// watchStuck sees to it that it is noticed when the agent function of a cancelled task does not return in time. It
// is called after the end of the task's context, which must not wait for a timer to be made.
func (d *TaskDispatcher) watchStuck() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stuckTimer == nil && d.opt.stuckAfter > 0 {
		d.stuckTimer = time.AfterFunc(d.opt.stuckAfter, d.lookForStuck)
	}
}

// lookForStuck reports the lanes that have become stuck, and goes on watching while there are others that may. One timer
// does for all: it is not stopped when an agent function returns, which nearly all do at once, but looks when it
// fires. The rejected alternative, a timer for each cancelled attempt, is made and thrown away by nearly every cancel.
func (d *TaskDispatcher) lookForStuck() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stuckTimer = nil
	now := time.Now()
	next := time.Duration(-1)
	for i := range d.lanes {
		a := d.lanes[i].run
		if a == nil || a.ending.at.IsZero() {
			continue
		}
		if left := a.ending.at.Add(d.opt.stuckAfter).Sub(now); left <= 0 {
			d.changed()
			if !a.given {
				a.given = true
				d.giveEnd(a.rec)
			}
		} else if next < 0 || left < next {
			next = left
		}
	}
	if next > 0 {
		d.stuckTimer = time.AfterFunc(next, d.lookForStuck)
	}
}

// cancelAll cancels everything that has not ended.
func (d *TaskDispatcher) cancelAll(cause error) {
	now := time.Now()
	d.mu.Lock()
	var running []*attempt
	for i := range d.lanes {
		if a := d.lanes[i].run; a != nil && TaskStatus(a.rec.status) == StatusRunning {
			running = append(running, d.cancel(a.rec, cause, now))
		}
	}
	for i := range d.queue.levels {
		for r := d.queue.levels[i].first; r != nil; r = d.queue.levels[i].first {
			d.cancel(r, cause, now)
		}
	}
	for len(d.queue.delayed) > 0 {
		d.cancel(d.queue.delayed[0], cause, now)
	}
	d.mu.Unlock()
	for _, a := range running {
		a.end(cause)
	}
	if len(running) > 0 {
		d.watchStuck()
	}
}

// parentEnded runs when the dispatcher's context has ended.
func (d *TaskDispatcher) parentEnded() {
	d.cancelAll(d.contextError())
	d.mu.Lock()
	defer d.mu.Unlock()
	d.phase = phaseDraining
	d.stopTimer()
	d.giveRoom()
	d.wakeIdle()
	d.changed()
	d.wakeWaiters()
}
