package dispatcher_test

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	. "drover/dispatcher"
)

// Row 6: transitions are all delivered, in order, reports in between are clamped and merged.
func TestProgressOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := start(t, 1, func(ctx context.Context, task *Task) error {
			child, cancel := context.WithTimeout(ctx, time.Hour)
			defer cancel()
			Report(child, Progress{Percent: -5, Message: "begun", Detail: 7})
			time.Sleep(2 * time.Second)
			for i := range 1000 { // far more than the slow callback can take: the latest counts
				Report(ctx, Progress{Percent: i, Message: fmt.Sprint("step ", i)})
			}
			time.Sleep(2 * time.Second)
			if task.ID == "bad" {
				return fmt.Errorf("no luck")
			}
			return nil
		})
		var seen lines
		d.SetProgressCallback(func(id string, status TaskStatus, progress int, message string) {
			seen.add("%s %v %d %s", id, status, progress, message)
			time.Sleep(100 * time.Millisecond)
		})
		d.Pause()
		submit(t, d, PriorityNormal, "good", "bad", "gone")
		d.Resume()
		time.Sleep(time.Second)
		if l := d.Snapshot(SnapshotRequest{}).Lanes[0]; l.Progress.Message != "begun" || l.Progress.Detail != 7 {
			t.Errorf("%+v", l)
		}
		if err := d.CancelTask("gone"); err != nil {
			t.Error(err)
		}
		if err := d.Wait(); err != nil {
			t.Fatal(err)
		}
		// Which of the 1000 reports are delivered, besides the latest, is a matter of timing; but they come in
		// order, and they are few.
		var merged []string
		delivered, latest := 0, -1
		for _, line := range seen.all() {
			_, step, ok := strings.Cut(line, " step ")
			if !ok || step == "999" {
				merged = append(merged, line)
				latest = -1
				continue
			}
			n, err := strconv.Atoi(step)
			if err != nil || n <= latest {
				t.Errorf("report %s after %d", line, latest)
			}
			delivered, latest = delivered+1, n
		}
		if delivered > 4 {
			t.Errorf("%d reports delivered to a callback that can take ten a second", delivered)
		}
		wantLines(t, merged, []string{
			"good pending 0 queued", "bad pending 0 queued", "gone pending 0 queued",
			"good running 0 started on worker 0", "good running 0 begun",
			"gone cancelled 100 cancelled: task cancelled",
			"good running 100 step 999", "good completed 100 completed",
			"bad running 0 started on worker 0", "bad running 0 begun",
			"bad running 100 step 999", "bad failed 100 failed: no luck",
		})
		stop(t, d)
	})
}

// What a task has reported last is not kept with the ended task, with a callback and without.
func TestReportsAreLetGoOf(t *testing.T) {
	for _, observed := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			var mu sync.Mutex
			var details []weak.Pointer[[1000]byte]
			d := start(t, 1, func(ctx context.Context, task *Task) error {
				detail := new([1000]byte)
				mu.Lock()
				details = append(details, weak.Make(detail))
				mu.Unlock()
				Report(ctx, Progress{Percent: 50, Detail: detail})
				if task.ID == "again" && task.Attempts == 1 {
					return Requeue(fmt.Errorf("busy"), time.Minute)
				}
				return nil
			})
			if observed {
				d.SetProgressCallback(func(string, TaskStatus, int, string) {})
			}
			submit(t, d, PriorityNormal, "again", "done")
			for _, reports := range []int{2, 3} {
				time.Sleep(50 * time.Second)
				runtime.GC()
				mu.Lock()
				for i, detail := range details {
					if detail.Value() != nil {
						t.Errorf("observed: %v; report %d is still there", observed, i)
					}
				}
				if len(details) != reports {
					t.Errorf("%d reports, not %d", len(details), reports)
				}
				mu.Unlock()
			}
			stop(t, d)
		})
	}
}

// Row 6: a callback may do anything, and no lane waits for it.
func TestCallbackMayDoAnything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := start(t, 2, nothing, WithCapacity(1000))
		block := make(chan struct{})
		ends := 0
		d.SetProgressCallback(func(id string, status TaskStatus, _ int, _ string) {
			if id == "first" && status == StatusPending {
				<-block
			}
			_, _ = d.GetTask(id)
			_ = d.GetMetrics()
			_ = d.Snapshot(SnapshotRequest{Pending: Window{Limit: 3}})
			_ = d.CancelTask(id)
			_ = d.SetPriority(id, PriorityHigh)
			switch {
			case status == StatusRunning && strings.HasPrefix(id, "panics"):
				panic("callback")
			case status == StatusRunning && strings.HasPrefix(id, "exits"):
				runtime.Goexit()
			case status.Ended() && len(id) < 30:
				if err := d.SubmitTask(&Task{ID: id + "+"}); err != nil {
					t.Error(err)
				}
			}
			if status.Ended() {
				ends++
			}
		})
		submit(t, d, PriorityNormal, "first", "panics", "exits")
		synctest.Wait()
		for _, id := range []string{"first", "panics", "exits"} {
			wantStatus(t, d, id, StatusCompleted) // though the callback hangs
		}
		close(block)
		if err := d.Wait(); err != nil {
			t.Fatal(err)
		}
		if m := d.GetMetrics(); ends != m.TotalTasks {
			t.Errorf("%d ends delivered of %d tasks", ends, m.TotalTasks)
		}
		d.SetProgressCallback(nil)
		submit(t, d, PriorityNormal, "quiet")
		stop(t, d)
	})
}

// Calls that are still to be made go to the callback of the moment they are made.
func TestCallbackIsExchanged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := start(t, 1, nothing, WithCapacity(300))
		var seen lines
		proceed := make(chan struct{})
		d.Pause()
		d.SetProgressCallback(func(id string, _ TaskStatus, _ int, _ string) {
			seen.add("first %s", id)
			<-proceed
		})
		submit(t, d, PriorityNormal, names("t", 300)...) // more than one block
		synctest.Wait()
		d.SetProgressCallback(func(id string, _ TaskStatus, _ int, _ string) { seen.add("second %s", id) })
		close(proceed)
		synctest.Wait()
		lines := seen.all()
		if len(lines) != 300 || lines[0] != "first t-0" || lines[1] != "second t-1" || lines[299] != "second t-299" {
			t.Errorf("%d calls: %q …", len(lines), lines[:min(3, len(lines))])
		}
		d.Resume()
		stop(t, d)
	})
}

func TestReportOutsideItsTask(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		Report(context.Background(), Progress{Percent: 1}) // nothing to report to: no harm
		var kept context.Context
		d := start(t, 1, func(ctx context.Context, _ *Task) error {
			if kept == nil {
				kept = ctx
			}
			return nil
		})
		var seen lines
		d.SetProgressCallback(func(id string, status TaskStatus, p int, m string) { seen.add("%s %v %s", id, status, m) })
		submit(t, d, PriorityNormal, "a")
		if err := d.Wait(); err != nil {
			t.Fatal(err)
		}
		Report(kept, Progress{Message: "from the grave"})
		if kept.Err() == nil || context.Cause(kept) == nil {
			t.Error("the context outlived its attempt")
		}
		if err := d.Retry("a"); err != nil {
			t.Fatal(err)
		}
		if err := d.Wait(); err != nil {
			t.Fatal(err)
		}
		Report(kept, Progress{Message: "from the grave"})
		synctest.Wait()
		for _, line := range seen.all() {
			if strings.Contains(line, "grave") {
				t.Error(line)
			}
		}
		stop(t, d)
	})
}

func TestChangeCallback(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := start(t, 1, func(ctx context.Context, _ *Task) error {
			<-ctx.Done()
			time.Sleep(time.Minute)
			return nil
		}, WithStuckAfter(10*time.Second))
		var calls atomic.Int32
		d.SetChangeCallback(func() { calls.Add(1) })
		changes := func(name string, want bool, do func()) {
			t.Helper()
			before := calls.Load()
			do()
			synctest.Wait()
			if got := calls.Load() > before; got != want {
				t.Errorf("%s: change reported: %v", name, got)
			}
		}
		submit(t, d, PriorityNormal, "run", "a", "b")
		changes("pause", true, d.Pause)
		changes("pause again", false, d.Pause)
		changes("resume", true, d.Resume)
		changes("move", true, func() { _ = d.Move("b", -1) })
		changes("priority", true, func() { _ = d.SetPriority("b", PriorityHigh) })
		changes("workers", true, func() { _ = d.SetWorkers(2); _ = d.CancelTask("b"); _ = d.CancelTask("a") })
		changes("cancel", false, func() { _ = d.CancelTask("run") }) // a transition
		changes("stuck", true, func() { time.Sleep(11 * time.Second) })
		changes("free", true, func() { time.Sleep(time.Minute) })
		changes("nothing", false, func() { time.Sleep(time.Hour) })
		stop(t, d)
	})
}

// Row 13.
func TestLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		var mu sync.Mutex
		logger := slog.New(slog.NewTextHandler(writer(func(p []byte) {
			mu.Lock()
			defer mu.Unlock()
			_, after, _ := strings.Cut(string(p), "level=")
			out.WriteString(after)
		}), nil))
		d := start(t, 1, func(_ context.Context, task *Task) error {
			time.Sleep(1234567 * time.Microsecond)
			return nil
		}, WithLogger(logger))
		synctest.Wait()
		d.Pause() // lines of several goroutines come in no promised order
		submit(t, d, PriorityNormal, "task-1")
		d.Resume()
		if err := d.Wait(); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if err := d.Shutdown(5 * time.Second); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		mu.Lock()
		defer mu.Unlock()
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		slices.Sort(lines[1:3]) // the lanes do not wait for Start to have written its line
		wantLines(t, lines, []string{
			`INFO msg="TaskDispatcher created with 1 workers"`,
			`INFO msg="TaskDispatcher started with 1 workers"`,
			`INFO msg="Worker 0 started"`,
			`INFO msg="Task task-1 submitted with priority 1"`,
			`INFO msg="Worker 0 executing task task-1"`,
			`INFO msg="Task task-1 completed on worker 0 in 1.234567s"`,
			`INFO msg="Shutting down TaskDispatcher"`,
			`INFO msg="All workers finished"`,
		})
	})
}

type writer func(p []byte)

func (w writer) Write(p []byte) (int, error) { w(p); return len(p), nil }
