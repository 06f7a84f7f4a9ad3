package tui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"drover/tui/keys"
	"drover/tui/notice"
	"drover/tui/overlay"
)

// open puts an overlay on top.
func (m *model) open(o overlay.Overlay) {
	m.overlays.Open(o, time.Now())
	m.dirty = true
}

// close takes an overlay away.
func (m *model) close(o overlay.Overlay) {
	m.overlays.Close(o, time.Now())
	m.dirty = true
}

// openBar opens a bar.
func (m *model) openBar(options overlay.BarOptions) tea.Cmd {
	m.open(overlay.NewBar(&m.look, options))
	return nil
}

// question asks something before then is done.
func (m *model) question(text string, then func() tea.Cmd) *overlay.Question {
	return overlay.NewQuestion(&m.look, text, func() keys.Intent { return then() })
}

// offer asks something that has turned up since; see overlay.Stack.Offer.
func (m *model) offer(asked int, text string, then func() tea.Cmd) {
	m.overlays.Offer(m.question(text, then), asked, time.Now())
	m.dirty = true
}

// paste gives a pasted text to what has the cursor.
func (m *model) paste(msg tea.PasteMsg) tea.Cmd {
	m.dirty = true
	if w := m.overlays.Writer(); w != nil {
		return m.carryOut(w.Paste(msg.Content))
	}
	m.notify(notice.Warn, "There is nothing to paste into: press "+m.look.Keys.Name(keys.New)+" for a new task first.")
	if m.overlays.Top() != nil {
		m.notify(notice.Warn, "There is nothing to paste into.")
	}
	return nil
}
