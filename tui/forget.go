package tui

import (
	tea "charm.land/bubbletea/v2"

	"drover/agent"
	"drover/dispatcher"
	"drover/tui/cells"
	"drover/tui/notice"
	"drover/tui/source"
)

// Clearing the finished tasks.

func (m *model) whyNotForget() string {
	if m.state.EndedTotal == 0 {
		return "There are no finished tasks to clear."
	}
	return ""
}

// forget takes finished tasks off the list for good: the marked ones, those that match the filter, or all. It is
// asked for first.
func (m *model) forget() tea.Cmd {
	engine, done := m.engine, m.ctx.Done()
	gone := func(ids ...string) tea.Msg {
		return doneMsg{notice.Good, "Cleared " + cells.Plural(engine.Forget(ids...), "finished task") + "."}
	}
	ids := m.marked()
	filter := m.finished.Filter
	switch {
	case len(ids) > 0:
		m.askFirst("Clear "+cells.Plural(len(ids), "marked task")+", as far as they have ended?", func() tea.Cmd {
			m.marks.clear()
			return func() tea.Msg { return gone(ids...) }
		})
	case filter == "":
		m.askFirst("Clear all "+cells.Plural(m.state.EndedTotal, "finished task")+"?", func() tea.Cmd {
			return func() tea.Msg { return gone() }
		})
	default:
		m.askFirst("Clear the finished tasks that match the filter?", func() tea.Cmd {
			return func() tea.Msg {
				var matching []string
				source.Ended.Each(engine, filter, done, func(t *agent.Task, _ *dispatcher.TaskExecutionError) {
					matching = append(matching, t.ID)
				})
				if len(matching) == 0 { // none named would be all of them
					return doneMsg{notice.Warn, "Nothing matches the filter."}
				}
				return gone(matching...)
			}
		})
	}
	return nil
}
