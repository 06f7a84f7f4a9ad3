package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Why a journal cannot be opened, for [errors.Is]. The error itself is one sentence that says what to do. Nothing has
// been changed on disk when one is returned.
var (
	ErrHeld        = errors.New("journal is held by another process") // a *HeldError
	ErrNewer       = errors.New("journal is of a newer version")
	ErrDamaged     = errors.New("journal is damaged")
	ErrNotWritable = errors.New("journal cannot be written")
	ErrDiskFull    = errors.New("disk is full")
	ErrMoved       = errors.New("journal was removed or moved")   // while it was open
	ErrUnsaved     = errors.New("something could not be written") // of Close
	ErrNone        = errors.New("there is no journal")            // for readers only
	ErrClosed      = errors.New("journal is closed")
)

// HeldError says who holds a journal. It matches [ErrHeld].
type HeldError struct {
	Dir string
	Holder
}

// Error says who, since when, and what to do.
func (e *HeldError) Error() string {
	who := "another process"
	if e.PID != 0 {
		who = fmt.Sprintf("process %d", e.PID)
		if e.Command != "" {
			who += fmt.Sprintf(" (%s)", e.Command)
		}
		who += " since " + e.Since.Local().Format(time.DateTime)
	}
	return fmt.Sprintf("the journal in %s is held by %s: end that first, or use another directory", e.Dir, who)
}

// Is makes the error match ErrHeld.
func (e *HeldError) Is(target error) bool { return target == ErrHeld }

// problem is an error with a sentence for people that matches a sentinel, if there is one for it, and its cause.
type problem struct {
	kind, cause error
	sentence    string
}

func (p *problem) Error() string { return p.sentence }

// Unwrap lists what the error matches.
func (p *problem) Unwrap() []error {
	return slices.DeleteFunc([]error{p.kind, p.cause}, func(err error) bool { return err == nil })
}

func newerError(path string, found int64, known int) error {
	return &problem{kind: ErrNewer, sentence: fmt.Sprintf(
		"the journal %s was written by a newer version of the program (schema %d, this one knows %d): "+
			"use that version, or another directory", path, found, known)}
}

// explain turns an error of SQLite or of the file system about the database at path into a sentence that says what
// to do. Errors that it does not know stay as they are, with the path.
func explain(path string, err error) error {
	if err == nil {
		return nil
	}
	if _, known := errors.AsType[*problem](err); known {
		return err
	}
	if _, held := errors.AsType[*HeldError](err); held {
		return err
	}
	kind := classify(err)
	switch {
	case errors.Is(kind, ErrHeld):
		return &problem{kind, err, fmt.Sprintf("another process works with the journal %s although this one had it: "+
			"end one of them, and start this one again", path)}
	case errors.Is(kind, ErrDamaged):
		return &problem{kind, err, fmt.Sprintf("the journal %s is damaged (%v): move it and its -wal file away to start "+
			"with an empty one, or repair it with sqlite3's .recover", path, err)}
	case errors.Is(kind, ErrNotWritable):
		return &problem{kind, err, fmt.Sprintf("the journal %s cannot be written (%v): make the file and its directory "+
			"writable for you, or use another directory", path, err)}
	case errors.Is(kind, ErrDiskFull):
		return &problem{kind, err, fmt.Sprintf("the disk of the journal %s is full: free some space, or use a directory "+
			"on another disk", path)}
	}
	return &problem{cause: err, sentence: fmt.Sprintf("the journal %s: %v", path, err)}
}

// classify returns the sentinel for err, nil if there is none.
func classify(err error) error {
	if code, ok := sqliteCode(err); ok {
		switch code {
		case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT, sqlite3.SQLITE_SCHEMA,
			sqlite3.SQLITE_ERROR: // no such table or column, in statements that are all constants
			return ErrDamaged
		case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_AUTH:
			return ErrNotWritable
		case sqlite3.SQLITE_FULL:
			return ErrDiskFull
		}
		return nil
	}
	switch {
	case errors.Is(err, errTaken):
		return ErrHeld
	case errors.Is(err, errForeign), errors.Is(err, errDisorder):
		return ErrDamaged
	case isDiskFull(err):
		return ErrDiskFull
	case errors.Is(err, fs.ErrPermission), isReadOnly(err):
		return ErrNotWritable
	}
	return nil
}

// lacksRoom reports whether it is, or may be, a full disk that err is about: SQLite calls it an error of input and
// output when there is no room for its -shm file.
func lacksRoom(err error) bool {
	code, ok := sqliteCode(err)
	return ok && code == sqlite3.SQLITE_IOERR || errors.Is(classify(err), ErrDiskFull)
}

// sqliteCode returns the primary result code of an error of SQLite.
func sqliteCode(err error) (int, bool) {
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return 0, false
	}
	return e.Code() & 0xff, true
}

// isOfEntry reports whether a statement failed because of what it was to write, and would fail for ever.
func isOfEntry(err error) bool {
	code, ok := sqliteCode(err)
	if !ok {
		return false
	}
	switch code {
	case sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_RANGE:
		return true
	}
	return false
}
