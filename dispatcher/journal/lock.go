package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// Holder is the process that holds a journal.
type Holder struct {
	PID     int       `json:"pid"`     // 0 if it is not known
	Since   time.Time `json:"since"`   // when it opened the journal
	Command string    `json:"command"` // what it is, for people
}

// The names of the files in the directory. Who holds the lock is in a file of its own, because on some systems a
// locked file cannot be read.
const (
	databaseName = "journal.db"
	lockName     = "lock"
	holderName   = "holder.json"
)

// lock is the right to write to a directory. It ends with the process, however that ends.
//
// Both a file in the directory and the directory itself are locked. The file can be removed by anybody, and a lock on
// a removed file keeps nobody out; the directory cannot be locked everywhere (not on Windows, nor on most network
// file systems).
type lock struct {
	dir    string
	holder Holder
	file   *flock.Flock
	folder *flock.Flock // nil where a directory cannot be locked
}

// lookAgain is how long to wait for what takes another process a moment.
const lookAgain = 5 * time.Millisecond

// takeLock takes the lock of dir for command. The error of a held one is a *HeldError.
func takeLock(dir, command string, now time.Time) (*lock, error) {
	l := &lock{dir: dir, holder: Holder{PID: os.Getpid(), Since: now.UTC().Round(time.Second), Command: command}}
	if err := l.take(); err != nil {
		return nil, errors.Join(err, l.close())
	}
	return l, nil
}

// take locks what is not locked, or is no longer what stands at its path, and writes down who holds it.
func (l *lock) take() error {
	if l.folder != nil && !stands(l.folder) {
		_ = l.folder.Close()
		l.folder = nil
	}
	if l.folder == nil {
		folder, err := tryLock(flock.New(l.dir, flock.SetFlag(os.O_RDONLY)))
		switch {
		case errors.Is(err, errHeld):
			return &HeldError{Dir: l.dir, Holder: readHolder(l.dir)}
		case err == nil:
			l.folder = folder
		}
	}
	if l.file != nil && stands(l.file) {
		return nil
	}
	path := filepath.Join(l.dir, lockName)
	file, err := tryLock(flock.New(path, flock.SetPermissions(0o600), flock.SetFlag(os.O_CREATE|os.O_RDWR)))
	switch {
	case errors.Is(err, errHeld):
		return &HeldError{Dir: l.dir, Holder: readHolder(l.dir)}
	case err != nil:
		return explain(path, err)
	}
	if l.file != nil {
		_ = l.file.Close()
	}
	l.file = file
	return l.name()
}

// name writes down who holds the lock. On a full disk nobody is told, which is no reason to keep nothing.
func (l *lock) name() error {
	path := filepath.Join(l.dir, holderName)
	holder, err := json.Marshal(l.holder)
	if err == nil {
		err = replaceFile(path, append(holder, '\n'))
	}
	if isDiskFull(err) {
		return nil
	}
	return explain(path, err)
}

// stands reports whether what is locked is what stands at its path.
func (l *lock) stands() bool { return stands(l.file) && (l.folder == nil || stands(l.folder)) }

// release gives the lock up. The holder's file goes first, so that it never names somebody who does not hold it,
// unless the process was killed; see readHolder. Where the lock has become another process's, that stays.
func (l *lock) release() error {
	var err error
	if l.stands() {
		err = os.Remove(filepath.Join(l.dir, holderName))
	}
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, l.close())
}

func (l *lock) close() error {
	var errs []error
	for _, f := range []*flock.Flock{l.file, l.folder} {
		if f != nil {
			errs = append(errs, f.Close())
		}
	}
	return errors.Join(errs...)
}

var errHeld = errors.New("another process has locked it")

// tryLock locks f, or fails with errHeld. That is not said at once, since somebody may just be looking; see HeldBy.
func tryLock(f *flock.Flock) (*flock.Flock, error) {
	for attempt := 1; ; attempt++ {
		taken, err := f.TryLock()
		switch {
		case err != nil:
			return nil, errors.Join(err, f.Close())
		case taken && stands(f):
			return f, nil
		case taken: // somebody has removed the file between its being opened and locked
			if err := f.Unlock(); err != nil {
				return nil, err
			}
		}
		if attempt >= 10 {
			return nil, errors.Join(errHeld, f.Close())
		}
		if !taken {
			time.Sleep(lookAgain)
		}
	}
}

// stands reports whether the file that f has open is the one at its path. What cannot be told is taken for it.
func stands(f *flock.Flock) bool {
	open, err := f.Stat()
	if err != nil {
		return true
	}
	return sameFile(f.Path(), open)
}

// sameFile reports whether the file at path is the one of info. What cannot be told is taken for it.
func sameFile(path string, info fs.FileInfo) bool {
	now, err := os.Stat(path)
	if err != nil {
		return !isGone(err)
	}
	return os.SameFile(now, info)
}

// readHolder says who holds the lock of dir, which somebody does. Between taking it and writing the file there is a
// moment in which the file may be that of a process that was killed, so one that is not alive is not believed.
func readHolder(dir string) Holder {
	for range 10 {
		data, err := os.ReadFile(filepath.Join(dir, holderName))
		var h Holder
		if err == nil && json.Unmarshal(data, &h) == nil && h.PID > 0 && alive(h.PID) {
			return h
		}
		time.Sleep(lookAgain)
	}
	return Holder{}
}

// HeldBy returns who holds the journal in dir at the moment; false if nobody does, or there is none.
func HeldBy(dir string) (Holder, bool) {
	for _, l := range []*flock.Flock{
		// Without O_CREATE: looking must not leave anything behind.
		flock.New(filepath.Join(dir, lockName), flock.SetFlag(os.O_RDWR)),
		flock.New(dir, flock.SetFlag(os.O_RDONLY)),
	} {
		free, err := l.TryRLock()
		_ = l.Close()
		if !free && err == nil {
			return readHolder(dir), true
		}
	}
	return Holder{}, false
}

// replaceFile writes a small file so that readers see all of it or what was there before. It is by hand, for renameio
// syncs too, and a start need not wait for the disk to say who holds the lock.
func replaceFile(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // 0600
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
