package dispatcher_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	. "drover/dispatcher"
)

func wantHolds(t *testing.T, s *Snapshot, want ...string) {
	t.Helper()
	var got []string
	for _, hold := range s.Holds {
		got = append(got, fmt.Sprint(hold.Reason, " ", hold.Groups))
	}
	wantLines(t, got, want)
}

func TestHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := start(t, 2, nothing)
		d.Pause()
		d.Pause()
		d.Hold("no server")
		submit(t, d, PriorityNormal, "a", "b", "c")
		synctest.Wait()
		snap := d.Snapshot(SnapshotRequest{})
		wantHolds(t, snap, "paused []", "no server []")
		if snap.PendingTotal != 3 {
			t.Errorf("%d pending", snap.PendingTotal)
		}
		d.Resume()
		d.Release("never held")
		synctest.Wait()
		wantStatus(t, d, "a", StatusPending)
		wantHolds(t, snap, "paused []", "no server []") // a snapshot does not change
		d.Release("no server")
		if err := d.Wait(); err != nil {
			t.Fatal(err)
		}
		stop(t, d)
	})
}

func TestHoldCovers(t *testing.T) {
	for _, test := range []struct {
		groups, group string
		want          bool
	}{
		{"", "", true}, {"", "chat", true},
		{"chat", "chat", true}, {"chat", "chat/a", true}, {"chat", "chat/a/b", true},
		{"chat", "chats", false}, {"chat", "", false}, {"chat", "cha", false}, {"chat", "command/chat", false},
		{"chat/a", "chat", false}, {"chat/a", "chat/a/b", true}, {"chat/a", "chat/ab", false},
		{"command chat", "chat/a", true},
	} {
		hold := Hold{Groups: strings.Fields(test.groups)}
		if got := hold.Covers(test.group); got != test.want {
			t.Errorf("%q covers %q: %v", test.groups, test.group, got)
		}
	}
	if (Hold{Groups: []string{""}}).Covers("") {
		t.Error("a task without a group is held by one")
	}
}

// byPayload is a group function: a payload is its group.
func byPayload(payload any) string { s, _ := payload.(string); return s }

// holdQueue is a dispatcher with lanes, whose tasks begin in ran and end when release is closed.
func holdQueue(t *testing.T, lanes int, release chan struct{}, opts ...Option) (d *TaskDispatcher, ran *lines) {
	ran = new(lines)
	return start(t, lanes, func(_ context.Context, task *Task) error {
		ran.add("%s", task.ID)
		<-release
		return nil
	}, append(opts, WithGroup(byPayload))...), ran
}

func submitGroups(t *testing.T, d *TaskDispatcher, priority int, groups ...string) {
	t.Helper()
	for _, group := range groups {
		id := fmt.Sprintf("%s#%d", group, d.GetMetrics().TotalTasks)
		if err := d.SubmitTask(&Task{ID: id, Priority: priority, Payload: group}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestHoldGroup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		d, ran := holdQueue(t, 10, release)
		d.Hold("no server", "chat")
		submitGroups(t, d, PriorityNormal, "chat/a", "command", "chat", "", "chats", "chat/b")
		synctest.Wait()
		wantLines(t, ran.all(), []string{"command#1", "#3", "chats#4"})
		wantHolds(t, d.Snapshot(SnapshotRequest{}), "no server [chat]")
		wantLines(t, pendingIDs(d), []string{"chat/a#0", "chat#2", "chat/b#5"})

		d.Hold("no server", "chat/a", "chat/b") // in place of the one there was
		synctest.Wait()
		wantLines(t, ran.all()[3:], []string{"chat#2"})
		wantHolds(t, d.Snapshot(SnapshotRequest{}), "no server [chat/a chat/b]")

		d.Hold("busy", "chat/a")
		d.Release("no server")
		synctest.Wait()
		wantLines(t, ran.all()[4:], []string{"chat/b#5"})
		if err := d.UpdatePayload("chat/a#0", "command"); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		wantLines(t, ran.all()[5:], []string{"chat/a#0"})
		close(release)
		stop(t, d)
	})
}

// What is held does not stand in the way of lower priorities, and keeps its place.
func TestHoldKeepsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := start(t, 1, nothing, WithGroup(byPayload), WithAging(time.Minute))
		var ran lines
		d.SetEndCallback(func(task *Task) { ran.add("%s", task.ID) })
		d.Pause()
		d.Hold("no server", "chat")
		submitGroups(t, d, PriorityLow, "command", "chat")
		submitGroups(t, d, PriorityHigh, "chat", "command")
		submitGroups(t, d, PriorityNormal, "chat")
		d.Resume()
		synctest.Wait()
		wantLines(t, ran.all(), []string{"command#3", "command#0"})
		if err := d.SetPriority("chat#4", PriorityHigh); err != nil {
			t.Error(err)
		}
		if err := d.CancelTask("chat#1"); err != nil {
			t.Error(err)
		}
		d.Release("no server")
		if err := d.Wait(); err != nil {
			t.Error(err)
		}
		wantLines(t, ran.all()[2:], []string{"chat#1", "chat#2", "chat#4"})
		stop(t, d)
	})
}

// A warm group that is held may not pass, and the first one that may start is the first in line.
func TestHoldAffinity(t *testing.T) {
	got := order(t, 1, "d1 a1 b1 c1 a2 b2 c2", func(d *TaskDispatcher) {
		d.SetWarm("b", "c")
		d.Hold("no a", "a")
		d.Hold("no b", "b")
		time.AfterFunc(3500*time.Millisecond, func() { d.Release("no b") })
		time.AfterFunc(6500*time.Millisecond, func() { d.Release("no a") })
	}, WithGroup(firstLetter), WithAffinity(time.Hour))
	if got != "c1 c2 d1 b1 b2 a1 a2" {
		t.Error(got)
	}
}

// A task that waits to be tried again is held like any other once it is due; a held one keeps its place in the
// capacity, and Drain leaves it pending.
func TestHoldDelayed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ran lines
		d := start(t, 1, func(_ context.Context, task *Task) error {
			ran.add("%s %d", task.ID, task.Attempts)
			if task.Attempts == 1 {
				return Requeue(fmt.Errorf("not yet"), time.Second)
			}
			return nil
		}, WithGroup(byPayload), WithCapacity(1))
		submitGroups(t, d, PriorityNormal, "chat")
		synctest.Wait()
		d.Hold("no server", "chat")
		time.Sleep(time.Minute)
		wantLines(t, ran.all(), []string{"chat#0 1"})
		if s := d.Snapshot(SnapshotRequest{}); s.PendingTotal != 1 || s.Delayed != 0 {
			t.Errorf("%d pending, %d delayed", s.PendingTotal, s.Delayed)
		}
		taken := make(chan error, 1)
		go func() { taken <- d.SubmitTaskWait(t.Context(), &Task{ID: "second", Payload: "command"}) }()
		synctest.Wait()
		select {
		case err := <-taken:
			t.Errorf("there is room although one is held: %v", err)
		default:
		}
		d.Release("no server")
		if err := <-taken; err != nil {
			t.Error(err)
		}
		time.Sleep(time.Minute)
		wantLines(t, ran.all()[1:], []string{"chat#0 2", "second 1", "second 2"})
		d.Hold("no server", "chat")
		submitGroups(t, d, PriorityNormal, "chat")
		if err := d.Drain(t.Context()); err != nil {
			t.Error(err)
		}
		if s := d.Snapshot(SnapshotRequest{}); s.PendingTotal != 1 {
			t.Errorf("%d pending", s.PendingTotal)
		}
		if err := d.Shutdown(0); err != nil {
			t.Error(err)
		}
	})
}
