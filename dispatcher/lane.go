package dispatcher

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"runtime/debug"
	"time"
)

// lane is one worker. Its goroutine takes the next task, calls the agent function and reports; only then is
// the lane free for another. Guarded by TaskDispatcher.mu but for id and wake.
type lane struct {
	id    int
	wake  chan struct{} // capacity 1: a token for a parked lane; sent by whoever took its bit out of idle
	alive bool          // its goroutine exists
	run   *attempt      // what it works on; nil when idle
	since time.Time     // when it became idle
}

// startLanes starts the goroutines of the lanes that there are to be. Called with the lock held.
func (d *TaskDispatcher) startLanes() {
	now := time.Now()
	for i := range d.workers {
		if l := &d.lanes[i]; !l.alive {
			l.alive = true
			l.since = now
			l.wake = make(chan struct{}, 1)
			go d.work(l)
		}
	}
}

// wakeLane wakes the lowest parked lane, so that few lanes do little work, unless one is on its way already: that
// one wakes the next if it leaves anything to do. So a burst of submits does not wake lanes that then find
// nothing, and every task that may start is started. It does nothing while no task may start. Called with the lock
// held, after a task may have become one that may start. Sending cannot block: a parked lane has no token.
func (d *TaskDispatcher) wakeLane() {
	if d.idle == 0 || d.waking || d.phase >= phaseDraining || d.queue.startable() == 0 {
		return
	}
	if i := bits.TrailingZeros16(d.idle); i < d.workers {
		d.waking = true
		d.idle &^= 1 << i
		d.lanes[i].wake <- struct{}{}
	}
}

// wakeIdle wakes every parked lane, for them to see that they are to end.
func (d *TaskDispatcher) wakeIdle() {
	for d.idle != 0 {
		i := bits.TrailingZeros16(d.idle)
		d.idle &^= 1 << i
		d.lanes[i].wake <- struct{}{}
	}
}

// laneEnds reports whether l has nothing more to do, ever. While a task runs or waits to be tried again the
// idle lanes of a stopping dispatcher stay, since it may come back to the queue.
func (d *TaskDispatcher) laneEnds(l *lane) bool {
	switch {
	case l.id >= d.workers, d.parent.Err() != nil, d.phase == phaseDraining:
		return true
	}
	return d.phase == phaseStopping && d.counts.pending == 0 && d.counts.running == 0
}

// work is the goroutine of a lane.
func (d *TaskDispatcher) work(l *lane) {
	if d.log != nil {
		d.log.Info(fmt.Sprintf("Worker %d started", l.id))
	}
	var a *attempt // what is being worked on, for the deferred function
	defer func() {
		if a == nil {
			return
		}
		// The agent function ended this goroutine (runtime.Goexit, as testing.T.FailNow does): the task
		// has failed, the lane goes on in another goroutine.
		d.mu.Lock()
		d.finish(l, a, ErrAgentExited, time.Now())
		d.mu.Unlock()
		go d.work(l)
	}()
	next := d.newAttempt()
	now := time.Now()
	d.mu.Lock()
	for {
		if d.take(l, next, now) {
			a = next
		}
		d.wakeLane() // also when this lane takes none because it is to end
		if a == nil {
			if d.laneEnds(l) {
				break
			}
			d.idle |= 1 << l.id
			d.mu.Unlock()
			<-l.wake
			d.mu.Lock()
			d.waking = false
			now = time.Now()
			continue
		}
		position := d.position.Load()
		d.mu.Unlock()
		a.fillTask()
		d.sync(position) // its start, and the end of the task before
		if d.log != nil {
			d.log.Info(fmt.Sprintf("Worker %d executing task %s", l.id, a.rec.id))
		}
		err := d.call(a)
		next = d.newAttempt()
		now = time.Now()
		d.mu.Lock()
		outcome := d.finish(l, a, err, now)
		if d.log != nil {
			d.mu.Unlock()
			d.logOutcome(a, outcome, now)
			d.mu.Lock()
		}
		a = nil
	}
	l.alive = false
	d.wakeWaiters()
	last := d.lanesAlive() == 0
	if last && d.stuckTimer != nil {
		d.stuckTimer.Stop()
		d.stuckTimer = nil
	}
	d.mu.Unlock()
	if d.log != nil && last {
		d.log.Info("All workers finished")
	}
}

// take starts the next task on l, as the attempt a; false if there is none that may start. Called with the lock
// held.
func (d *TaskDispatcher) take(l *lane, a *attempt, now time.Time) bool {
	if l.id >= d.workers || d.phase >= phaseDraining || d.parent.Err() != nil {
		return false
	}
	r := d.queue.next(now, d.opt.aging)
	if r == nil {
		return false
	}
	r = d.mayPass(r, now)
	d.queue.remove(r)
	now = d.inOrder(now)
	d.stats.waited(now.Sub(r.queuedAt()))
	r.attempts++
	r.status = uint8(StatusRunning)
	a.rec, a.lane, a.started = r, int8(l.id), now
	r.run, r.ending = a, nil
	l.run = a
	d.counts.pending--
	d.counts.running++
	d.giveRoom()
	d.write(EntryStarted, r)
	d.transition(r, l.id, nil)
	return true
}

// call calls the agent function and turns a panic into an error.
func (d *TaskDispatcher) call(a *attempt) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	return d.agent(a, a.task)
}

// finish takes the report of a lane whose agent function has returned err, and frees the lane. It returns
// the status that the task has now. Called with the lock held.
func (d *TaskDispatcher) finish(l *lane, a *attempt, err error, now time.Time) TaskStatus {
	a.end(nil) // so that nothing derived from it outlives the attempt
	a.returned = true
	now = d.inOrder(now)
	l.run = nil
	l.since = now
	r := a.rec
	defer r.keepOnly(a)
	if TaskStatus(r.status) == StatusCancelled {
		// Its end is known already; what it had said is kept.
		a.ending.result = a.task.Result
		if a.task.Result != nil && r.run == a {
			d.measure(r)
			d.writeEnd(r)
		}
		if !a.given {
			d.giveEnd(r)
		}
		d.changed()
		d.wakeWaiters()
		return StatusCancelled
	}
	d.counts.running--
	requeue := asRequeue(err)
	if requeue == nil { // an attempt that gave up its lane says nothing of how long tasks take
		d.stats.ran(now.Sub(a.started))
	}
	switch {
	case err == nil:
		a.ending.result = a.task.Result
		d.end(r, &a.ending, StatusCompleted, nil, now)
	case d.parent.Err() != nil:
		// The agent returned because the dispatcher's context ended, before parentEnded came round to it.
		a.ending.result = a.task.Result
		d.end(r, &a.ending, StatusCancelled, d.contextError(), now)
	case requeue != nil:
		d.requeue(r, requeue, now)
	default:
		a.ending.result = a.task.Result
		d.errors.add(TaskExecutionError{TaskID: r.id, Error: err, Timestamp: now, WorkerID: l.id})
		d.end(r, &a.ending, StatusFailed, err, now)
	}
	return TaskStatus(r.status)
}

// asRequeue returns the requeueError in err, if there is one. Apart from finish, because what errors.As writes
// to lives on the heap, and most tasks end without an error.
func asRequeue(err error) *requeueError {
	if err == nil {
		return nil
	}
	var requeue *requeueError
	if !errors.As(err, &requeue) {
		return nil
	}
	return requeue
}

// requeue makes r pending again after an attempt. Called with the lock held, by a lane that looks for work next.
func (d *TaskDispatcher) requeue(r *record, why *requeueError, now time.Time) {
	a := r.run
	a.ending, a.wait = ending{at: now, err: why.err}, &wait{since: now}
	r.ending = &a.ending
	r.status = uint8(StatusPending)
	if !why.uncounted {
		r.requeues++
	}
	d.counts.pending++
	if why.after > 0 {
		a.wait.notBefore = now.Add(why.after)
		d.queue.pushDelayed(r)
		d.scheduleDelayed(now)
	} else {
		d.queue.pushAgain(r)
	}
	d.write(EntryQueued, r)
	d.transition(r, 0, why.err)
	d.wakeWaiters()
}

// end gives r its final status, and keeps how it ended in e. r must be in no list. Called with the lock held,
// after what counted it before has been taken down.
func (d *TaskDispatcher) end(r *record, e *ending, status TaskStatus, err error, now time.Time) {
	r.status = uint8(status)
	e.at, e.err = now, err
	r.ending = e
	d.count(status, 1)
	d.stats.endedAt(now.Sub(d.started))
	d.writeEnd(r)
	d.keepEnded(r)
	d.transition(r, 0, err)
	if r.run == nil || r.run.returned { // otherwise once its agent function has
		d.giveEnd(r)
	}
	if d.phase >= phaseStopping && d.counts.pending == 0 && d.counts.running == 0 {
		d.wakeIdle()
	}
	d.wakeWaiters()
}

// count adds to the number of tasks that ended in a status. Called with the lock held.
func (d *TaskDispatcher) count(status TaskStatus, n int) {
	switch status {
	case StatusCompleted:
		d.counts.completed += n
	case StatusFailed:
		d.counts.failed += n
	default:
		d.counts.cancelled += n
	}
}

// keepEnded puts r at the end of the ended tasks, and forgets those that are too many. Called with the lock held, as the
// functions below.
func (d *TaskDispatcher) keepEnded(r *record) {
	r.place = placeEnded
	d.ended.insert(r, d.ended.last, nil)
	for d.ended.n > d.opt.retention {
		d.drop(d.ended.first)
	}
	d.measure(r)
}

// measure counts what an ended task takes, and forgets those that ended first if all together take too much.
func (d *TaskDispatcher) measure(r *record) {
	if d.opt.size == nil || r.place != placeEnded {
		return
	}
	size := uint32(min(max(d.opt.size(r.payload, r.ending.result), 0), math.MaxUint32))
	d.endedSize += int(size) - int(r.size)
	r.size = size
	for d.endedSize > d.opt.memory && d.ended.n > 1 {
		d.drop(d.ended.first)
	}
}

// unkeep takes a task out of the ended ones.
func (d *TaskDispatcher) unkeep(r *record) {
	d.ended.remove(r)
	d.endedSize -= int(r.size)
	r.place, r.size = placeNone, 0
}

// drop forgets an ended task.
func (d *TaskDispatcher) drop(r *record) {
	d.unkeep(r)
	delete(d.tasks, r.id)
}

func (d *TaskDispatcher) lanesAlive() int {
	n := 0
	for i := range d.lanes {
		if d.lanes[i].alive {
			n++
		}
	}
	return n
}

func (d *TaskDispatcher) logOutcome(a *attempt, status TaskStatus, now time.Time) {
	took := now.Sub(a.started)
	switch status {
	case StatusCompleted:
		d.log.Info(fmt.Sprintf("Task %s completed on worker %d in %v", a.rec.id, a.lane, took))
	case StatusFailed:
		d.log.Warn(fmt.Sprintf("Task %s failed on worker %d after %v", a.rec.id, a.lane, took))
	case StatusPending:
		d.log.Info(fmt.Sprintf("Task %s queued again by worker %d after %v", a.rec.id, a.lane, took))
	default:
		d.log.Info(fmt.Sprintf("Task %s cancelled on worker %d after %v", a.rec.id, a.lane, took))
	}
}
