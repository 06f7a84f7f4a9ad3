package tui

import (
	"fmt"

	"github.com/charmbracelet/x/ansi"

	"drover/agent"
	"drover/dispatcher"
	"drover/tui/cells"
	"drover/tui/facts"
)

// outputArea is the size of the text on the output page.
func (m *model) outputArea() (w, h int) {
	return m.width, max(0, m.height-3-m.below())
}

func (m *model) drawOutput(c *cells.Canvas) {
	s, o, w := &m.scene, &m.output, m.width
	title := facts.Title(o.id)
	place := m.place(w - cells.Width(title) - cells.TitleFrame)
	prompt := cells.Cut(facts.Prompt(&o.task), w-cells.Width(title)-cells.Width(place)-cells.TitleFrame-1, s.theme.Glyphs.Ellipsis)
	c.Put(cells.Rect{X: 0, Y: 1, W: w, H: 1}, []string{cells.TitleRow(s.theme, w, title, prompt, place, !m.covered())})
	c.Put(cells.Rect{X: 0, Y: 2, W: w, H: 1}, []string{s.factsRow(&o.task, o.known, w)})
	rows := make([]string, 0, o.height)
	for i := o.offset; i < o.total() && len(rows) < o.height; i++ {
		rows = append(rows, s.outputRow(o.row(i), w, o.column, o.find.text))
	}
	if o.asked && o.known && len(o.rows) == 0 && !o.task.Status.Ended() && len(rows) < o.height {
		if _, open := o.openRow(); !open {
			rows = append(rows, cells.EmptyRow(s.theme, w, "It has not said anything yet."))
		}
	}
	c.Put(cells.Rect{X: 0, Y: 3, W: w, H: o.height}, cells.Fill(rows, w, o.height))
}

func (s *scene) outputRow(r outRow, w, column int, find string) string {
	l := cells.NewRow(s.theme, w, false)
	ink := l.Inks.Text
	switch r.kind {
	case outText, outGap, outRendered:
	case outFolded:
		r.text, ink = s.foldText(r), l.Inks.Dim
	case outThinking:
		// The mark tells thinking from the answer where there is no colour.
		l.Put(l.Inks.Faint, l.Glyphs.Split).Gap(1)
		ink = l.Inks.Dim
	case outStderr:
		l.Put(l.Inks.Warn, l.Glyphs.Split).Gap(1)
		ink = l.Inks.Dim
	case outPrompt:
		l.Put(l.Inks.Accent, l.Glyphs.Cursor).Gap(1)
		ink = l.Inks.Strong
	case outNotice:
		ink = l.Inks.Dim
	case outFailure:
		ink = l.Inks.Bad
	case outGood:
		ink = l.Inks.Good
	case outNext:
		ink = l.Inks.Accent
	}
	if column > 0 && (r.kind == outText || r.kind == outThinking || r.kind == outStderr) {
		r.text = ansi.TruncateLeft(r.text, column, "")
	}
	putOutput(l, r, ink, find)
	return l.End()
}

// factsRow is what is known of a task in one row.
func (s *scene) factsRow(t *agent.Task, known bool, w int) string {
	l := cells.NewRow(s.theme, w, false)
	l.Gap(1)
	if !known {
		return l.End()
	}
	lane := facts.LaneOf(s.state.Lanes, t.ID)
	status := t.Status.String()
	var live agent.Live
	mark, ink := facts.StatusMark(t.Status, l.Inks, l.Glyphs)
	if lane != nil {
		live = lane.Live
		mark, ink = facts.LaneMark(lane, s.now, l.Inks, l.Glyphs)
		if lane.State != dispatcher.LaneRunning {
			status = lane.State.String()
		}
	}
	l.Put(ink, mark+" "+status)
	fact := func(text string) {
		if cells.Width(text)+3 <= l.Left {
			l.Gap(1).Put(l.Inks.Faint, l.Glyphs.Dot).Gap(1).Put(l.Inks.Dim, text)
		}
	}
	if t.Attempts > 0 {
		fact("lane " + fmt.Sprint(t.WorkerID+1))
	}
	fact(s.modelOf(t, live))
	fact(dispatcher.PriorityName(t.Priority) + " priority")
	switch {
	case t.Status == dispatcher.StatusRunning:
		if lane != nil {
			fact(facts.Running(lane, s.now))
			if t.Request.Program() == "" {
				fact(cells.Count(live.Tokens) + " tokens")
				fact(cells.Rate(facts.Rate(lane, s.now)) + " tok/s")
			}
		}
		if t.Request.Program() == "" && !live.FirstToken.IsZero() {
			fact("first token after " + cells.Took(live.FirstToken.Sub(live.Sent)))
		}
	case t.Status == dispatcher.StatusPending:
		fact("waits since " + cells.Moment(s.now, t.CreatedAt))
		if t.NotBefore.After(s.now) {
			fact("not before " + cells.TimeOfDay(t.NotBefore))
		}
	case t.Attempts > 0:
		fact("waited " + cells.Took(t.StartedAt.Sub(t.CreatedAt)))
		fact("ran " + cells.Took(t.CompletedAt.Sub(t.StartedAt)))
	}
	if t.Attempts > 1 {
		fact(fmt.Sprintf("attempt %d", t.Attempts))
	}
	return l.End()
}
