package lanes

import (
	"drover/agent/engine"
	"drover/dispatcher"
	"drover/tui/cells"
	"drover/tui/facts"
)

// miniRow is a lane in one row: what it does, which task it has (its ID in so many cells), what that says.
func (p *Lanes) miniRow(lane *engine.Lane, w, id int, selected bool) string {
	l := cells.NewRow(p.look.Theme, w, selected)
	live := lane.Live
	glyph, ink := facts.LaneMark(lane, p.data.Now, l.Inks, l.Glyphs)
	l.Mark(selected).Put(ink, glyph).Right(l.Inks.Dim, cells.Count(lane.ID+1), 3).Gap(1)
	if lane.State == dispatcher.LaneIdle {
		return l.Put(l.Inks.Dim, p.idleText(lane)).End()
	}
	l.Cell(l.Inks.Strong, cells.OneLine(lane.Task.ID), id).Gap(1)
	tail := cells.Rate(facts.Rate(lane, p.data.Now))
	if facts.Quiet(lane, p.data.Now) {
		tail = cells.Moment(p.data.Now, lane.Task.StartedAt)
	}
	if percent := progressText(lane); percent != "" {
		l.Right(l.Inks.Dim, percent, 3).Gap(1)
	}
	free := l.Left - cells.Width(tail) - 1
	text, ink := p.says(lane, live, l, free)
	if text == "" {
		text, ink = facts.Prompt(&lane.Task), l.Inks.Text
	}
	return l.Cell(ink, text, free).Gap(1).Right(l.Inks.Text, tail, cells.Width(tail)).End()
}

// idWidth is the width of the widest ID of a task in a lane.
func (p *Lanes) idWidth() (w int) {
	for i := range p.data.Lanes {
		if lane := &p.data.Lanes[i]; lane.State != dispatcher.LaneIdle {
			w = max(w, cells.Width(cells.OneLine(lane.Task.ID)))
		}
	}
	return w
}
