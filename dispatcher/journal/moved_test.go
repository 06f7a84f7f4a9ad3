package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"drover/dispatcher"
)

// moving opens a journal with a pending, a running and an ended task in a directory that may be removed or moved, and
// tries again often.
func moving(t *testing.T) (dir string, w *entryWriter, changes chan struct{}) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "state")
	changes, option := troubleChannel()
	w = newEntryWriter(t, open(t, dir, option, func(o *Options) { o.retry = time.Millisecond }))
	w.accept("pending", 1, "x")
	running, ended := w.accept("running", 1, "y"), w.accept("ended", 1, "z")
	w.start(&running)
	w.start(&ended)
	w.end(&ended, dispatcher.StatusCompleted, "the answer", nil, 0)
	return dir, w, changes
}

// look makes the journal look at its files at its next write, however short the last look is ago.
func look(t *testing.T, j *Journal) {
	t.Helper()
	if err := j.do(func(*conn) error { j.w.looked = time.Time{}; return nil }); err != nil {
		t.Fatal(err)
	}
}

// whole checks that a journal has everything that moving has put into it, and those that are pending beside.
func whole(t *testing.T, dir, pending string) {
	t.Helper()
	r := recovered(t, open(t, dir), "", 10)
	if ids(r.Pending) != pending || ids(r.Interrupted) != "running" || ids(r.Ended) != "ended" {
		t.Errorf("pending %s, interrupted %s, ended %s", ids(r.Pending), ids(r.Interrupted), ids(r.Ended))
	}
	if len(r.Ended) == 1 && r.Ended[0].Result != "the answer" {
		t.Errorf("%+v", r.Ended[0])
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// copied copies the files of a directory.
func copied(t *testing.T, from, to string) {
	t.Helper()
	must(t, os.MkdirAll(to, 0o700))
	entries, err := os.ReadDir(from)
	must(t, err)
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(from, e.Name()))
		must(t, err)
		must(t, os.WriteFile(filepath.Join(to, e.Name()), data, 0o600))
	}
}

func TestWhatIsRemovedIsWrittenAgain(t *testing.T) {
	t.Parallel()
	for name, remove := range map[string]func(t *testing.T, dir string){
		"the directory": func(t *testing.T, dir string) { must(t, os.RemoveAll(dir)) },
		"moved":         func(t *testing.T, dir string) { must(t, os.Rename(dir, dir+"-elsewhere")) },
		"the database":  func(t *testing.T, dir string) { must(t, os.Remove(filepath.Join(dir, databaseName))) },
		"the log":       func(t *testing.T, dir string) { must(t, os.Remove(filepath.Join(dir, databaseName+"-wal"))) },
		"shared memory": func(t *testing.T, dir string) { must(t, os.Remove(filepath.Join(dir, databaseName+"-shm"))) },
		"the lock":      func(t *testing.T, dir string) { must(t, os.Remove(filepath.Join(dir, lockName))) },
		"all but the lock": func(t *testing.T, dir string) {
			for _, name := range []string{databaseName, databaseName + "-wal", databaseName + "-shm"} {
				must(t, os.Remove(filepath.Join(dir, name)))
			}
		},
		"a copy put back": func(t *testing.T, dir string) {
			copied(t, dir, dir+"-copy")
			must(t, os.RemoveAll(dir))
			must(t, os.Rename(dir+"-copy", dir))
		},
		"an empty one put there": func(t *testing.T, dir string) {
			must(t, os.RemoveAll(dir))
			other, err := Open(dir, Options{Codec: words{}})
			must(t, err)
			must(t, other.Close())
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, w, _ := moving(t)
			remove(t, dir)
			look(t, w.Journal)
			w.accept("later", 1, "x")
			if _, err := Open(dir, Options{Codec: words{}}); !errors.Is(err, ErrHeld) {
				t.Errorf("a second process gets in: %v", err)
			}
			if got := found(t, read(t, dir), Query{}); got != "pending running ended later" {
				t.Errorf("others see %s", got)
			}
			closed(t, w.Journal)
			for name, mode := range modes(t, dir) {
				if mode != 0o600 || strings.HasPrefix(name, databaseName+".") || name == holderName {
					t.Errorf("%s is left with %v", name, mode)
				}
			}
			whole(t, dir, "pending later")
		})
	}
}

// Nobody need write for it to be noticed.
func TestWhatIsRemovedIsNoticedWhileNothingHappens(t *testing.T) {
	t.Parallel()
	dir, w, changes := moving(t)
	must(t, os.RemoveAll(dir))
	must(t, os.WriteFile(dir, nil, 0o600)) // so that it cannot be made
	<-changes
	trouble := w.Trouble()
	if trouble == nil || !strings.Contains(trouble.String(), dir) {
		t.Fatalf("%+v", trouble)
	}
	w.Sync(w.Append(dispatcher.Entry{Kind: dispatcher.EntryAccepted, Task: dispatcher.Task{ID: "late", Serial: 4, Priority: 1, CreatedAt: day}}))
	if trouble := w.Trouble(); trouble == nil || trouble.Pending != 2 || trouble.Running != 1 || trouble.Ended != 1 {
		t.Errorf("%+v", trouble)
	}
	must(t, os.Remove(dir))
	<-changes
	closed(t, w.Journal)
	whole(t, dir, "pending late")
}

func TestWhatWasRemovedIsWrittenOnLeaving(t *testing.T) {
	t.Parallel()
	dir, w, _ := moving(t)
	must(t, os.RemoveAll(dir))
	closed(t, w.Journal)
	whole(t, dir, "pending")
}

// What somebody else has written at the same path is never replaced.
func TestAnotherJournalAtThePathStays(t *testing.T) {
	t.Parallel()
	dir, w, changes := moving(t)
	must(t, os.Rename(dir, dir+"-moved"))
	other := newEntryWriter(t, open(t, dir))
	other.accept("of another", 1, "x")
	look(t, w.Journal)
	late := dispatcher.Entry{Kind: dispatcher.EntryAccepted, Task: dispatcher.Task{ID: "late", Serial: 4, Priority: 1, CreatedAt: day}}
	w.Sync(w.Append(late))
	<-changes
	if trouble := w.Trouble(); trouble == nil || !errors.Is(trouble.Err, ErrHeld) || !strings.Contains(trouble.String(), fmt.Sprint("process ", os.Getpid())) {
		t.Fatalf("%+v", trouble)
	}
	closed(t, other.Journal)
	for trouble := w.Trouble(); !errors.Is(trouble.Err, ErrMoved); trouble = w.Trouble() {
		time.Sleep(time.Millisecond)
	}
	if text := w.Trouble().String(); !strings.Contains(text, "another one with tasks stands at "+filepath.Join(dir, databaseName)) {
		t.Error(text)
	}
	if err := w.Close(); !errors.Is(err, ErrUnsaved) {
		t.Error(err)
	}
	if got := ids(recovered(t, open(t, dir), "", 0).Pending); got != "of another" {
		t.Error(got)
	}
	whole(t, dir+"-moved", "pending")
}

// The lock is lost, also that of the directory, and another process is quicker to take it: it goes on with what it has
// found, and this one says that it cannot write any more.
func TestSecondWriterIsNoticed(t *testing.T) {
	t.Parallel()
	dir, w, changes := moving(t)
	must(t, w.do(func(*conn) error {
		w.w.looked = time.Now().Add(time.Hour) // it does not look at its files meanwhile
		return w.w.lock.release()
	}))
	second := newEntryWriter(t, open(t, dir))
	recovered(t, second.Journal, "", 10)
	second.accept("of the second", 1, "x")
	w.Sync(w.Append(dispatcher.Entry{Kind: dispatcher.EntryAccepted, Task: dispatcher.Task{ID: "of the first", Serial: 4, Priority: 1, CreatedAt: day}}))
	<-changes
	trouble := w.Trouble()
	if trouble == nil || !trouble.GivenUp || !errors.Is(trouble.Err, ErrHeld) || trouble.Pending != 1 {
		t.Fatalf("%+v", trouble)
	}
	if err := w.Close(); !errors.Is(err, ErrUnsaved) || !strings.Contains(err.Error(), "another process works with the journal") {
		t.Error(err)
	}
	third := second.accept("more", 1, "x")
	if third.Serial != 5 {
		t.Errorf("%+v", third)
	}
	closed(t, second.Journal)
	whole(t, dir, "pending of the second more")
}

// The other way round: the first one has written since the second one opened the database.
func TestSecondWriterThatIsLateIsNoticed(t *testing.T) {
	t.Parallel()
	dir, w, _ := moving(t)
	must(t, w.do(func(*conn) error {
		w.w.looked = time.Now().Add(time.Hour)
		return w.w.lock.release()
	}))
	second := open(t, dir)
	w.accept("of the first", 1, "x")
	second.Sync(second.Append(dispatcher.Entry{Kind: dispatcher.EntryAccepted, Task: dispatcher.Task{ID: "of the second", Serial: 4, Priority: 1, CreatedAt: day}}))
	if err := second.Close(); !errors.Is(err, ErrUnsaved) || !errors.Is(err, ErrHeld) {
		t.Error(err)
	}
	_ = w.Close()
	whole(t, dir, "pending of the first")
}

func TestLockOfARemovedFileIsNone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l, err := takeLock(dir, "first", time.Now())
	must(t, err)
	defer func() { _ = l.release() }()
	must(t, os.Remove(filepath.Join(dir, lockName)))
	if l.stands() {
		t.Error("the lock is thought to be there")
	}
	if holder, held := HeldBy(dir); !held || holder.Command != "first" {
		t.Errorf("%+v, %v", holder, held)
	}
	if _, err := takeLock(dir, "second", time.Now()); !errors.Is(err, ErrHeld) {
		t.Error(err)
	}
	must(t, l.take())
	if !l.stands() {
		t.Error("it is not there again")
	}
}
