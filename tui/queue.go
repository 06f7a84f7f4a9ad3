package tui

import (
	"fmt"

	"drover/agent"
	"drover/dispatcher"
	"drover/tui/cells"
	"drover/tui/keys"
	"drover/tui/list"
)

// part says how much of a list is shown: which rows of it, or how many items match the filter.
func (s *scene) part(pane paneID, p *list.List, total int) string {
	text := s.filters[pane]
	if text == "" {
		return p.Part()
	}
	more := ""
	if !s.matches[pane].whole {
		more = " so far"
	}
	return fmt.Sprintf("%s of %s match%s: %s", cells.Count(p.Total), cells.Count(total), more, cells.OneLine(text))
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
func (s *scene) queueRows(p *list.List, w, h int, focused bool, other string) []string {
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
	place := len(cells.Count(p.Offset + p.Page))
	if s.filters[paneQueue] != "" {
		place = 0 // where a match stands in the queue is not known
	}
	empty := s.nothing(paneQueue, "Nothing waits. Press "+s.keys.Name(keys.New)+" for a new task.")
	return under(title, p.Draw(s.theme, w, h-1, empty, focused, len(tasks), func(i int, selected bool) []string {
		t := &tasks[i]
		l := cells.NewRow(s.theme, w, selected)
		mark, ink := priorityMark(t.Priority, l.Inks, l.Glyphs)
		l.MarkTask(selected, s.marks.marked(t.ID))
		if place > 0 {
			l.Right(l.Inks.Dim, cells.Count(p.Base+i+1), place).Gap(1)
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
	}))
}
