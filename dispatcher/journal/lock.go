package journal

import (
	"encoding/json"
	"errors"
	"fmt"
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

// The names of the files in the directory. The lock is a file of its own that is never removed, because a lock on a
// file that somebody else removes and makes again is none. Who holds it is in another one, because on some systems
// a locked file cannot be read.
const (
	databaseName = "journal.db"
	lockName     = "lock"
	holderName   = "holder.json"
)

// lock is the right to write to a directory. It ends with the process, however that ends.
type lock struct {
	dir   string
	flock *flock.Flock
}

// lookAgain is how long to wait for what takes another process a moment.
const lookAgain = 5 * time.Millisecond

// takeLock takes the lock of dir for command. The error of a held one is a *HeldError.
func takeLock(dir, command string, now time.Time) (*lock, error) {
	path := filepath.Join(dir, lockName)
	l := &lock{dir: dir, flock: flock.New(path, flock.SetPermissions(0o600), flock.SetFlag(os.O_CREATE|os.O_RDWR))}
	for tries := 1; ; tries++ {
		taken, err := l.flock.TryLock()
		if err != nil {
			return nil, explain(path, err)
		}
		if taken {
			break
		}
		if tries == 10 { // not at once: somebody may just be looking, see HeldBy
			return nil, &HeldError{Dir: dir, Holder: readHolder(dir)}
		}
		time.Sleep(lookAgain)
	}
	holder, err := json.Marshal(Holder{PID: os.Getpid(), Since: now.UTC().Round(time.Second), Command: command})
	if err == nil {
		err = replaceFile(filepath.Join(dir, holderName), append(holder, '\n'))
	}
	if err != nil {
		return nil, errors.Join(explain(filepath.Join(dir, holderName), err), l.release())
	}
	return l, nil
}

// release gives the lock up. The holder's file goes first, so that it never names somebody who does not hold it,
// unless the process was killed; see readHolder.
func (l *lock) release() error {
	err := os.Remove(filepath.Join(l.dir, holderName))
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, l.flock.Close())
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
	path := filepath.Join(dir, lockName)
	// Without O_CREATE: looking must not leave anything behind.
	l := flock.New(path, flock.SetFlag(os.O_RDWR))
	taken, err := l.TryRLock()
	if err != nil || taken {
		_ = l.Close()
		return Holder{}, false
	}
	return readHolder(dir), true
}

// replaceFile writes a small file so that readers see all of it or what was there before.
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
