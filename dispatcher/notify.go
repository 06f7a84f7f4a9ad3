package dispatcher

import (
	"bytes"
	"log/slog"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync/atomic"
)

type eventKind uint8

const (
	eventTransition eventKind = iota // a task changed its status
	eventReport                      // an agent function reported; the attempt has the latest report
	eventEnd                         // a task has ended and its agent function is back, or will not be waited for
)

// event is one call of the progress callback, or of the end callback, that is to be made.
type event struct {
	id      string
	attempt *attempt // of a report; nil otherwise
	task    *Task    // of an end; nil otherwise
	err     error    // why, for a failed, cancelled or requeued task
	lane    int8     // of a started task
	status  uint8
	kind    eventKind
}

// eventBlock is a stretch of owed events. A chain of blocks grows without copying what is there, which matters
// when a slow callback has a hundred thousand events owed to it: the growing happens under the lock. What the garbage
// collector has to look through matters then too, again and again, so a block has next to no pointers: of a task it has a
// copy of the ID, and neither the caller's string nor the record, and what few events have is apart.
type eventBlock struct {
	n     int
	ids   []byte // one behind the other
	rest  []eventRest
	next  *eventBlock
	marks [blockEvents]eventMark
}

const (
	// A block takes no more events when it has blockEvents of them, or when their IDs take blockIDs bytes: they are
	// made one string, all of which stays if a callback keeps one of them.
	blockEvents = 128
	blockIDs    = 16 * blockEvents
)

type eventMark struct {
	idEnd  uint32 // where its ID ends; it begins where that of the event before ends
	lane   int8
	status uint8
	kind   eventKind
	rest   uint8 // 1 + its place in eventBlock.rest, 0 for none
}

type eventRest struct {
	attempt *attempt
	task    *Task
	err     error
}

func newEventBlock() *eventBlock { return &eventBlock{ids: make([]byte, 0, blockIDs)} }

func (b *eventBlock) full() bool { return b.n == blockEvents || len(b.ids) >= blockIDs }

// add appends an event. The block must not be full.
func (b *eventBlock) add(e *event) {
	b.ids = append(b.ids, e.id...)
	mark := eventMark{idEnd: uint32(len(b.ids)), lane: e.lane, status: e.status, kind: e.kind}
	if e.attempt != nil || e.task != nil || e.err != nil {
		b.rest = append(b.rest, eventRest{e.attempt, e.task, e.err})
		mark.rest = uint8(len(b.rest))
	}
	b.marks[b.n] = mark
	b.n++
}

// at returns the event at a place; ids is the string of b.ids.
func (b *eventBlock) at(i int, ids string) event {
	mark, idStart := b.marks[i], uint32(0)
	if i > 0 {
		idStart = b.marks[i-1].idEnd
	}
	e := event{id: ids[idStart:mark.idEnd], lane: mark.lane, status: mark.status, kind: mark.kind}
	if mark.rest > 0 {
		rest := b.rest[mark.rest-1]
		e.attempt, e.task, e.err = rest.attempt, rest.task, rest.err
	}
	return e
}

// reset empties the block and lets go of what the events refer to.
func (b *eventBlock) reset() {
	ids := b.ids[:0]
	if cap(ids) > 2*blockIDs { // an ID was that long
		ids = nil
	}
	*b = eventBlock{ids: ids}
}

// notifier owes events to the callbacks and delivers them one after the other, in order, on a goroutine of
// its own that lives as long as something is owed: an idle dispatcher has none. So a callback may be slow,
// call the dispatcher and panic without a lane noticing. Fields without another note are guarded by
// TaskDispatcher.mu.
//
// Transitions are owed as events, one each, because none may be lost; a report is owed at most once for an
// attempt, and what is delivered is the latest one. The rejected alternative, one goroutine for each task's
// callbacks, would reorder tasks against each other and cost a goroutine a task.
type notifier struct {
	d        *TaskDispatcher
	progress atomic.Pointer[ProgressCallback] // written with mu held, read by the goroutine without
	end      atomic.Pointer[EndCallback]      // likewise
	change   func()

	first, last *eventBlock // what is owed
	spare       *eventBlock // an empty block for next time, so that single events cost no memory
	changed     bool        // a call of change is owed
	busy        bool        // the goroutine is there
	goid        uint64      // of that goroutine; 0 until it has found out
}

// push sees to it that a callback is called for e. There must be one.
func (n *notifier) push(e event) {
	if n.last == nil || n.last.full() {
		n.grow()
	}
	n.last.add(&e)
	n.wake()
}

func (n *notifier) grow() {
	b := n.spare
	if n.spare = nil; b == nil {
		b = newEventBlock()
	}
	if n.last == nil {
		n.first = b
	} else {
		n.last.next = b
	}
	n.last = b
}

// pushChange owes a call of the change callback.
func (n *notifier) pushChange() {
	if n.change == nil {
		return
	}
	n.changed = true
	n.wake()
}

func (n *notifier) wake() {
	if !n.busy {
		n.busy = true
		go n.deliver()
	}
}

// idle reports whether every callback that was owed has returned.
func (n *notifier) idle() bool { return !n.busy }

// deliver calls the callbacks until nothing is owed.
func (n *notifier) deliver() {
	d := n.d
	done := false
	defer func() {
		if !done { // a callback ended this goroutine with runtime.Goexit: go on in another
			go n.deliver()
		}
	}()
	id := goroutineID()
	d.mu.Lock()
	n.goid = id
	for n.first != nil || n.changed {
		if b := n.first; b != nil {
			if n.first = b.next; n.first == nil {
				n.last = nil
			}
			told := d.told.Load()
			d.mu.Unlock()
			d.sync(told) // what is told must not be lost any more
			n.deliverBlock(b)
			b.reset()
			d.mu.Lock()
			n.spare = b
		}
		if change := n.change; n.changed {
			n.changed = false
			d.mu.Unlock()
			if change != nil {
				n.guard(change)
			}
			d.mu.Lock()
		}
	}
	n.busy, n.goid = false, 0
	d.wakeWaiters()
	d.mu.Unlock()
	done = true
}

// deliverBlock calls the progress and the end callback for the events of a block that is no longer in the chain.
func (n *notifier) deliverBlock(b *eventBlock) {
	next, ids := 0, string(b.ids)
	defer func() {
		if next == b.n {
			return
		}
		// The callback ended the goroutine: owe the rest again, before what came since.
		rest := newEventBlock()
		for ; next < b.n; next++ {
			e := b.at(next, ids)
			rest.add(&e)
		}
		n.d.mu.Lock()
		defer n.d.mu.Unlock()
		if rest.next = n.first; n.last == nil {
			n.last = rest
		}
		n.first = rest
	}()
	for next < b.n {
		e := b.at(next, ids)
		next++
		// The callbacks are looked up each time: they may be set to others, or none, meanwhile.
		if e.kind == eventEnd {
			if end := n.end.Load(); end != nil {
				n.guard(func() { (*end)(e.task) })
			}
			continue
		}
		progress := n.progress.Load()
		if progress == nil {
			continue
		}
		if e.kind == eventReport {
			// First the flag, then the report: one that comes in between is delivered twice, not lost.
			e.attempt.reportQueued.Store(false)
			p := e.attempt.latest.Load()
			n.guard(func() { (*progress)(e.id, StatusRunning, p.Percent, p.Message) })
			continue
		}
		percent, message := e.describe()
		n.guard(func() { (*progress)(e.id, TaskStatus(e.status), percent, message) })
	}
}

// describe returns the progress and the message of a transition.
func (e event) describe() (percent int, message string) {
	switch TaskStatus(e.status) {
	case StatusPending:
		if e.err != nil {
			return 0, "queued again: " + e.err.Error()
		}
		return 0, "queued"
	case StatusRunning:
		return 0, "started on worker " + strconv.Itoa(int(e.lane))
	case StatusCompleted:
		return 100, "completed"
	case StatusFailed:
		return 100, "failed: " + e.err.Error()
	default:
		return 100, "cancelled: " + e.err.Error()
	}
}

// guard calls a callback and survives its panic.
func (n *notifier) guard(call func()) {
	defer func() {
		if v := recover(); v != nil && n.d.log != nil {
			n.d.log.Error("callback panicked", slog.Any("panic", v), slog.String("stack", string(debug.Stack())))
		}
	}()
	call()
}

// inCallback reports whether the calling goroutine is the one that delivers: then waiting for callbacks
// would be waiting for itself. Called with the lock held.
func (n *notifier) inCallback() bool {
	return n.busy && n.goid != 0 && n.goid == goroutineID()
}

// goroutineID returns the number that a stack trace of the calling goroutine begins with. Go offers no other
// way to recognise a goroutine; used only to let a callback call Wait and Shutdown, and once for each burst
// of callbacks.
func goroutineID() uint64 {
	var buf [40]byte
	text := buf[:runtime.Stack(buf[:], false)]
	text = bytes.TrimPrefix(text, []byte("goroutine "))
	var id uint64
	for _, c := range text {
		if c < '0' || c > '9' {
			break
		}
		id = id*10 + uint64(c-'0')
	}
	return id
}
