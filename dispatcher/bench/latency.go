package main

import (
	"context"
	"runtime"
	"sync/atomic"
	"time"

	"drover/dispatcher"
)

// latencyIDs is more than the number of tasks that one of these measurements submits.
const latencyIDs = 50_000

// latency measures what one task waits for a pool that has nothing else to do, and how fast a cancel arrives.
//
// Both depend on what the machine is doing. It may have gone to sleep, as between two keys of a user, or have
// just finished something. And whoever hands over a task may wait for it, which lets the task run on the same
// thread, or go on with something else, so that another thread has to be woken.
func latency(s scale) []row {
	var rows []row
	for _, c := range []struct {
		text string
		rest func()
		spin bool
		goal bool
	}{
		{"pool and machine idle, submitter waits", asleep, false, true},
		{"pool and machine idle, submitter works on", asleep, true, true},
		{"pool idle, machine not, submitter waits", yield, false, false},
	} {
		mine, theirs := newDispatcherStarter(c.spin), newChannelStarter(c.spin)
		p50, p99 := percentiles(s, c.rest, mine.start, theirs.start)
		rows = append(rows,
			compare("submit to start, p50, "+c.text, bareChannel.name, p50, nanoseconds, when(c.goal, 1.4)),
			compare("submit to start, p99, "+c.text, bareChannel.name, p99, nanoseconds, when(c.goal, 2)))
		mine.close()
		theirs.close()
	}
	for _, c := range []struct {
		text string
		rest func()
		goal bool
	}{
		{"machine idle", asleep, true},
		{"machine not idle", yield, false},
	} {
		mine := newDispatcherCancel(c.rest)
		parent, release := context.WithCancel(context.Background())
		p50, p99 := percentiles(s, c.rest, mine.cancel, cancelBare(parent, c.rest))
		rows = append(rows,
			compare("cancel to end of context, p50, "+c.text, "bare context", p50, nanoseconds, when(c.goal, 1.3)),
			compare("cancel to end of context, p99, "+c.text, "bare context", p99, nanoseconds, 0))
		mine.close()
		release()
	}
	return rows
}

func when(condition bool, v float64) float64 {
	if condition {
		return v
	}
	return 0
}

// asleep lets everything come to rest: goroutines parked, threads asleep.
func asleep() { time.Sleep(200 * time.Microsecond) }

// yield lets other goroutines run until they block, and keeps this thread awake.
func yield() {
	for range 20 {
		runtime.Gosched()
	}
}

// percentiles measures both in turn, many times each with a rest before each time, and returns the pairs of
// medians and of 99th percentiles.
func percentiles(s scale, rest func(), ours, theirs func() time.Duration) (p50, p99 pairs) {
	var oursP99, theirsP99 []float64
	run := func(measure func() time.Duration, tail *[]float64) func() float64 {
		times := make([]time.Duration, s.of(1000, 300))
		return func() float64 {
			for i := range times {
				rest()
				times[i] = measure()
			}
			*tail = append(*tail, percentile(times, 0.99))
			return percentile(times, 0.50)
		}
	}
	p50 = sideBySide(s.pairs(), run(ours, &oursP99), run(theirs, &theirsP99))
	return p50, pairs{ours: oursP99[1:], theirs: theirsP99[1:]} // without the first run, see sideBySide
}

// arrival is where a task says how long it took to be started, and the submitter waits for that.
type arrival struct {
	spin bool // keep the submitter's thread busy meanwhile
	took atomic.Int64
	told chan struct{}
}

func (a *arrival) started(submitted time.Time) {
	a.took.Store(int64(time.Since(submitted)))
	a.told <- struct{}{}
}

func (a *arrival) await() time.Duration {
	for a.spin && a.took.Load() == 0 {
	}
	<-a.told
	return time.Duration(a.took.Swap(0))
}

// dispatcherStarter hands one task to an idle dispatcher.
type dispatcherStarter struct {
	*dispatcherPool
	arrival
	next  int
	begin time.Time // written before the submit, read by the task
}

func newDispatcherStarter(spin bool) *dispatcherStarter {
	s := &dispatcherStarter{arrival: arrival{spin: spin, told: make(chan struct{})}}
	s.dispatcherPool = openDispatcher(latencyIDs, func(context.Context, *dispatcher.Task) error {
		s.started(s.begin)
		return nil
	})
	return s
}

func (s *dispatcherStarter) start() time.Duration {
	s.begin = time.Now()
	s.submit(0, s.next)
	s.next++
	return s.await()
}

// channelStarter hands one task to an idle channel.
type channelStarter struct {
	*channelPool
	arrival
}

func newChannelStarter(spin bool) *channelStarter {
	return &channelStarter{openChannel(1000), arrival{spin: spin, told: make(chan struct{})}}
}

func (s *channelStarter) start() time.Duration {
	begin := time.Now()
	s.tasks <- func() { s.started(begin) }
	return s.await()
}

func (s *channelStarter) close() { s.wait() }

// dispatcherCancel runs one task that waits for the end of its context, again and again.
type dispatcherCancel struct {
	*dispatcherPool
	rest  func()
	next  int
	begin time.Time // written before the cancel, read by the task
	ready chan struct{}
	ended chan time.Duration
}

func newDispatcherCancel(rest func()) *dispatcherCancel {
	c := &dispatcherCancel{rest: rest, ready: make(chan struct{}), ended: make(chan time.Duration)}
	c.dispatcherPool = openDispatcher(latencyIDs, func(ctx context.Context, _ *dispatcher.Task) error {
		done := ctx.Done()
		c.ready <- struct{}{}
		<-done
		c.ended <- time.Since(c.begin)
		return context.Cause(ctx)
	})
	return c
}

func (c *dispatcherCancel) cancel() time.Duration {
	id := c.ids[c.next]
	c.submit(0, c.next)
	c.next++
	<-c.ready
	c.rest() // until the task blocks
	c.begin = time.Now()
	must(c.CancelTask(id))
	return <-c.ended
}

// cancelBare returns the same with nothing but a context, whose parent can be cancelled as well, as that of
// everything a program wants to be able to stop.
func cancelBare(parent context.Context, rest func()) func() time.Duration {
	return func() time.Duration {
		ctx, cancel := context.WithCancel(parent)
		ready, ended := make(chan struct{}), make(chan time.Duration)
		var begin time.Time
		go func() {
			done := ctx.Done()
			ready <- struct{}{}
			<-done
			ended <- time.Since(begin)
		}()
		<-ready
		rest()
		begin = time.Now()
		cancel()
		return <-ended
	}
}
