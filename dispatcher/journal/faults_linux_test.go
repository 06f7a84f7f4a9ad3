package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"drover/dispatcher"
)

// mount mounts a small file system in memory for the test, or skips it.
func mount(t *testing.T, options string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("journal-test", dir, "tmpfs", 0, options); err != nil {
		t.Skip("no right to mount a file system: ", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func TestFullDisk(t *testing.T) {
	t.Parallel()
	dir := mount(t, "size=1m")
	changes, option := troubleChannel()
	j := open(t, dir, option, func(o *Options) { o.retry = time.Millisecond })
	w := newEntryWriter(t, j)
	w.accept("before", 1, "x")
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 900<<10), 0o600); err != nil && !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	for i := range 30 {
		task := dispatcher.Task{ID: fmt.Sprint("full", i), Serial: uint64(i + 2), Payload: large(9000)}
		j.Sync(j.Append(dispatcher.Entry{Kind: dispatcher.EntryAccepted, Task: task}))
	}
	<-changes
	if trouble := j.Trouble(); trouble == nil || !errors.Is(trouble.Err, ErrDiskFull) || trouble.Unwritten == 0 {
		t.Fatalf("%+v", trouble)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	<-changes
	if trouble := j.Trouble(); trouble != nil {
		t.Fatal(trouble)
	}
	closed(t, j)
	if r := recovered(t, open(t, dir), "", 0); len(r.Pending) != 31 {
		t.Errorf("%d tasks", len(r.Pending))
	}
}

func TestDiskIsFullAtTheStart(t *testing.T) {
	t.Parallel()
	dir := mount(t, "size=1m")
	if err := os.WriteFile(filepath.Join(dir, "ballast"), make([]byte, 1<<20), 0o600); err != nil && !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	changes, option := troubleChannel()
	j := open(t, dir, option, func(o *Options) { o.retry = time.Millisecond })
	if trouble := j.Trouble(); trouble == nil || !errors.Is(trouble.Err, ErrDiskFull) {
		t.Fatalf("%+v", trouble)
	}
	if got := recovered(t, j, "", 10); len(got.Tasks()) != 0 {
		t.Errorf("%+v", got)
	}
	ended := dispatcher.Task{ID: "ended", Serial: 1, CreatedAt: day}
	j.Append(dispatcher.Entry{Kind: dispatcher.EntryAccepted, Task: ended})
	ended.Status, ended.CompletedAt = dispatcher.StatusCompleted, day
	j.Append(dispatcher.Entry{Kind: dispatcher.EntryEnded, Task: ended})
	j.Sync(j.Append(dispatcher.Entry{Kind: dispatcher.EntryAccepted, Task: dispatcher.Task{ID: "waits", Serial: 2, CreatedAt: day}}))
	if trouble := j.Trouble(); trouble.Pending != 1 || trouble.Ended != 1 {
		t.Errorf("%+v", trouble)
	}
	if err := os.Remove(filepath.Join(dir, "ballast")); err != nil {
		t.Fatal(err)
	}
	<-changes
	if trouble := j.Trouble(); trouble != nil {
		t.Fatal(trouble)
	}
	closed(t, j)
	j = open(t, dir)
	if r := recovered(t, j, "", 10); ids(r.Pending) != "waits" || ids(r.Ended) != "ended" {
		t.Errorf("pending %s, ended %s", ids(r.Pending), ids(r.Ended))
	}
}

// What an earlier process has left can be read on a full disk, and what is new is written once there is room.
func TestDiskOfAJournalIsFullAtTheStart(t *testing.T) {
	t.Parallel()
	dir := mount(t, "size=1m")
	j := open(t, dir)
	w := newEntryWriter(t, j)
	w.accept("before", 1, "x")
	closed(t, j)
	if err := os.WriteFile(filepath.Join(dir, "ballast"), make([]byte, 1<<20), 0o600); err != nil && !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	changes, option := troubleChannel()
	j = open(t, dir, option, func(o *Options) { o.retry, o.logBytes = time.Millisecond, walBytes })
	if got := ids(recovered(t, j, "", 10).Pending); got != "before" {
		t.Error(got)
	}
	j.Sync(j.Append(dispatcher.Entry{Kind: dispatcher.EntryAccepted, Task: dispatcher.Task{ID: "new", Serial: 2, Priority: 1, CreatedAt: day}}))
	<-changes
	if trouble := j.Trouble(); trouble == nil || !errors.Is(trouble.Err, ErrDiskFull) || trouble.Pending != 1 {
		t.Errorf("%+v", trouble)
	}
	if err := os.Remove(filepath.Join(dir, "ballast")); err != nil {
		t.Fatal(err)
	}
	<-changes
	closed(t, j)
	if got := ids(recovered(t, open(t, dir), "", 0).Pending); got != "before new" {
		t.Error(got)
	}
}

// With a full disk, leaving is about what is not on disk, and nothing else.
func TestUnsavedIsCountedOnAFullDisk(t *testing.T) {
	t.Parallel()
	dir := mount(t, "size=1m")
	j := open(t, dir, func(o *Options) { o.retry = time.Hour })
	w := newEntryWriter(t, j)
	runs := w.accept("runs", 1, "x")
	for i := range 50 {
		w.accept(fmt.Sprint("on disk", i), 1, "x")
	}
	w.start(&runs)
	if err := os.WriteFile(filepath.Join(dir, "ballast"), make([]byte, 1<<20), 0o600); err != nil && !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	runs.Status, runs.CompletedAt, runs.Result = dispatcher.StatusCompleted, day, large(100_000)
	j.Sync(j.Append(dispatcher.Entry{Kind: dispatcher.EntryEnded, Task: runs}))
	late := dispatcher.Task{ID: "late", Serial: 52, CreatedAt: day}
	j.Sync(j.Append(dispatcher.Entry{Kind: dispatcher.EntryAccepted, Task: late}))
	if trouble := j.Trouble(); trouble == nil || trouble.Pending != 1 || trouble.Ended != 1 {
		t.Errorf("%+v", trouble)
	}
	err := j.Close()
	if !errors.Is(err, ErrUnsaved) || !strings.Contains(err.Error(), "1 pending tasks and the results of 1 ended tasks") {
		t.Error(err)
	}
}

func TestReadOnlyDisk(t *testing.T) {
	t.Parallel()
	dir := mount(t, "size=1m")
	j := open(t, dir)
	newEntryWriter(t, j).accept("a", 1, "x")
	closed(t, j)
	if err := syscall.Mount("journal-test", dir, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	refused(t, dir, ErrNotWritable, "cannot be written", "read-only", "writable for you")
	refused(t, filepath.Join(dir, "new"), ErrNotWritable, "cannot be written")
	if got := found(t, read(t, dir), Query{}); got != "a" {
		t.Error(got)
	}
}

func TestLocalDiskIsNoNetwork(t *testing.T) {
	t.Parallel()
	if name, ok := NetworkFS(filepath.Join(t.TempDir(), "not", "there")); ok {
		t.Error(name)
	}
	if name, ok := networkFS("/proc/self/does not exist"); ok {
		t.Error(name)
	}
}
