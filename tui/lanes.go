package tui

import (
	"fmt"
	"math"

	"drover/agent"
	"drover/agent/engine"
	"drover/dispatcher"
	"drover/tui/cells"
	"drover/tui/facts"
	"drover/tui/keys"
	"drover/tui/table"
	"drover/tui/theme"
)

// lanesPane shows one row, or a card of two rows, for each lane, the idle ones too. What is selected is a
// lane; what an action acts on is the task that was seen in it.
type lanesPane struct {
	cursor int    // the selected lane
	offset int    // first lane shown
	page   int    // lanes that fit
	id     string // the task that was last seen in the selected lane; empty when none was since it is selected
	moved  bool   // the latest snapshot brought another task into the selected lane
}

// resize fits the pane into h rows with its title; in a small pane it has none.
func (p *lanesPane) resize(h, lanes int, mini bool) {
	p.page = max(h-1, 0) / p.rowsEach(h, lanes)
	if mini {
		p.page = h
	}
	p.to(p.cursor, lanes)
}

// rowsEach is 2 where every lane can have two rows.
func (p *lanesPane) rowsEach(h, lanes int) int {
	if lanes > 0 && h-1 >= 2*lanes {
		return 2
	}
	return 1
}

func (p *lanesPane) to(n, lanes int) {
	p.cursor = max(0, min(n, lanes-1))
	if p.page > 0 && p.cursor >= p.offset+p.page {
		p.offset = p.cursor - p.page + 1
	}
	p.offset = max(0, min(p.offset, p.cursor, max(0, lanes-p.page)))
}

// sync takes the lanes of a new snapshot.
func (p *lanesPane) sync(lanes []engine.Lane) {
	p.to(p.cursor, len(lanes))
	id := ""
	if p.cursor < len(lanes) {
		id = lanes[p.cursor].Task.ID
	}
	p.moved = p.id != "" && id != "" && id != p.id
	if id != "" {
		p.id = id
	}
}

func (p *lanesPane) scroll(a keys.Action, lanes []engine.Lane) {
	switch a {
	case keys.Up:
		p.to(p.cursor-1, len(lanes))
	case keys.Down:
		p.to(p.cursor+1, len(lanes))
	case keys.PageUp, keys.First:
		p.to(0, len(lanes))
	case keys.PageDown, keys.Last:
		p.to(len(lanes)-1, len(lanes))
	default:
		return
	}
	p.id = ""
	p.sync(lanes)
}

// laneColumns are the columns of a lane's row, behind its head. What the lane says has a row of its own where there are two.
func (s *scene) laneColumns(w, id, rows int) []table.Column[engine.Lane] {
	names, prompt, spark := 5, 12, 0
	for i := range s.state.Lanes {
		if lane := &s.state.Lanes[i]; lane.State != dispatcher.LaneIdle {
			names = max(names, cells.Width(s.modelOf(&lane.Task, lane.Live)))
		}
	}
	switch {
	case w >= 140:
		names, prompt, spark = min(names, 28), 40, maxSpark
	case w >= 100:
		names, prompt, spark = min(names, 20), 28, 10
	case w >= 72:
		names, prompt = min(names, 12), 18
	}
	needs := 16
	if rows == 2 {
		needs = math.MaxInt
	}
	top := s.history.top(spark)
	return []table.Column[engine.Lane]{
		{Width: id, Show: func(lane *engine.Lane, in *theme.Inks) (string, theme.Ink) {
			return cells.OneLine(lane.Task.ID), in.Strong
		}},
		{Grow: true, Width: prompt, Show: func(lane *engine.Lane, in *theme.Inks) (string, theme.Ink) {
			return facts.AttemptPrompt(&lane.Task), in.Text
		}},
		{Grow: true, Need: needs, Draw: func(l *cells.Row, lane *engine.Lane, w int) { s.putSays(l, lane, w) }},
		{Heading: "model", From: 72, Width: names, Show: func(lane *engine.Lane, in *theme.Inks) (string, theme.Ink) {
			return s.modelOf(&lane.Task, lane.Live), in.Dim
		}},
		{Heading: "time", Width: 6, Right: true, Show: func(lane *engine.Lane, in *theme.Inks) (string, theme.Ink) {
			return facts.Running(lane, s.now), in.Text
		}},
		{Heading: "tokens", From: 44, Width: 6, Right: true, Show: func(lane *engine.Lane, in *theme.Inks) (string, theme.Ink) {
			return facts.UnlessProgram(&lane.Task, cells.Count(lane.Live.Tokens)), in.Text
		}},
		{Heading: fmt.Sprintf("last %ds", spark), From: 100, Width: spark, Right: true,
			Show: func(lane *engine.Lane, in *theme.Inks) (string, theme.Ink) {
				var v samples
				if lane.ID < len(s.history.lanes) {
					v = s.history.lanes[lane.ID].samples
				}
				return s.sparkline(v, spark, top), in.Faint
			}},
		{Heading: "tok/s", From: 52, Width: 5, Right: true, Show: func(lane *engine.Lane, in *theme.Inks) (string, theme.Ink) {
			return facts.UnlessProgram(&lane.Task, cells.Rate(facts.Rate(lane, s.now))), in.Text
		}},
	}
}

// putSays writes how far a lane is and what it says in w cells.
func (s *scene) putSays(l *cells.Row, lane *engine.Lane, w int) {
	w -= s.putProgress(l, lane, lane.Live, s.progressColumn(w))
	text, ink := s.laneSays(lane, lane.Live, l, w)
	l.Cell(ink, text, w)
}

// laneHead is what stands before a task's ID: the cursor, the state's shape and the number.
const laneHead = 6

func (p *lanesPane) rows(s *scene, w, h int, focused bool) []string {
	lanes := s.state.Lanes
	if s.mini {
		rows, id := make([]string, 0, h), min(s.idWidth(), w/4)
		for i := p.offset; i < len(lanes) && len(rows) < h; i++ {
			rows = append(rows, s.miniRow(&lanes[i], w, id, focused && i == p.cursor))
		}
		return cells.Fill(rows, w, h)
	}
	each := p.rowsEach(h, len(lanes))
	id := max(4, min(s.idWidth(), max(8, w/9)))
	t := table.Fit(s.laneColumns(w, id, each), w, laneHead)
	busy := 0
	for i := range lanes {
		if lanes[i].State != dispatcher.LaneIdle {
			busy++
		}
	}
	rows := make([]string, 0, h)
	rows = append(rows, cells.TitleRow(s.theme, w, "Lanes", fmt.Sprintf("%d of %d busy", busy, len(lanes)), t.Headings(), focused))
	for i := p.offset; i < len(lanes) && len(rows)+each <= h; i++ {
		selected := focused && i == p.cursor
		rows = append(rows, s.laneRow(&lanes[i], t, w, selected))
		if each == 2 {
			rows = append(rows, s.laneSecondRow(&lanes[i], id, w, selected))
		}
	}
	return cells.Fill(rows, w, h)
}

// laneRow is the row of facts.
func (s *scene) laneRow(lane *engine.Lane, t table.Table[engine.Lane], w int, selected bool) string {
	l := cells.NewRow(s.theme, w, selected)
	glyph, ink := facts.LaneMark(lane, s.now, l.Inks, l.Glyphs)
	l.Mark(selected).Put(ink, glyph).Gap(1)
	l.Right(l.Inks.Dim, fmt.Sprint(lane.ID+1), 2).Gap(1)
	if lane.State == dispatcher.LaneIdle {
		return l.Put(l.Inks.Dim, s.idleText(lane)).End()
	}
	t.Row(l, lane)
	return l.End()
}

// laneSecondRow is what the lane says, below its facts.
func (s *scene) laneSecondRow(lane *engine.Lane, id, w int, selected bool) string {
	l := cells.NewRow(s.theme, w, selected).Mark(selected)
	if lane.State == dispatcher.LaneIdle {
		return l.End()
	}
	l.Gap(laneHead + id)
	s.putSays(l, lane, l.Left)
	return l.End()
}

// laneSays is the last line of output, or what is going on while there is none. Of a line of output with more
// than w cells the end is shown, which is where it grows.
func (s *scene) laneSays(lane *engine.Lane, live agent.Live, l *cells.Row, w int) (string, theme.Ink) {
	switch lane.State {
	case dispatcher.LaneCancelling:
		return "cancelling", l.Inks.Warn
	case dispatcher.LaneStuck:
		return "stuck: does not stop since " + cells.TimeOfDay(lane.Since), l.Inks.Bad
	case dispatcher.LaneIdle, dispatcher.LaneRunning:
	}
	if live.Silent(s.now) > 0 {
		return "silent since " + cells.TimeOfDay(live.LastToken), l.Inks.Warn
	}
	switch {
	case live.LastLine != "":
		return cells.CutFront(cells.OneLine(live.LastLine), w, l.Glyphs.Ellipsis), l.Inks.Dim
	case live.Phase == agent.PhaseThinking && !live.FirstToken.IsZero():
		return "thinking", l.Inks.Dim
	case live.FirstToken.IsZero() && live.Phase == agent.PhaseRunning:
		return "no output yet", l.Inks.Dim
	case live.FirstToken.IsZero() && facts.Quiet(lane, s.now):
		return waitsFor(live.Phase) + " since " + cells.TimeOfDay(facts.News(lane)), l.Inks.Warn
	case live.FirstToken.IsZero():
		return waitsFor(live.Phase), l.Inks.Warn
	}
	return "", l.Inks.Dim
}

// waitsFor says what a lane waits for before the first token, as far as that is known.
func waitsFor(phase agent.Phase) string {
	switch phase {
	case agent.PhaseHeld:
		return "held back: the cloud takes no more at once"
	case agent.PhaseQueued:
		return "queued in server"
	case agent.PhaseLoading:
		return "loading the model"
	case agent.PhasePrompt:
		return "reading the prompt"
	case agent.PhaseStuck:
		return "stuck: the model answers nobody"
	default:
		return "waiting for the first token"
	}
}

func (s *scene) idleText(lane *engine.Lane) string {
	switch {
	case lane.Retiring:
		return "leaving"
	case s.state.Paused:
		return "idle, paused"
	case len(s.state.Holds) > 0 && s.state.PendingTotal > 0:
		return "idle, held up"
	}
	return "idle"
}

// modelOf is the model that works on a task, or the one that was asked for.
func (s *scene) modelOf(t *agent.Task, live agent.Live) string {
	return cells.OneLine(facts.Model(t, live))
}
