package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"drover/tui/keys"
	"drover/tui/overlay"
)

// The filter of the focused list.

func (m *model) whyNotFilter() string {
	if m.focus == paneLanes {
		return "The lanes are not filtered; go to another pane first (" + m.scene.keys.Name(keys.NextPane) + ")."
	}
	return ""
}

func (m *model) openFilter() tea.Cmd {
	pane := m.focus
	change := func(text string) { m.setFilter(pane, text) }
	return m.openBar(overlay.BarOptions{
		Label: "Filter", Text: m.filters[pane], Placeholder: "words, status:failed, priority:high, model:name",
		Changed: change, Left: func() { change("") },
	})
}

// setFilter changes what a list shows. The first match is selected.
func (m *model) setFilter(pane paneID, text string) {
	if text = strings.Join(strings.Fields(text), " "); text == m.filters[pane] {
		return
	}
	m.filters[pane] = text
	m.scene.filters = m.filters
	l := m.listOf(pane)
	if text == "" && l.ID != "" { // the selected task stays selected among all
		l.Hold()
		return
	}
	l.Reset()
}
