package dispatcher_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	. "drover/dispatcher"
)

// TestStress lets everything happen at once, for the race detector, and checks what holds throughout: the
// counters add up, no task runs twice at a time, each is reported to have ended as often as it began to live.
func TestStress(t *testing.T) {
	t.Parallel()
	const submitters, perSubmitter = 8, 400
	var working sync.Map // task ID → true while an agent function works on it
	d := start(t, 4, func(ctx context.Context, task *Task) error {
		if _, twice := working.LoadOrStore(task.ID, true); twice {
			t.Errorf("two agents work on %s", task.ID)
		}
		defer working.Delete(task.ID)
		Report(ctx, Progress{Percent: 50, Message: task.ID})
		switch rand.IntN(12) {
		case 0:
			return errors.New("bad luck")
		case 1:
			panic("worse luck")
		case 2:
			return Requeue(errors.New("again"), 0)
		case 3:
			return Requeue(errors.New("later"), time.Millisecond)
		case 4:
			select {
			case <-ctx.Done():
				return context.Cause(ctx)
			case <-time.After(time.Millisecond):
			}
		}
		task.Result = task.ID
		return nil
	}, WithCapacity(50), WithRetention(300), WithAging(time.Millisecond), WithGroup(byPayload))

	var lives, ends, given atomic.Int64
	d.SetEndCallback(func(task *Task) {
		given.Add(1)
		if !task.Status.Ended() || task.ID == "" || task.CompletedAt.IsZero() {
			t.Errorf("given %+v", task)
		}
	})
	last := map[string]TaskStatus{} // written by the callback alone
	d.SetProgressCallback(func(id string, status TaskStatus, progress int, _ string) {
		before, known := last[id]
		switch {
		case status == StatusPending && (!known || before.Ended()):
			lives.Add(1)
		case status.Ended():
			ends.Add(1)
			if progress != 100 {
				t.Errorf("%s ended with progress %d", id, progress)
			}
		}
		if known && before.Ended() && status != StatusPending {
			t.Errorf("%s went from %v to %v", id, before, status)
		}
		last[id] = status
	})

	over := make(chan struct{})
	var others sync.WaitGroup
	randomID := func() string { return fmt.Sprintf("%d-%d", rand.IntN(submitters), rand.IntN(perSubmitter)) }
	for _, act := range []func(){
		func() { _ = d.CancelTask(randomID()) },
		func() { _ = d.SetPriority(randomID(), rand.IntN(3)) },
		func() { _ = d.Move(randomID(), rand.IntN(9)-4) },
		func() { _ = d.Retry(randomID()) },
		func() { _ = d.SetWorkers(1 + rand.IntN(MaxWorkers)) },
		func() { d.Pause(); d.Resume() },
		func() { d.Hold("a group", "a"); d.Hold("a group", "a/x", "b"); d.Release("a group") },
		func() { _ = d.UpdatePayload(randomID(), modelGroups[rand.IntN(len(modelGroups))]) },
		func() { d.DismissErrors() },
		func() { _, _ = d.GetTask(randomID()); _ = d.GetErrors() },
		func() {
			s := d.Snapshot(SnapshotRequest{Pending: Window{Limit: 10}, Ended: Window{Limit: 10}, Errors: Window{Limit: 10}})
			wantSum(t, s.Metrics)
			busy := 0
			for _, lane := range s.Lanes {
				if lane.State == LaneRunning {
					busy++
				}
			}
			if busy != s.Metrics.RunningTasks || s.PendingTotal != s.Metrics.PendingTasks {
				t.Errorf("%d lanes run, %d tasks do", busy, s.Metrics.RunningTasks)
			}
		},
	} {
		others.Go(func() {
			for {
				select {
				case <-over:
					return
				default:
					act()
					runtime.Gosched()
				}
			}
		})
	}
	var submitting sync.WaitGroup
	for s := range submitters {
		submitting.Go(func() {
			for i := range perSubmitter {
				task := &Task{ID: fmt.Sprintf("%d-%d", s, i), Priority: rand.IntN(3), Payload: modelGroups[i%len(modelGroups)]}
				if err := d.SubmitTaskWait(context.Background(), task); err != nil {
					t.Errorf("%s: %v", task.ID, err)
				}
			}
		})
	}
	submitting.Wait()
	close(over)
	others.Wait()
	if err := d.Wait(); err != nil {
		t.Fatal(err)
	}
	m := d.GetMetrics()
	wantSum(t, m)
	if m.TotalTasks != submitters*perSubmitter || m.PendingTasks+m.RunningTasks != 0 {
		t.Errorf("%+v", m)
	}
	if lives.Load() != ends.Load() {
		t.Errorf("%d lives, %d ends", lives.Load(), ends.Load())
	}
	stop(t, d)
	if given.Load() != ends.Load() { // the last ones when their agent functions were back
		t.Errorf("%d ends, %d given", ends.Load(), given.Load())
	}
}

// TestShutdownRaces lets submits of every kind race the several ways to stop.
func TestShutdownRaces(t *testing.T) {
	t.Parallel()
	for round := range 200 {
		ctx, cancel := context.WithCancel(context.Background())
		d, err := NewTaskDispatcher(ctx, func(ctx context.Context, task *Task) error {
			if rand.IntN(10) == 0 {
				return Requeue(errors.New("again"), time.Duration(rand.IntN(100))*time.Microsecond)
			}
			return nil
		}, 3, WithCapacity(5))
		if err != nil {
			t.Fatal(err)
		}
		d.SetProgressCallback(func(string, TaskStatus, int, string) {})
		if err := d.Start(); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for p := range 4 {
			wg.Go(func() {
				for i := range 30 {
					task := &Task{ID: fmt.Sprintf("%d-%d", p, i)}
					if i%2 == 0 {
						_ = d.SubmitTaskWait(context.Background(), task) // refused once it has stopped
					} else {
						_ = d.SubmitTask(task)
					}
				}
			})
		}
		switch round % 3 {
		case 0:
			cancel()
			if err := d.Wait(); !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		case 1:
			if err := d.Drain(ctx); err != nil {
				t.Error(err)
			}
		}
		if err := d.Shutdown(time.Minute); err != nil {
			t.Error(err)
		}
		wg.Wait()
		cancel()
		m := d.GetMetrics()
		wantSum(t, m)
		if m.PendingTasks+m.RunningTasks != 0 {
			t.Errorf("round %d: %+v", round, m)
		}
	}
}
