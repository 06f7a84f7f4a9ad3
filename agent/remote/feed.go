package remote

import (
	"sync"

	"drover/agent"
	"drover/agent/engine"
	"drover/dispatcher"
)

// How far back a feed reaches: so many events, with so many bytes of text in them.
const (
	feedEvents = 4096
	feedBytes  = 16 << 20
)

// feed is what has happened to tasks lately, for any number of readers, who each come for it when they like. Nobody who
// reads holds up who writes: a write takes a lock for a moment and leaves a wake.
//
// Every change of a task's state is an event of its own; of reports in between only the newest is held. It is safe for
// concurrent use.
type feed struct {
	mu      sync.Mutex // guards what follows
	seq     uint64     // of the latest event
	lost    uint64     // of the latest that is no longer held
	first   *entry     // in the order of their numbers
	last    *entry
	events  int
	bytes   int
	latest  map[string]*entry // the latest event of each task that has not ended
	changes uint64            // counts events, and what else has changed
	bell    chan struct{}     // closed at the next change; nil while nobody waits, who then costs a change nothing
}

type entry struct {
	seq        uint64
	id         string
	status     dispatcher.TaskStatus
	message    string
	ended      *agent.Task // nil while it has not
	prev, next *entry
}

func newFeed() *feed {
	return &feed{latest: map[string]*entry{}}
}

func (f *feed) observer() engine.Observer {
	return engine.Observer{Progress: f.progress, Ended: f.ended}
}

func (f *feed) progress(id string, status dispatcher.TaskStatus, message string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	e := f.latest[id]
	if e != nil && e.status == status {
		f.remove(e)
	} else {
		e = &entry{id: id, status: status}
	}
	e.message = message
	f.add(e)
	f.latest[id] = e
}

func (f *feed) ended(task *agent.Task) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.add(&entry{id: task.ID, status: task.Status, ended: task})
	delete(f.latest, task.ID)
}

func (e *entry) size() int {
	n := len(e.id) + len(e.message)
	if e.ended != nil {
		n += len(e.ended.Request.Prompt) + len(e.ended.Request.System) + len(e.ended.Result.Text) + len(e.ended.Result.Thinking)
	}
	return n
}

// add puts an event at the end, drops what is too old, and wakes who waits. Called with mu held.
func (f *feed) add(e *entry) {
	f.seq++
	e.seq, e.prev, e.next = f.seq, f.last, nil
	if f.last != nil {
		f.last.next = e
	} else {
		f.first = e
	}
	f.last = e
	f.events++
	f.bytes += e.size()
	for f.first != e && (f.events > feedEvents || f.bytes > feedBytes) {
		old := f.first
		f.lost = old.seq
		f.remove(old)
		if f.latest[old.id] == old {
			delete(f.latest, old.id)
		}
	}
	f.ring()
}

// ring wakes who waits. Called with mu held.
func (f *feed) ring() {
	f.changes++
	if f.bell != nil {
		close(f.bell)
		f.bell = nil
	}
}

// touch says that something has changed that is no event.
func (f *feed) touch() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ring()
}

// seen returns the number of changes so far, for next.
func (f *feed) seen() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.changes
}

// next returns a channel that is closed when there have been more changes than those.
func (f *feed) next(seen uint64) <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.bell == nil {
		f.bell = make(chan struct{})
	}
	bell := f.bell
	if seen != f.changes {
		close(bell)
		f.bell = nil
	}
	return bell
}

// remove takes an event out of the list. Called with mu held.
func (f *feed) remove(e *entry) {
	if e.prev != nil {
		e.prev.next = e.next
	} else {
		f.first = e.next
	}
	if e.next != nil {
		e.next.prev = e.prev
	} else {
		f.last = e.prev
	}
	f.events--
	f.bytes -= e.size()
}

// now returns the number of the latest event.
func (f *feed) now() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.seq
}

// after returns the events after a number, oldest first, at most limit of them. gap is whether some of them are no longer
// held, or the number is not one of this feed; then there are none, and the reader goes on from now.
func (f *feed) after(seq uint64, limit int) (events []event, now uint64, gap bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if seq < f.lost || seq > f.seq {
		return nil, f.seq, true
	}
	e := f.last
	for e != nil && e.prev != nil && e.prev.seq > seq {
		e = e.prev
	}
	for ; e != nil && len(events) < limit; e = e.next {
		if e.seq > seq {
			events = append(events, event{Seq: e.seq, ID: e.id, Status: e.status.String(), Message: e.message, Task: e.ended})
		}
	}
	return events, f.seq, false
}
