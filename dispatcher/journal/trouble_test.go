package journal

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"drover/dispatcher"
)

// fill makes the disk full for the journal: its database must not grow any more.
func fill(t *testing.T, j *Journal, full bool) {
	t.Helper()
	err := j.do(func(c *conn) error {
		pages, err := c.number("PRAGMA page_count")
		if err != nil {
			return err
		}
		if !full {
			pages = 1 << 30
		}
		return c.script(fmt.Sprintf("PRAGMA max_page_count = %d", pages))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// troubleChannel is a channel for OnTrouble.
func troubleChannel() (chan struct{}, func(*Options)) {
	ch := make(chan struct{}, 10)
	return ch, func(o *Options) { o.OnTrouble = func() { ch <- struct{}{} } }
}

func large(n int) string { return strings.Repeat("x", n) }

func TestTroubleIsReportedAndCaughtUpWith(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	changes, option := troubleChannel()
	j := open(t, dir, option, func(o *Options) { o.retry = time.Millisecond })
	w := newEntryWriter(t, j)
	w.accept("before", 1, "x")
	fill(t, j, true)
	began := time.Now()
	var tasks []dispatcher.Task
	for i := range 20 {
		task := dispatcher.Task{ID: fmt.Sprint("full", i), Serial: uint64(i + 2), Payload: large(5000), CreatedAt: day}
		tasks = append(tasks, task)
		j.Sync(j.Append(dispatcher.Entry{Kind: dispatcher.EntryAccepted, Task: task})) // does not wait for ever
	}
	<-changes
	trouble := j.Trouble()
	if trouble == nil || !errors.Is(trouble.Err, ErrDiskFull) || trouble.GivenUp || trouble.Unwritten == 0 ||
		trouble.Unwritten > 20 || trouble.Since.Before(began) {
		t.Fatalf("%+v", trouble)
	}
	for _, part := range []string{"cannot write since", "wait in memory", "disk of the journal " + dir, "free some space"} {
		if !strings.Contains(trouble.String(), part) {
			t.Errorf("%q is not in %q", part, trouble)
		}
	}
	fill(t, j, false)
	<-changes
	if trouble := j.Trouble(); trouble != nil {
		t.Fatal(trouble)
	}
	j.Sync(j.Append(dispatcher.Entry{Kind: dispatcher.EntryStarted, Task: tasks[0]}))
	closed(t, j)
	r := recovered(t, open(t, dir), "", 0)
	if len(r.Pending) != 20 || len(r.Interrupted) != 1 || r.Pending[0].ID != "full1" || r.Pending[18].ID != "full19" {
		t.Errorf("pending %s, interrupted %s", ids(r.Pending), ids(r.Interrupted))
	}
}

func TestJournalGivesUpWhenTooMuchIsUnwritten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	changes, option := troubleChannel()
	j := open(t, dir, option, func(o *Options) { o.retry, o.bound = time.Hour, 50 })
	w := newEntryWriter(t, j)
	w.accept("before", 1, "x")
	fill(t, j, true)
	for i := range 200 {
		j.Append(dispatcher.Entry{Kind: dispatcher.EntryAccepted, Task: dispatcher.Task{ID: "full", Serial: uint64(i + 2), Payload: large(5000)}})
	}
	<-changes
	for trouble := j.Trouble(); !trouble.GivenUp; trouble = j.Trouble() {
		<-changes
	}
	fill(t, j, false)
	j.Sync(j.Append(dispatcher.Entry{Kind: dispatcher.EntryAccepted, Task: dispatcher.Task{ID: "late", Serial: 999}}))
	trouble := j.Trouble()
	if trouble.Unwritten < 50 || trouble.Unwritten > 200 || !strings.Contains(trouble.String(), "a restart will not know") {
		t.Errorf("%+v: %s", trouble, trouble)
	}
	if err := j.Close(); !errors.Is(err, ErrUnsaved) || !strings.Contains(err.Error(), "201 pending tasks") {
		t.Error(err)
	}
	if got := ids(recovered(t, open(t, dir), "", 0).Pending); got != "before" {
		t.Error(got)
	}
}

func TestCloseSaysWhatItCouldNotWrite(t *testing.T) {
	t.Parallel()
	j := open(t, t.TempDir(), func(o *Options) { o.retry = time.Hour })
	fill(t, j, true)
	j.Sync(j.Append(dispatcher.Entry{Kind: dispatcher.EntryAccepted, Task: dispatcher.Task{ID: "a", Serial: 1, Payload: large(50000)}}))
	if err := j.Close(); !errors.Is(err, ErrUnsaved) || !errors.Is(err, ErrDiskFull) || !strings.Contains(err.Error(), "not saved: 1 pending tasks; a restart will not know") {
		t.Error(err)
	}
	if err := j.Close(); err == nil {
		t.Error("the second time it says nothing")
	}
}

func TestClosedJournalIsHarmless(t *testing.T) {
	t.Parallel()
	j := open(t, t.TempDir())
	closed(t, j)
	closed(t, j)
	j.Sync(j.Append(dispatcher.Entry{Kind: dispatcher.EntryAccepted, Task: dispatcher.Task{ID: "a", Serial: 1}}))
	if _, err := j.Recover("", 1); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	if err := j.Settle(1); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}

func TestEntryThatCannotBeWrittenIsLeftOut(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := newEntryWriter(t, open(t, dir))
	first := w.accept("first", 1, "x")
	w.entry(dispatcher.Entry{Kind: dispatcher.EntryAccepted, Task: dispatcher.Task{ID: "the same number", Serial: first.Serial}})
	w.accept("second", 1, "x")
	// Of tasks that are not there.
	w.entry(dispatcher.Entry{Kind: dispatcher.EntryStarted, Task: dispatcher.Task{ID: "unknown", Serial: 77}})
	w.entry(dispatcher.Entry{Kind: dispatcher.EntryEnded, Task: dispatcher.Task{ID: "unknown", Serial: 77, Status: dispatcher.StatusCancelled}})
	third := w.accept("third", 1, "x")
	w.queue(&third, 77, 78)
	w.queue(&third, 77, first.Serial)
	closed(t, w.Journal)
	if got := ids(recovered(t, open(t, dir), "", 0).Pending); got != "third first second" {
		t.Error(got)
	}
}

func TestCodecMayFailAndPanic(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := newEntryWriter(t, open(t, dir))
	w.accept("number", 1, 17)
	w.accept("panic", 1, "PANIC")
	w.accept("later", 1, "PANIC LATER")
	result := w.accept("result", 1, "x")
	w.end(&result, dispatcher.StatusCompleted, "PANIC", nil, 0)
	failure := w.accept("failure", 1, "x")
	w.start(&failure)
	w.end(&failure, dispatcher.StatusFailed, nil, errors.New("PANIC"), 1)
	w.accept("fine", 1, "x")
	w.accept("nothing", 1, nil)
	closed(t, w.Journal)
	r := recovered(t, open(t, dir), "", 10)
	if ids(r.Pending) != "fine nothing" || ids(r.Ended) != "failure" || r.Unreadable != 4 {
		t.Errorf("pending %s, ended %s, unreadable %d", ids(r.Pending), ids(r.Ended), r.Unreadable)
	}
	if err := r.Ended[0].Error; err == nil || r.Failures[0].Error.Error() != err.Error() {
		t.Errorf("%v, %+v", err, r.Failures)
	}
}

func TestJournalWithoutCodec(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := newEntryWriter(t, open(t, dir, func(o *Options) { o.Codec = nil }))
	w.accept("nothing", 1, nil)
	w.accept("something", 1, "x")
	closed(t, w.Journal)
	if r := recovered(t, open(t, dir, func(o *Options) { o.Codec = nil }), "", 10); ids(r.Pending) != "nothing" || r.Unreadable != 1 {
		t.Errorf("%+v", r)
	}
}

func TestBacklogStaysInOrder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	j := open(t, dir, func(o *Options) { o.retry = time.Hour })
	newEntryWriter(t, j).accept("before", 1, "x")
	fill(t, j, true)
	for i := range 10 {
		task := dispatcher.Task{ID: fmt.Sprint("full", i), Serial: uint64(i + 2), Priority: 1, Payload: large(50_000)}
		j.Sync(j.Append(dispatcher.Entry{Kind: dispatcher.EntryAccepted, Task: task}))
	}
	fill(t, j, false)
	closed(t, j) // writes the backlog and what has gathered since
	if got := ids(recovered(t, open(t, dir), "", 0).Pending); got != "before full0 full1 full2 full3 full4 full5 full6 full7 full8 full9" {
		t.Error(got)
	}
}

// slow is a codec that waits before it encodes "SLOW".
type slow struct {
	words
	begun, goOn chan struct{}
}

func (s slow) EncodePayload(v any) ([]byte, error) {
	if v == "SLOW" {
		s.begun <- struct{}{}
		<-s.goOn
		v = large(50_000)
	}
	return s.words.EncodePayload(v)
}

func TestNobodyWaitsInTrouble(t *testing.T) {
	t.Parallel()
	codec := slow{begun: make(chan struct{}, 10), goOn: make(chan struct{})}
	j := open(t, t.TempDir(), func(o *Options) { o.retry, o.Codec = time.Hour, codec })
	newEntryWriter(t, j).accept("before", 1, "x")
	fill(t, j, true)
	j.Append(dispatcher.Entry{Kind: dispatcher.EntryAccepted, Task: dispatcher.Task{ID: "slow", Serial: 2, Payload: "SLOW"}})
	<-codec.begun
	// This one waits for the next transaction while the one before it fails.
	position := j.Append(dispatcher.Entry{Kind: dispatcher.EntryAccepted, Task: dispatcher.Task{ID: "next", Serial: 3}})
	returned := make(chan struct{})
	go func() {
		j.Sync(position)
		close(returned)
	}()
	for waits := false; !waits; runtime.Gosched() {
		j.mu.Lock()
		waits = j.gathered.done != nil
		j.mu.Unlock()
	}
	close(codec.goOn)
	<-returned
	if trouble := j.Trouble(); trouble == nil || trouble.Unwritten != 2 {
		t.Errorf("%+v", trouble)
	}
	fill(t, j, false)
}
