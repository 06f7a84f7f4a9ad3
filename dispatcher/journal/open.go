package journal

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// memoryPath is SQLite's name for a database on no disk.
const memoryPath = ":memory:"

// walPages is how many pages the write-ahead log has before it is written back into the database and begun anew, and
// walBytes the size of its file from the start. A commit into a file that has its size already costs half of one
// that makes it grow, because the file system has no size to write down.
const (
	walPages = 1000
	walBytes = 32 + walPages*(24+4096)
)

// applicationID is in the header of the database, and tells ours from those of other programs.
const applicationID = 0x64727672

// openDatabase opens the database in dir, makes it if there is none, and brings it to the version of this program.
// The lock must be held. logBytes is the size of the log from the start. What it cannot make it leaves nothing of.
func openDatabase(dir string, logBytes int64) (*conn, error) {
	path := filepath.Join(dir, databaseName)
	isNew := !hasContent(path)
	// SQLite would make the file readable for everybody, and gives its -wal and -shm the mode of this one.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err == nil {
		err = errors.Join(f.Chmod(0o600), f.Close())
	}
	if err != nil {
		return nil, explain(path, err)
	}
	c, err := openAs(path, readWrite, logBytes)
	if err != nil && isNew {
		for _, name := range []string{path, path + "-wal", path + "-shm"} {
			_ = os.Remove(name)
		}
	}
	if err != nil && !isNew && lacksRoom(err) {
		// What is there can be read on a full disk, too, if nothing has to be made for others to read it.
		if alone, aloneErr := openAs(path, readWriteAlone, 0); aloneErr == nil {
			return alone, nil
		}
	}
	return c, explain(path, err)
}

func openAs(path string, how access, logBytes int64) (*conn, error) {
	c, err := connect(path, how)
	if err != nil {
		return nil, err
	}
	if err := prepareDatabase(c, path, logBytes); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

// openMemory makes a database that is on no disk.
func openMemory() (*conn, error) {
	c, err := connect(memoryPath, readWrite)
	if err != nil {
		return nil, err
	}
	err = c.script("PRAGMA auto_vacuum = INCREMENTAL")
	if err == nil {
		err = migrate(c, 0, migrations)
	}
	if err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

func prepareDatabase(c *conn, path string, logBytes int64) error {
	// Before anything is written: what is not ours stays as it is.
	version, err := inspect(c, path)
	if err != nil {
		return err
	}
	if version == 0 {
		// This has to be before the first table. With it a prune gives space back in small steps; VACUUM would copy
		// the whole file.
		if err := c.script("PRAGMA auto_vacuum = INCREMENTAL"); err != nil {
			return err
		}
	}
	// fullfsync is for macOS, where a plain fsync does not reach the disk.
	err = c.script(fmt.Sprintf("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; "+
		"PRAGMA wal_autocheckpoint = %d; PRAGMA cache_size = -16384", walPages))
	if err != nil {
		return err
	}
	mode := ""
	if err := c.each("PRAGMA journal_mode", nil, func(row []driver.Value) error {
		mode = text(row[0])
		return nil
	}); err != nil {
		return err
	}
	if mode != "wal" {
		return fmt.Errorf("it is in journal mode %q instead of wal, as on file systems without shared memory: "+
			"use a directory on a local disk", mode)
	}
	if err := migrate(c, version, migrations); err != nil {
		return err
	}
	if _, err := c.number("SELECT count(*) FROM sqlite_schema"); err != nil { // it opens the log when it reads
		return err
	}
	return growLog(path+"-wal", logBytes)
}

// inspect returns the version of the schema, 0 for a database without anything in it. Its error says what is wrong if
// it is not one of this program.
func inspect(c *conn, path string) (version int64, err error) {
	number := func(query string) (n int64) {
		if err == nil {
			n, err = c.number(query)
		}
		return n
	}
	version = number("PRAGMA user_version")
	id := number("PRAGMA application_id")
	things := number("SELECT count(*) FROM sqlite_schema")
	switch {
	case err != nil:
		return 0, err
	case id != applicationID && things > 0, version < 0:
		return 0, errForeign
	case version > int64(len(migrations)):
		return 0, newerError(path, version, len(migrations))
	}
	return version, nil
}

var (
	errForeign  = errors.New("it is a database of another program")
	errDisorder = errors.New("its tasks are not in order")
	errTaken    = errors.New("another process has written to it")
)

// growLog gives the write-ahead log its size. SQLite reads it up to the first frame that is not its own, so zeros
// behind the end are nothing to it.
//
// The rejected alternative is to let SQLite keep the file when the journal is closed: its frames stay valid, so whoever
// puts an old copy of the database beside it would get a mixture of the two.
func growLog(path string, size int64) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil && info.Size() < size {
		// Zeros, not a hole: a hole would have to be filled by the commits.
		_, err = f.Write(make([]byte, size-info.Size()))
		if isDiskFull(err) { // it is only for speed: what room there is, is for tasks
			err = f.Truncate(info.Size())
		}
	}
	return errors.Join(err, f.Close())
}
