package dispatcher_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	. "drover/dispatcher"
)

// Row 7.
func TestRetention(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := start(t, 1, func(_ context.Context, task *Task) error {
			time.Sleep(time.Second)
			task.Result = "done"
			return nil
		}, WithRetention(3))
		submit(t, d, PriorityNormal, names("t", 6)...)
		time.Sleep(5500 * time.Millisecond)
		for i := range 2 {
			if _, err := d.GetTask(fmt.Sprintf("t-%d", i)); !errors.Is(err, ErrTaskNotFound) {
				t.Errorf("t-%d is still known: %v", i, err)
			}
		}
		for i := 2; i < 5; i++ {
			wantStatus(t, d, fmt.Sprintf("t-%d", i), StatusCompleted)
		}
		wantStatus(t, d, "t-5", StatusRunning)
		submit(t, d, PriorityNormal, "t-0") // a forgotten ID is free again
		snap := d.Snapshot(SnapshotRequest{Ended: Window{Limit: 10}})
		var got []string
		for _, task := range snap.Ended {
			got = append(got, task.ID)
		}
		wantLines(t, got, []string{"t-4", "t-3", "t-2"})

		task, _ := d.GetTask("t-4")
		task.Result, task.Status = "mine", StatusFailed // a copy: nobody else sees it
		if again, _ := d.GetTask("t-4"); again.Result != "done" || again.Status != StatusCompleted {
			t.Errorf("%+v", again)
		}
		stop(t, d)
	})
}

// Ended tasks are forgotten by what they take together, too: the first that ended first, and never the latest.
func TestRetainedSize(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		size := func(payload, result any) int {
			text, _ := result.(string)
			return len(payload.(string)) + len(text)
		}
		d := start(t, 1, func(ctx context.Context, task *Task) error {
			if task.ID == "late" {
				<-ctx.Done()
				time.Sleep(time.Second)
			}
			task.Result = task.Payload
			return nil
		}, WithRetainedSize(100, size))
		known := func() (ids string) {
			synctest.Wait()
			for _, task := range d.Snapshot(SnapshotRequest{Ended: Window{Limit: 10}}).Ended {
				ids += task.ID + " "
			}
			return ids
		}
		add := func(id string, size int, want string) {
			t.Helper()
			if err := d.SubmitTask(&Task{ID: id, Payload: strings.Repeat("x", size)}); err != nil {
				t.Fatal(err)
			}
			if got := known(); got != want {
				t.Errorf("after %s: %q, want %q", id, got, want)
			}
		}
		add("a", 20, "a ")
		add("b", 30, "b a ")
		add("c", 1, "c b ")
		if err := d.Retry("b"); err != nil { // it is counted once, and last again
			t.Fatal(err)
		}
		add("d", 19, "d b c ")
		add("large", 1000, "large ")
		add("e", 10, "e ")
		add("late", 40, "e ")
		if err := d.CancelTask("late"); err != nil {
			t.Fatal(err)
		}
		if got := known(); got != "late e " { // its result is still to come
			t.Errorf("%q", got)
		}
		time.Sleep(2 * time.Second)
		add("f", 5, "f late ")
		d.Forget()
		add("g", 50, "g ")
		stop(t, d)
	})
}

// Row 8.
func TestErrors(t *testing.T) {
	t.Parallel()
	d := start(t, 1, func(_ context.Context, task *Task) error {
		switch task.ID {
		case "panic":
			panic(fmt.Errorf("boom: %w", io.ErrUnexpectedEOF))
		case "exit":
			runtime.Goexit()
		case "ok":
			return nil
		}
		return fmt.Errorf("%s went wrong: %w", task.ID, io.EOF)
	}, WithErrorLimit(3))
	defer stop(t, d)
	submit(t, d, PriorityNormal, "a", "panic", "exit", "ok", "b")
	if err := d.Wait(); err != nil {
		t.Fatal(err)
	}
	errs := d.GetErrors()
	var got []string
	for _, e := range errs {
		got = append(got, fmt.Sprintf("%s on %d: %v", e.TaskID, e.WorkerID, e.Error))
		if e.Timestamp.IsZero() {
			t.Errorf("%s has no time", e.TaskID)
		}
	}
	wantLines(t, got, []string{
		"panic on 0: agent function panicked: boom: unexpected EOF",
		"exit on 0: agent function ended its goroutine",
		"b on 0: b went wrong: EOF",
	})
	var p *PanicError
	if err := errs[0].Error; !errors.As(err, &p) || !errors.Is(err, ErrAgentPanicked) || !errors.Is(err, io.ErrUnexpectedEOF) ||
		!strings.Contains(string(p.Stack), "TestErrors") {
		t.Errorf("panic: %v", err)
	}
	if m := d.GetMetrics(); m.FailuresTotal != 4 || m.FailedTasks != 4 || m.CompletedTasks != 1 {
		t.Errorf("%+v", m)
	}
	errs[0].TaskID = "mine"
	if d.GetErrors()[0].TaskID != "panic" {
		t.Error("GetErrors is not a copy")
	}
	combined := CombineErrors([]error{nil, errs[1].Error, nil, errs[2].Error})
	if !errors.Is(combined, io.EOF) || !errors.Is(combined, ErrAgentExited) {
		t.Errorf("%v", combined)
	}
	if err := CombineErrors([]error{nil, io.EOF}); !errors.Is(err, io.EOF) || err.Error() != "EOF" {
		t.Errorf("one error: %v", err)
	}
	if err := CombineErrors([]error{nil, nil}); err != nil {
		t.Errorf("no error: %v", err)
	}

	snap := d.Snapshot(SnapshotRequest{Errors: Window{Limit: 2}})
	if snap.ErrorsTotal != 3 || snap.Errors[0].TaskID != "b" || snap.Errors[1].TaskID != "exit" {
		t.Errorf("%+v", snap.Errors)
	}
	if n := d.DismissErrors(snap.Errors[1].Seq, snap.Errors[1].Seq, 999); n != 1 {
		t.Errorf("dismissed %d", n)
	}
	snap = d.Snapshot(SnapshotRequest{Errors: Window{Limit: 9}})
	if snap.ErrorsTotal != 2 || len(snap.Errors) != 2 || snap.Errors[1].TaskID != "panic" || len(d.GetErrors()) != 3 {
		t.Errorf("%+v", snap.Errors)
	}
	// Of a task that is forgotten there is nothing left to act on.
	if d.Forget("panic", "ok"); d.Snapshot(SnapshotRequest{}).ErrorsTotal != 1 || len(d.GetErrors()) != 3 {
		t.Errorf("%d errors are left", d.Snapshot(SnapshotRequest{}).ErrorsTotal)
	}
	if n := d.DismissErrors(); n != 1 || d.Snapshot(SnapshotRequest{}).ErrorsTotal != 0 {
		t.Errorf("dismissed %d", n)
	}
}

// Row 9: times and rates.
func TestMetrics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := start(t, 1, func(context.Context, *Task) error { time.Sleep(time.Second); return nil })
		submit(t, d, PriorityNormal, names("t", 20)...)
		if err := d.Wait(); err != nil {
			t.Fatal(err)
		}
		m := d.GetMetrics()
		wantSum(t, m)
		// The waits are 0 … 19 s, the runs 1 s each: 20 tasks in 20 s.
		if m.WaitP50 != 9*time.Second || m.WaitP95 != 18*time.Second || m.RunP50 != time.Second || m.RunP95 != time.Second {
			t.Errorf("%+v", m)
		}
		if m.Throughput != 1 || m.Uptime != 20*time.Second {
			t.Errorf("throughput %v, uptime %v", m.Throughput, m.Uptime)
		}
		time.Sleep(50 * time.Second)
		if m := d.GetMetrics(); m.Throughput != 10.0/60 { // those of the first 10 s have left the minute
			t.Errorf("throughput %v", m.Throughput)
		}
		time.Sleep(time.Hour)
		if m := d.GetMetrics(); m.Throughput != 0 {
			t.Errorf("throughput %v", m.Throughput)
		}
		stop(t, d)
	})
}

// The times of tasks are in the order in which things happened to them, whatever the lanes and submitters read from the
// clock before they got their turn.
func TestTimesAreInOrder(t *testing.T) {
	t.Parallel()
	const submitters, each = 8, 2000
	type step struct {
		id     string
		status TaskStatus
	}
	var steps []step
	d := start(t, MaxWorkers, func(context.Context, *Task) error { return nil },
		WithRetention(submitters*each), WithCapacity(submitters*each))
	d.SetProgressCallback(func(id string, status TaskStatus, _ int, _ string) { steps = append(steps, step{id, status}) })
	var submitting sync.WaitGroup
	for s := range submitters {
		submitting.Go(func() {
			for i := range each {
				id := fmt.Sprintf("%d-%d", s, i)
				if err := d.SubmitTask(&Task{ID: id, Priority: i % 3}); err != nil {
					t.Error(err)
				}
				if i%5 == 0 {
					_ = d.CancelTask(id) // unless it has ended
				}
			}
		})
	}
	submitting.Wait()
	stop(t, d)
	var latest time.Time
	for _, s := range steps {
		task, err := d.GetTask(s.id)
		if err != nil {
			t.Fatal(err)
		}
		at := map[TaskStatus]time.Time{StatusPending: task.CreatedAt, StatusRunning: task.StartedAt}[s.status]
		if s.status.Ended() {
			at = task.CompletedAt
		}
		if at.Before(latest) {
			t.Fatalf("task %s is %v at %v, %v before what happened before", s.id, s.status, at, latest.Sub(at))
		}
		latest = at
	}
}
