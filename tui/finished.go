package tui

import (
	"fmt"

	"drover/agent"
)

// finishedRows draws the tasks that have ended, the latest first.
func (s *scene) finishedRows(p *listPane, w, h int, focused bool, other string) []string {
	detail := s.part(paneFinished, p, s.state.EndedTotal)
	if other != "" {
		detail += "  " + s.theme.Glyphs.Dot + "  " + other
	}
	model := 0
	columns := fmt.Sprintf("%6s %6s", "run", "ended")
	if w >= 56 {
		columns = fmt.Sprintf("%6s %5s %s", "tokens", "tok/s", columns)
	}
	if w >= 72 {
		model = s.modelWidth(s.state.Ended, min(20, w/6))
		columns = fmt.Sprintf("%-*s %s", model, "model", columns)
	}
	title := s.titleRow(w, "Finished", detail, columns, focused)
	tasks := s.state.Ended
	ids := idWidth(w, tasks)
	nothing := s.nothing(paneFinished, "Nothing has ended yet.")
	return p.draw(s, w, h, title, nothing, focused, len(tasks), func(i int, selected bool) []string {
		t := &tasks[i]
		l := newLine(s.theme, w, selected)
		mark, ink := endMark(t.Status, l.inks, l.marks)
		l.markTask(selected, s.marks.marked(t.ID)).put(ink, mark).gap(1)
		l.cell(l.inks.Dim, oneLine(t.ID), ids).gap(1)
		text := promptLine(t)
		if t.Error != nil {
			kind, _, _ := failure(t.Error)
			text = kind + ": " + text
		}
		l.cell(l.inks.Text, text, l.left-width(columns)-1).gap(1)
		if model > 0 {
			l.cell(l.inks.Dim, s.modelOf(t, agent.Live{}), model).gap(1)
		}
		result, _ := resultOf(t)
		if w >= 56 {
			l.right(l.inks.Text, count(result.Metrics.Tokens), 6).gap(1)
			l.right(l.inks.Dim, rate(result.Metrics.Rate), 5).gap(1)
		}
		run := "-"
		if t.Attempts > 0 {
			run = span(t.CompletedAt.Sub(t.StartedAt))
		}
		l.right(l.inks.Text, run, 6).gap(1)
		// The time of day and not how long ago that was: nothing moves an idle screen, so that would grow wrong.
		return []string{l.right(l.inks.Dim, t.CompletedAt.Local().Format("15:04"), 6).end()}
	})
}
