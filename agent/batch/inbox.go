package batch

import (
	"sync"

	"drover/dispatcher"
)

// event is one transition of a task, as the dispatcher reported it.
type event struct {
	id      string
	status  dispatcher.TaskStatus
	message string
	task    dispatcher.Task // of an end: asked for at once, since the dispatcher forgets tasks
}

// inbox carries transitions from the dispatcher's callback, which must not block, to the run, which may wait
// for a slow reader of its output. When too many ended tasks are in it, it holds the queue.
type inbox struct {
	tasks *dispatcher.TaskDispatcher

	mu        sync.Mutex
	list      []event
	unwritten int // tasks that have ended and whose result is not written
	// last is the latest status of each task that has not ended, to tell transitions from reports in between.
	last map[string]dispatcher.TaskStatus
	wake chan struct{} // has a value after something was put in, or after another reason to look
}

func newInbox(tasks *dispatcher.TaskDispatcher) *inbox {
	return &inbox{tasks: tasks, last: map[string]dispatcher.TaskStatus{}, wake: make(chan struct{}, 1)}
}

// progress is a dispatcher.ProgressCallback.
func (b *inbox) progress(id string, status dispatcher.TaskStatus, _ int, message string) {
	e := event{id: id, status: status, message: message}
	if status.Ended() {
		if task, err := b.tasks.GetTask(id); err == nil {
			e.task = *task
		} else {
			e.task = dispatcher.Task{ID: id, Status: status, Error: err} // that it ended is still told
		}
	}
	b.mu.Lock()
	last, known := b.last[id]
	if known && last == status {
		b.mu.Unlock()
		return
	}
	if status.Ended() {
		delete(b.last, id)
		if b.unwritten++; b.unwritten == window {
			b.tasks.Hold(holdUnread) // with mu held, so that it comes before the Release that belongs to it
		}
	} else {
		b.last[id] = status
	}
	b.list = append(b.list, e)
	b.mu.Unlock()
	b.poke()
}

// written says that the result of a task has been written.
func (b *inbox) written() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.unwritten--; b.unwritten == window/2 {
		b.tasks.Release(holdUnread)
	}
}

// poke makes the run look again. It never blocks.
func (b *inbox) poke() {
	select {
	case b.wake <- struct{}{}:
	default:
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
