package tui

import (
	"strconv"

	"drover/dispatcher"
	"drover/tui/cells"
	"drover/tui/facts"
	"drover/tui/keys"
	"drover/tui/list"
	"drover/tui/table"
	"drover/tui/theme"
)

// errorRows is how many rows one error takes: what happened, and below it what to do next.
const errorRows = 2

// errorsRows draws the errors, the latest first. They stay until they are dismissed.
func (s *scene) errorsRows(p *list.List, w, h int, focused bool) []string {
	detail := "none"
	if s.state.ErrorsTotal > 0 {
		detail = s.filter(paneErrors).Part(p, s.state.ErrorsTotal)
	}
	if s.grouped {
		detail = cells.Plural(s.state.ErrorsTotal, "error") + " of " + cells.Plural(len(s.groups), "kind")
	}
	columns := ""
	if p.Total > 0 && focused {
		columns = s.keys.Name(keys.Dismiss) + " dismiss"
	}
	title := cells.TitleRow(s.theme, w, "Errors", detail, columns, focused)
	errs := s.state.Errors
	if s.state.ErrorsTotal == 0 {
		return cells.Fill([]string{title}, w, h)
	}
	if s.grouped {
		return s.groupRows(p, w, h, title, focused)
	}
	t := table.Fit(s.errorColumns(w), w, 1)
	nothing := s.filter(paneErrors).Nothing("", s.keys.Name(keys.Back))
	return under(title, p.Draw(s.theme, w, h-1, nothing, focused, len(errs), func(i int, selected bool) []string {
		l := cells.NewRow(s.theme, w, selected).MarkTask(selected, s.marks.marked(errs[i].TaskID))
		t.Row(l, &errs[i])
		rows := []string{l.End()}
		if p.Each == errorRows {
			l = cells.NewRow(s.theme, w, selected).Mark(selected).Gap(2)
			_, _, next := facts.Failure(errs[i].Error)
			if next == "" {
				next = s.keys.Name(keys.Retry) + " tries it again, " + s.keys.Name(keys.Open) + " shows what it said"
			}
			rows = append(rows, l.Put(l.Inks.Accent, l.Glyphs.Arrow).Gap(1).Put(l.Inks.Dim, next).End())
		}
		return rows
	}))
}

// errorColumns are the columns of the errors, behind the mark.
func (s *scene) errorColumns(w int) []table.Column[dispatcher.TaskExecutionError] {
	ids := 4
	for i := range s.state.Errors {
		ids = max(ids, min(cells.Width(cells.OneLine(s.state.Errors[i].TaskID)), max(8, w/7)))
	}
	return []table.Column[dispatcher.TaskExecutionError]{
		{Width: 1, Show: func(_ *dispatcher.TaskExecutionError, in *theme.Inks) (string, theme.Ink) {
			return s.theme.Glyphs.Failed, in.Bad
		}},
		{Width: 8, Show: func(e *dispatcher.TaskExecutionError, in *theme.Inks) (string, theme.Ink) {
			return cells.TimeOfDay(e.Timestamp), in.Dim
		}},
		{Width: ids, Show: func(e *dispatcher.TaskExecutionError, in *theme.Inks) (string, theme.Ink) {
			return cells.OneLine(e.TaskID), in.Text
		}},
		{From: 60, Width: 7, Show: func(e *dispatcher.TaskExecutionError, in *theme.Inks) (string, theme.Ink) {
			return "lane " + strconv.Itoa(e.WorkerID+1), in.Dim
		}},
		{Grow: true, Draw: func(l *cells.Row, e *dispatcher.TaskExecutionError, _ int) {
			kind, what, _ := facts.Failure(e.Error)
			l.Put(l.Inks.Bad, kind).Put(l.Inks.Text, ": "+what)
		}},
	}
}

// errorKey is what the errors' list knows an error by.
func errorKey(seq uint64) string { return strconv.FormatUint(seq, 10) }
