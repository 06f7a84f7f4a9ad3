package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
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
	changes, option := told()
	j := open(t, dir, option, func(o *Options) { o.retry = time.Millisecond })
	w := tell(t, j)
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
	if _, err := Open(dir, Options{Codec: words{}}); !errors.Is(err, ErrDiskFull) {
		t.Error(err)
	}
	if err := os.Truncate(filepath.Join(dir, "ballast"), 900<<10); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, Options{Codec: words{}}); !errors.Is(err, ErrDiskFull) { // no room for the log
		t.Error(err)
	}
}

func TestReadOnlyDisk(t *testing.T) {
	t.Parallel()
	dir := mount(t, "size=1m")
	j := open(t, dir)
	tell(t, j).accept("a", 1, "x")
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
