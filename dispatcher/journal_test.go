package dispatcher_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	. "drover/dispatcher"
)

// memoryJournal keeps entries. While it is slow, nothing is on disk before let go.
type memoryJournal struct {
	serial, seq uint64

	mu      sync.Mutex
	entries []Entry
	slow    chan struct{} // nil: everything is on disk at once
	synced  uint64        // the largest position that was asked for
}

func (j *memoryJournal) Last() (serial, seq uint64) { return j.serial, j.seq }

func (j *memoryJournal) Append(e Entry) uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries = append(j.entries, e)
	return uint64(len(j.entries))
}

func (j *memoryJournal) Sync(position uint64) {
	j.mu.Lock()
	j.synced = max(j.synced, position)
	slow := j.slow
	j.mu.Unlock()
	if slow != nil {
		<-slow
	}
}

// lines returns the entries since the n-th in short.
func (j *memoryJournal) lines(n int) []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	var lines []string
	for _, e := range j.entries[n:] {
		line := fmt.Sprintf("%v #%d", e.Kind, e.Task.Serial)
		switch e.Kind {
		case EntryAccepted, EntryEdited:
			line += fmt.Sprintf(" %s %s %v", e.Task.ID, PriorityName(e.Task.Priority), e.Task.Payload)
		case EntryQueued:
			line += fmt.Sprintf(" %s between %d and %d, %v, %v", PriorityName(e.Task.Priority), e.After, e.Before, e.Task.Status, e.Task.Error)
		case EntryStarted:
			line += fmt.Sprintf(" attempt %d", e.Task.Attempts)
		case EntryEnded, EntryInterrupted:
			line += fmt.Sprintf(" %v, %v, %v, failure %d", e.Task.Status, e.Task.Error, e.Task.Result, e.Failure)
		case EntryDismissed:
			line += fmt.Sprint(" ", e.Failures)
		case EntryForgotten:
		}
		lines = append(lines, line)
	}
	return lines
}

// replayed is what the entries amount to: what another process would go on with.
type replayed struct {
	tasks   map[uint64]Task
	levels  [3][]uint64 // serials of the pending tasks that are not delayed, in order
	ended   []uint64
	dropped map[uint64]bool
}

func (j *memoryJournal) replay() *replayed {
	j.mu.Lock()
	defer j.mu.Unlock()
	r := &replayed{tasks: map[uint64]Task{}, dropped: map[uint64]bool{}}
	for _, e := range j.entries {
		n := e.Task.Serial
		gone := func(other uint64) bool { return other == n }
		for i := range r.levels {
			if e.Kind != EntryEdited {
				r.levels[i] = slices.DeleteFunc(r.levels[i], gone)
			}
		}
		level := &r.levels[e.Task.Priority]
		switch e.Kind {
		case EntryAccepted:
			*level = append(*level, n)
		case EntryQueued:
			r.ended = slices.DeleteFunc(r.ended, gone)
			if !e.Task.NotBefore.IsZero() {
				break
			}
			at := slices.Index(*level, e.After) + 1
			if e.After == 0 {
				at = 0
			}
			*level = slices.Insert(*level, at, n)
			if at+1 < len(*level) != (e.Before != 0) || e.Before != 0 && (*level)[at+1] != e.Before {
				panic(fmt.Sprintf("%+v does not fit %v", e, *level))
			}
		case EntryEnded, EntryInterrupted:
			if !slices.Contains(r.ended, n) {
				r.ended = append(r.ended, n)
			}
		case EntryForgotten:
			r.dropped[n] = true
		case EntryEdited, EntryStarted, EntryDismissed:
		}
		r.tasks[n] = e.Task
	}
	return r
}

// compareJournal checks that the entries amount to what the dispatcher has.
func (h *harness) compareJournal(t *rapid.T) {
	r := h.journal.replay()
	var got, want []string
	for _, level := range r.levels {
		for _, n := range level {
			got = append(got, fmt.Sprintf("%s/%d/%d", r.tasks[n].ID, r.tasks[n].Priority, r.tasks[n].Attempts))
		}
	}
	for _, list := range h.m.levels {
		for _, task := range list {
			want = append(want, fmt.Sprintf("%s/%d/%d", task.id, task.priority, task.attempts))
		}
	}
	if !slices.Equal(got, want) {
		t.Fatalf("pending by the journal %v\nmodel                  %v", got, want)
	}
	var delayed []string
	for _, n := range slices.Sorted(maps.Keys(r.tasks)) {
		if task := r.tasks[n]; task.Status == StatusPending && !task.NotBefore.IsZero() {
			delayed = append(delayed, task.ID)
		}
	}
	if len(delayed) != len(h.m.delayed) {
		t.Fatalf("delayed by the journal %v, in the model %d", delayed, len(h.m.delayed))
	}
	ended := r.ended[max(0, len(r.ended)-len(h.m.ended)):]
	for i, task := range h.m.ended {
		if got := r.tasks[ended[i]]; got.ID != task.id || got.Status != task.status {
			t.Fatalf("ended by the journal %+v, in the model %+v", got, task)
		}
	}
}

func TestJournalGetsEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &memoryJournal{serial: 40, seq: 7}
		release := make(chan error)
		d := start(t, 1, func(_ context.Context, task *Task) error {
			task.Result = "said"
			return <-release
		}, WithJournal(j))
		n := 0
		step := func(want ...string) {
			t.Helper()
			synctest.Wait()
			got := j.lines(n)
			wantLines(t, got, want)
			n += len(got)
		}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(d.SubmitTask(&Task{ID: "a", Priority: PriorityNormal, Payload: "A"}))
		step("accepted #41 a normal A", "started #41 attempt 1")
		must(d.SubmitBatch([]*Task{{ID: "b", Payload: "B"}, {ID: "c", Payload: "C"}}))
		must(d.SubmitTaskWait(t.Context(), &Task{ID: "d", Payload: "D"}))
		step("accepted #42 b high B", "accepted #43 c high C", "accepted #44 d high D")
		must(d.SubmitFailed([]*Task{{ID: "e", Payload: "E", Error: errors.New("wrong")}}))
		step("accepted #45 e high E", "ended #45 failed, wrong, <nil>, failure 8")
		must(d.Move("d", -1))
		must(d.SetPriority("b", PriorityLow))
		must(d.SetPriority("b", PriorityLow)) // nothing to write
		must(d.UpdatePayload("c", "CC"))
		step("queued #44 high between 42 and 43, pending, <nil>", "queued #42 low between 0 and 0, pending, <nil>", "edited #43 c high CC")
		release <- Requeue(errors.New("busy"), 0)
		step("queued #41 normal between 0 and 0, pending, busy", "started #44 attempt 1")
		release <- errors.New("broken")
		step("ended #44 failed, broken, said, failure 9", "started #43 attempt 1")
		must(d.Retry("d"))
		step("queued #44 high between 0 and 0, pending, <nil>")
		must(d.CancelTask("d"))
		must(d.CancelTask("c"))
		step("ended #44 cancelled, task cancelled, <nil>, failure 0", "ended #43 cancelled, task cancelled, <nil>, failure 0")
		release <- nil // too late, but what it said is kept
		step("ended #43 cancelled, task cancelled, said, failure 0", "started #41 attempt 2")
		release <- Requeue(errors.New("busy"), time.Minute)
		step("queued #41 normal between 0 and 0, pending, busy", "started #42 attempt 1")
		time.Sleep(time.Minute)
		step("queued #41 normal between 0 and 0, pending, busy")
		if n := d.DismissErrors(); n != 2 {
			t.Error(n)
		}
		if n := d.DismissErrors(); n != 0 {
			t.Error(n)
		}
		if n := d.Forget("b", "c", "c", "unknown"); n != 1 {
			t.Error(n)
		}
		step("dismissed #0 [8 9]", "forgotten #43")
		// A stop is not the end of a task.
		go func() { _ = d.Shutdown(0) }()
		step("interrupted #42 cancelled, dispatcher stopped, <nil>, failure 0")
		release <- nil
		step("interrupted #42 cancelled, dispatcher stopped, said, failure 0")
		if pending := j.replay().levels; len(pending[PriorityNormal]) != 1 || pending[PriorityNormal][0] != 41 {
			t.Errorf("pending afterwards: %v", pending)
		}
	})
}

// Nobody is seen of anything that is not on disk.
func TestJournalComesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &memoryJournal{slow: make(chan struct{})}
		var seen lines
		d := start(t, 1, func(_ context.Context, task *Task) error { seen.add("%s works", task.ID); return nil }, WithJournal(j))
		d.SetProgressCallback(func(id string, status TaskStatus, _ int, _ string) { seen.add("%s is seen %v", id, status) })
		go func() {
			seen.add("submit returns %v", d.SubmitTask(&Task{ID: "a"}))
		}()
		synctest.Wait()
		wantLines(t, seen.all(), nil)
		close(j.slow)
		synctest.Wait()
		got := seen.all()
		slices.Sort(got)
		wantLines(t, got, []string{"a is seen completed", "a is seen pending", "a is seen running", "a works", "submit returns <nil>"})

		for name, call := range map[string]func() error{
			"cancel":   func() error { return d.CancelTask("p") },
			"retry":    func() error { return d.Retry("p") },
			"priority": func() error { return d.SetPriority("p", PriorityHigh) },
			"move":     func() error { return d.Move("p", 1) },
			"edit":     func() error { return d.UpdatePayload("p", 1) },
			"batch":    func() error { return d.SubmitBatch([]*Task{{ID: "q"}}) },
			"blocking": func() error { return d.SubmitTaskWait(t.Context(), &Task{ID: "r"}) },
			"dismiss":  func() error { d.DismissErrors(); return nil },
			"forget":   func() error { d.Forget(); return nil },
			"wait":     d.Wait,
		} {
			j.mu.Lock()
			j.slow = nil
			j.mu.Unlock()
			d.Pause()
			_, missing := d.GetTask("p")
			if missing == nil {
				_ = d.CancelTask("p")
				d.Forget()
			}
			submit(t, d, PriorityLow, "p")
			if name == "retry" {
				_ = d.CancelTask("p")
			}
			if name == "wait" {
				d.Resume()
				synctest.Wait()
			}
			j.mu.Lock()
			j.slow = make(chan struct{})
			j.mu.Unlock()
			returned := make(chan error, 1)
			go func() { returned <- call() }()
			synctest.Wait()
			select {
			case err := <-returned:
				t.Errorf("%s does not wait for the journal: %v", name, err)
			default:
				close(j.slow)
				if err := <-returned; err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
		d.Resume()
		j.mu.Lock()
		j.slow = nil
		j.mu.Unlock()
		stop(t, d)
	})
}

func TestRestore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		past := time.Now().Add(-time.Hour)
		soon := time.Now().Add(time.Minute)
		old := errors.New("old")
		j := &memoryJournal{serial: 12, seq: 3}
		var ran lines
		d, err := NewTaskDispatcher(context.Background(), func(_ context.Context, task *Task) error {
			ran.add("%s attempt %d, requeued %d, %v", task.ID, task.Attempts, task.Requeues, task.Payload)
			return nil
		}, 1, WithJournal(j), WithCapacity(3))
		if err != nil {
			t.Fatal(err)
		}
		tasks := []*Task{
			{ID: "done", Serial: 1, Status: StatusCompleted, Result: "r", CreatedAt: past, StartedAt: past, CompletedAt: past, Attempts: 1, WorkerID: 4},
			{ID: "failed", Serial: 2, Status: StatusFailed, Error: old, CreatedAt: past, CompletedAt: past, Attempts: 2},
			{ID: "gone", Serial: 3, Status: StatusCancelled, Error: old, CreatedAt: past, CompletedAt: past},
			{ID: "again", Serial: 4, Priority: PriorityNormal, Attempts: 2, Requeues: 2, Error: old, CreatedAt: past, StartedAt: past},
			{ID: "p1", Serial: 6, Priority: PriorityNormal, Payload: "P1", CreatedAt: past},
			{ID: "p2", Serial: 5, Priority: PriorityNormal, CreatedAt: past},
			{ID: "later", Serial: 7, Priority: PriorityHigh, NotBefore: soon, Attempts: 1, Requeues: 1, CreatedAt: past},
			{ID: "high", Serial: 8, Priority: PriorityHigh, CreatedAt: past},
		}
		failure := TaskExecutionError{TaskID: "failed", Error: old, Timestamp: past, Seq: 2}
		for _, bad := range []struct {
			task *Task
			want error
		}{
			{nil, ErrNilTask}, {&Task{}, ErrEmptyID}, {&Task{ID: "x", Priority: 3}, ErrInvalidPriority},
			{&Task{ID: "p1"}, ErrDuplicateID}, {&Task{ID: "x", Status: StatusRunning}, ErrNotEnded},
		} {
			if err := d.Restore(append(slices.Clone(tasks), bad.task), nil); !errors.Is(err, bad.want) {
				t.Errorf("%+v: %v, want %v", bad.task, err, bad.want)
			}
		}
		if err := d.Restore(tasks, []TaskExecutionError{failure}); err != nil {
			t.Fatal(err)
		}
		if err := d.Restore(tasks[:1], nil); !errors.Is(err, ErrDuplicateID) {
			t.Error(err)
		}
		wantLines(t, pendingIDs(d), []string{"high", "again", "p1", "p2", "later"})
		s := d.Snapshot(SnapshotRequest{Ended: Window{Limit: 9}, Errors: Window{Limit: 9}})
		if got := fmt.Sprint(s.Metrics.TotalTasks, s.Metrics.PendingTasks, s.Metrics.CompletedTasks, s.Metrics.FailedTasks, s.Metrics.CancelledTasks, s.Delayed, s.Metrics.FailuresTotal); got != "8 5 1 1 1 1 0" {
			t.Error(got)
		}
		if len(s.Ended) != 3 || s.Ended[0].ID != "gone" || s.Ended[2].ID != "done" || len(s.Errors) != 1 || s.Errors[0] != failure {
			t.Errorf("%+v\n%+v", s.Ended, s.Errors)
		}
		for _, want := range tasks {
			if got, err := d.GetTask(want.ID); err != nil || *got != *want {
				t.Errorf("%v\ngot  %+v\nwant %+v", err, got, want)
			}
		}
		if len(j.entries) != 0 {
			t.Errorf("the journal was given what it had: %v", j.lines(0))
		}
		if err := d.Start(); err != nil {
			t.Fatal(err)
		}
		if err := d.Restore(nil, nil); !errors.Is(err, ErrAlreadyRunning) {
			t.Error(err)
		}
		synctest.Wait()
		wantLines(t, ran.all(), []string{"high attempt 1, requeued 0, <nil>", "again attempt 3, requeued 2, <nil>",
			"p1 attempt 1, requeued 0, P1", "p2 attempt 1, requeued 0, <nil>"})
		time.Sleep(time.Minute)
		synctest.Wait()
		submit(t, d, PriorityNormal, "new")
		synctest.Wait()
		for _, id := range []string{"done", "failed", "gone"} {
			if err := d.Retry(id); err != nil {
				t.Errorf("%s: %v", id, err)
			}
			synctest.Wait()
		}
		if err := d.Wait(); err != nil {
			t.Fatal(err)
		}
		wantLines(t, ran.all()[4:], []string{"later attempt 2, requeued 1, <nil>", "new attempt 1, requeued 0, <nil>",
			"done attempt 2, requeued 0, <nil>", "failed attempt 3, requeued 0, <nil>", "gone attempt 1, requeued 0, <nil>"})
		if task, _ := d.GetTask("new"); task.Serial != 13 {
			t.Errorf("the new task has serial %d", task.Serial)
		}
		if m := d.GetMetrics(); m.TotalTasks != 9 || m.CompletedTasks != 9 {
			t.Errorf("%+v", m)
		}
		stop(t, d)
		if err := d.Restore(nil, nil); !errors.Is(err, ErrNotRunning) {
			t.Error(err)
		}
	})
}
