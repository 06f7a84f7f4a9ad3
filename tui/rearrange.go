package tui

import (
	"math"

	tea "charm.land/bubbletea/v2"

	"drover/agent"
	"drover/dispatcher"
	"drover/tui/cells"
	"drover/tui/facts"
	"drover/tui/keys"
	"drover/tui/notice"
)

// Moving tasks that wait.

func (m *model) whyNotPending(what string) string {
	t, why := m.target()
	switch {
	case why != "":
		return why
	case t.Status.Ended():
		return hasAlready(&t)
	case t.Status != dispatcher.StatusPending:
		return cells.Sentence(facts.Name(t.ID) + " is already running; only a pending task can be " + what)
	}
	return ""
}

// moveTask shifts the selected task among those of its priority. math.MinInt makes it the first of them,
// math.MaxInt the last.
func (m *model) moveTask(places int) tea.Cmd {
	t, _ := m.target()
	engine, id := m.engine, t.ID
	how := " is moved down"
	switch {
	case places == math.MinInt:
		how = " is the first of " + dispatcher.PriorityName(t.Priority) + " priority now"
	case places == math.MaxInt:
		how = " is the last of " + dispatcher.PriorityName(t.Priority) + " priority now"
	case places < 0:
		how = " is moved up"
	}
	if edge := m.atEdge(&t, places); edge != "" {
		m.notify(notice.Warn, edge)
		return nil
	}
	m.queue.Hold()
	return perform(func() error { return engine.Move(id, places) }, cells.Sentence(facts.Name(id)+how), "Could not move "+facts.Name(id))
}

// atEdge says that a task cannot be moved further, if that can be seen: a move stays within a priority.
func (m *model) atEdge(t *agent.Task, places int) string {
	if m.queue.Filter != "" {
		return "" // its neighbours are not in the snapshot
	}
	pending, step, place := m.state.Pending, 1, "last"
	if places < 0 {
		step, place = -1, "first"
	}
	for i := range pending {
		if pending[i].ID != t.ID {
			continue
		}
		at := m.queue.Base + i + step
		known := at >= 0 && at < m.queue.Total
		if next := i + step; known && (next < 0 || next >= len(pending) || pending[next].Priority == t.Priority) {
			return ""
		}
		return cells.Sentence(facts.Name(t.ID) + " is already the " + place + " of " + dispatcher.PriorityName(t.Priority) +
			" priority; " + m.look.Keys.Name(keys.Raise) + " and " + m.look.Keys.Name(keys.Lower) + " change that")
	}
	return ""
}
