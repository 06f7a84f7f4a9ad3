package batch

import (
	"sync"

	"drover/agent"
	"drover/dispatcher"
)

// event is one transition of a task, as the dispatcher reported it.
type event struct {
	id      string
	status  dispatcher.TaskStatus
	message string
	task    *agent.Task // of an end; nil otherwise
}

// inbox carries transitions from the engine's calls, which must not block, to the run, which may wait
// for a slow reader of its output. When too many ended tasks are in it, it holds the queue.
type inbox struct {
	engine Engine

	mu        sync.Mutex
	list      []event
	unwritten int // tasks that have ended and whose result is not written
	// last is the latest status of each task that has not ended, to tell transitions from reports in between.
	last map[string]dispatcher.TaskStatus
	wake chan struct{} // has a value after something was put in
}

func newInbox(e Engine) *inbox {
	return &inbox{engine: e, last: map[string]dispatcher.TaskStatus{}, wake: make(chan struct{}, 1)}
}

// progress is engine.Observer.Progress.
func (b *inbox) progress(id string, status dispatcher.TaskStatus, message string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if last, known := b.last[id]; known && last == status {
		return
	}
	b.last[id] = status
	b.put(event{id: id, status: status, message: message})
}

// ended is engine.Observer.Ended.
func (b *inbox) ended(task *agent.Task) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.last, task.ID)
	if b.unwritten++; b.unwritten == window {
		b.engine.Hold(holdUnread) // with mu held, so that it comes before the Release that belongs to it
	}
	b.put(event{id: task.ID, status: task.Status, task: task})
}

// put adds an event and makes the run look. Called with mu held.
func (b *inbox) put(e event) {
	b.list = append(b.list, e)
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// written says that the result of a task has been written.
func (b *inbox) written() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.unwritten--; b.unwritten == window/2 {
		b.engine.Release(holdUnread)
	}
}

// take returns what has come since the last call.
func (b *inbox) take() []event {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := b.list
	b.list = nil
	return list
}
