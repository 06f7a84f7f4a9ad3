package lanes

import (
	"fmt"
	"math"

	"drover/agent"
	"drover/agent/engine"
	"drover/dispatcher"
	"drover/tui/cells"
	"drover/tui/facts"
	"drover/tui/table"
	"drover/tui/theme"
)

// columns are the columns of a lane's row, behind its head. What the lane says has a row of its own where there are two.
func (p *Lanes) columns(w, id int) []table.Column[engine.Lane] {
	names, prompt, spark := 5, 12, 0
	for i := range p.data.Lanes {
		if lane := &p.data.Lanes[i]; lane.State != dispatcher.LaneIdle {
			names = max(names, cells.Width(modelOf(lane)))
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
	least := 16
	if p.cards {
		least = math.MaxInt
	}
	top := p.history.top(spark)
	limit, until := math.MaxInt, math.MaxInt // from which width on they are there
	if p.progresses() {
		limit = 48
	}
	if len(p.data.Forecast.Tasks) > 0 {
		until = 84
	}
	return []table.Column[engine.Lane]{
		{Width: id, Show: func(lane *engine.Lane, in *theme.Inks) (string, theme.Ink) {
			return cells.OneLine(lane.Task.ID), in.Strong
		}},
		{Grow: true, Width: prompt, Show: func(lane *engine.Lane, in *theme.Inks) (string, theme.Ink) {
			return facts.AttemptPrompt(&lane.Task), in.Text
		}},
		{Grow: true, Least: least, Draw: func(l *cells.Row, lane *engine.Lane, w int) { p.putSays(l, lane, w) }},
		{Heading: "model", From: 72, Width: names, Show: func(lane *engine.Lane, in *theme.Inks) (string, theme.Ink) {
			return modelOf(lane), in.Dim
		}},
		{Heading: "time", Width: 6, Right: true, Show: func(lane *engine.Lane, in *theme.Inks) (string, theme.Ink) {
			return facts.Running(lane, p.data.Now), in.Text
		}},
		{Heading: "until", From: until, Width: 8, Right: true, Show: func(lane *engine.Lane, in *theme.Inks) (string, theme.Ink) {
			return facts.Until(&p.data.Forecast, lane.Task.Serial, p.data.Now), in.Text
		}},
		{Heading: "tokens", From: 44, Width: 6, Right: true, Show: func(lane *engine.Lane, in *theme.Inks) (string, theme.Ink) {
			return facts.UnlessProgram(&lane.Task, cells.Count(lane.Live.Tokens)), in.Text
		}},
		{Heading: "limit", From: limit, Width: 5, Right: true, Show: func(lane *engine.Lane, in *theme.Inks) (string, theme.Ink) {
			return progressText(lane), in.Dim
		}},
		{Heading: fmt.Sprintf("last %ds", spark), From: 100, Width: spark, Right: true,
			Show: func(lane *engine.Lane, in *theme.Inks) (string, theme.Ink) {
				var v samples
				if lane.ID < len(p.history.lanes) {
					v = p.history.lanes[lane.ID].samples
				}
				return sparkline(&p.look.Theme.Glyphs, v, spark, top), in.Faint
			}},
		{Heading: "tok/s", From: 52, Width: 5, Right: true, Show: func(lane *engine.Lane, in *theme.Inks) (string, theme.Ink) {
			return facts.UnlessProgram(&lane.Task, cells.Rate(facts.Rate(lane, p.data.Now))), in.Text
		}},
	}
}

// putSays writes how far a lane is and what it says in w cells.
func (p *Lanes) putSays(l *cells.Row, lane *engine.Lane, w int) {
	w = p.putBar(l, lane, w)
	text, ink := p.says(lane, lane.Live, l, w)
	l.Cell(ink, text, w)
}

// headWidth is what stands before a task's ID: the cursor, the state's shape and the number.
const headWidth = 6

// factsRow is the row of facts.
func (p *Lanes) factsRow(lane *engine.Lane, t table.Table[engine.Lane], w int, selected bool) string {
	l := cells.NewRow(p.look.Theme, w, selected)
	glyph, ink := facts.LaneMark(lane, p.data.Now, l.Inks, l.Glyphs)
	l.Mark(selected).Put(ink, glyph).Gap(1)
	l.Right(l.Inks.Dim, fmt.Sprint(lane.ID+1), 2).Gap(1)
	if lane.State == dispatcher.LaneIdle {
		return l.Put(l.Inks.Dim, p.idleText(lane)).End()
	}
	t.Row(l, lane)
	return l.End()
}

// saysRow is what the lane says, below its facts.
func (p *Lanes) saysRow(lane *engine.Lane, id, w int, selected bool) string {
	l := cells.NewRow(p.look.Theme, w, selected).Mark(selected)
	l.Gap(headWidth + id)
	p.putSays(l, lane, l.Left)
	return l.End()
}

// says is the last line of output, or what is going on while there is none. Of a line of output with more
// than w cells the end is shown, which is where it grows.
func (p *Lanes) says(lane *engine.Lane, live agent.Live, l *cells.Row, w int) (string, theme.Ink) {
	switch lane.State {
	case dispatcher.LaneCancelling:
		return "cancelling", l.Inks.Warn
	case dispatcher.LaneStuck:
		return "stuck: does not stop since " + cells.TimeOfDay(lane.Since), l.Inks.Bad
	case dispatcher.LaneIdle, dispatcher.LaneRunning:
	}
	if live.Silent(p.data.Now) > 0 {
		return "silent since " + cells.TimeOfDay(live.LastToken), l.Inks.Warn
	}
	switch {
	case live.LastLine != "":
		return cells.CutFront(cells.OneLine(live.LastLine), w, l.Glyphs.Ellipsis), l.Inks.Dim
	case live.Phase == agent.PhaseThinking && !live.FirstToken.IsZero():
		return "thinking", l.Inks.Dim
	case live.FirstToken.IsZero() && live.Phase == agent.PhaseRunning:
		return "no output yet", l.Inks.Dim
	case live.FirstToken.IsZero() && facts.Quiet(lane, p.data.Now):
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

func (p *Lanes) idleText(lane *engine.Lane) string {
	switch {
	case lane.Retiring:
		return "leaving"
	case p.data.Paused:
		return "idle, paused"
	case p.data.HeldUp:
		return "idle, held up"
	}
	return "idle"
}

// modelOf is the model that works on the task of a lane, or the one that was asked for.
func modelOf(lane *engine.Lane) string {
	return cells.OneLine(facts.Model(&lane.Task, lane.Live))
}
