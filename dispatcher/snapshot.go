package dispatcher

import (
	"time"
)

// Window selects a stretch of a list: Limit entries from Offset on. The zero Window selects nothing.
type Window struct {
	Offset int `json:"offset"`
	Limit  int `json:"limit"`
}

// SnapshotRequest says how much of each list a [Snapshot] is to hold, so that its cost follows what is
// looked at and not what exists.
type SnapshotRequest struct {
	Pending Window `json:"pending"`          // in the order in which they will run, as far as is known now; held ones in their place
	Ended   Window `json:"ended"`            // latest ended first
	Errors  Window `json:"errors"`           // latest first, without the dismissed ones
	Groups  bool   `json:"groups,omitempty"` // count the pending tasks of each group
}

// Snapshot is the dispatcher at one instant, consistent in itself. It is the caller's own: nothing in it
// changes later. (Payload and Result values are shared with the tasks; treat them as read-only.)
type Snapshot struct {
	Version uint64 // larger than in any snapshot taken before the latest change
	At      time.Time

	Lanes []Lane // one for each lane, in order; lanes that are being removed come last until they are free

	Pending      []Task // the requested window
	PendingTotal int
	Delayed      int // how many of the pending ones wait for their NotBefore; they come last in the order
	// Groups counts the pending tasks of each group, without the delayed ones, if that is requested. See WithGroup.
	Groups map[string]int

	Ended      []Task // the requested window
	EndedTotal int    // tasks that ended and are still known

	Errors      []TaskExecutionError // the requested window
	ErrorsTotal int                  // not dismissed

	Holds    []Hold // why tasks are not started, in the order in which the reasons came; empty when there is none
	Stopping bool   // no more tasks are accepted
	Capacity int    // how many tasks may be pending

	Metrics DispatcherMetrics
}

// LaneState is what a lane is doing.
type LaneState int

// The states of a lane. A lane whose task was cancelled is taken until the agent function has returned.
const (
	LaneIdle       LaneState = iota
	LaneRunning              // an agent function works
	LaneCancelling           // its task is cancelled, the agent function has not returned yet
	LaneStuck                // cancelling for longer than the limit of WithStuckAfter
)

// String returns "idle", "running", "cancelling" or "stuck".
func (s LaneState) String() string {
	switch s {
	case LaneIdle:
		return "idle"
	case LaneRunning:
		return "running"
	case LaneCancelling:
		return "cancelling"
	case LaneStuck:
		return "stuck"
	}
	return "unknown"
}

// Lane is one worker of the pool.
type Lane struct {
	ID       int // 0-based
	State    LaneState
	Since    time.Time // when it entered State
	Retiring bool      // the number of lanes was lowered; it goes away when its task has left it

	Task     Task     // the zero Task when idle
	Progress Progress // the latest report of its agent function
}

// Progress is what an agent function reports about the task it works on.
type Progress struct {
	Percent int    // 0 to 100; values outside are clamped
	Message string // one line for people
	Detail  any    // anything else an observer may want; must not be changed after the report
}

// DispatcherMetrics are counts and times. At every instant
// TotalTasks = PendingTasks + RunningTasks + CompletedTasks + FailedTasks + CancelledTasks.
type DispatcherMetrics struct {
	TotalTasks     int `json:"total_tasks"` // accepted since the dispatcher was made
	PendingTasks   int `json:"pending_tasks"`
	RunningTasks   int `json:"running_tasks"` // lanes that work, without those whose task is already cancelled
	CompletedTasks int `json:"completed_tasks"`
	FailedTasks    int `json:"failed_tasks"`
	CancelledTasks int `json:"cancelled_tasks"`
	WorkerCount    int `json:"worker_count"`

	FailuresTotal int `json:"failures_total"` // failures since the dispatcher was made, also those whose record is gone

	// Nearest-rank percentiles over the latest SampleSize tasks that ran: from submit (or the latest
	// requeue) to start, and from start to end. Zero when none has.
	WaitP50 time.Duration `json:"wait_p50"`
	WaitP95 time.Duration `json:"wait_p95"`
	RunP50  time.Duration `json:"run_p50"`
	RunP95  time.Duration `json:"run_p95"`

	Throughput float64       `json:"throughput"` // tasks that ended per second, over the last minute or the uptime, if shorter
	Uptime     time.Duration `json:"uptime"`     // since Start; zero before
}

// Snapshot returns the dispatcher as it is now. Its cost follows what is requested: the windows are walked
// to, not searched.
func (d *TaskDispatcher) Snapshot(request SnapshotRequest) *Snapshot {
	now := time.Now()
	d.mu.Lock()
	s := &Snapshot{
		Version:      d.version + d.reports.Load(),
		At:           now,
		Lanes:        d.laneStates(now),
		Pending:      d.queue.window(request.Pending, now, d.opt.aging),
		PendingTotal: d.counts.pending,
		Delayed:      len(d.queue.delayed),
		Ended:        d.endedWindow(request.Ended),
		EndedTotal:   d.ended.n,
		Errors:       d.errors.window(request.Errors),
		ErrorsTotal:  d.errors.shown,
		Holds:        d.queue.holds,
		Stopping:     d.phase >= phaseStopping,
		Capacity:     d.capacity(),
	}
	var stale *staleQuantiles
	s.Metrics, stale = d.metrics(now)
	if request.Groups {
		s.Groups = d.queue.groupSizes()
	}
	d.mu.Unlock()
	stale.into(d, &s.Metrics)
	return s
}

func (d *TaskDispatcher) laneStates(now time.Time) []Lane {
	lanes := make([]Lane, 0, d.workers)
	for i := range d.lanes {
		l := &d.lanes[i]
		retiring := i >= d.workers
		if retiring && l.run == nil {
			continue
		}
		out := Lane{ID: i, Since: l.since, Retiring: retiring}
		if a := l.run; a != nil {
			out.State, out.Since, out.Task = LaneRunning, a.started, a.rec.snapshot()
			if p := a.latest.Load(); p != nil {
				out.Progress = *p
			}
			if !a.ending.at.IsZero() { // cancelled; ended while its function has not returned
				out.State, out.Since = LaneCancelling, a.ending.at
				if d.opt.stuckAfter > 0 && now.Sub(a.ending.at) >= d.opt.stuckAfter {
					out.State, out.Since = LaneStuck, a.ending.at.Add(d.opt.stuckAfter)
				}
			}
		}
		lanes = append(lanes, out)
	}
	return lanes
}

func (d *TaskDispatcher) endedWindow(w Window) []Task {
	offset := max(w.Offset, 0)
	n := min(w.Limit, d.ended.n-offset)
	if n <= 0 {
		return nil
	}
	tasks := make([]Task, 0, n)
	for r := d.ended.at(d.ended.n - 1 - offset); len(tasks) < n; r = r.prev {
		tasks = append(tasks, r.snapshot())
	}
	return tasks
}
