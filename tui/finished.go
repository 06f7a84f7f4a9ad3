package tui

import (
	"drover/agent"
	"drover/tui/cells"
	"drover/tui/facts"
	"drover/tui/list"
	"drover/tui/table"
	"drover/tui/theme"
)

// finishedRows draws the tasks that have ended, the latest first.
func (s *scene) finishedRows(p *list.List, w, h int, focused bool, other string) []string {
	detail := s.part(paneFinished, p, s.state.EndedTotal)
	if other != "" {
		detail += "  " + s.theme.Glyphs.Dot + "  " + other
	}
	tasks := s.state.Ended
	t := table.Fit(s.finishedColumns(w), w, 1)
	title := cells.TitleRow(s.theme, w, "Finished", detail, t.Headings(), focused)
	nothing := s.nothing(paneFinished, "Nothing has ended yet.")
	return under(title, p.Draw(s.theme, w, h-1, nothing, focused, len(tasks), func(i int, selected bool) []string {
		l := cells.NewRow(s.theme, w, selected).MarkTask(selected, s.marks.marked(tasks[i].ID))
		t.Row(l, &tasks[i])
		return []string{l.End()}
	}))
}

// finishedColumns are the columns of the ended tasks, behind the mark. A program has no tokens.
func (s *scene) finishedColumns(w int) []table.Column[agent.Task] {
	return []table.Column[agent.Task]{
		{Width: 1, Show: func(t *agent.Task, in *theme.Inks) (string, theme.Ink) {
			return facts.StatusMark(t.Status, in, &s.theme.Glyphs)
		}},
		s.idColumn(w, s.state.Ended),
		{Grow: true, Show: func(t *agent.Task, in *theme.Inks) (string, theme.Ink) {
			text := facts.Prompt(t)
			if t.Error != nil {
				kind, _, _ := facts.Failure(t.Error)
				text = kind + ": " + text
			}
			return text, in.Text
		}},
		s.modelColumn(72, s.state.Ended, min(20, w/6)),
		{Heading: "tokens", From: 56, Width: 6, Right: true, Show: func(t *agent.Task, in *theme.Inks) (string, theme.Ink) {
			return facts.UnlessProgram(t, cells.Count(t.Result.Metrics.Tokens)), in.Text
		}},
		{Heading: "tok/s", From: 56, Width: 5, Right: true, Show: func(t *agent.Task, in *theme.Inks) (string, theme.Ink) {
			return facts.UnlessProgram(t, cells.Rate(t.Result.Metrics.Rate)), in.Dim
		}},
		{Heading: "run", Width: 6, Right: true, Show: func(t *agent.Task, in *theme.Inks) (string, theme.Ink) {
			if t.Attempts == 0 {
				return "-", in.Text
			}
			return cells.Took(t.CompletedAt.Sub(t.StartedAt)), in.Text
		}},
		// The time of day and not how long ago that was: nothing moves an idle screen, so that would grow wrong.
		{Heading: "ended", Width: 6, Right: true, Show: func(t *agent.Task, in *theme.Inks) (string, theme.Ink) {
			return t.CompletedAt.Local().Format("15:04"), in.Dim
		}},
	}
}
