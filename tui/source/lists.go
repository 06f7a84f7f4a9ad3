package source

import (
	"slices"

	"drover/agent"
	"drover/agent/engine"
	"drover/dispatcher"
	"drover/tui/facts"
)

// List is a list of the engine, of which the screen sees stretches.
type List int

// window is how many items are asked from the engine at a time where all of a list is looked through.
const window = 2048

// The lists.
const (
	Pending List = iota
	Ended
	Errors
	Count // of them
)

// Window is where a request has the stretch of the list.
func (l List) Window(r *dispatcher.SnapshotRequest) *dispatcher.Window {
	return [Count]*dispatcher.Window{&r.Pending, &r.Ended, &r.Errors}[l]
}

// Total is how many items the list has.
func (l List) Total(s *engine.State) int {
	return [Count]int{s.PendingTotal, s.EndedTotal, s.ErrorsTotal}[l]
}

// IDs are those of the items of the stretch in a state.
func (l List) IDs(s *engine.State) []string {
	switch l {
	case Pending:
		return idsOf(s.Pending, TaskID)
	case Ended:
		return idsOf(s.Ended, TaskID)
	default:
		return idsOf(s.Errors, facts.ErrorID)
	}
}

// Keep puts the stretch of an older state into s.
func (l List) Keep(s, old *engine.State) {
	switch l {
	case Pending:
		s.Pending = old.Pending
	case Ended:
		s.Ended = old.Ended
	default:
		s.Errors = old.Errors
	}
}

// Stretch asks the engine for a part of the list.
func (l List) Stretch(e engine.Engine, w dispatcher.Window) engine.State {
	var r dispatcher.SnapshotRequest
	*l.Window(&r) = w
	return e.State(r)
}

// TaskID is what lists know a task by.
func TaskID(t *agent.Task) string { return t.ID }

func idsOf[T any](items []T, id func(*T) string) []string {
	ids := make([]string, len(items))
	for i := range items {
		ids[i] = id(&items[i])
	}
	return ids
}

// Each walks the items of the whole list that match a filter, some windows of it at a time, until done is closed. e is nil but
// in the errors, of which t is the task. What moves meanwhile may be missed or come twice.
func (l List) Each(engine engine.Engine, filter string, done <-chan struct{}, f func(t *agent.Task, e *dispatcher.TaskExecutionError)) {
	match := Parse(filter)
	for at := 0; ; at += window {
		select {
		case <-done:
			return
		default:
		}
		s := l.Stretch(engine, dispatcher.Window{Offset: at, Limit: window})
		tasks := slices.Concat(s.Pending, s.Ended)
		for i := range tasks {
			if match.Task(&tasks[i]) {
				f(&tasks[i], nil)
			}
		}
		for i := range s.Errors {
			t, _ := engine.Task(s.Errors[i].TaskID)
			if t.ID = s.Errors[i].TaskID; match.Failed(&s.Errors[i], &t) {
				f(&t, &s.Errors[i])
			}
		}
		if len(tasks)+len(s.Errors) < window {
			return
		}
	}
}
