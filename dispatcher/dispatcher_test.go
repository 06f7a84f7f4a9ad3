package dispatcher_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	. "drover/dispatcher"
)

func TestCreation(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	if _, err := NewTaskDispatcher(ctx, nil, 1); !errors.Is(err, ErrNilAgent) || err.Error() != "agent function cannot be nil" {
		t.Errorf("nil agent: %v", err)
	}
	for _, n := range []int{-1, 0, 11, 15} {
		_, err := NewTaskDispatcher(ctx, nothing, n)
		if want := fmt.Sprintf("worker count must be between 1 and 10, got %d", n); !errors.Is(err, ErrWorkerCount) || err.Error() != want {
			t.Errorf("%d workers: %v, want %s", n, err, want)
		}
	}
	for n := 1; n <= MaxWorkers; n++ {
		if d, err := NewTaskDispatcher(ctx, nothing, n); err != nil || d.GetMetrics().WorkerCount != n {
			t.Errorf("%d workers: %v", n, err)
		}
	}
}

func TestLifecycle(t *testing.T) {
	t.Parallel()
	d, err := NewTaskDispatcher(context.Background(), nothing, 2)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.SubmitTask(&Task{ID: "early"}); !errors.Is(err, ErrNotRunning) {
		t.Errorf("submit before start: %v", err)
	}
	if err := d.Wait(); err != nil {
		t.Errorf("wait with nothing submitted: %v", err)
	}
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
	if err := d.Start(); !errors.Is(err, ErrAlreadyRunning) || err.Error() != "dispatcher is already running" {
		t.Errorf("second start: %v", err)
	}
	submit(t, d, PriorityNormal, "a")
	for range 3 {
		stop(t, d)
	}
	if err := d.SubmitTask(&Task{ID: "late"}); !errors.Is(err, ErrNotRunning) || err.Error() != "dispatcher is not running" {
		t.Errorf("submit after shutdown: %v", err)
	}
	if err := d.Start(); !errors.Is(err, ErrNotRunning) {
		t.Errorf("start after shutdown: %v", err)
	}
	wantStatus(t, d, "a", StatusCompleted)

	unstarted, _ := NewTaskDispatcher(context.Background(), nothing, 1)
	stop(t, unstarted)
}

func TestSubmitRefuses(t *testing.T) {
	t.Parallel()
	d := start(t, 1, nothing)
	defer stop(t, d)
	submit(t, d, PriorityNormal, "known")
	for _, c := range []struct {
		name string
		task *Task
		is   error
		text string
	}{
		{"nil", nil, ErrNilTask, "task cannot be nil"},
		{"no ID", &Task{}, ErrEmptyID, "task ID cannot be empty"},
		{"priority", &Task{ID: "x", Priority: 3}, ErrInvalidPriority, "priority must be 0 (high), 1 (normal) or 2 (low), got 3"},
		{"negative priority", &Task{ID: "x", Priority: -1}, ErrInvalidPriority, "priority must be 0 (high), 1 (normal) or 2 (low), got -1"},
		{"duplicate", &Task{ID: "known"}, ErrDuplicateID, "task ID is already known: known"},
	} {
		if err := d.SubmitTask(c.task); !errors.Is(err, c.is) || err.Error() != c.text {
			t.Errorf("%s: %v, want %s", c.name, err, c.text)
		}
	}
	if _, err := d.GetTask("x"); !errors.Is(err, ErrTaskNotFound) {
		t.Errorf("a refused task left a trace: %v", err)
	}
	if m := d.GetMetrics(); m.TotalTasks != 1 {
		t.Errorf("total %d", m.TotalTasks)
	}
}

// Row 1: with one worker, 100 low tasks first and 10 high ones after them, all high ones run before any low
// one that had not started.
func TestPriorityIsReal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var order lines
		d := start(t, 1, func(_ context.Context, task *Task) error {
			order.add("%s", task.ID)
			time.Sleep(time.Second)
			return nil
		}, WithCapacity(200))
		low, normal, high := names("low", 100), names("normal", 5), names("high", 10)
		submit(t, d, PriorityLow, low...)
		synctest.Wait() // low-0 runs
		submit(t, d, PriorityNormal, normal...)
		submit(t, d, PriorityHigh, high...)
		if err := d.Wait(); err != nil {
			t.Fatal(err)
		}
		wantLines(t, order.all(), slices.Concat(low[:1], high, normal, low[1:]))
		stop(t, d)
	})
}

func TestAging(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var order lines
		d := start(t, 1, func(_ context.Context, task *Task) error {
			order.add("%s", task.ID)
			time.Sleep(10 * time.Second)
			return nil
		}, WithAging(time.Minute))
		submit(t, d, PriorityHigh, "busy")
		synctest.Wait()
		submit(t, d, PriorityLow, "low")
		// A high task is always there; the low one counts as normal after one minute and as high after two,
		// and has then waited longest.
		for i := range 20 {
			submit(t, d, PriorityHigh, fmt.Sprintf("high-%d", i))
			time.Sleep(9 * time.Second)
		}
		if err := d.Wait(); err != nil {
			t.Fatal(err)
		}
		got := order.all()
		if at := slices.Index(got, "low"); at < 11 || at > 14 {
			t.Errorf("low ran as number %d of %q; it waited two minutes of ten seconds a task", at, got)
		}
		stop(t, d)
	})
}

// Row 2.
func TestCapacity(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := start(t, 2, block)
		submit(t, d, PriorityNormal, "run-0", "run-1")
		synctest.Wait()
		submit(t, d, PriorityNormal, names("p", 200)...)
		err := d.SubmitTask(&Task{ID: "one-more"})
		if !errors.Is(err, ErrQueueFull) || !strings.HasPrefix(err.Error(), "task queue is full") {
			t.Errorf("at capacity: %v", err)
		}
		if _, err := d.GetTaskStatus("one-more"); !errors.Is(err, ErrTaskNotFound) || !strings.HasPrefix(err.Error(), "task not found") {
			t.Errorf("a refused task left a trace: %v", err)
		}

		// Blocked submitters get in in their order as room comes, and a place is not stolen from them.
		var order lines
		for i := range 3 {
			go func() {
				if err := d.SubmitTaskWait(t.Context(), &Task{ID: fmt.Sprintf("wait-%d", i)}); err != nil {
					t.Error(err)
				}
				order.add("wait-%d", i)
			}()
			synctest.Wait()
		}
		for i := range 3 {
			if err := d.CancelTask(fmt.Sprintf("p-%d", i)); err != nil {
				t.Error(err)
			}
			if err := d.SubmitTask(&Task{ID: "thief"}); !errors.Is(err, ErrQueueFull) {
				t.Errorf("stole the place of a waiter: %v", err)
			}
			synctest.Wait()
		}
		wantLines(t, order.all(), []string{"wait-0", "wait-1", "wait-2"})

		// One that gives up leaves nothing behind.
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- d.SubmitTaskWait(ctx, &Task{ID: "impatient"}) }()
		synctest.Wait()
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) || !errors.Is(err, ErrQueueFull) {
			t.Errorf("given up: %v", err)
		}
		if err := d.CancelTask("p-3"); err != nil {
			t.Error(err)
		}
		if err := d.SubmitTask(&Task{ID: "fits"}); err != nil {
			t.Errorf("the place was lost: %v", err)
		}

		// Shutdown turns the blocked away.
		go func() { done <- d.SubmitTaskWait(t.Context(), &Task{ID: "blocked"}) }()
		synctest.Wait()
		if err := d.Shutdown(0); !errors.Is(err, ErrShutdownTimeout) {
			t.Errorf("shutdown: %v", err)
		}
		if err := <-done; !errors.Is(err, ErrNotRunning) {
			t.Errorf("blocked at shutdown: %v", err)
		}
	})
}

// Row 3.
func TestBatch(t *testing.T) {
	t.Parallel()
	d := start(t, 1, nothing)
	defer stop(t, d)
	err := d.SubmitBatch([]*Task{{ID: "a"}, nil, {ID: "b", Priority: 7}, {ID: "a"}, {}, {ID: "c"}})
	for _, want := range []error{ErrNilTask, ErrInvalidPriority, ErrDuplicateID, ErrEmptyID} {
		if !errors.Is(err, want) {
			t.Errorf("%v does not match %v", err, want)
		}
	}
	for _, want := range []string{"task 2 of the batch: ", "task b: ", "task a: ", "task 5 of the batch: "} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not name %q", err, want)
		}
	}
	if err := d.Wait(); err != nil {
		t.Fatal(err)
	}
	wantStatus(t, d, "a", StatusCompleted)
	wantStatus(t, d, "c", StatusCompleted)
	if m := d.GetMetrics(); m.TotalTasks != 2 {
		t.Errorf("total %d", m.TotalTasks)
	}
	if err := d.SubmitBatch(nil); err != nil {
		t.Errorf("empty batch: %v", err)
	}
}

// What cannot succeed has failed without an attempt, and is known like what an agent failed.
func TestSubmitFailed(t *testing.T) {
	t.Parallel()
	d := start(t, 1, nothing, WithCapacity(1))
	defer stop(t, d)
	var ended []string
	d.SetEndCallback(func(task *Task) { ended = append(ended, fmt.Sprint(task.ID, " ", task.Status, ": ", task.Error)) })
	wrong := errors.New("no such model")
	err := d.SubmitFailed([]*Task{{ID: "a", Error: wrong}, nil, {ID: "a", Error: wrong}, {ID: "b", Priority: PriorityLow, Error: wrong}})
	var twice *BatchError
	if !errors.Is(err, ErrNilTask) || !errors.As(err, &twice) || !errors.Is(err, ErrDuplicateID) {
		t.Errorf("%v", err)
	}
	if err := d.Wait(); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(ended); got != "[a failed: no such model b failed: no such model]" {
		t.Error(got)
	}
	task, err := d.GetTask("b")
	if err != nil || task.Status != StatusFailed || !errors.Is(task.Error, wrong) || task.Attempts != 0 || task.Serial != 2 ||
		!task.StartedAt.IsZero() || task.CompletedAt.IsZero() || task.CreatedAt.IsZero() {
		t.Errorf("%+v, %v", task, err)
	}
	if m := d.GetMetrics(); m.TotalTasks != 2 || m.FailedTasks != 2 || m.PendingTasks != 0 || len(d.GetErrors()) != 2 {
		t.Errorf("%+v, errors %v", m, d.GetErrors())
	}
	if err := d.Retry("b"); err != nil { // what was wrong may have been mended
		t.Error(err)
	}
	if err := d.Wait(); err != nil {
		t.Fatal(err)
	}
	wantStatus(t, d, "b", StatusCompleted)
}

// Row 4: what callbacks wrote may be read after Wait without a lock (the race detector watches), and Wait
// can be called again.
func TestWait(t *testing.T) {
	t.Parallel()
	d := start(t, 3, nothing)
	defer stop(t, d)
	if err := d.Wait(); err != nil {
		t.Error(err)
	}
	var seen []string
	d.SetProgressCallback(func(id string, status TaskStatus, _ int, _ string) {
		seen = append(seen, id+" "+status.String())
		runtime.Gosched()
	})
	for round := range 3 {
		submit(t, d, PriorityNormal, names(fmt.Sprint(round), 20)...)
		if err := d.Wait(); err != nil {
			t.Fatal(err)
		}
		if want := (round + 1) * 60; len(seen) != want {
			t.Fatalf("round %d: %d transitions seen, want %d", round, len(seen), want)
		}
	}
}

// Row 5.
func TestCancelPending(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ran lines
		d := start(t, 1, func(ctx context.Context, task *Task) error {
			ran.add("%s", task.ID)
			time.Sleep(time.Second)
			return nil
		})
		submit(t, d, PriorityNormal, "a", "b", "c")
		synctest.Wait()
		if err := d.CancelTask("b"); err != nil {
			t.Fatal(err)
		}
		task, _ := d.GetTask("b")
		if task.Status != StatusCancelled || !errors.Is(task.Error, ErrTaskCancelled) || task.CompletedAt.IsZero() || !task.StartedAt.IsZero() {
			t.Errorf("%+v", task)
		}
		if err := d.Wait(); err != nil {
			t.Fatal(err)
		}
		wantLines(t, ran.all(), []string{"a", "c"})
		for id, want := range map[string]string{
			"b": "cannot cancel task b with status cancelled",
			"a": "cannot cancel task a with status completed",
		} {
			if err := d.CancelTask(id); !errors.Is(err, ErrCannotCancel) || err.Error() != want {
				t.Errorf("%v, want %s", err, want)
			}
		}
		if err := d.CancelTask("zzz"); !errors.Is(err, ErrTaskNotFound) {
			t.Error(err)
		}
		if m := d.GetMetrics(); m.CancelledTasks != 1 || m.CompletedTasks != 2 {
			t.Errorf("%+v", m)
		}
		stop(t, d)
	})
}

func TestCancelRunning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var cause error
		d := start(t, 1, func(ctx context.Context, task *Task) error {
			if task.ID == "next" {
				return nil
			}
			<-ctx.Done()
			cause = context.Cause(ctx)
			task.Result = "half"
			time.Sleep(15 * time.Second) // slow to come back
			return nil
		}, WithStuckAfter(10*time.Second))
		submit(t, d, PriorityNormal, "slow", "next")
		synctest.Wait()
		if err := d.CancelTask("slow"); err != nil {
			t.Fatal(err)
		}
		wantStatus(t, d, "slow", StatusCancelled) // at once
		lane := func() Lane { return d.Snapshot(SnapshotRequest{}).Lanes[0] }
		if l := lane(); l.State != LaneCancelling || l.Task.ID != "slow" {
			t.Errorf("lane %+v", l)
		}
		wantStatus(t, d, "next", StatusPending) // the lane is not free yet
		if err := d.Retry("slow"); !errors.Is(err, ErrStillReturning) {
			t.Errorf("retry while returning: %v", err)
		}
		version := d.Snapshot(SnapshotRequest{}).Version
		time.Sleep(11 * time.Second)
		if l := lane(); l.State != LaneStuck {
			t.Errorf("lane %+v", l)
		}
		if d.Snapshot(SnapshotRequest{}).Version == version {
			t.Error("no change was reported when the lane became stuck")
		}
		time.Sleep(5 * time.Second)
		wantStatus(t, d, "next", StatusCompleted)
		task, _ := d.GetTask("slow")
		if task.Status != StatusCancelled || task.Result != "half" || !errors.Is(cause, ErrTaskCancelled) {
			t.Errorf("%+v, cause %v", task, cause)
		}
		if m := d.GetMetrics(); m.CancelledTasks != 1 || m.CompletedTasks != 1 || m.RunningTasks != 0 {
			t.Errorf("%+v", m)
		}
		stop(t, d)
	})
}

// Each lane that becomes stuck is reported when it does, also when others were cancelled before it; one whose agent
// function returned in time, or that was not cancelled, is not.
func TestStuckLanes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		back := map[string]time.Duration{"first": time.Second, "second": 30 * time.Second, "third": 30 * time.Second}
		d := start(t, 4, func(ctx context.Context, task *Task) error {
			select {
			case <-ctx.Done():
				time.Sleep(back[task.ID])
			case <-time.After(time.Minute):
			}
			return nil
		}, WithStuckAfter(10*time.Second))
		began := time.Now()
		var changes []string
		d.SetChangeCallback(func() { changes = append(changes, time.Since(began).String()) })
		submit(t, d, PriorityNormal, "first", "second", "third", "works on")
		synctest.Wait()
		for _, id := range []string{"first", "second", "third"} {
			if err := d.CancelTask(id); err != nil {
				t.Fatal(err)
			}
			time.Sleep(4 * time.Second)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		// Cancelled after 0, 4 and 8 s: returned after 1 s, stuck after 14 and 18 s, returned after 34 and 38 s.
		wantLines(t, changes, []string{"1s", "14s", "18s", "34s", "38s"})
		stop(t, d)
	})
}
