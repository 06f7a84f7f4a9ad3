package dispatcher

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// waiter is a goroutine that waits until ready holds. ready is called with the lock held.
type waiter struct {
	ready func() bool
	done  chan struct{}
}

// wakeWaiters lets those go whose time has come. Called with the lock held after whatever a waiter may be
// waiting for; costs nothing when nobody waits.
func (d *TaskDispatcher) wakeWaiters() {
	if len(d.waiters) == 0 {
		return
	}
	d.waiters = slices.DeleteFunc(d.waiters, func(w *waiter) bool {
		if w.ready() {
			close(w.done)
			return true
		}
		return false
	})
}

// await blocks until ready holds, or until stop is closed; it reports which. Called without the lock.
func (d *TaskDispatcher) await(stop <-chan struct{}, ready func() bool) bool {
	d.mu.Lock()
	if ready() {
		d.mu.Unlock()
		return true
	}
	w := &waiter{ready: ready, done: make(chan struct{})}
	d.waiters = append(d.waiters, w)
	d.mu.Unlock()
	select {
	case <-w.done:
		return true
	case <-stop:
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.waiters = slices.DeleteFunc(d.waiters, func(other *waiter) bool { return other == w })
	return ready()
}

// Wait blocks until every accepted task has ended and all callbacks for them have returned, so that what
// a callback wrote may be read after it without a lock. It can be called again after more submissions. When
// the dispatcher's context ends it returns that error at once, and after a Drain that left tasks pending
// an ErrStopped. Called from a callback, of this or another dispatcher, it waits for the tasks alone.
func (d *TaskDispatcher) Wait() error {
	inside := inCallback()
	var err error
	d.await(nil, func() bool {
		switch {
		case d.parent.Err() != nil:
			err = d.contextError()
			return true
		case d.counts.running > 0:
			return false
		case d.counts.pending > 0 && d.phase < phaseDraining:
			return false
		case !inside && !d.notify.idle():
			return false
		}
		err = nil
		if d.counts.pending > 0 {
			err = fmt.Errorf("%w: %d tasks are still pending", ErrStopped, d.counts.pending)
		}
		return true
	})
	if d.parent.Err() == nil {
		d.syncAll()
	}
	return err
}

// Shutdown stops the intake of tasks and lets pending and running ones finish. If that takes longer than
// timeout it cancels the rest, with the cause ErrStopped, gives their agent functions a grace period to
// return (see WithGrace), and returns ErrShutdownTimeout. A queue on hold stays on hold. It may be called
// before Start, several times and from several goroutines; the shortest timeout counts. Called from a
// callback it does not wait for callbacks.
func (d *TaskDispatcher) Shutdown(timeout time.Duration) error {
	if d.log != nil {
		d.log.Info("Shutting down TaskDispatcher")
	}
	d.mu.Lock()
	d.stopIntake(phaseStopping)
	d.mu.Unlock()
	inside := inCallback()

	gone := func() bool {
		return d.lanesAlive() == 0 && (d.counts.pending == 0 || d.phase == phaseDraining) &&
			(inside || d.notify.idle())
	}
	finished := d.awaitFor(timeout, gone)
	d.cancelAll(ErrStopped) // nothing is left, but for the pending ones of an earlier Drain or at the timeout
	d.awaitFor(d.opt.grace, gone)
	d.release()
	d.syncAll()
	if finished {
		return nil
	}
	if d.log != nil {
		d.log.Warn(fmt.Sprintf("shutdown timeout exceeded after %v", timeout))
	}
	return detailf(ErrShutdownTimeout, "%v after %v", ErrShutdownTimeout, timeout)
}

// Drain stops the intake, starts no more tasks, and waits until the running ones have finished. Pending ones
// stay pending, for a caller that has written them down; Shutdown cancels them. It returns ctx's error if
// that ends first; the running ones then still go on.
func (d *TaskDispatcher) Drain(ctx context.Context) error {
	d.mu.Lock()
	d.stopIntake(phaseDraining)
	d.mu.Unlock()
	inside := inCallback()
	if !d.await(ctx.Done(), func() bool {
		return d.lanesAlive() == 0 && (inside || d.notify.idle())
	}) {
		return context.Cause(ctx)
	}
	d.release()
	d.syncAll()
	return nil
}

// stopIntake moves on to a later phase of life. Called with the lock held.
func (d *TaskDispatcher) stopIntake(to phase) {
	if d.phase >= to {
		return
	}
	d.phase = to
	if to == phaseDraining {
		d.stopTimer()
	}
	d.giveRoom() // nobody gets any: they are turned away
	d.wakeIdle()
	d.changed()
}

// awaitFor is await with a time limit.
func (d *TaskDispatcher) awaitFor(limit time.Duration, ready func() bool) bool {
	stop := make(chan struct{})
	timer := time.AfterFunc(max(limit, 0), func() { close(stop) })
	defer timer.Stop()
	return d.await(stop, ready)
}

// release lets go of the dispatcher's context once nothing is left to cancel.
func (d *TaskDispatcher) release() {
	d.mu.Lock()
	forget := d.forget
	d.forget = nil
	d.mu.Unlock()
	if forget != nil {
		forget()
	}
}
