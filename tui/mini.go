package tui

import (
	"drover/agent"
	"drover/agent/engine"
	"drover/dispatcher"
	"drover/tui/cells"
	"drover/tui/facts"
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

// miniRow is a lane in one row: what it does, which task it has (its ID in so many cells), what that says.
func (s *scene) miniRow(lane *engine.Lane, w, id int, selected bool) string {
	l := cells.NewRow(s.theme, w, selected)
	live := lane.Live
	glyph, ink := facts.LaneMark(lane, s.now, l.Inks, l.Glyphs)
	l.Mark(selected).Put(ink, glyph).Right(l.Inks.Dim, cells.Count(lane.ID+1), 3).Gap(1)
	if lane.State == dispatcher.LaneIdle {
		return l.Put(l.Inks.Dim, s.idleText(lane)).End()
	}
	l.Cell(l.Inks.Strong, cells.OneLine(lane.Task.ID), id).Gap(1)
	tail := cells.Rate(facts.Rate(lane, s.now))
	if facts.Quiet(lane, s.now) {
		tail = cells.Moment(s.now, lane.Task.StartedAt)
	}
	s.putProgress(l, lane, live, 0)
	free := l.Left - cells.Width(tail) - 1
	text, ink := s.laneSays(lane, live, l, free)
	if text == "" {
		text, ink = facts.Prompt(&lane.Task), l.Inks.Text
	}
	return l.Cell(ink, text, free).Gap(1).Right(l.Inks.Text, tail, cells.Width(tail)).End()
}

// idWidth is the width of the widest ID of a task in a lane.
func (s *scene) idWidth() (w int) {
	for i := range s.state.Lanes {
		if lane := &s.state.Lanes[i]; lane.State != dispatcher.LaneIdle {
			w = max(w, cells.Width(cells.OneLine(lane.Task.ID)))
		}
	}
	return w
}
