package tui

import (
	"strconv"
)

// errorRows is how many rows one error takes: what happened, and below it what to do next.
const errorRows = 2

// errorsRows draws the errors, the latest first. They stay until they are dismissed.
func (s *scene) errorsRows(p *listPane, w, h int, focused bool) []string {
	detail := "none"
	if s.state.ErrorsTotal > 0 {
		detail = s.part(paneErrors, p, s.state.ErrorsTotal)
	}
	if s.grouped {
		detail = plural(s.state.ErrorsTotal, "error") + " of " + plural(len(s.groups), "kind")
	}
	columns := ""
	if p.total > 0 && focused {
		columns = s.keys.name(ActionDismiss) + " dismiss"
	}
	title := s.titleRow(w, "Errors", detail, columns, focused)
	errs := s.state.Errors
	ids := 4
	for i := range errs {
		ids = max(ids, min(width(oneLine(errs[i].TaskID)), max(8, w/7)))
	}
	if s.state.ErrorsTotal == 0 {
		return s.fill([]string{title}, w, h)
	}
	if s.grouped {
		return s.groupRows(p, w, h, title, focused)
	}
	return p.draw(s, w, h, title, s.nothing(paneErrors, ""), focused, len(errs), func(i int, selected bool) []string {
		e := &errs[i]
		kind, what, next := failure(e.Error)
		l := newLine(s.theme, w, selected)
		l.markTask(selected, s.marks.marked(e.TaskID)).put(l.inks.Bad, l.marks.Failed).gap(1)
		l.put(l.inks.Dim, e.Timestamp.Local().Format("15:04:05")).gap(1)
		l.cell(l.inks.Text, oneLine(e.TaskID), ids).gap(1)
		if w >= 60 {
			l.cell(l.inks.Dim, "lane "+strconv.Itoa(e.WorkerID+1), 7).gap(1)
		}
		l.put(l.inks.Bad, kind).put(l.inks.Text, ": "+what)
		rows := []string{l.end()}
		if p.each == errorRows {
			l = newLine(s.theme, w, selected)
			l.mark(selected).gap(2)
			if next == "" {
				next = s.keys.name(ActionRetry) + " tries it again, " + s.keys.name(ActionOpen) + " shows what it said"
			}
			l.put(l.inks.Accent, l.marks.Arrow).gap(1).put(l.inks.Dim, next)
			rows = append(rows, l.end())
		}
		return rows
	})
}

// errorKey is what the errors' list knows an error by.
func errorKey(seq uint64) string { return strconv.FormatUint(seq, 10) }
