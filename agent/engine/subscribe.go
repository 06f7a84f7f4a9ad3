package engine

import (
	"slices"
	"sync/atomic"

	"drover/agent"
	"drover/dispatcher"
)

// subscribers are all who want to know that something has changed, and all who want to know what becomes of each task.
// The zero subscribers is empty and ready. Its methods may be called from several goroutines at once.
//
// The dispatcher's callbacks read the lists while lanes report, so they are replaced and never written into: reading them
// takes no lock, and somebody who subscribes holds up no lane.
type subscribers struct {
	wakes     list[chan struct{}]
	observers list[Observer]
}

// list is a list of members that each may leave again.
type list[T any] struct {
	members atomic.Pointer[[]*T]
}

// all returns the members of this moment, for reading.
func (l *list[T]) all() []*T {
	if members := l.members.Load(); members != nil {
		return *members
	}
	return nil
}

// join adds a member, who leaves with leave.
func (l *list[T]) join(member T) (leave func()) {
	p := &member
	l.replace(func(members []*T) []*T { return append(members, p) })
	return func() {
		l.replace(func(members []*T) []*T {
			return slices.DeleteFunc(members, func(m *T) bool { return m == p })
		})
	}
}

// replace puts another list in the place of the present one. change gets a copy of that.
func (l *list[T]) replace(change func(members []*T) []*T) {
	for {
		was := l.members.Load()
		members := change(slices.Clone(l.all()))
		if l.members.CompareAndSwap(was, &members) {
			return
		}
	}
}

func (s *subscribers) subscribe() (<-chan struct{}, func()) {
	wake := make(chan struct{}, 1)
	return wake, s.wakes.join(wake)
}

func (s *subscribers) observe(o Observer) (stop func()) { return s.observers.join(o) }

// wake is the dispatcher's change callback, and called for every other change.
func (s *subscribers) wake() {
	for _, wake := range s.wakes.all() {
		select {
		case *wake <- struct{}{}:
		default: // a wake is on its way, and what is pulled after it is newer than this change
		}
	}
}

// progress is the dispatcher's progress callback. Ends come through ended.
func (s *subscribers) progress(id string, status dispatcher.TaskStatus, _ int, message string) {
	s.wake()
	if status.Ended() {
		return
	}
	for _, o := range s.observers.all() {
		if o.Progress != nil {
			o.Progress(id, status, message)
		}
	}
}

// ended is the dispatcher's end callback.
func (s *subscribers) ended(task *dispatcher.Task) {
	s.wake()
	observers := s.observers.all()
	if len(observers) == 0 {
		return
	}
	ended := agent.TaskOf(task)
	for _, o := range observers {
		if o.Ended != nil {
			o.Ended(&ended)
		}
	}
}
