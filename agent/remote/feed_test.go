package remote

import (
	"fmt"
	"strings"
	"testing"

	"drover/agent"
	"drover/dispatcher"
)

func said(events []event) string {
	var list []string
	for _, e := range events {
		list = append(list, strings.TrimSpace(fmt.Sprint(e.ID, " ", e.Status, " ", e.Message)))
	}
	return strings.Join(list, ", ")
}

// Of reports in between the newest is there; each change of a task's state is, in order.
func TestFeedMergesReports(t *testing.T) {
	t.Parallel()
	f := newFeed()
	f.progress("a", dispatcher.StatusPending, "")
	f.progress("a", dispatcher.StatusRunning, "1")
	f.progress("b", dispatcher.StatusRunning, "x")
	_, before, _ := f.after(0, 100)
	f.progress("a", dispatcher.StatusRunning, "2")
	f.ended(&agent.Task{ID: "a", Status: dispatcher.StatusCompleted})
	f.progress("a", dispatcher.StatusPending, "again")
	events, now, gap := f.after(0, 100)
	if got := said(events); gap || now != 6 || got != "a pending, b running x, a running 2, a completed, a pending again" {
		t.Errorf("%s, now %d, gap %v", got, now, gap)
	}
	if events, _, _ = f.after(before, 2); said(events) != "a running 2, a completed" {
		t.Errorf("after %d: %s", before, said(events))
	}
	if events, _, gap = f.after(now, 100); len(events) != 0 || gap {
		t.Errorf("after the last: %v, %v", events, gap)
	}
	if _, _, gap = f.after(now+1, 100); !gap {
		t.Error("the number of another feed has no gap")
	}
}

// However much happens, a feed stays small, and a reader who is too far behind is told.
func TestFeedForgets(t *testing.T) {
	t.Parallel()
	f := newFeed()
	next := f.next(f.seen())
	for i := range 2 * feedEvents {
		f.ended(&agent.Task{ID: fmt.Sprint(i)})
	}
	if _, _, gap := f.after(5, 1); !gap || f.events != feedEvents || !isClosed(next) || f.bell != nil {
		t.Errorf("gap %v, %d events, the wake came: %v", gap, f.events, isClosed(next))
	}
	for i := range 20 {
		f.progress(fmt.Sprint("p", i), dispatcher.StatusRunning, strings.Repeat("x", feedBytes/4))
	}
	if f.bytes > feedBytes || f.events == 0 || len(f.latest) > f.events {
		t.Errorf("%d bytes in %d events, of %d tasks", f.bytes, f.events, len(f.latest))
	}
	seen := f.seen()
	if next = f.next(seen); isClosed(next) || !isClosed(f.next(seen-1)) {
		t.Error("a reader waits for what has been, or does not for what is to come")
	}
	if next = f.next(seen); isClosed(next) {
		t.Error("a reader who comes later does not wait")
	}
	if f.touch(); !isClosed(next) {
		t.Error("nobody is told of what is no event")
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
