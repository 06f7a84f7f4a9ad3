package tui

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"drover/agent"
	"drover/dispatcher"
)

// outputArea is the size of the text on the output page.
func (m *model) outputArea() (w, h int) {
	return m.width, max(0, m.height-3-m.below())
}

func (m *model) drawOutput(c *canvas) {
	s, o, w := &m.scene, &m.output, m.width
	title := taskTitle(o.id)
	place := m.place(w - width(title) - titleFrame)
	prompt := cut(promptLine(&o.task), w-width(title)-width(place)-titleFrame-1, s.theme.Glyphs.Ellipsis)
	c.put(rect{0, 1, w, 1}, []string{s.titleRow(w, title, prompt, place, !m.form.open)})
	c.put(rect{0, 2, w, 1}, []string{s.factsRow(&o.task, o.known, w)})
	rows := make([]string, 0, o.height)
	for i := o.offset; i < o.total() && len(rows) < o.height; i++ {
		rows = append(rows, s.outputRow(o.row(i), w, o.column, o.find.text))
	}
	if o.asked && o.known && len(o.rows) == 0 && !o.task.Status.Ended() && len(rows) < o.height {
		if _, open := o.openRow(); !open {
			rows = append(rows, s.emptyRow(w, "It has not said anything yet."))
		}
	}
	c.put(rect{0, 3, w, o.height}, s.fill(rows, w, o.height))
}

// taskTitle is how a title names a task.
func taskTitle(id string) string { return strings.TrimSuffix(sentence(taskName(id)), ".") }

func (s *scene) outputRow(r outRow, w, column int, find string) string {
	l := newLine(s.theme, w, false)
	ink := l.inks.Text
	switch r.kind {
	case outText, outGap, outRendered:
	case outFolded:
		r.text, ink = s.foldText(r), l.inks.Dim
	case outThinking:
		// The mark tells thinking from the answer where there is no colour.
		l.put(l.inks.Faint, l.marks.Split).gap(1)
		ink = l.inks.Dim
	case outPrompt:
		l.put(l.inks.Accent, l.marks.Cursor).gap(1)
		ink = l.inks.Strong
	case outNotice:
		ink = l.inks.Dim
	case outFailure:
		ink = l.inks.Bad
	case outGood:
		ink = l.inks.Good
	case outNext:
		ink = l.inks.Accent
	}
	if column > 0 && (r.kind == outText || r.kind == outThinking) {
		r.text = ansi.TruncateLeft(r.text, column, "")
	}
	l.output(r, ink.Paint, find)
	return l.end()
}

// factsRow is what is known of a task in one row.
func (s *scene) factsRow(t *dispatcher.Task, known bool, w int) string {
	l := newLine(s.theme, w, false)
	l.gap(1)
	if !known {
		return l.end()
	}
	lane := s.laneOf(t.ID)
	status := t.Status.String()
	var live agent.Live
	mark, ink := endMark(t.Status, l.inks, l.marks)
	if lane != nil {
		live = liveOf(lane)
		mark, ink = s.laneMark(lane, live, l)
		if lane.State != dispatcher.LaneRunning {
			status = lane.State.String()
		}
	}
	l.put(ink, mark+" "+status)
	fact := func(text string) {
		if width(text)+3 <= l.left {
			l.gap(1).put(l.inks.Faint, l.marks.Dot).gap(1).put(l.inks.Dim, text)
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
			fact(s.running(lane, live))
			fact(count(live.Tokens) + " tokens")
			fact(rate(s.laneRate(lane, live)) + " tok/s")
		}
		if !live.FirstToken.IsZero() {
			fact("first token after " + span(live.FirstToken.Sub(live.Sent)))
		}
	case t.Status == dispatcher.StatusPending:
		fact("waits since " + s.moment(t.CreatedAt))
		if t.NotBefore.After(s.now) {
			fact("not before " + second(t.NotBefore))
		}
	case t.Attempts > 0:
		fact("waited " + span(t.StartedAt.Sub(t.CreatedAt)))
		fact("ran " + span(t.CompletedAt.Sub(t.StartedAt)))
	}
	if t.Attempts > 1 {
		fact(fmt.Sprintf("attempt %d", t.Attempts))
	}
	return l.end()
}

// laneOf is the lane that works on a task, nil for none.
func (s *scene) laneOf(id string) *dispatcher.Lane {
	for i := range s.state.Lanes {
		if l := &s.state.Lanes[i]; l.State != dispatcher.LaneIdle && l.Task.ID == id {
			return l
		}
	}
	return nil
}
