package tui

import (
	tea "charm.land/bubbletea/v2"

	"drover/tui/keys"
	"drover/tui/list"
	"drover/tui/notice"
	"drover/tui/source"
)

// paneID names a pane. The order is that of tab.
type paneID int

const (
	paneLanes paneID = iota
	paneQueue
	paneFinished
	paneErrors
	paneCount
)

// paneOf is the pane of a list of the engine.
func paneOf(l source.List) paneID {
	return [source.Count]paneID{source.Pending: paneQueue, source.Ended: paneFinished, source.Errors: paneErrors}[l]
}

// shows is the list of the engine that a pane other than the lanes shows.
func (p paneID) shows() source.List { return source.List(p - paneQueue) }

// paneNames names them for people.
var paneNames = [paneCount]string{paneLanes: "lanes", paneQueue: "pending tasks", paneFinished: "finished tasks", paneErrors: "errors"}

// pane is a component of the main page.
type pane interface {
	SetSize(w, h int)
	SetFocus(focused bool)
	Handlers() keys.Handlers
	Offers() []keys.Action // for the last line, the most useful first
	View() []string
}

// listOf is the list of a pane other than the lanes.
func (m *model) listOf(p paneID) *list.List {
	switch p {
	case paneFinished:
		return &m.finished.List
	case paneErrors:
		return &m.errors.List
	default:
		return &m.queue.List
	}
}

// filtered reports whether the focused pane shows a part of its list.
func (m *model) filtered() bool { return m.focus != paneLanes && m.listOf(m.focus).Filter != "" }

// turn moves the focus to another pane. The output at the side comes after the last of them.
func (m *model) turn(delta int) {
	const outputPlace, places = paneCount, paneCount + 1
	at := m.focus
	if m.reading {
		at = outputPlace
	}
	for {
		at = (at + paneID(delta) + places) % places
		switch {
		case at == outputPlace && !m.layout.output.Empty():
			m.reading = true
			return
		case at != outputPlace && !m.hidden[at]:
			m.goTo(at)
			return
		}
	}
}

// goTo gives the focus to a pane.
func (m *model) goTo(to paneID) {
	m.reading = false
	if to != m.focus && m.focus != paneLanes {
		m.listOf(m.focus).Release()
	}
	m.focus = to
	m.hold()
}

// hold makes the focused pane keep its selection, and shows it where panes share a place.
func (m *model) hold() {
	switch m.focus {
	case paneQueue, paneFinished:
		m.second = m.focus
		m.listOf(m.focus).Hold()
	case paneErrors:
		m.errors.Hold()
	default: // lanes do not move
	}
}

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
		return "This is the only pane that is left; " + m.look.Keys.Name(keys.ShowAll) + " brings the others back."
	}
	return ""
}

// hide takes the focused pane off the screen and goes to the next.
func (m *model) hide() tea.Cmd {
	gone := m.focus
	m.hidden[gone], m.zoomed = true, false
	m.turn(1)
	m.notify(notice.Good, "The "+paneNames[gone]+" are hidden; "+m.look.Keys.Name(keys.ShowAll)+" brings them back.")
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
	m.notify(notice.Good, "All panes are shown.")
	return nil
}
