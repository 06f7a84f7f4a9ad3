package main

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"drover/dispatcher"
)

// throughput measures submit and run, from the first submit until the last task has run, against everything.
func throughput(s scale) []row {
	var rows []row
	n := s.of(100_000, 20_000)
	for _, producers := range []int{1, maxProducers} {
		for _, other := range []struct {
			subject
			goal float64
		}{
			{trackedChannel, 0.9}, {pondPool, 2.5}, {pondGo, 2.5}, {gammazero, 0},
			{antsPool, 0}, {concPool, 0}, {threeLists, 0}, {bareChannel, 0},
		} {
			p := sideBySide(s.pairs(), perTask(ours, n, producers), perTask(other.subject, n, producers))
			r := compare("submit + run, "+from(producers), other.name, p, nanoseconds, other.goal)
			r.lacks = other.lacks
			rows = append(rows, r)
		}
	}
	return append(rows, allocations(n), contexts(s, n), backPressure(s, n))
}

func from(producers int) string {
	if producers == 1 {
		return "1 producer"
	}
	return fmt.Sprintf("%d producers", producers)
}

// perTask returns a measurement of nanoseconds a task. Opening and closing the pool is not in it.
func perTask(s subject, n, producers int) func() float64 {
	return func() float64 {
		p := s.open(n)
		defer p.close()
		start := time.Now()
		inParallel(producers, n, p.submit)
		p.wait()
		return float64(time.Since(start)) / float64(n)
	}
}

// allocations counts what one task allocates, with the growth of the dispatcher's map shared out.
func allocations(n int) row {
	var counts []float64
	for range 5 {
		p := ours.open(n)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		inParallel(1, n, p.submit)
		p.wait()
		runtime.ReadMemStats(&after)
		p.close()
		counts = append(counts, float64(after.Mallocs-before.Mallocs)/float64(n))
	}
	// The hundredths are the growth of the map and the goroutines of this measurement, of which no task has
	// one to itself.
	count := median(counts)
	return row{
		what: "allocations a task", ours: fmt.Sprintf("%.2f", count),
		goal: "≤ 2", met: verdict(count < 2.05),
	}
}

// contexts compares tasks that look at their context. The dispatcher makes a real one only then, so a task
// that does nothing does not show what that costs.
func contexts(s scale, n int) row {
	mine := subject{open: func(n int) pool {
		return openDispatcher(n, func(ctx context.Context, _ *dispatcher.Task) error { look(ctx); return nil })
	}}
	theirs := subject{open: func(n int) pool { return openTrackedWith(n, n, look) }}
	return compare("submit + run, the task asks for Done, 1 producer", trackedChannel.name,
		sideBySide(s.pairs(), perTask(mine, n, 1), perTask(theirs, n, 1)), nanoseconds, 0)
}

func look(ctx context.Context) {
	select {
	case <-ctx.Done():
	default:
	}
}

// backPressure compares producers that have to wait for room: a thousand tasks may be pending.
func backPressure(s scale, n int) row {
	const capacity = 1000
	mine := subject{open: func(n int) pool {
		return blockingPool{openDispatcher(n, nothing, dispatcher.WithCapacity(capacity))}
	}}
	theirs := subject{open: func(n int) pool { return openTrackedWith(n, capacity, func(context.Context) {}) }}
	return compare("submit + run, room for 1,000, waiting for room, 8 producers", trackedChannel.name,
		sideBySide(s.pairs(), perTask(mine, n, maxProducers), perTask(theirs, n, maxProducers)), nanoseconds, 0)
}

// blockingPool submits with SubmitTaskWait.
type blockingPool struct{ *dispatcherPool }

func (p blockingPool) submit(producer, i int) {
	task := &p.tasks[producer].Task
	task.ID, task.Priority = p.ids[i], i%3
	must(p.SubmitTaskWait(context.Background(), task))
}
