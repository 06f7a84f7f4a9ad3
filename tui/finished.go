package tui

import (
	"fmt"

	"drover/agent"
	"drover/tui/cells"
	"drover/tui/list"
)

// finishedRows draws the tasks that have ended, the latest first.
func (s *scene) finishedRows(p *list.List, w, h int, focused bool, other string) []string {
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
	title := cells.TitleRow(s.theme, w, "Finished", detail, columns, focused)
	tasks := s.state.Ended
	ids := idWidth(w, tasks)
	nothing := s.nothing(paneFinished, "Nothing has ended yet.")
	return under(title, p.Draw(s.theme, w, h-1, nothing, focused, len(tasks), func(i int, selected bool) []string {
		t := &tasks[i]
		l := cells.NewRow(s.theme, w, selected)
		mark, ink := endMark(t.Status, l.Inks, l.Glyphs)
		l.MarkTask(selected, s.marks.marked(t.ID)).Put(ink, mark).Gap(1)
		l.Cell(l.Inks.Dim, cells.OneLine(t.ID), ids).Gap(1)
		text := promptLine(t)
		if t.Error != nil {
			kind, _, _ := failure(t.Error)
			text = kind + ": " + text
		}
		l.Cell(l.Inks.Text, text, l.Left-cells.Width(columns)-1).Gap(1)
		if model > 0 {
			l.Cell(l.Inks.Dim, s.modelOf(t, agent.Live{}), model).Gap(1)
		}
		result := &t.Result
		if w >= 56 {
			tokens, rate := cells.Count(result.Metrics.Tokens), cells.Rate(result.Metrics.Rate)
			if t.Request.Program() != "" { // which has none
				tokens, rate = "", ""
			}
			l.Right(l.Inks.Text, tokens, 6).Gap(1)
			l.Right(l.Inks.Dim, rate, 5).Gap(1)
		}
		run := "-"
		if t.Attempts > 0 {
			run = cells.Took(t.CompletedAt.Sub(t.StartedAt))
		}
		l.Right(l.Inks.Text, run, 6).Gap(1)
		// The time of day and not how long ago that was: nothing moves an idle screen, so that would grow wrong.
		return []string{l.Right(l.Inks.Dim, t.CompletedAt.Local().Format("15:04"), 6).End()}
	}))
}
