package tui

import (
	"fmt"
	"time"

	"drover/agent"
	"drover/dispatcher"
	"drover/tui/actions"
	"drover/tui/facts"
	"drover/tui/list"
)

// shiftGrace is how long an action that destroys something is refused after the selection has gone to
// another task by itself: the key was meant for the one before.
const shiftGrace = 300 * time.Millisecond

// target is the task that an action is for: the open one, or the selected one of the focused pane. It says
// why there is none.
func (m *model) target() (task agent.Task, why string) {
	if m.readsOutput() {
		return m.output.Task()
	}
	return m.selected()
}

// selected is the selected task of the focused pane, and why there is none.
func (m *model) selected() (task agent.Task, why string) {
	s := &m.state
	switch m.focus {
	case paneLanes:
		lane := m.lanes.Selected()
		if lane == nil {
			return task, "There are no lanes yet."
		}
		if lane.State == dispatcher.LaneIdle {
			return task, fmt.Sprintf("Nothing is selected: lane %d is idle.", lane.ID+1)
		}
		return lane.Task, ""
	case paneQueue:
		return pick(&m.queue.List, s.Pending, "the queue is empty")
	case paneFinished:
		return pick(&m.finished.List, s.Ended, "nothing has ended yet")
	default:
		return m.errorTarget()
	}
}

// errorTarget is the task of the selected error.
func (m *model) errorTarget() (task agent.Task, why string) {
	s := &m.state
	e := m.errors.Selected()
	if e == nil {
		return task, "Nothing is selected: there are no errors."
	}
	if lane := facts.LaneOf(m.state.Lanes, e.TaskID); lane != nil {
		return lane.Task, "" // it has been retried meanwhile
	}
	for _, known := range [][]agent.Task{s.Pending, s.Ended} {
		for i := range known {
			if known[i].ID == e.TaskID {
				return known[i], ""
			}
		}
	}
	// Not in a window: what is known is that it failed. The engine says so if that has changed.
	return agent.Task{ID: e.TaskID, Status: dispatcher.StatusFailed, Attempts: 1, Error: e.Error}, ""
}

func pick(p *list.List, tasks []agent.Task, empty string) (agent.Task, string) {
	for i := range tasks {
		if tasks[i].ID == p.ID && p.ID != "" {
			return tasks[i], ""
		}
	}
	if p.Total == 0 {
		return agent.Task{}, "Nothing is selected: " + empty + "."
	}
	return agent.Task{}, "The selected task is not loaded yet; press the key again."
}

// choice is what the keys are for now.
func (m *model) choice() actions.Choice {
	c := actions.Choice{Ended: m.finished.Filter, Place: m.queue.Base}
	if m.queue.Filter != "" {
		c.Place = -1
	}
	if c.Task, c.Why = m.target(); m.readsOutput() {
		return c
	}
	if time.Since(m.shifted[m.focus]) < shiftGrace {
		c.Shifted = "The selection has only just moved to " + facts.Name(c.Task.ID) + "; press it again if you mean that one."
	}
	if m.focus != paneLanes {
		c.List, c.Source = m.listOf(m.focus), m.focus.shows()
	}
	if m.focus == paneErrors {
		c.Group = m.errors.Group()
	}
	return c
}
