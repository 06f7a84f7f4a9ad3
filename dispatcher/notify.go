package dispatcher

import (
	"log/slog"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync/atomic"
)

type eventKind uint8

const (
	eventTransition eventKind = iota // a task changed its status
	eventReport                      // an agent function reported; the attempt has the latest report
	eventEnd                         // a task has ended and its agent function is back, or will not be waited for
)

// event is one call of the progress callback, or of the end callback, that is to be made. It has few pointers: a slow
// callback may have hundreds of thousands before it, and the garbage collector looks at all of them again and again.
type event struct {
	rec    *record // of which only what never changes may be read
	more   any     // the error of a failed, cancelled or requeued task; the attempt of a report; the Task of an end
	lane   int8    // of a started task
	status uint8
	kind   eventKind
}

// notifier makes the calls of the callbacks, one after the other, in order, on a goroutine of its own that lives as long
// as there are calls to make: an idle dispatcher has none. So a callback may be slow, call the dispatcher and panic
// without a lane noticing. Fields without another note are guarded by TaskDispatcher.mu.
//
// Each transition has an event, because none may be lost; an attempt has at most one for its reports, and the latest
// report is delivered. The rejected alternative, one goroutine for each task's callbacks, would reorder
// tasks against each other and cost a goroutine a task.
type notifier struct {
	d        *TaskDispatcher
	progress atomic.Pointer[ProgressCallback] // written with mu held, read by the goroutine without
	end      atomic.Pointer[EndCallback]      // likewise
	change   func()

	events  []event // what is to be called next
	spare   []event // empty, for next time, so that single events cost no memory
	changed bool    // change is to be called
	busy    bool    // the goroutine is there
}

// maxSpare is how large a spare may be, in events: a burst does not keep its memory.
const maxSpare = 1024

// push sees to it that a callback is called for e. There must be one.
func (n *notifier) push(e event) {
	n.events = append(n.events, e)
	n.wake()
}

// pushChange sees to it that the change callback is called.
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

// idle reports whether every callback that was to be called has returned.
func (n *notifier) idle() bool { return !n.busy }

// deliver calls the callbacks until there is nothing left to call. It is the bottom of its goroutine; see inCallback.
func (n *notifier) deliver() {
	d := n.d
	done := false
	defer func() {
		if !done { // a callback ended this goroutine with runtime.Goexit: go on in another
			go n.deliver()
		}
	}()
	d.mu.Lock()
	for len(n.events) > 0 || n.changed {
		if events := n.events; len(events) > 0 {
			n.events, n.spare = n.spare, nil
			position := d.position.Load()
			d.mu.Unlock()
			d.sync(position) // what somebody is told must not be lost any more
			n.deliverAll(events)
			clear(events) // let go of what they refer to
			d.mu.Lock()
			if cap(events) <= maxSpare {
				n.spare = events[:0]
			}
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
	n.busy = false
	d.wakeWaiters()
	d.mu.Unlock()
	done = true
}

// deliverAll calls the callbacks for events.
func (n *notifier) deliverAll(events []event) {
	next := 0
	defer func() {
		if next < len(events) { // the callback ended the goroutine: the rest comes before what came since
			n.d.mu.Lock()
			defer n.d.mu.Unlock()
			n.events = append(events[next:len(events):len(events)], n.events...)
		}
	}()
	for next < len(events) {
		e := &events[next]
		next++
		n.deliverOne(e)
	}
}

// deliverOne calls the callback for e. It is looked up each time: it may be set to another, or none, meanwhile.
func (n *notifier) deliverOne(e *event) {
	if e.kind == eventEnd {
		if end := n.end.Load(); end != nil {
			n.guard(func() { (*end)(e.more.(*Task)) })
		}
		return
	}
	progress := n.progress.Load()
	if progress == nil {
		return
	}
	if e.kind == eventReport {
		// First the flag, then the report: one that comes in between is delivered twice, not lost.
		a := e.more.(*attempt)
		a.reportQueued.Store(false)
		p := a.latest.Load()
		n.guard(func() { (*progress)(e.rec.id, StatusRunning, p.Percent, p.Message) })
		return
	}
	percent, message := e.describe()
	n.guard(func() { (*progress)(e.rec.id, TaskStatus(e.status), percent, message) })
}

// describe returns the progress and the message of a transition.
func (e *event) describe() (percent int, message string) {
	err, _ := e.more.(error)
	switch TaskStatus(e.status) {
	case StatusPending:
		if err != nil {
			return 0, "queued again: " + err.Error()
		}
		return 0, "queued"
	case StatusRunning:
		return 0, "started on worker " + strconv.Itoa(int(e.lane))
	case StatusCompleted:
		return 100, "completed"
	case StatusFailed:
		return 100, "failed: " + err.Error()
	default:
		return 100, "cancelled: " + err.Error()
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

// inCallback reports whether it is called from a callback, by looking for deliver at the bottom of the stack: then to wait
// for callbacks would be to wait for itself. Callbacks of any dispatcher count.
func inCallback() bool {
	callers := make([]uintptr, 64)
	n := runtime.Callers(1, callers)
	for n == len(callers) {
		callers = make([]uintptr, 2*n)
		n = runtime.Callers(1, callers)
	}
	frames := runtime.CallersFrames(callers[:n])
	for {
		frame, more := frames.Next()
		if strings.HasSuffix(frame.Function, "dispatcher.(*notifier).deliver") {
			return true
		}
		if !more {
			return false
		}
	}
}
