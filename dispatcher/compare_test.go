package dispatcher_test

import (
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	. "drover/dispatcher"
)

// compareGiven checks that the end callback got each end once: when the agent function was back, or its lane stuck.
func (h *harness) compareGiven(t *rapid.T) {
	for _, task := range h.m.busy {
		if task.status == StatusCancelled && !task.given && time.Since(task.cancelled) >= DefaultStuckAfter {
			task.given = true
			h.m.given = append(h.m.given, task.id+" cancelled")
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	slices.Sort(h.given) // several may become due at the same time
	slices.Sort(h.m.given)
	if !slices.Equal(h.given, h.m.given) {
		t.Fatalf("given %v\nmodel %v", h.given, h.m.given)
	}
}

// compareWindows checks that a stretch of the lists is what the whole lists in s have there.
func compareWindows(t *rapid.T, d *TaskDispatcher, s *Snapshot) {
	longer := max(len(s.Pending), len(s.Ended))
	w := Window{Offset: rapid.IntRange(0, longer+1).Draw(t, "offset"), Limit: rapid.IntRange(1, 3).Draw(t, "limit")}
	part := d.Snapshot(SnapshotRequest{Pending: w, Ended: w})
	for _, list := range []struct {
		name      string
		got, from []Task
	}{{"pending", part.Pending, s.Pending}, {"ended", part.Ended, s.Ended}} {
		want := list.from[min(w.Offset, len(list.from)):min(w.Offset+w.Limit, len(list.from))]
		if !slices.EqualFunc(list.got, want, func(a, b Task) bool { return a.ID == b.ID }) {
			t.Fatalf("%+v of %s: %v\nof %v", w, list.name, list.got, list.from)
		}
	}
}

func (h *harness) compare(t *rapid.T) {
	m := h.m
	s := h.d.Snapshot(SnapshotRequest{Pending: Window{Limit: 1000}, Ended: Window{Limit: 1000}})
	var got, want []string
	for _, p := range s.Pending {
		got = append(got, fmt.Sprintf("%s/%d/%d", p.ID, p.Priority, p.Attempts))
	}
	for _, p := range m.order(time.Now()) {
		want = append(want, fmt.Sprintf("%s/%d/%d", p.id, p.priority, p.attempts))
	}
	if !slices.Equal(got, want) {
		t.Fatalf("pending %v\nmodel   %v", got, want)
	}
	got, want = nil, nil
	for _, e := range s.Ended {
		got = append(got, e.ID+" "+e.Status.String())
	}
	for _, e := range slices.Backward(m.ended) {
		want = append(want, e.id+" "+e.status.String())
	}
	if !slices.Equal(got, want) {
		t.Fatalf("ended %v\nmodel %v", got, want)
	}
	compareWindows(t, h.d, s)
	busy := 0
	for _, lane := range s.Lanes {
		task := m.busy[lane.ID]
		if lane.State == LaneIdle {
			if task != nil {
				t.Fatalf("lane %d is idle, in the model it has %s", lane.ID, task.id)
			}
			continue
		}
		busy++
		if task == nil || task.id != lane.Task.ID || (lane.State == LaneRunning) != (task.status == StatusRunning) {
			t.Fatalf("lane %+v, in the model %+v", lane, task)
		}
	}
	if busy != len(m.busy) {
		t.Fatalf("%d lanes are busy, in the model %d", busy, len(m.busy))
	}
	running := 0
	for _, b := range m.busy {
		if b.status == StatusRunning {
			running++
		}
	}
	mt := s.Metrics
	gotCounts := []int{mt.TotalTasks, mt.PendingTasks, mt.RunningTasks, mt.CompletedTasks, mt.FailedTasks, mt.CancelledTasks, mt.WorkerCount}
	wantCounts := []int{m.total, m.pending(), running, m.count[StatusCompleted], m.count[StatusFailed], m.count[StatusCancelled], m.workers}
	if !slices.Equal(gotCounts, wantCounts) {
		t.Fatalf("counts %v, in the model %v", gotCounts, wantCounts)
	}
	if sum := mt.PendingTasks + mt.RunningTasks + mt.CompletedTasks + mt.FailedTasks + mt.CancelledTasks; sum != mt.TotalTasks {
		t.Fatalf("the counters do not add up: %+v", mt)
	}
}
