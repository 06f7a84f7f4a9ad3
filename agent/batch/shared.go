package batch

import (
	"context"
	"fmt"
	"math/rand/v2"

	"drover/agent"
	"drover/agent/engine"
	"drover/dispatcher"
)

// shared is an engine that others use too. A run neither holds nor stops it, and hears of its own tasks alone.
type shared struct {
	Engine
	mine map[string]bool // the IDs of the run's tasks; never changes
}

func newShared(e Engine, tasks []agent.Submission, adopted []string) shared {
	s := shared{Engine: e, mine: make(map[string]bool, len(tasks)+len(adopted))}
	for i := range tasks {
		s.mine[tasks[i].ID] = true
	}
	for _, id := range adopted {
		s.mine[id] = true
	}
	return s
}

// Hold does nothing: the others go on.
func (s shared) Hold(string) {}

// Release does nothing.
func (s shared) Release(string) {}

// Stop does nothing.
func (s shared) Stop(context.Context) error { return nil }

// Observe tells the observer of the run's tasks.
func (s shared) Observe(o engine.Observer) (stop func()) {
	return s.Engine.Observe(engine.Observer{
		Progress: func(id string, status dispatcher.TaskStatus, message string) {
			if s.mine[id] {
				o.Progress(id, status, message)
			}
		},
		Ended: func(task *agent.Task) {
			if s.mine[task.ID] {
				o.Ended(task)
			}
		},
	})
}

// prefix is how the IDs begin of tasks that have none of their own. Where others have tasks too, it is one that nobody has.
func (o *Options) prefix() string {
	if o.Shared {
		return fmt.Sprintf("run-%06x-", rand.Uint32N(1<<24)) // it only has to differ
	}
	return "task-"
}
