package tui

import (
	tea "charm.land/bubbletea/v2"

	"drover/tui/keys"
	"drover/tui/overlay"
)

// The filter of the focused list.

func (m *model) whyNotFilter() string {
	if m.focus == paneLanes {
		return "The lanes are not filtered; go to another pane first (" + m.look.Keys.Name(keys.NextPane) + ")."
	}
	return ""
}

func (m *model) openFilter() tea.Cmd {
	change := m.listOf(m.focus).SetFilter
	return m.openBar(overlay.BarOptions{
		Label: "Filter", Text: m.listOf(m.focus).Filter, Placeholder: "words, status:failed, priority:high, model:name",
		Changed: change, Left: func() { change("") },
	})
}
