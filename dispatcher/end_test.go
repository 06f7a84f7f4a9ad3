package dispatcher_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	. "drover/dispatcher"
)

// endLines has the end callback and the progress callback write what they get into one list.
func endLines(d *TaskDispatcher) *lines {
	var seen lines
	d.SetProgressCallback(func(id string, status TaskStatus, _ int, _ string) {
		if status.Ended() {
			seen.add("%s %v", id, status)
		}
	})
	d.SetEndCallback(func(task *Task) {
		seen.add("given %s %v %v %v", task.ID, task.Status, task.Result, task.Error)
	})
	return &seen
}

// Each end is given once, after the progress callback was called for it, also when nothing is remembered.
func TestEndCallback(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := start(t, 1, func(_ context.Context, task *Task) error {
			task.Result = "result of " + task.ID
			switch {
			case task.ID == "bad":
				return errors.New("no luck")
			case task.ID == "again" && task.Attempts == 1:
				return Requeue(errors.New("later"), time.Second)
			}
			return nil
		}, WithRetention(0))
		seen := endLines(d)
		d.Pause()
		submit(t, d, PriorityNormal, "good", "bad", "gone", "again")
		if err := d.CancelTask("gone"); err != nil {
			t.Error(err)
		}
		d.Resume()
		if err := d.Wait(); err != nil {
			t.Error(err)
		}
		stop(t, d)
		wantLines(t, seen.all(), []string{
			"gone cancelled", "given gone cancelled <nil> task cancelled",
			"good completed", "given good completed result of good <nil>",
			"bad failed", "given bad failed result of bad no luck",
			"again completed", "given again completed result of again <nil>",
		})
	})
}

// A task that is cancelled while it runs is given with what its agent function leaves.
func TestEndCallbackCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := start(t, 1, func(ctx context.Context, task *Task) error {
			<-ctx.Done()
			time.Sleep(time.Second)
			task.Result = "half"
			return ctx.Err()
		}, WithRetention(0))
		seen := endLines(d)
		submit(t, d, PriorityNormal, "a")
		synctest.Wait()
		if err := d.CancelTask("a"); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		wantLines(t, seen.all(), []string{"a cancelled"})
		time.Sleep(time.Second)
		synctest.Wait()
		wantLines(t, seen.all(), []string{"a cancelled", "given a cancelled half task cancelled"})
		stop(t, d)
	})
}

// One whose agent function does not return is given when its lane is stuck, and not again.
func TestEndCallbackStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := start(t, 2, func(_ context.Context, task *Task) error {
			time.Sleep(time.Minute)
			task.Result = "late"
			return nil
		}, WithStuckAfter(time.Second))
		seen := endLines(d)
		submit(t, d, PriorityNormal, "a", "b")
		synctest.Wait()
		for _, id := range []string{"a", "b"} { // the second one has the timer look once more
			if err := d.CancelTask(id); err != nil {
				t.Error(err)
			}
			time.Sleep(time.Second / 2)
		}
		time.Sleep(2 * time.Second)
		given := []string{"a cancelled", "b cancelled", "given a cancelled <nil> task cancelled", "given b cancelled <nil> task cancelled"}
		wantLines(t, seen.all(), given)
		time.Sleep(time.Hour)
		wantLines(t, seen.all(), given)
		if task, err := d.GetTask("a"); err != nil || task.Result != "late" {
			t.Errorf("%+v, %v", task, err)
		}
		stop(t, d)
	})
}

// What is given is a copy of that end: a retry does not change it.
func TestEndCallbackKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := start(t, 1, func(_ context.Context, task *Task) error {
			task.Result = fmt.Sprint("attempt ", task.Attempts)
			return nil
		})
		var given []*Task
		d.SetEndCallback(func(task *Task) { given = append(given, task) })
		submit(t, d, PriorityNormal, "a")
		if err := d.Wait(); err != nil {
			t.Error(err)
		}
		if err := d.Retry("a"); err != nil {
			t.Error(err)
		}
		if err := d.Wait(); err != nil {
			t.Error(err)
		}
		d.SetEndCallback(nil)
		submit(t, d, PriorityNormal, "b")
		stop(t, d)
		if len(given) != 2 || given[0].Result != "attempt 1" || given[1].Result != "attempt 2" || given[1].Attempts != 2 {
			t.Errorf("%+v", given)
		}
	})
}
