package tui

import (
	tea "charm.land/bubbletea/v2"

	"drover/tui/keys"
	"drover/tui/notice"
	"drover/tui/overlay"
)

// The mouse, if the settings want it: then the terminal tells of clicks and the wheel, and does not select text by
// itself (most do with shift held down).

// wheelStep is how many rows one step of the wheel moves.
const wheelStep = 3

// mouse takes what the mouse does. While something is asked or written it does nothing.
func (m *model) mouse(msg tea.MouseMsg) tea.Cmd {
	top := m.overlays.Top()
	if top != nil && top.Shape() != overlay.Page {
		return nil
	}
	at := msg.Mouse()
	switch {
	case at.Button == tea.MouseWheelUp:
		return m.wheel(at, keys.Up)
	case at.Button == tea.MouseWheelDown:
		return m.wheel(at, keys.Down)
	case at.Button == tea.MouseLeft && m.page == pageMain && top == nil:
		if _, pressed := msg.(tea.MouseClickMsg); pressed {
			return m.click(at)
		}
	}
	return nil
}

// wheel moves in what is under the mouse.
func (m *model) wheel(at tea.Mouse, a keys.Action) (cmd tea.Cmd) {
	if m.page == pageMain && m.overlays.Top() == nil {
		focus, reading := m.focus, m.reading
		defer func() { m.focus, m.reading = focus, reading }()
		if m.reading = m.layout.output.Has(at.X, at.Y); !m.reading {
			pane, ok := m.paneAt(at)
			if !ok {
				return nil
			}
			m.focus = pane
		}
	}
	for range wheelStep {
		h, _ := m.handler(a)
		cmd = m.carryOut(h.Do())
	}
	m.dirty = true
	return cmd
}

// paneAt is the pane at a cell of the screen.
func (m *model) paneAt(at tea.Mouse) (paneID, bool) {
	for id, r := range m.layout.panes {
		if r.Has(at.X, at.Y) {
			return paneID(id), true
		}
	}
	return 0, false
}

// click goes to a pane and selects the row; on the selected row of the pane that has the keys it opens the output. A click into
// the output next to the lists goes there.
func (m *model) click(at tea.Mouse) tea.Cmd {
	if m.layout.output.Has(at.X, at.Y) {
		m.reading, m.dirty = true, true
		return nil
	}
	pane, ok := m.paneAt(at)
	if !ok {
		return nil
	}
	m.notice, m.dirty = notice.Notice{}, true
	was, reading := m.focus, m.reading
	m.goTo(pane)
	row := at.Y - m.layout.panes[pane].Y
	var hit, again bool
	if pane == paneLanes {
		hit, again = m.lanes.Click(row)
	} else {
		hit, again = m.listOf(pane).Click(row - 1) // below the title
	}
	if hit && again && was == pane && !reading {
		return m.choose(keys.Open)
	}
	return nil
}
