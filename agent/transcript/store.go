package transcript

import (
	"container/list"
	"errors"
	"maps"
	"slices"
	"sync"
)

// The limits of a Store that [NewStore] makes from zero values.
const (
	DefaultPerTask = 1 << 20  // bytes of one task
	DefaultEnded   = 64 << 20 // bytes of all tasks that have ended
)

// Store holds the logs of all tasks. It is safe for concurrent use.
type Store struct {
	perTask, ended int
	folder         *Folder // nil for a store that is in memory alone
	trouble        trouble

	mu     sync.Mutex
	logs   map[string]*entry
	order  list.List // ids of ended logs, earliest ended first
	total  int       // cost of the ended ones
	base   int64     // where a new log begins: behind every position of every log that is gone
	files  files
	closed bool
}

// entry is a log and what the store knows of it.
type entry struct {
	log  *Log
	elem *list.Element // in order; nil while the task has not ended
	cost int           // counted in total while elem is set
}

// NewStore returns an empty store in memory that holds about perTask bytes of each task, the latest ones, and about
// ended bytes of all ended tasks together, the latest ended ones. Zero or less stands for the default.
func NewStore(perTask, ended int) *Store {
	if perTask <= 0 {
		perTask = DefaultPerTask
	}
	if ended <= 0 {
		ended = DefaultEnded
	}
	return &Store{perTask: perTask, ended: ended, logs: make(map[string]*entry)}
}

// Open returns a store that holds as much in memory as one of NewStore, and keeps everything in the folder, which
// it makes when needed, for this user alone. What is no longer in memory is read from there.
func Open(folder string, perTask, ended int) (*Store, error) {
	s := NewStore(perTask, ended)
	f, err := makeFolder(folder)
	if err != nil {
		return nil, err
	}
	s.folder = f
	return s, nil
}

// Trouble returns why what tasks say does not reach the disk now, nil if it does. It does not block.
func (s *Store) Trouble() error { return s.trouble.get() }

// Close writes what is unwritten and lets go of the folder. From then on the store is in memory alone.
func (s *Store) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	writers := slices.Collect(maps.Values(s.files.open))
	s.mu.Unlock()
	for _, w := range writers {
		w.end("") // its attempt did not end
	}
	if s.folder == nil {
		return nil
	}
	return errors.Join(s.folder.Close(), s.Trouble())
}

// Begin returns the log of a task for writing, and makes it if there is none. Another attempt begins: what the
// task said before is in its file only. The attempt before, if there was one, has been given to End.
func (s *Store) Begin(task Task) *Log {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.logs[task.ID]
	if e == nil {
		e = &entry{log: newLog(s.perTask, s.base)}
		s.logs[task.ID] = e
	}
	s.revive(e)
	var disk *writer
	if s.folder != nil && task.Serial > 0 && !s.closed {
		disk = newWriter(s.folder, task, &s.trouble)
		s.files.begin(task, disk)
	}
	e.log.reset(disk)
	return e.log
}

// Read reads from the log of a task as [Log.Read] does. What is no longer held is read from its file first, once;
// of an earlier process too, if [Store.Restore] named it. A task that has no log said nothing: it returns from
// as both positions.
func (s *Store) Read(taskID string, from int64, limit int) (entries []Entry, first, next int64) {
	s.mu.Lock()
	e, serial := s.logs[taskID], s.files.serial(taskID)
	base, onDisk := s.base, e == nil && serial > 0 && s.folder != nil && !s.closed
	s.mu.Unlock()
	if onDisk {
		e = s.load(taskID, serial, base)
	}
	if e == nil {
		return nil, from, from
	}
	return e.log.Read(from, limit)
}

// End says that nobody writes to the log of a task any more, and how its attempt ended, in one word. It stays
// readable. When the ended ones together are too large, those that ended first leave the memory. It waits for the
// disk.
func (s *Store) End(taskID, how string) {
	s.mu.Lock()
	e := s.logs[taskID]
	if e == nil {
		s.mu.Unlock()
		return
	}
	disk := e.log.finish()
	s.settle(taskID, e)
	s.mu.Unlock()
	if disk == nil {
		return
	}
	disk.end(how)
	s.mu.Lock()
	s.files.end(disk)
	s.mu.Unlock()
}

// Forget drops the log of a task. A writer that still has it writes to nobody; the file, if there is one, stays.
func (s *Store) Forget(taskID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget(taskID)
	s.files.forget(taskID)
}

// settle puts a log to the ended ones, and drops the first of them when they are too large. The caller holds the
// lock, here and in the next two.
func (s *Store) settle(taskID string, e *entry) {
	s.revive(e)
	e.cost = e.log.cost()
	e.elem = s.order.PushBack(taskID)
	s.total += e.cost
	for s.total > s.ended && s.order.Len() > 1 {
		s.forget(s.order.Front().Value.(string))
	}
}

func (s *Store) forget(taskID string) {
	e := s.logs[taskID]
	if e == nil {
		return
	}
	s.revive(e)
	delete(s.logs, taskID)
	// A later log of the same task begins behind this one, so that a reader of this one notices.
	s.base = max(s.base, e.log.end()+1)
}

// revive takes an ended log out of the ended ones.
func (s *Store) revive(e *entry) {
	if e.elem != nil {
		s.order.Remove(e.elem)
		s.total -= e.cost
		e.elem, e.cost = nil, 0
	}
}
