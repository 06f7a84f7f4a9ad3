package tui

import (
	"strconv"

	"drover/tui/cells"
	"drover/tui/keys"
	"drover/tui/list"
)

// errorRows is how many rows one error takes: what happened, and below it what to do next.
const errorRows = 2

// errorsRows draws the errors, the latest first. They stay until they are dismissed.
func (s *scene) errorsRows(p *list.List, w, h int, focused bool) []string {
	detail := "none"
	if s.state.ErrorsTotal > 0 {
		detail = s.part(paneErrors, p, s.state.ErrorsTotal)
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
	ids := 4
	for i := range errs {
		ids = max(ids, min(cells.Width(cells.OneLine(errs[i].TaskID)), max(8, w/7)))
	}
	if s.state.ErrorsTotal == 0 {
		return cells.Fill([]string{title}, w, h)
	}
	if s.grouped {
		return s.groupRows(p, w, h, title, focused)
	}
	return under(title, p.Draw(s.theme, w, h-1, s.nothing(paneErrors, ""), focused, len(errs), func(i int, selected bool) []string {
		e := &errs[i]
		kind, what, next := failure(e.Error)
		l := cells.NewRow(s.theme, w, selected)
		l.MarkTask(selected, s.marks.marked(e.TaskID)).Put(l.Inks.Bad, l.Glyphs.Failed).Gap(1)
		l.Put(l.Inks.Dim, e.Timestamp.Local().Format("15:04:05")).Gap(1)
		l.Cell(l.Inks.Text, cells.OneLine(e.TaskID), ids).Gap(1)
		if w >= 60 {
			l.Cell(l.Inks.Dim, "lane "+strconv.Itoa(e.WorkerID+1), 7).Gap(1)
		}
		l.Put(l.Inks.Bad, kind).Put(l.Inks.Text, ": "+what)
		rows := []string{l.End()}
		if p.Each == errorRows {
			l = cells.NewRow(s.theme, w, selected)
			l.Mark(selected).Gap(2)
			if next == "" {
				next = s.keys.Name(keys.Retry) + " tries it again, " + s.keys.Name(keys.Open) + " shows what it said"
			}
			l.Put(l.Inks.Accent, l.Glyphs.Arrow).Gap(1).Put(l.Inks.Dim, next)
			rows = append(rows, l.End())
		}
		return rows
	}))
}

// errorKey is what the errors' list knows an error by.
func errorKey(seq uint64) string { return strconv.FormatUint(seq, 10) }
