package errorlist

import (
	"fmt"
	"strconv"

	"drover/dispatcher"
	"drover/tui/cells"
	"drover/tui/facts"
	"drover/tui/keys"
	"drover/tui/table"
	"drover/tui/theme"
)

// View returns the rows of the list.
func (p *Errors) View() []string {
	w, h, th := p.width, p.height, p.look.Theme
	detail, hint := "none", ""
	switch {
	case p.ByKind():
		detail = cells.Plural(p.data.Total, "error") + " of " + cells.Plural(len(p.groups), "kind")
	case p.data.Total > 0:
		detail = p.Part(p.data.Total)
	}
	if p.Total > 0 && p.focused {
		hint = p.look.Keys.Name(keys.Dismiss) + " dismiss"
	}
	rows := []string{cells.TitleRow(th, w, "Errors", detail, hint, p.focused)}
	if p.data.Total == 0 {
		return cells.Fill(rows, w, h)
	}
	known, item := len(p.data.Errors), p.errorRow(table.Fit(p.columns(w), w, 1))
	if p.ByKind() {
		known, item = len(p.groups), p.groupRow
	}
	nothing := p.Nothing("", p.look.Keys.Name(keys.Back))
	text := p.textView()
	rows = append(rows, p.Draw(th, w, h-len(text)-1, nothing, p.focused, known, func(i int, selected bool) []string {
		row, next := item(i, selected)
		rows := []string{row}
		if p.Each == Rows {
			l := cells.NewRow(th, w, selected).Mark(selected).Gap(2)
			rows = append(rows, l.Put(l.Inks.Accent, l.Glyphs.Arrow).Gap(1).Put(l.Inks.Dim, next).End())
		}
		return rows
	})...)
	return append(rows, text...)
}

// errorRow draws an error in a row, and says what to do next.
func (p *Errors) errorRow(t table.Table[dispatcher.TaskExecutionError]) func(i int, selected bool) (row, next string) {
	return func(i int, selected bool) (row, next string) {
		e := &p.data.Errors[i]
		l := cells.NewRow(p.look.Theme, p.width, selected).MarkTask(selected, p.data.Marked(e.TaskID))
		t.Row(l, e)
		if _, _, next = facts.Failure(e.Error); next == "" {
			next = p.look.Keys.Name(keys.Retry) + " tries it again, " + p.look.Keys.Name(keys.Open) + " shows what it said"
		}
		return l.End(), next
	}
}

// columns are the columns of the errors, behind the mark.
func (p *Errors) columns(w int) []table.Column[dispatcher.TaskExecutionError] {
	ids := 4
	for i := range p.data.Errors {
		ids = max(ids, min(cells.Width(cells.OneLine(p.data.Errors[i].TaskID)), max(8, w/7)))
	}
	return []table.Column[dispatcher.TaskExecutionError]{
		{Width: 1, Show: func(_ *dispatcher.TaskExecutionError, in *theme.Inks) (string, theme.Ink) {
			return p.look.Theme.Glyphs.Failed, in.Bad
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

// groupRow draws a kind of errors in a row: how many, and what was the latest. It says what to do next.
func (p *Errors) groupRow(i int, selected bool) (row, next string) {
	g := &p.groups[i]
	_, what, next := facts.Failure(g.Latest.Error)
	if next == "" {
		next = p.look.Keys.Name(keys.Open) + " shows them one by one"
	}
	l := cells.NewRow(p.look.Theme, p.width, selected).Mark(selected)
	l.Put(l.Inks.Bad, l.Glyphs.Failed).Gap(1)
	l.Right(l.Inks.Strong, cells.Count(len(g.Seqs)), 5).Gap(1).Put(l.Inks.Bad, g.Kind)
	l.Put(l.Inks.Dim, fmt.Sprintf(" %s last at %s, %s: ", l.Glyphs.Dot, cells.TimeOfDay(g.Latest.Timestamp), facts.Name(g.Latest.TaskID)))
	return l.Put(l.Inks.Text, what).End(), next
}
