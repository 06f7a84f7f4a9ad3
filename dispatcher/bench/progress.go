package main

import (
	"context"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"drover/dispatcher"
)

// progress measures what observers cost those who work.
func progress(s scale) []row {
	n := s.of(100_000, 20_000)
	p := sideBySide(s.pairs(),
		func() float64 { return observed(n, time.Millisecond) },
		func() float64 { return observed(n, 0) })
	// ratios are of times; a loss of throughput of 10 % is a time of 1/0.9.
	slow := compare("submit + run, progress callback sleeps 1 ms", "callback does nothing", p, nanoseconds, 0)
	loss := 1 - 1/median(p.ratios())
	slow.goal, slow.met = "loss < 10 %", yesNo(loss < 0.10)
	slow.ratio = fmt.Sprintf("loss %d %%; ", int(math.Round(100*loss))) + slow.ratio
	return []row{
		slow,
		reports(s, "20,000 a second", time.Second/2000),
	}
}

// observed returns nanoseconds a task, until the last task has run, with a callback that takes a while.
// Wait would wait for the callbacks too, so the tasks are counted instead.
func observed(n int, sleep time.Duration) float64 {
	var ran sync.WaitGroup
	ran.Add(n)
	p := openDispatcher(n, func(context.Context, *dispatcher.Task) error { ran.Done(); return nil })
	var over atomic.Bool
	p.SetProgressCallback(func(string, dispatcher.TaskStatus, int, string) {
		if sleep > 0 && !over.Load() {
			time.Sleep(sleep)
		}
	})
	start := time.Now()
	inParallel(1, n, p.submit)
	ran.Wait()
	took := time.Since(start)
	over.Store(true)
	p.wait()
	p.close()
	return float64(took) / float64(n)
}

// reports measures one call of dispatcher.Report from ten lanes at once, each at an interval; 0 is flat out.
// The callback does nothing, which is the dearest: a slow one has most reports merged.
func reports(s scale, rate string, interval time.Duration) row {
	const each = 4000
	var tails []float64
	for range s.of(5, 1) {
		times := make([]time.Duration, workers*each)
		var lane atomic.Int64
		p := openDispatcher(workers, func(ctx context.Context, _ *dispatcher.Task) error {
			mine := int(lane.Add(1)-1) * each
			next := time.Now()
			for i := range each {
				if interval > 0 {
					next = next.Add(interval)
					time.Sleep(time.Until(next))
				}
				begin := time.Now()
				dispatcher.Report(ctx, dispatcher.Progress{Percent: i * 100 / each, Message: "working"})
				times[mine+i] = time.Since(begin)
			}
			return nil
		})
		p.SetProgressCallback(func(string, dispatcher.TaskStatus, int, string) {})
		inParallel(1, workers, p.submit)
		p.wait()
		p.close()
		tails = append(tails, percentile(times, 0.99))
	}
	return absolute("one progress report, 10 lanes, "+rate+", p99", median(tails), nanoseconds, 10_000)
}
