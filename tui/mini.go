package tui

import (
	"drover/agent"
	"drover/dispatcher"
)

// A small pane, beside an editor say: one row for each lane and one for the numbers.

const (
	miniHeight = 8  // screens that are not higher are small
	miniWidth  = 40 // so are those that are not wider
)

// mini reports whether the layout is that of a small pane.
func (l *layout) mini() bool { return l.header.empty() && !l.tooSmall }

// miniBottom is the last row: what is wrong, or the numbers.
func (s *scene) miniBottom(w int) string {
	if s.state.Server.State == agent.ServerDown {
		l := newLine(s.theme, w, false).gap(1)
		return l.put(l.inks.Bad, s.theme.Glyphs.Down+" the model server does not answer").end()
	}
	return s.metricsRow(w)
}

// miniRow is a lane in one row: what it does, which task it has (its ID in so many cells), what that says.
func (s *scene) miniRow(lane *dispatcher.Lane, w, id int, selected bool) string {
	l := newLine(s.theme, w, selected)
	live := liveOf(lane)
	glyph, ink := s.laneMark(lane, live, l)
	l.mark(selected).put(ink, glyph).right(l.inks.Dim, count(lane.ID+1), 3).gap(1)
	if lane.State == dispatcher.LaneIdle {
		return l.put(l.inks.Dim, s.idleText(lane)).end()
	}
	l.cell(l.inks.Strong, oneLine(lane.Task.ID), id).gap(1)
	tail := rate(s.laneRate(lane, live))
	if s.quiet(lane, live) {
		tail = s.moment(lane.Task.StartedAt)
	}
	s.putProgress(l, lane, live, 0)
	free := l.left - width(tail) - 1
	text, ink := s.laneSays(lane, live, l, free)
	if text == "" {
		text, ink = promptLine(&lane.Task), l.inks.Text
	}
	return l.cell(ink, text, free).gap(1).right(l.inks.Text, tail, width(tail)).end()
}

// idWidth is the width of the widest ID of a task in a lane.
func (s *scene) idWidth() (w int) {
	for i := range s.state.Lanes {
		if lane := &s.state.Lanes[i]; lane.State != dispatcher.LaneIdle {
			w = max(w, width(oneLine(lane.Task.ID)))
		}
	}
	return w
}
