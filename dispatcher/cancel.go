package dispatcher

import "time"

// CancelTask cancels one task. A pending one leaves the queue and never runs. A running one is cancelled
// from now on, whatever its agent function returns later; its context ends with the cause ErrTaskCancelled,
// and its lane is free when the function has returned. It fails with ErrTaskNotFound, or ErrCannotCancel
// for a task that has ended.
func (d *TaskDispatcher) CancelTask(taskID string) error {
	now := d.clock.now()
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
	told := d.told.Load()
	d.mu.Unlock()
	if a != nil {
		a.end(ErrTaskCancelled)
		d.watchReturn(a)
	}
	d.sync(told)
	if d.log != nil {
		d.log.Info("Task " + taskID + " cancelled")
	}
	return nil
}

// cancel cancels r, which is pending or running, and returns the attempt whose context is to be ended, if
// any, once the lock is released: functions that wait for the end of a context are user code.
func (d *TaskDispatcher) cancel(r *record, cause error, now time.Time) *attempt {
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

// watchReturn tells of it when the agent function of a cancelled attempt does not return in time. It is called
// after the end of the attempt's context, which must not wait for a timer to be made.
func (d *TaskDispatcher) watchReturn(a *attempt) {
	if d.opt.stuckAfter <= 0 {
		return
	}
	timer := time.AfterFunc(d.opt.stuckAfter, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		if !a.returned {
			d.changed()
		}
	})
	d.mu.Lock()
	defer d.mu.Unlock()
	if a.stuck = timer; a.returned {
		timer.Stop()
	}
}

// cancelAll cancels everything that has not ended.
func (d *TaskDispatcher) cancelAll(cause error) {
	now := d.clock.now()
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
		d.watchReturn(a)
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
