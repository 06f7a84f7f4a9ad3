package tui

import "time"

// calmGap is frameGap while somebody works in another window or pane: what is seen from the corner of an eye does not
// have to move smoothly.
const calmGap = 200 * time.Millisecond

// looked notes whether the terminal has the focus. Terminals that do not tell have it always.
func (m *model) looked(at bool) {
	m.away = !at
	m.dirty = true
}
