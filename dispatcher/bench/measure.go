package main

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
	"time"
)

// workers is how many goroutines run tasks in every subject.
const workers = 10

// pairs are measurements of two things, taken in turn.
type pairs struct{ ours, theirs []float64 }

func (p *pairs) add(ours, theirs float64) {
	p.ours, p.theirs = append(p.ours, ours), append(p.theirs, theirs)
}

// sideBySide measures ours and theirs n times each, in turn. Each is run once before, so that what is made
// only once (stacks, caches of the allocator) counts for neither.
func sideBySide(n int, ours, theirs func() float64) pairs {
	ours()
	theirs()
	var p pairs
	for range n {
		runtime.GC()
		ourTime := ours()
		runtime.GC()
		p.add(ourTime, theirs())
	}
	return p
}

// ratios returns ours/theirs of each pair, sorted.
func (p pairs) ratios() []float64 {
	r := make([]float64, len(p.ours))
	for i := range r {
		r[i] = p.ours[i] / p.theirs[i]
	}
	slices.Sort(r)
	return r
}

// median returns the middle of values, the mean of the two middle ones if their number is even; NaN of none.
func median(values []float64) float64 {
	n := len(values)
	if n == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// percentile returns the nearest-rank percentile, p in (0, 1], of times, which it sorts; 0 of none.
func percentile(times []time.Duration, p float64) float64 {
	if len(times) == 0 {
		return 0
	}
	slices.Sort(times)
	return float64(times[max(int(math.Ceil(p*float64(len(times))))-1, 0)])
}

// inParallel shares the numbers below n out to some goroutines, a stretch for each.
func inParallel(goroutines, n int, do func(goroutine, i int)) {
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() {
			for i := g * n / goroutines; i < (g+1)*n/goroutines; i++ {
				do(g, i)
			}
		})
	}
	wg.Wait()
}

// names returns the IDs of n tasks, made in advance so that no measurement makes them.
func names(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("task-%07d", i)
	}
	return ids
}

// must ends the program: an error here is a mistake in the measurement, whose numbers would mean nothing.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
