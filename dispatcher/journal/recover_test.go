package journal

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"drover/dispatcher"
)

func TestTasksComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := newEntryWriter(t, open(t, dir))
	pending := w.accept("pending", 1, "llama/why")
	again := w.accept("again", 0, "twice")
	w.start(&again)
	again.Requeues, again.NotBefore, again.Error = 2, day.Add(time.Hour), errors.New("busy")
	w.queue(&again, 0, 0)
	gone := w.accept("gone", 1, "x")
	w.end(&gone, dispatcher.StatusCancelled, nil, errors.New("no"), 0)
	done := w.accept("done", 2, "what")
	w.start(&done)
	w.end(&done, dispatcher.StatusCompleted, "that", nil, 0)
	failed := w.accept("failed", 2, nil)
	w.start(&failed)
	w.end(&failed, dispatcher.StatusFailed, "part", errors.New("broken"), 7)
	gone.Result = "said late"
	w.entry(dispatcher.Entry{Kind: dispatcher.EntryEnded, Task: gone})
	stopped := w.accept("stopped", 1, "stop")
	w.start(&stopped)
	stopped.CompletedAt, stopped.Error = day.Add(time.Minute), dispatcher.ErrStopped
	w.entry(dispatcher.Entry{Kind: dispatcher.EntryInterrupted, Task: stopped})
	stopped.Result = "half"
	w.entry(dispatcher.Entry{Kind: dispatcher.EntryInterrupted, Task: stopped})
	killed := w.accept("killed", 0, "kill")
	w.start(&killed)
	forgotten := w.accept("forgotten", 0, "old")
	w.end(&forgotten, dispatcher.StatusFailed, "y", errors.New("old"), 8)
	w.entry(dispatcher.Entry{Kind: dispatcher.EntryForgotten, Task: forgotten})
	pending.Payload = "llama/how"
	w.entry(dispatcher.Entry{Kind: dispatcher.EntryEdited, Task: pending})
	closed(t, w.Journal)

	before := time.Now()
	var asked []string
	j := open(t, dir, func(o *Options) {
		o.Partial = func(row Row) (any, time.Time) {
			asked = append(asked, fmt.Sprint(row.Task.ID, " ", row.Task.Payload))
			return "said so far", time.Time{}
		}
	})
	if serial, seq := j.Last(); serial != 8 || seq != 8 {
		t.Errorf("last serial %d, last failure %d", serial, seq)
	}
	r := recovered(t, j, "screen", 10)
	if got := ids(r.Pending) + ", " + ids(r.Interrupted) + ", " + ids(r.Ended); got != "again pending, stopped killed, gone done failed" {
		t.Fatal(got)
	}
	stopped.Status, killed.Status = dispatcher.StatusCancelled, dispatcher.StatusCancelled
	stopped.Error, killed.Error = errors.New("interrupted"), errors.New("interrupted")
	if at := r.Interrupted[1].CompletedAt; at.Before(before) || at.After(time.Now()) {
		t.Errorf("a killed one is said to have ended at %v", at)
	}
	killed.CompletedAt, killed.Result = r.Interrupted[1].CompletedAt, "said so far"
	if got := fmt.Sprint(asked); got != "[killed kill]" {
		t.Errorf("what they have left was asked for: %s", got)
	}
	for _, pair := range [][2]*dispatcher.Task{
		{r.Pending[0], &again}, {r.Pending[1], &pending}, {r.Interrupted[0], &stopped}, {r.Interrupted[1], &killed},
		{r.Ended[0], &gone}, {r.Ended[1], &done}, {r.Ended[2], &failed},
	} {
		if got, want := fmt.Sprintf("%+v", *pair[0]), fmt.Sprintf("%+v", *pair[1]); got != want {
			t.Errorf("\ngot  %s\nwant %s", got, want)
		}
	}
	want := dispatcher.TaskExecutionError{TaskID: "failed", Error: errors.New("broken"), Timestamp: failed.CompletedAt, WorkerID: 3, Seq: 7}
	if len(r.Failures) != 1 || fmt.Sprint(r.Failures[0]) != fmt.Sprint(want) {
		t.Errorf("failures %+v", r.Failures)
	}
	if got := ids(r.Tasks()); got != "gone done failed stopped killed again pending" {
		t.Error(got)
	}
	if got := ids(recovered(t, j, "screen", 2).Ended); got != "done failed" {
		t.Error(got)
	}
}

// Results that are large are not read at the start, and are there for who asks for them.
func TestLargeResultsAreNotRecovered(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := newEntryWriter(t, open(t, dir, func(o *Options) { o.Results = true }))
	for _, size := range []int{recoverResult - 10, recoverResult + 10} {
		task := w.accept(fmt.Sprint(size), 1, "x")
		w.start(&task)
		w.end(&task, dispatcher.StatusCompleted, strings.Repeat("y", size), nil, 0)
	}
	stopped := w.accept(fmt.Sprint(recoverResult+20), 1, "x")
	w.start(&stopped)
	stopped.Result = strings.Repeat("y", recoverResult+20)
	w.entry(dispatcher.Entry{Kind: dispatcher.EntryInterrupted, Task: stopped})
	r := recovered(t, w.Journal, "screen", 10)
	if len(r.Interrupted) != 1 || r.Interrupted[0].Result != nil {
		t.Errorf("%d interrupted tasks", len(r.Interrupted))
	}
	for i, list := range [][]*dispatcher.Task{r.Ended, r.Unwritten} {
		if len(list) != 2 || list[0].Result == nil || (list[1].Result == nil) != (i == 0) {
			t.Fatalf("%d: %d tasks", i, len(list))
		}
	}
	closed(t, w.Journal)
	again := open(t, dir, func(o *Options) {
		o.Partial = func(Row) (any, time.Time) { return "what it said, for want of a result", time.Time{} }
	})
	if r := recovered(t, again, "screen", 10); len(r.Interrupted) != 1 || r.Interrupted[0].Result != nil {
		t.Errorf("%+v", r.Interrupted)
	}
	for row := range read(t, dir).Query(t.Context(), Query{}) {
		if text, _ := row.Task.Result.(string); fmt.Sprint(len(text)) != row.Task.ID {
			t.Errorf("the reader has %d bytes of %s", len(text), row.Task.ID)
		}
	}
}
