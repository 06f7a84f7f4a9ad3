package tui

import (
	"fmt"

	"drover/agent"
	"drover/agent/engine"
	"drover/dispatcher"
	"drover/tui/cells"
	"drover/tui/keys"
	"drover/tui/theme"
)

// lanesPane shows one row, or a card of two rows, for each lane, the idle ones too. What is selected is a
// lane; what an action acts on is the task that was seen in it.
type lanesPane struct {
	cursor int    // the selected lane
	offset int    // first lane shown
	page   int    // lanes that fit
	id     string // the task that was last seen in the selected lane; empty when none was since it is selected
	moved  bool   // the latest picture brought another task into the selected lane
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

// sync takes the lanes of a new picture.
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

// laneColumns are the widths of the columns of a lane's row; 0 leaves a column out.
type laneColumns struct {
	id, prompt, model, time, tokens, rate int
	spark                                 int     // the history of tokens per second
	top                                   float64 // the largest value that it shows
	last                                  int     // the last line of output; 0 when it has a row of its own
	progress                              int     // at the beginning of what the lane says, there or in that row
}

func (s *scene) laneWidths(w, rows int) laneColumns {
	c := laneColumns{id: max(4, min(s.idWidth(), max(8, w/9))), time: 6, tokens: 6, rate: 5}
	names := 5
	for i := range s.state.Lanes {
		lane := &s.state.Lanes[i]
		if lane.State != dispatcher.LaneIdle {
			names = max(names, cells.Width(s.modelOf(&lane.Task, lane.Live)))
		}
	}
	switch {
	case w >= 140:
		c.model, c.prompt, c.spark = min(names, 28), 40, maxSpark
	case w >= 100:
		c.model, c.prompt, c.spark = min(names, 20), 28, 10
	case w >= 72:
		c.model, c.prompt = min(names, 12), 18
	default:
		c.prompt = 12
	}
	c.top = s.history.top(c.spark)
	if w < 52 {
		c.rate = 0
	}
	if w < 44 {
		c.tokens = 0
	}
	fixed := laneHead + c.id + 1
	for _, n := range []int{c.model, c.time, c.tokens, c.spark, c.rate} {
		if n > 0 {
			fixed += n + 1
		}
	}
	free := max(w-fixed, 0)
	if rows == 2 || free < 16 {
		c.prompt = free
		c.progress = s.progressColumn(w - laneHead - c.id)
		return c
	}
	c.prompt = min(c.prompt, free/2)
	c.last = free - c.prompt - 1
	c.progress = s.progressColumn(c.last)
	return c
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
	c := s.laneWidths(w, each)
	busy := 0
	for i := range lanes {
		if lanes[i].State != dispatcher.LaneIdle {
			busy++
		}
	}
	columns := ""
	for _, col := range []struct {
		name string
		w    int
	}{{"model", -c.model}, {"time", c.time}, {"tokens", c.tokens},
		{fmt.Sprintf("last %ds", c.spark), c.spark}, {"tok/s", c.rate}} {
		if col.w != 0 {
			columns += fmt.Sprintf("%*s ", col.w, col.name)
		}
	}
	if columns != "" {
		columns = columns[:len(columns)-1]
	}
	rows := make([]string, 0, h)
	rows = append(rows, cells.TitleRow(s.theme, w, "Lanes", fmt.Sprintf("%d of %d busy", busy, len(lanes)), columns, focused))
	for i := p.offset; i < len(lanes) && len(rows)+each <= h; i++ {
		selected := focused && i == p.cursor
		rows = append(rows, s.laneRow(&lanes[i], c, w, selected))
		if each == 2 {
			rows = append(rows, s.laneSecondRow(&lanes[i], c, w, selected))
		}
	}
	return cells.Fill(rows, w, h)
}

// laneRow is the row of facts.
func (s *scene) laneRow(lane *engine.Lane, c laneColumns, w int, selected bool) string {
	l := cells.NewRow(s.theme, w, selected)
	live := lane.Live
	glyph, ink := s.laneMark(lane, live, l)
	l.Mark(selected).Put(ink, glyph).Gap(1)
	l.Right(l.Inks.Dim, fmt.Sprint(lane.ID+1), 2).Gap(1)
	if lane.State == dispatcher.LaneIdle {
		return l.Put(l.Inks.Dim, s.idleText(lane)).End()
	}
	task := &lane.Task
	l.Cell(l.Inks.Strong, cells.OneLine(task.ID), c.id).Gap(1)
	l.Cell(l.Inks.Text, attemptLine(task), c.prompt)
	if c.last > 0 {
		w := c.last - s.putProgress(l.Gap(1), lane, live, c.progress)
		text, ink := s.laneSays(lane, live, l, w)
		l.Cell(ink, text, w)
	}
	if c.model > 0 {
		l.Gap(1).Cell(l.Inks.Dim, s.modelOf(task, live), c.model)
	}
	l.Gap(1).Right(l.Inks.Text, s.running(lane, live), c.time)
	tokens, rate := cells.Count(live.Tokens), cells.Rate(s.laneRate(lane, live))
	if task.Request.Program() != "" { // which has none
		tokens, rate = "", ""
	}
	if c.tokens > 0 {
		l.Gap(1).Right(l.Inks.Text, tokens, c.tokens)
	}
	if c.spark > 0 {
		var v samples
		if lane.ID < len(s.history.lanes) {
			v = s.history.lanes[lane.ID].samples
		}
		l.Gap(1).Right(l.Inks.Faint, s.sparkline(v, c.spark, c.top), c.spark)
	}
	if c.rate > 0 {
		l.Gap(1).Right(l.Inks.Text, rate, c.rate)
	}
	return l.End()
}

// laneSecondRow is what the lane says, below its facts.
func (s *scene) laneSecondRow(lane *engine.Lane, c laneColumns, w int, selected bool) string {
	l := cells.NewRow(s.theme, w, selected)
	l.Mark(selected)
	if lane.State == dispatcher.LaneIdle {
		return l.End()
	}
	live := lane.Live
	s.putProgress(l.Gap(laneHead+c.id), lane, live, c.progress)
	text, ink := s.laneSays(lane, live, l, l.Left)
	return l.Put(ink, text).End()
}

// laneMark is the shape and the ink of what a lane does.
func (s *scene) laneMark(lane *engine.Lane, live agent.Live, l *cells.Row) (string, theme.Ink) {
	g := l.Glyphs
	switch lane.State {
	case dispatcher.LaneIdle:
		return g.Idle, l.Inks.Dim
	case dispatcher.LaneCancelling:
		return g.Cancelling, l.Inks.Warn
	case dispatcher.LaneStuck:
		return g.Stuck, l.Inks.Bad
	case dispatcher.LaneRunning:
	}
	switch {
	case live.FirstToken.IsZero() && live.Phase != agent.PhaseRunning, live.Silent(s.now) > 0:
		return g.Waiting, l.Inks.Warn
	case live.Phase == agent.PhaseThinking:
		return g.Thinking, l.Inks.Accent
	}
	return g.Running, l.Inks.Good
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
	case live.FirstToken.IsZero() && s.quiet(lane, live):
		return waitsFor(live.Phase) + " since " + cells.TimeOfDay(news(lane, live)), l.Inks.Warn
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
	return cells.OneLine(taskModel(t, live))
}
