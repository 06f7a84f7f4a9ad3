package tui

import (
	tea "charm.land/bubbletea/v2"

	"drover/tui/keys"
	"drover/tui/notice"
)

// panes names them for people.
var paneNames = [paneCount]string{paneLanes: "lanes", paneQueue: "pending tasks", paneFinished: "finished tasks", paneErrors: "errors"}

// shown counts the panes that are not hidden.
func (m *model) shown() (n int) {
	for _, hidden := range m.hidden {
		if !hidden {
			n++
		}
	}
	return n
}

func (m *model) whyNotHide() string {
	if m.shown() == 1 {
		return "This is the only pane that is left; " + m.scene.keys.Name(keys.ShowAll) + " brings the others back."
	}
	return ""
}

// hide takes the focused pane off the screen and goes to the next.
func (m *model) hide() tea.Cmd {
	gone := m.focus
	m.hidden[gone], m.zoomed = true, false
	m.turn(1)
	m.tell(notice.Good, "The "+paneNames[gone]+" are hidden; "+m.scene.keys.Name(keys.ShowAll)+" brings them back.")
	return nil
}

func (m *model) whyNotShowAll() string {
	if m.shown() == int(paneCount) {
		return "No pane is hidden."
	}
	return ""
}

// showAll brings the hidden panes back.
func (m *model) showAll() tea.Cmd {
	m.hidden = [paneCount]bool{}
	m.tell(notice.Good, "All panes are shown.")
	return nil
}
