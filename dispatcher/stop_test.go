package dispatcher_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	. "drover/dispatcher"
)

// Row 10.
func TestParentContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		why := errors.New("power cut")
		ctx, cancel := context.WithCancelCause(t.Context())
		var cause error
		d, err := NewTaskDispatcher(ctx, func(ctx context.Context, task *Task) error {
			<-ctx.Done()
			cause = context.Cause(ctx)
			task.Result = "half"
			return ctx.Err()
		}, 1, WithCapacity(2))
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Start(); err != nil {
			t.Fatal(err)
		}
		submit(t, d, PriorityNormal, "running")
		synctest.Wait()
		submit(t, d, PriorityNormal, "pending-0", "pending-1")
		blocked, waited := make(chan error), make(chan error)
		go func() { blocked <- d.SubmitTaskWait(t.Context(), &Task{ID: "blocked"}) }()
		go func() { waited <- d.Wait() }()
		synctest.Wait()
		cancel(why)
		for name, ch := range map[string]chan error{"Wait": waited, "SubmitTaskWait": blocked} {
			err := <-ch
			for _, want := range []error{ErrContextCancelled, context.Canceled, why} {
				if !errors.Is(err, want) {
					t.Errorf("%s: %v does not match %v", name, err, want)
				}
			}
		}
		synctest.Wait()
		if !errors.Is(cause, why) {
			t.Errorf("cause %v", cause)
		}
		for _, id := range []string{"running", "pending-0", "pending-1"} {
			wantStatus(t, d, id, StatusCancelled)
		}
		if m := d.GetMetrics(); m.CancelledTasks != 3 || m.FailedTasks != 0 {
			t.Errorf("%+v", m)
		}
		if task, _ := d.GetTask("running"); task.Result != "half" {
			t.Errorf("%+v", task)
		}
		if err := d.SubmitTask(&Task{ID: "late"}); !errors.Is(err, ErrContextCancelled) {
			t.Error(err)
		}
		if err := d.Shutdown(time.Second); err != nil {
			t.Error(err)
		}
	})
}

// Row 11.
func TestShutdownFinishes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := start(t, 2, func(context.Context, *Task) error { time.Sleep(time.Second); return nil })
		submit(t, d, PriorityNormal, names("t", 10)...)
		began := time.Now()
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				if err := d.Shutdown(10 * time.Second); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if took := time.Since(began); took != 5*time.Second {
			t.Errorf("took %v", took)
		}
		if m := d.GetMetrics(); m.CompletedTasks != 10 {
			t.Errorf("%+v", m)
		}
	})
}

func TestShutdownTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		d := start(t, 2, func(ctx context.Context, task *Task) error {
			if task.ID == "deaf" {
				<-release // ignores its context
				return nil
			}
			return block(ctx, task)
		}, WithGrace(2*time.Second))
		submit(t, d, PriorityNormal, "deaf", "obedient", "pending")
		began := time.Now()
		err := d.Shutdown(5 * time.Second)
		if !errors.Is(err, ErrShutdownTimeout) || err.Error() != "shutdown timeout exceeded after 5s" {
			t.Errorf("%v", err)
		}
		if took := time.Since(began); took != 7*time.Second {
			t.Errorf("took %v: the timeout and the grace", took)
		}
		for _, id := range []string{"deaf", "obedient", "pending"} {
			wantStatus(t, d, id, StatusCancelled)
			if task, _ := d.GetTask(id); !errors.Is(task.Error, ErrStopped) {
				t.Errorf("%s: %v", id, task.Error)
			}
		}
		close(release)
		synctest.Wait()
		stop(t, d)
	})
}

func TestDrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := start(t, 1, func(context.Context, *Task) error { time.Sleep(10 * time.Second); return nil })
		submit(t, d, PriorityNormal, "running", "left-0", "left-1")
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := d.Drain(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
		if err := d.SubmitTask(&Task{ID: "late"}); !errors.Is(err, ErrNotRunning) {
			t.Errorf("%v", err)
		}
		if err := d.Drain(t.Context()); err != nil {
			t.Error(err)
		}
		wantStatus(t, d, "running", StatusCompleted)
		wantStatus(t, d, "left-0", StatusPending)
		wantStatus(t, d, "left-1", StatusPending)
		if err := d.Wait(); !errors.Is(err, ErrStopped) {
			t.Errorf("wait after drain: %v", err)
		}
		stop(t, d) // now they are cancelled
		wantStatus(t, d, "left-0", StatusCancelled)
	})
}

// A task that asks to be tried again keeps a stopping dispatcher alive until it has had its turn.
func TestShutdownRunsRequeued(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := start(t, 3, func(_ context.Context, task *Task) error {
			if task.Attempts < 3 {
				return Requeue(errors.New("busy"), time.Minute)
			}
			return nil
		})
		submit(t, d, PriorityNormal, "a", "b")
		if err := d.Shutdown(time.Hour); err != nil {
			t.Error(err)
		}
		wantStatus(t, d, "a", StatusCompleted)
		wantStatus(t, d, "b", StatusCompleted)
	})
}

func TestShutdownWithHold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := start(t, 1, nothing)
		d.Pause()
		submit(t, d, PriorityNormal, "held")
		if err := d.Shutdown(time.Minute); !errors.Is(err, ErrShutdownTimeout) {
			t.Errorf("%v", err)
		}
		wantStatus(t, d, "held", StatusCancelled)
	})
}

func TestStopInsideCallback(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := start(t, 1, func(context.Context, *Task) error { time.Sleep(time.Second); return nil })
		var got lines
		d.SetProgressCallback(func(id string, status TaskStatus, _ int, _ string) {
			if id == "a" && status == StatusRunning {
				got.add("wait %v", d.Wait())
				got.add("shutdown %v", d.Shutdown(time.Minute))
			}
		})
		submit(t, d, PriorityNormal, "a", "b")
		if err := d.Wait(); err != nil { // from outside it waits for the callback too
			t.Error(err)
		}
		wantLines(t, got.all(), []string{"wait <nil>", "shutdown <nil>"})
		stop(t, d)
	})
}

// However deep in a callback Wait is called, it knows where it is; a goroutine that a callback starts is outside.
func TestWaitDeepInsideCallback(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := start(t, 1, nothing)
		var got lines
		var deep func(frames int)
		deep = func(frames int) {
			if frames > 0 {
				deep(frames - 1)
				return
			}
			got.add("inside %v", d.Wait())
		}
		d.SetEndCallback(func(*Task) {
			go func() { got.add("outside %v", d.Wait()) }()
			time.Sleep(time.Second)
			deep(1000)
		})
		submit(t, d, PriorityNormal, "a")
		stop(t, d)
		synctest.Wait()
		wantLines(t, got.all(), []string{"inside <nil>", "outside <nil>"})
	})
}

func ExampleTaskDispatcher_Drain() {
	d, _ := NewTaskDispatcher(context.Background(), nothing, 1)
	_ = d.Start()
	d.Pause()
	_ = d.SubmitTask(&Task{ID: "for-tomorrow"})
	_ = d.Drain(context.Background())
	status, _ := d.GetTaskStatus("for-tomorrow")
	fmt.Println(status)
	// Output: pending
}
