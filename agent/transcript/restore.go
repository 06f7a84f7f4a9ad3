package transcript

import (
	"errors"
	"io"
	"io/fs"
)

// Restore tells of a task of an earlier process, whose file is read when somebody asks for what it said. It costs
// an entry in a table; the file is not looked at.
func (s *Store) Restore(taskID string, serial uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files.know(taskID, serial)
}

// load takes the last attempt of a task from its file into memory, into a log that begins at the position base. It
// returns nil when there is no file.
func (s *Store) load(taskID string, serial uint64, base int64) *entry {
	log, err := s.folder.lastAttempt(serial, s.perTask, base) // without the lock: it may take milliseconds
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		log = newLog(s.perTask, base)
		log.Append(Notice, "what this task said cannot be read: "+err.Error())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.logs[taskID]; e != nil {
		return e // it runs again, or another reader was faster
	}
	e := &entry{log: log}
	s.logs[taskID] = e
	s.settle(taskID, e)
	return e
}

// windowFactor is how many bytes at the end of a file are read for each byte that fits into memory: a slow model
// makes a line of every token.
const windowFactor = 16

// lastAttempt returns what the last attempt said, as far as it fits into a log of that limit.
func (f *Folder) lastAttempt(serial uint64, limit int, base int64) (*Log, error) {
	name := FileName(serial)
	r, err := f.Open(serial)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	info, err := r.file.Stat()
	if err != nil {
		return nil, err
	}
	log := newLog(limit, base)
	if from := info.Size() - int64(limit)*windowFactor; from > 0 {
		if _, err := r.file.Seek(from, io.SeekStart); err != nil {
			return nil, err
		}
		log.Append(Notice, "the beginning of the output is only in its file, "+name)
	}
	for {
		line, err := r.Next()
		switch {
		case errors.Is(err, io.EOF):
			return log, nil
		case err != nil:
			return nil, err
		case line.Kind == Attempt:
			log = newLog(limit, base)
		case line.Kind != End:
			log.Append(line.Kind, line.Text)
		}
	}
}

func isEOF(err error) bool { return errors.Is(err, io.EOF) }
