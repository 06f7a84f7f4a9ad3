package tui

import (
	"drover/agent"
	"drover/tui/cells"
)

// A small pane, beside an editor say: one row for each lane and one for the numbers.

const (
	miniHeight = 8  // screens that are not higher are small
	miniWidth  = 40 // so are those that are not wider
)

// mini reports whether the layout is that of a small pane.
func (l *layout) mini() bool { return l.header.Empty() && !l.tooSmall }

// miniBottom is the last row: what is wrong, or the numbers.
func (s *scene) miniBottom(w int) string {
	if s.state.Server.State == agent.ServerDown {
		l := cells.NewRow(s.theme, w, false).Gap(1)
		return l.Put(l.Inks.Bad, s.theme.Glyphs.Down+" the model server does not answer").End()
	}
	return s.metricsRow(w)
}
