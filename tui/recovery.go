package tui

import (
	tea "charm.land/bubbletea/v2"

	"drover/tui/actions"
	"drover/tui/cells"
	"drover/tui/notice"
	"drover/tui/recovery"
)

// greet tells of what was taken over, when the first snapshot has come.
func (m *model) greet() {
	r := &m.state.Recovered
	switch {
	case r.Interrupted > 0:
		m.overlays.Offer(m.recovery, 0, m.now)
	case r.Warning != "":
		m.notify(notice.Warn, cells.Sentence(cells.OneLine(r.Warning)))
	case r.Pending > 0:
		m.notify(notice.Good, cells.Plurals(r.Pending, "pending task is back", "pending tasks are back")+" from the last time.")
	case r.Others > 0:
		m.notify(notice.Warn, cells.Plurals(r.Others, "task", "tasks")+
			" of an unfinished drover run: drover run --resume goes on with them.")
	}
}

// recover answers the question about interrupted tasks.
func (m *model) recover(i recovery.Answer) tea.Cmd {
	engine, done := m.engine, cells.Plurals(i.Tasks, "interrupted task is left", "interrupted tasks are left")+" among the finished ones."
	if i.Again {
		done = cells.Plurals(i.Tasks, "interrupted task is", "interrupted tasks are") + " queued again."
	}
	return actions.Perform(func() error { return engine.Recover(i.Again) }, done, "Could not be done")
}
