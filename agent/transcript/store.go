package transcript

import (
	"container/list"
	"fmt"
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

	mu    sync.Mutex
	logs  map[string]*entry
	order list.List // ids of ended logs, earliest ended first
	total int       // cost of the ended ones
	base  int64     // where a new log begins: behind every position of every log that is gone
}

// entry is a log and what the store knows of it.
type entry struct {
	log  *Log
	elem *list.Element // in order; nil while the task has not ended
	cost int           // counted in total while elem is set
}

// NewStore returns an empty store that holds about perTask bytes of each task, the latest ones, and about
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

// Log returns the log of a task for writing, and makes it if there is none. A task whose log had been
// ended is running again.
func (s *Store) Log(taskID string) *Log {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.logs[taskID]
	if e == nil {
		e = &entry{log: newLog(s.perTask, s.base)}
		s.logs[taskID] = e
	}
	s.revive(e)
	return e.log
}

// Read reads from the log of a task as [Log.Read] does. A task that has no log said nothing: it returns
// from as both positions.
func (s *Store) Read(taskID string, from int64, limit int) (entries []Entry, first, next int64) {
	s.mu.Lock()
	e := s.logs[taskID]
	s.mu.Unlock()
	if e == nil {
		return nil, from, from
	}
	return e.log.Read(from, limit)
}

// End says that nobody writes to the log of a task any more. It stays readable until the ended ones
// together are too large and it is the one that ended first.
func (s *Store) End(taskID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.logs[taskID]
	if e == nil {
		return
	}
	s.revive(e)
	e.cost = e.log.cost()
	e.elem = s.order.PushBack(taskID)
	s.total += e.cost
	for s.total > s.ended && s.order.Len() > 1 {
		s.forget(s.order.Front().Value.(string))
	}
}

// Forget drops the log of a task. A writer that still has it writes to nobody.
func (s *Store) Forget(taskID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget(taskID)
}

// forget is Forget for callers that hold the lock.
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

// revive takes an ended log out of the ended ones. The caller holds the lock.
func (s *Store) revive(e *entry) {
	if e.elem != nil {
		s.order.Remove(e.elem)
		s.total -= e.cost
		e.elem, e.cost = nil, 0
	}
}

// droppedNotice is what a reader is told in the place of text that is no longer held.
func droppedNotice(n int64) string {
	unit, size := "bytes", n
	if n >= 10<<10 {
		unit, size = "KiB", n>>10
	}
	return fmt.Sprintf("the oldest %d %s of the output are no longer held", size, unit)
}
