package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// A journal that somebody removes or moves while it is open goes on working, for nobody: the files have no name any
// more, or another one. So the writer looks whether what it has open is what stands at the paths: before it writes,
// and now and then while it does not. That is seven calls of stat, less than 20 µs in all.
const (
	lookWriting = 100 * time.Millisecond // not more often than this
	lookIdle    = 2 * time.Second
)

// files are those that a connection has open. A path whose file is another one now, or none, has been removed or
// moved. It is told by name and number, which are not given to another file as long as this one is open.
type files map[string]fs.FileInfo

// openFiles returns the files of the database at path, of which a connection is open.
func openFiles(path string) files {
	all := files{}
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		if info, err := os.Stat(name); err == nil {
			all[name] = info
		}
	}
	return all
}

// stand reports whether all of them are still what stands at their paths. There are none of a database in memory,
// which stands nowhere.
func (f files) stand() bool {
	for path, info := range f {
		if !sameFile(path, info) {
			return false
		}
	}
	return len(f) > 0
}

// inPlace makes sure that what is written now arrives in the directory. Called by the writer.
func (j *Journal) inPlace() error {
	w := &j.w
	now := time.Now()
	if !w.away && now.Sub(w.looked) < lookWriting {
		return nil
	}
	w.looked = now
	if !w.away && w.lock.stands() && w.files.stand() {
		return nil
	}
	if !w.away {
		j.log.Warn("The journal was removed or moved while it was open", "path", j.path)
		w.away = true
		var err error
		if w.inIt, err = unsavedIn(w.conn); err != nil {
			j.log.Error("What was in the journal cannot be counted", "error", err)
		}
	}
	if err := j.putBack(); err != nil {
		return err
	}
	w.away, w.inIt = false, unsaved{}
	j.log.Info("The journal is in its place again, with everything that it had", "path", j.path)
	return nil
}

// putBack makes the journal stand at its path again, with everything that was ever written to it: a file that was
// removed can still be read by whoever has it open. Of a journal in memory, because the disk was full at the start,
// it makes one on disk in the same way.
func (j *Journal) putBack() error {
	w := &j.w
	dir := j.Dir()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		if classify(err) != nil {
			return explain(dir, err)
		}
		return &problem{kind: ErrMoved, cause: err, sentence: fmt.Sprintf("the folder %s of the journal was removed or "+
			"moved while it was open, and cannot be made again (%v): make way for it", dir, err)}
	}
	if err := j.takeLock(); err != nil {
		return err
	}
	if w.conn != nil {
		if w.files.stand() {
			return nil // only the lock was missing
		}
		if err := j.moveBack(); err != nil {
			return explain(j.path, err)
		}
	}
	return j.connect()
}

// moveBack copies what is open to the path, and closes it. With an error everything is as before.
func (j *Journal) moveBack() error {
	w := &j.w
	if info, open := w.files[j.path]; !open || !sameFile(j.path, info) {
		if err := j.mayReplace(); err != nil {
			return err
		}
	}
	copied, err := copyDatabase(w.conn, j.Dir())
	if err != nil {
		return err
	}
	// Closing a database that was moved leaves what stands at its path alone.
	err = w.conn.close()
	w.conn = nil
	if err != nil {
		j.log.Warn("The journal that was moved could not be closed", "error", err)
	}
	// They belong to what is replaced: with its successor they would be read as a part of that.
	for _, name := range []string{j.path + "-wal", j.path + "-shm"} {
		if err := os.Remove(name); err != nil && !isGone(err) {
			return errors.Join(err, os.Remove(copied))
		}
	}
	if err := os.Rename(copied, j.path); err != nil {
		return errors.Join(err, os.Remove(copied))
	}
	return syncFolder(j.Dir())
}

// copyDatabase writes all that c has into a new file in dir, through to the disk, and returns its name.
func copyDatabase(c *conn, dir string) (string, error) {
	f, err := os.CreateTemp(dir, databaseName+".*") // 0600
	if err != nil {
		return "", err
	}
	name, err := filepath.Abs(f.Name())
	if err == nil {
		err = c.script("VACUUM INTO '" + strings.ReplaceAll(name, "'", "''") + "'")
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return name, nil
}

func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	_ = f.Sync() // not every system has that for directories
	return f.Close()
}

// mayReplace fails if what stands at the path now has something that this journal has not: it is neither empty nor
// a copy of this one from an earlier moment. The lock must be held.
func (j *Journal) mayReplace() error {
	w := &j.w
	if !hasContent(j.path) {
		return nil
	}
	c, err := connect(j.path, readWrite)
	if err != nil {
		return err
	}
	var holder, tasks int64
	version, err := inspect(c, j.path)
	if err == nil && version > 0 {
		holder, err = c.number(holderQuery)
		if err == nil {
			tasks, err = c.number("SELECT EXISTS (SELECT 1 FROM tasks)")
		}
	}
	err = errors.Join(err, c.close())
	switch {
	case err != nil:
		return explain(j.path, err)
	case tasks == 0, holder != 0 && (holder == w.stamp || holder == w.found):
		return nil
	}
	return &problem{kind: ErrMoved, sentence: fmt.Sprintf("the journal was removed or moved while it was open, and "+
		"another one with tasks stands at %s now: move that away, and this one is written there again", j.path)}
}

// hasContent reports whether there is anything in the file at path.
func hasContent(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Size() > 0 || err != nil && !isGone(err)
}

// takeLock takes what is missing of the lock.
func (j *Journal) takeLock() (err error) {
	if j.w.lock == nil {
		j.w.lock, err = takeLock(j.Dir(), j.command, time.Now())
		return err
	}
	return j.w.lock.take()
}

// connect opens the database at the path.
func (j *Journal) connect() error {
	c, err := openDatabase(j.Dir(), j.set.logBytes)
	if err != nil {
		return err
	}
	j.use(c, openFiles(j.path))
	return nil
}

// use writes to c from now on.
func (j *Journal) use(c *conn, f files) {
	c.fence = j.fence
	j.w.conn, j.w.files = c, f
}

// Who writes to a database says so in it, with a number of its own in its first transaction. A lock can be lost, when
// somebody removes the file or copies the directory; then the number of another one is found, and the one that
// opened the database last goes on.
const holderQuery = "SELECT number FROM given WHERE what = 'holder'"

// fence begins every transaction. It fails with errTaken when another process has written since this one opened the
// database.
func (j *Journal) fence(c *conn) error {
	w := &j.w
	holder, err := c.number(holderQuery)
	switch {
	case err != nil, holder == w.stamp:
		return err
	case holder != w.found:
		return errTaken
	}
	// The first transaction. What was written since the database was opened has no new number of a holder.
	serial, failure, err := lastGiven(c)
	if err == nil && (serial != j.lastSerial || failure != j.lastFailure) {
		err = errTaken
	}
	if err != nil {
		return err
	}
	return c.exec("INSERT OR REPLACE INTO given(what, number) VALUES ('holder', ?)", w.stamp)
}
