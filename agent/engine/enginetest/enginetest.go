package enginetest

import (
	"context"
	"slices"
	"sync"

	"drover/agent"
	"drover/agent/engine"
	"drover/dispatcher"
)

// Engine has those methods of an engine.Engine that a dispatcher alone can have.
type Engine struct {
	*dispatcher.TaskDispatcher

	mu        sync.Mutex
	observers []engine.Observer
}

// New returns the engine of a dispatcher, whose callbacks it sets.
func New(d *dispatcher.TaskDispatcher) *Engine {
	e := &Engine{TaskDispatcher: d}
	d.SetProgressCallback(func(id string, status dispatcher.TaskStatus, _ int, message string) {
		for _, o := range e.all() {
			if o.Progress != nil && !status.Ended() {
				o.Progress(id, status, message)
			}
		}
	})
	d.SetEndCallback(func(task *dispatcher.Task) {
		for _, o := range e.all() {
			if o.Ended != nil {
				ended := agent.TaskOf(task)
				o.Ended(&ended)
			}
		}
	})
	return e
}

func (e *Engine) all() []engine.Observer {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.observers
}

// Observe adds an observer for good.
func (e *Engine) Observe(o engine.Observer) (stop func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.observers = append(slices.Clip(e.observers), o)
	return func() {}
}

// State returns the state of the dispatcher.
func (e *Engine) State(request dispatcher.SnapshotRequest) engine.State {
	return engine.StateOf(e.Snapshot(request))
}

// Task returns one task.
func (e *Engine) Task(id string) (agent.Task, bool) {
	task, err := e.GetTask(id)
	if err != nil {
		return agent.Task{}, false
	}
	return agent.TaskOf(task), true
}

// SubmitAll queues tasks.
func (e *Engine) SubmitAll(ctx context.Context, tasks []agent.Submission, full func()) []error {
	return engine.SubmitAll(ctx, e.TaskDispatcher, tasks, full)
}

// Cancel cancels a task.
func (e *Engine) Cancel(id string) error { return e.CancelTask(id) }

// Hold and Release hold the queue.
func (e *Engine) Hold(reason string) { e.TaskDispatcher.Hold(reason) }

// Stop cancels everything.
func (e *Engine) Stop(context.Context) error { return e.Shutdown(0) }
