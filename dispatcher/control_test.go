package dispatcher_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	. "drover/dispatcher"
)

func pendingIDs(d *TaskDispatcher) []string {
	var ids []string
	for _, task := range d.Snapshot(SnapshotRequest{Pending: Window{Limit: 1000}}).Pending {
		ids = append(ids, task.ID)
	}
	return ids
}

func TestOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := start(t, 1, nothing)
		d.Pause()
		submit(t, d, PriorityNormal, "n0", "n1", "n2", "n3")
		submit(t, d, PriorityLow, "l0")
		submit(t, d, PriorityHigh, "h0")
		steps := []struct {
			do   func() error
			want []string
		}{
			{func() error { return nil }, []string{"h0", "n0", "n1", "n2", "n3", "l0"}},
			{func() error { return d.SetPriority("n1", PriorityHigh) }, []string{"h0", "n1", "n0", "n2", "n3", "l0"}},
			{func() error { return d.SetPriority("n1", PriorityHigh) }, []string{"h0", "n1", "n0", "n2", "n3", "l0"}},
			{func() error { return d.SetPriority("h0", PriorityLow) }, []string{"n1", "n0", "n2", "n3", "l0", "h0"}},
			{func() error { return d.Move("n3", -1) }, []string{"n1", "n0", "n3", "n2", "l0", "h0"}},
			{func() error { return d.Move("n0", 1) }, []string{"n1", "n3", "n0", "n2", "l0", "h0"}},
			{func() error { return d.Move("n2", math.MinInt) }, []string{"n1", "n2", "n3", "n0", "l0", "h0"}},
			{func() error { return d.Move("n2", math.MaxInt) }, []string{"n1", "n3", "n0", "n2", "l0", "h0"}},
			{func() error { return d.Move("n3", -1) }, []string{"n1", "n3", "n0", "n2", "l0", "h0"}},
			{func() error { return d.Move("n2", 5) }, []string{"n1", "n3", "n0", "n2", "l0", "h0"}},
			{func() error { return d.Move("n1", 0) }, []string{"n1", "n3", "n0", "n2", "l0", "h0"}},
			{func() error { return d.CancelTask("n0") }, []string{"n1", "n3", "n2", "l0", "h0"}},
		}
		for i, step := range steps {
			if err := step.do(); err != nil {
				t.Fatalf("step %d: %v", i, err)
			}
			wantLines(t, pendingIDs(d), step.want)
		}
		var window []string
		for _, task := range d.Snapshot(SnapshotRequest{Pending: Window{Offset: 2, Limit: 2}}).Pending {
			window = append(window, task.ID)
		}
		wantLines(t, window, []string{"n2", "l0"})
		if err := d.SetPriority("n2", 3); !errors.Is(err, ErrInvalidPriority) {
			t.Error(err)
		}
		if err := d.SetPriority("zz", 1); !errors.Is(err, ErrTaskNotFound) {
			t.Error(err)
		}
		d.Resume()
		if err := d.Wait(); err != nil {
			t.Fatal(err)
		}
		for _, err := range []error{d.SetPriority("n2", 0), d.Move("n2", 1)} {
			if !errors.Is(err, ErrNotPending) || err.Error() != "task is not pending: n2 is completed" {
				t.Error(err)
			}
		}
		stop(t, d)
	})
}

func TestUpdatePayload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ran lines
		d := start(t, 1, func(_ context.Context, task *Task) error { ran.add("%s %v", task.ID, task.Payload); return nil })
		d.Pause()
		submit(t, d, PriorityNormal, "a", "b")
		if err := d.UpdatePayload("a", "new"); err != nil {
			t.Fatal(err)
		}
		wantLines(t, pendingIDs(d), []string{"a", "b"})
		if task, _ := d.GetTask("a"); task.Payload != "new" {
			t.Errorf("%+v", task)
		}
		d.Resume()
		if err := d.Wait(); err != nil {
			t.Fatal(err)
		}
		wantLines(t, ran.all(), []string{"a new", "b <nil>"})
		if err := d.UpdatePayload("a", "late"); !errors.Is(err, ErrNotPending) {
			t.Error(err)
		}
		if err := d.UpdatePayload("z", 1); !errors.Is(err, ErrTaskNotFound) {
			t.Error(err)
		}
		stop(t, d)
	})
}

func TestRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := start(t, 1, func(_ context.Context, task *Task) error {
			if task.Result != nil || task.Error != nil {
				t.Errorf("attempt %d does not start afresh: %+v", task.Attempts, task)
			}
			task.Result = task.Attempts
			if task.Attempts < 3 {
				return fmt.Errorf("attempt %d", task.Attempts)
			}
			return nil
		})
		submit(t, d, PriorityNormal, "a")
		for attempt := 1; attempt <= 3; attempt++ {
			if err := d.Wait(); err != nil {
				t.Fatal(err)
			}
			task, _ := d.GetTask("a")
			if task.Attempts != attempt || task.Result != attempt {
				t.Errorf("%+v", task)
			}
			m := d.GetMetrics()
			wantSum(t, m)
			if m.TotalTasks != 1 {
				t.Errorf("%+v", m)
			}
			if attempt < 3 {
				wantStatus(t, d, "a", StatusFailed)
				if err := d.Retry("a"); err != nil {
					t.Fatal(err)
				}
			}
		}
		wantStatus(t, d, "a", StatusCompleted)
		if got := len(d.GetErrors()); got != 2 {
			t.Errorf("%d errors kept", got)
		}
		if err := d.Retry("nobody"); !errors.Is(err, ErrTaskNotFound) {
			t.Error(err)
		}
		d.Pause()
		submit(t, d, PriorityNormal, "b")
		if err := d.Retry("b"); !errors.Is(err, ErrNotEnded) {
			t.Error(err)
		}
		if err := d.CancelTask("b"); err != nil {
			t.Error(err)
		}
		if err := d.Retry("b"); err != nil { // one that never ran
			t.Error(err)
		}
		wantLines(t, pendingIDs(d), []string{"b"})
		d.Resume()
		stop(t, d)
	})
}

func TestRequeue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ran lines
		began := time.Now()
		d := start(t, 1, func(_ context.Context, task *Task) error {
			ran.add("%s at %v", task.ID, time.Since(began))
			task.Result = "dropped"
			switch {
			case task.ID == "later" && task.Attempts == 1:
				return fmt.Errorf("wrapped: %w", Requeue(errors.New("busy"), 10*time.Second))
			case task.ID == "again" && task.Attempts == 1:
				return Requeue(errors.New("hiccup"), 0)
			}
			time.Sleep(4 * time.Second)
			return nil
		})
		var seen lines
		d.SetProgressCallback(func(id string, status TaskStatus, progress int, message string) {
			if id == "later" {
				seen.add("%v %d %s", status, progress, message)
			}
		})
		submit(t, d, PriorityHigh, "later")
		submit(t, d, PriorityNormal, "again", "c", "d", "e")
		time.Sleep(time.Second)
		task, _ := d.GetTask("later")
		if task.Status != StatusPending || task.Attempts != 1 || task.Error.Error() != "busy" || task.Result != nil ||
			task.NotBefore != began.Add(10*time.Second) {
			t.Errorf("%+v", task)
		}
		snap := d.Snapshot(SnapshotRequest{Pending: Window{Limit: 9}})
		if n := len(snap.Pending); snap.Delayed != 1 || n != 4 || snap.Pending[n-1].ID != "later" {
			t.Errorf("delayed %d, %v", snap.Delayed, snap.Pending)
		}
		if err := d.SetPriority("later", PriorityLow); err != nil { // delayed ones can be changed too
			t.Error(err)
		}
		if err := d.SetPriority("later", PriorityHigh); err != nil {
			t.Error(err)
		}
		if err := d.Wait(); err != nil {
			t.Fatal(err)
		}
		wantLines(t, ran.all(), []string{
			"later at 0s", "again at 0s", "again at 0s", "c at 4s", "d at 8s", "later at 12s", "e at 16s",
		})
		wantLines(t, seen.all(), []string{
			"pending 0 queued", "running 0 started on worker 0", "pending 0 queued again: busy",
			"running 0 started on worker 0", "completed 100 completed",
		})
		if n := len(d.GetErrors()); n != 0 {
			t.Errorf("%d errors", n)
		}
		if m := d.GetMetrics(); m.RunP50 != 4*time.Second { // the attempts of no time do not count
			t.Errorf("run median %v", m.RunP50)
		}
		stop(t, d)
	})
}

func TestCancelDelayed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := start(t, 2, func(_ context.Context, task *Task) error {
			return Requeue(errors.New("busy"), time.Duration(len(task.ID))*time.Minute)
		})
		submit(t, d, PriorityNormal, "a", "bb", "ccc", "dddd")
		synctest.Wait()
		wantLines(t, pendingIDs(d), []string{"a", "bb", "ccc", "dddd"})
		for _, id := range []string{"bb", "a", "dddd", "ccc"} {
			if err := d.CancelTask(id); err != nil {
				t.Error(err)
			}
		}
		if err := d.Wait(); err != nil {
			t.Error(err)
		}
		stop(t, d)
	})
}

func TestSetWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var running atomic.Int32
		d := start(t, 2, func(ctx context.Context, task *Task) error {
			running.Add(1)
			defer running.Add(-1)
			time.Sleep(10 * time.Second)
			return ctx.Err()
		})
		count := func() int { synctest.Wait(); return int(running.Load()) }
		submit(t, d, PriorityNormal, names("t", 40)...)
		if n := count(); n != 2 {
			t.Errorf("%d run", n)
		}
		if err := d.SetWorkers(10); err != nil {
			t.Fatal(err)
		}
		if n := count(); n != 10 {
			t.Errorf("%d run after growing", n)
		}
		time.Sleep(time.Second)
		if err := d.SetWorkers(3); err != nil {
			t.Fatal(err)
		}
		snap := d.Snapshot(SnapshotRequest{})
		if n := count(); n != 10 || len(snap.Lanes) != 10 || !snap.Lanes[3].Retiring || snap.Lanes[2].Retiring {
			t.Errorf("shrinking ended running tasks: %d run, lanes %+v", n, snap.Lanes)
		}
		time.Sleep(10 * time.Second)
		if n := count(); n != 3 || len(d.Snapshot(SnapshotRequest{}).Lanes) != 3 {
			t.Errorf("%d run after shrinking", n)
		}
		if err := d.SetWorkers(1); err != nil {
			t.Fatal(err)
		}
		if err := d.SetWorkers(4); err != nil { // grows again while the retiring lanes are still busy
			t.Fatal(err)
		}
		if n := count(); n != 4 {
			t.Errorf("%d run", n)
		}
		for _, n := range []int{0, 11} {
			if err := d.SetWorkers(n); !errors.Is(err, ErrWorkerCount) {
				t.Errorf("%d: %v", n, err)
			}
		}
		if err := d.Wait(); err != nil {
			t.Error(err)
		}
		if m := d.GetMetrics(); m.CompletedTasks != 40 || m.WorkerCount != 4 {
			t.Errorf("%+v", m)
		}
		stop(t, d)
		if err := d.SetWorkers(2); !errors.Is(err, ErrNotRunning) {
			t.Error(err)
		}
	})
}

func TestPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := start(t, 1, func(_ context.Context, task *Task) error {
			if task.Attempts == 1 && task.ID == "delayed" {
				return Requeue(errors.New("later"), time.Minute)
			}
			return nil
		}, WithGroup(byPayload))
		submit(t, d, PriorityHigh, "delayed")
		synctest.Wait()
		d.Pause()
		submit(t, d, PriorityLow, "low")
		submit(t, d, PriorityNormal, names("n", 7)...)
		for _, group := range []string{"a", "b", "a"} {
			if err := d.SubmitTask(&Task{ID: "of " + group + fmt.Sprint(d.GetMetrics().TotalTasks), Priority: PriorityHigh, Payload: group}); err != nil {
				t.Fatal(err)
			}
		}
		s := d.Snapshot(SnapshotRequest{Pending: Window{Limit: 100}, Groups: true})
		for want := range s.Pending {
			if got, err := d.Place(s.Pending[want].ID); got != want || err != nil {
				t.Errorf("%s has place %d, not %d: %v", s.Pending[want].ID, got, want, err)
			}
		}
		if len(s.Groups) != 2 || s.Groups["a"] != 2 || s.Groups["b"] != 1 {
			t.Errorf("groups %v", s.Groups)
		}
		if _, err := d.Place("other"); !errors.Is(err, ErrTaskNotFound) {
			t.Error(err)
		}
		d.Resume()
		if err := d.Wait(); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Place("low"); !errors.Is(err, ErrNotPending) {
			t.Error(err)
		}
		stop(t, d)
	})
}
