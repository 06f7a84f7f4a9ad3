package tui

import (
	"fmt"

	"drover/agent"
	"drover/dispatcher"
	"drover/tui/cells"
	"drover/tui/keys"
)

// listPane is a pane that shows a window of one of the engine's lists, one item in one or more rows.
type listPane struct {
	list
	each int // rows of one item
}

// resize fits the pane into h rows with its title.
func (p *listPane) resize(h, each int) {
	p.each = each
	p.list.resize(max(h-1, 0) / each)
}

// draw lays out the visible items. item draws one of the window by its index in it, in p.each rows.
func (p *listPane) draw(s *scene, w, h int, title, empty string, focused bool, n int,
	item func(i int, selected bool) []string,
) []string {
	rows := make([]string, 0, h)
	rows = append(rows, title)
	if p.total == 0 && h > 1 {
		rows = append(rows, cells.EmptyRow(s.theme, w, empty))
	}
	first, last := p.visible()
	for at := first; at < last; at++ {
		i := at - p.base
		if i < 0 || i >= n {
			// The window that has it is on its way.
			for range p.each {
				rows = append(rows, cells.Spaces(w))
			}
			continue
		}
		rows = append(rows, item(i, focused && at == p.cursor)...)
	}
	return cells.Fill(rows, w, h)
}

// span says which part is seen when not all of it is: "3-9 of 120".
func (p *listPane) span() string {
	first, last := p.visible()
	switch {
	case last-first >= p.total || last <= first:
		return cells.Count(p.total)
	case last == first+1:
		return cells.Count(last) + " of " + cells.Count(p.total)
	}
	return fmt.Sprintf("%s-%s of %s", cells.Count(first+1), cells.Count(last), cells.Count(p.total))
}

// part says how much of a list is shown: which rows of it, or how many items match the filter.
func (s *scene) part(pane paneID, p *listPane, total int) string {
	text := s.filters[pane]
	if text == "" {
		return p.span()
	}
	more := ""
	if !s.matches[pane].whole {
		more = " so far"
	}
	return fmt.Sprintf("%s of %s match%s: %s", cells.Count(p.total), cells.Count(total), more, cells.OneLine(text))
}

// nothing is what a list without items says.
func (s *scene) nothing(pane paneID, otherwise string) string {
	switch {
	case s.filters[pane] == "":
		return otherwise
	case !s.matches[pane].whole:
		return "Looking for matches."
	}
	return "Nothing matches. " + s.keys.Name(keys.Back) + " shows everything again."
}

// idWidth is how wide the column of IDs has to be.
func idWidth(w int, tasks []agent.Task) int {
	n := 4
	for i := range tasks {
		n = max(n, min(cells.Width(cells.OneLine(tasks[i].ID)), max(8, w/7)))
	}
	return n
}

// modelWidth is how wide the column of models has to be.
func (s *scene) modelWidth(tasks []agent.Task, most int) int {
	n := 5
	for i := range tasks {
		n = max(n, min(cells.Width(s.modelOf(&tasks[i], agent.Live{})), most))
	}
	return n
}

// queueRows draws the pending tasks in the order in which they will run.
func (s *scene) queueRows(p *listPane, w, h int, focused bool, other string) []string {
	detail := s.part(paneQueue, p, s.state.PendingTotal)
	if s.state.Delayed > 0 {
		detail += fmt.Sprintf(", %s delayed", cells.Count(s.state.Delayed))
	}
	if s.state.Paused {
		detail += ", paused"
	}
	if other != "" {
		detail += "  " + s.theme.Glyphs.Dot + "  " + other
	}
	columns := " since"
	model := 0
	tasks := s.state.Pending
	if w >= 46 {
		model = s.modelWidth(tasks, min(20, w/4))
		columns = fmt.Sprintf("%-*s %s", model, "model", columns)
	}
	title := cells.TitleRow(s.theme, w, "Queue", detail, columns, focused)
	ids := idWidth(w, tasks)
	place := len(cells.Count(p.offset + p.page))
	if s.filters[paneQueue] != "" {
		place = 0 // where a match stands in the queue is not known
	}
	empty := s.nothing(paneQueue, "Nothing waits. Press "+s.keys.Name(keys.New)+" for a new task.")
	return p.draw(s, w, h, title, empty, focused, len(tasks), func(i int, selected bool) []string {
		t := &tasks[i]
		l := cells.NewRow(s.theme, w, selected)
		mark, ink := priorityMark(t.Priority, l.Inks, l.Glyphs)
		l.MarkTask(selected, s.marks.marked(t.ID))
		if place > 0 {
			l.Right(l.Inks.Dim, cells.Count(p.base+i+1), place).Gap(1)
		}
		l.Put(ink, mark).Gap(1)
		if w >= 60 {
			l.Cell(ink, dispatcher.PriorityName(t.Priority), 6).Gap(1)
		}
		l.Cell(l.Inks.Dim, cells.OneLine(t.ID), ids).Gap(1)
		tail := 6
		if model > 0 {
			tail += model + 1
		}
		text := promptLine(t)
		if t.Error != nil {
			// It has been tried: why it waits again says more than the prompt.
			kind, _, _ := failure(t.Error)
			again := fmt.Sprint("attempt ", t.Attempts+1)
			if t.NotBefore.After(s.now) {
				again += " at " + cells.TimeOfDay(t.NotBefore)
			}
			text = fmt.Sprintf("(%s: %s) %s", again, kind, text)
		}
		l.Cell(l.Inks.Text, text, l.Left-tail-1).Gap(1)
		if model > 0 {
			l.Cell(l.Inks.Dim, s.modelOf(t, agent.Live{}), model).Gap(1)
		}
		return []string{l.Right(l.Inks.Dim, cells.Moment(s.now, t.CreatedAt), 6).End()}
	})
}
