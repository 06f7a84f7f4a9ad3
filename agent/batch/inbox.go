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
}

// inbox carries transitions from the dispatcher's callback, which must not block, to the run, which may wait
// for a slow reader of its output. It is bounded by how many tasks the run lets out at a time.
type inbox struct {
	mu   sync.Mutex
	list []event
	// last is the latest status of each task that has not ended, to tell transitions from reports in between.
	last map[string]dispatcher.TaskStatus
	wake chan struct{} // has a value after something was put in, or after another reason to look
}

func newInbox() *inbox {
	return &inbox{last: map[string]dispatcher.TaskStatus{}, wake: make(chan struct{}, 1)}
}

// progress is a dispatcher.ProgressCallback.
func (b *inbox) progress(id string, status dispatcher.TaskStatus, _ int, message string) {
	b.mu.Lock()
	last, known := b.last[id]
	if known && last == status {
		b.mu.Unlock()
		return
	}
	if status.Ended() {
		delete(b.last, id)
	} else {
		b.last[id] = status
	}
	b.list = append(b.list, event{id, status, message})
	b.mu.Unlock()
	b.poke()
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
