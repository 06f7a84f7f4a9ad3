package tui

import (
	"fmt"

	"drover/agent"
	"drover/dispatcher"
	"drover/tui/cells"
	"drover/tui/facts"
	"drover/tui/keys"
	"drover/tui/list"
	"drover/tui/table"
	"drover/tui/theme"
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

// modelOf is the model that was asked for, or that worked on a task.
func modelOf(t *agent.Task) string { return cells.OneLine(facts.Model(t, agent.Live{})) }

// modelWidth is how wide the column of models has to be.
func (s *scene) modelWidth(tasks []agent.Task, most int) int {
	n := 5
	for i := range tasks {
		n = max(n, min(cells.Width(modelOf(&tasks[i])), most))
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
	tasks := s.state.Pending
	place := 0 // where a match stands in the queue is not known
	if s.filters[paneQueue] == "" {
		place = len(cells.Count(p.Offset+p.Page)) + 1
	}
	t := table.Fit(s.queueColumns(w), w, 1+place)
	title := cells.TitleRow(s.theme, w, "Queue", detail, t.Headings(), focused)
	empty := s.nothing(paneQueue, "Nothing waits. Press "+s.keys.Name(keys.New)+" for a new task.")
	return under(title, p.Draw(s.theme, w, h-1, empty, focused, len(tasks), func(i int, selected bool) []string {
		l := cells.NewRow(s.theme, w, selected).MarkTask(selected, s.marks.marked(tasks[i].ID))
		if place > 0 {
			l.Right(l.Inks.Dim, cells.Count(p.Base+i+1), place-1).Gap(1)
		}
		t.Row(l, &tasks[i])
		return []string{l.End()}
	}))
}

// queueColumns are the columns of the pending tasks, behind the mark and the place in the queue.
func (s *scene) queueColumns(w int) []table.Column[agent.Task] {
	return []table.Column[agent.Task]{
		{Width: 1, Show: func(t *agent.Task, in *theme.Inks) (string, theme.Ink) {
			return facts.PriorityMark(t.Priority, in, &s.theme.Glyphs)
		}},
		{From: 60, Width: 6, Show: func(t *agent.Task, in *theme.Inks) (string, theme.Ink) {
			_, ink := facts.PriorityMark(t.Priority, in, &s.theme.Glyphs)
			return dispatcher.PriorityName(t.Priority), ink
		}},
		s.idColumn(w, s.state.Pending),
		{Grow: true, Show: func(t *agent.Task, in *theme.Inks) (string, theme.Ink) { return s.waitingText(t), in.Text }},
		s.modelColumn(46, s.state.Pending, min(20, w/4)),
		{Heading: "since", Width: 6, Right: true, Show: func(t *agent.Task, in *theme.Inks) (string, theme.Ink) {
			return cells.Moment(s.now, t.CreatedAt), in.Dim
		}},
	}
}

// waitingText is the prompt of a pending task. Of one that has been tried, why it waits again says more.
func (s *scene) waitingText(t *agent.Task) string {
	text := facts.Prompt(t)
	if t.Error == nil {
		return text
	}
	kind, _, _ := facts.Failure(t.Error)
	again := fmt.Sprint("attempt ", t.Attempts+1)
	if t.NotBefore.After(s.now) {
		again += " at " + cells.TimeOfDay(t.NotBefore)
	}
	return fmt.Sprintf("(%s: %s) %s", again, kind, text)
}

// idColumn is the column of IDs.
func (s *scene) idColumn(w int, tasks []agent.Task) table.Column[agent.Task] {
	return table.Column[agent.Task]{Width: idWidth(w, tasks), Show: func(t *agent.Task, in *theme.Inks) (string, theme.Ink) {
		return cells.OneLine(t.ID), in.Dim
	}}
}

// modelColumn is the column of models, of at most so many cells.
func (s *scene) modelColumn(from int, tasks []agent.Task, most int) table.Column[agent.Task] {
	return table.Column[agent.Task]{Heading: "model", From: from, Width: s.modelWidth(tasks, most),
		Show: func(t *agent.Task, in *theme.Inks) (string, theme.Ink) { return modelOf(t), in.Dim }}
}
