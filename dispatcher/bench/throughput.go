package main

import (
	"fmt"
	"runtime"
	"time"
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
			{trackedChannel, 1.25}, {pondPool, 0}, {bareChannel, 0},
		} {
			p := sideBySide(s.pairs(), perTask(ours, n, producers), perTask(other.subject, n, producers))
			r := compare("submit + run, "+from(producers), other.name, p, nanoseconds, other.goal)
			r.lacks = other.lacks
			rows = append(rows, r)
		}
	}
	return append(rows, allocations(n))
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
		goal: "≤ 3", met: yesNo(count < 3.05),
	}
}
