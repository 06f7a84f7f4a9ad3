package dispatcher

import (
	"math"
	"slices"
	"time"
)

// SampleSize is how many of the latest tasks the percentiles of DispatcherMetrics are computed from.
const SampleSize = 1024

// stats gathers times with O(1) work for a task. Guarded by TaskDispatcher.mu.
type stats struct {
	wait, run sample
	rate      rateWindow
	quantiles quantiles // computed last
}

// quantiles are the percentiles of the samples when waits and runs durations had been added to them.
type quantiles struct {
	waits, runs                      uint64
	waitP50, waitP95, runP50, runP95 time.Duration
}

func (s *stats) waited(d time.Duration)   { s.wait.add(d) }
func (s *stats) ran(d time.Duration)      { s.run.add(d) }
func (s *stats) endedAt(up time.Duration) { s.rate.add(up) }

// sample keeps the latest SampleSize durations.
type sample struct {
	values []time.Duration
	next   int
	added  uint64
}

func (s *sample) add(d time.Duration) {
	s.added++
	if len(s.values) < SampleSize {
		s.values = append(s.values, d)
		return
	}
	s.values[s.next] = d
	s.next = (s.next + 1) % SampleSize
}

// percentiles returns the median and the 95th percentile of a copy of a sample, by nearest rank: the smallest
// value such that at least that share of all values is not larger. It sorts values.
func percentiles(values []time.Duration) (p50, p95 time.Duration) {
	if len(values) == 0 {
		return 0, 0
	}
	slices.Sort(values)
	rank := func(p float64) time.Duration {
		return values[max(int(math.Ceil(p*float64(len(values))))-1, 0)]
	}
	return rank(0.50), rank(0.95)
}

// rateWindow counts ends in the 60 latest seconds, a bucket for each second of uptime.
type rateWindow struct {
	buckets [60]int
	latest  int64 // the second of uptime that was counted last
}

func (w *rateWindow) add(up time.Duration) {
	w.advance(up)
	w.buckets[w.latest%int64(len(w.buckets))]++
}

// advance empties the buckets of the seconds that have passed without an end.
func (w *rateWindow) advance(up time.Duration) {
	second := int64(up / time.Second)
	for n := min(second-w.latest, int64(len(w.buckets))); n > 0; n-- {
		w.buckets[(second-n+1)%int64(len(w.buckets))] = 0
	}
	w.latest = max(w.latest, second)
}

// perSecond returns the ends per second over the last minute, or over the uptime if that is shorter.
func (w *rateWindow) perSecond(up time.Duration) float64 {
	if up <= 0 {
		return 0
	}
	w.advance(up)
	n := 0
	for _, b := range w.buckets {
		n += b
	}
	return float64(n) / min(max(up.Seconds(), 1), float64(len(w.buckets)))
}

// GetMetrics returns counts and times of one instant.
func (d *TaskDispatcher) GetMetrics() DispatcherMetrics {
	now := time.Now()
	d.mu.Lock()
	m, fresh := d.metrics(now)
	d.mu.Unlock()
	fresh.into(d, &m)
	return m
}

// staleQuantiles are copies of the samples when the percentiles have to be computed anew. That is done
// without the lock, and not at all while no task has started or ended since the last time.
type staleQuantiles struct {
	waits, runs []time.Duration
	q           quantiles
}

// metrics returns the metrics of now, and what is needed to complete them after the lock has been released.
// Called with the lock held.
func (d *TaskDispatcher) metrics(now time.Time) (DispatcherMetrics, *staleQuantiles) {
	var up time.Duration
	if !d.started.IsZero() {
		up = now.Sub(d.started)
	}
	q := d.stats.quantiles
	m := DispatcherMetrics{
		TotalTasks:     d.counts.total,
		PendingTasks:   d.counts.pending,
		RunningTasks:   d.counts.running,
		CompletedTasks: d.counts.completed,
		FailedTasks:    d.counts.failed,
		CancelledTasks: d.counts.cancelled,
		WorkerCount:    d.workers,
		FailuresTotal:  d.errors.total,
		Throughput:     d.stats.rate.perSecond(up),
		Uptime:         up,
		WaitP50:        q.waitP50,
		WaitP95:        q.waitP95,
		RunP50:         q.runP50,
		RunP95:         q.runP95,
	}
	wait, run := &d.stats.wait, &d.stats.run
	if q.waits == wait.added && q.runs == run.added {
		return m, nil
	}
	return m, &staleQuantiles{
		waits: slices.Clone(wait.values),
		runs:  slices.Clone(run.values),
		q:     quantiles{waits: wait.added, runs: run.added},
	}
}

// into completes m and keeps the percentiles for the next time. Called without the lock; nil does nothing.
func (s *staleQuantiles) into(d *TaskDispatcher, m *DispatcherMetrics) {
	if s == nil {
		return
	}
	s.q.waitP50, s.q.waitP95 = percentiles(s.waits)
	s.q.runP50, s.q.runP95 = percentiles(s.runs)
	m.WaitP50, m.WaitP95, m.RunP50, m.RunP95 = s.q.waitP50, s.q.waitP95, s.q.runP50, s.q.runP95
	d.mu.Lock()
	d.stats.quantiles = s.q
	d.mu.Unlock()
}
