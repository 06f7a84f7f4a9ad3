package queue

import (
	"drover/agent"
	"drover/tui/cells"
	"drover/tui/facts"
	"drover/tui/keys"
	"drover/tui/overlay"
	"drover/tui/table"
	"drover/tui/theme"
)

// NewFinished returns a list of the tasks that have ended, the latest first.
func NewFinished(look *overlay.Look) *Tasks {
	return newTasks(look, kind{
		title:   "Finished",
		empty:   func(*keys.Map) string { return "Nothing has ended yet." },
		offers:  []keys.Action{keys.New, keys.Open, keys.Retry, keys.Filter, keys.Mark, keys.Copy, keys.RetryFailed, keys.NextPane},
		columns: (*Tasks).finishedColumns,
	})
}

// finishedColumns are the columns of the ended tasks, behind the mark. A program has no tokens.
func (p *Tasks) finishedColumns(w int) []table.Column[agent.Task] {
	return []table.Column[agent.Task]{
		{Width: 1, Show: func(t *agent.Task, in *theme.Inks) (string, theme.Ink) {
			return facts.StatusMark(t.Status, in, &p.look.Theme.Glyphs)
		}},
		p.idColumn(w),
		{Grow: true, Show: func(t *agent.Task, in *theme.Inks) (string, theme.Ink) {
			text := facts.Prompt(t)
			if t.Error != nil {
				kind, _, _ := facts.Failure(t.Error)
				text = kind + ": " + text
			}
			return text, in.Text
		}},
		p.modelColumn(72, min(20, w/6)),
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
