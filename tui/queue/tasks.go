package queue

import (
	"fmt"
	"time"

	"drover/agent"
	"drover/agent/forecast"
	"drover/tui/cells"
	"drover/tui/facts"
	"drover/tui/keys"
	"drover/tui/list"
	"drover/tui/overlay"
	"drover/tui/table"
	"drover/tui/theme"
)

// Data is a stretch of a list of tasks, and what is known of the whole.
type Data struct {
	Tasks   []agent.Task // the stretch that the list knows
	Total   int          // tasks there are, whether they match or not
	Delayed int          // tasks that wait until their time has come
	Paused  bool         // none of them is started
	Other   string       // what is to be said of another list, which is not seen; empty for nothing
	Marked  func(id string) bool
	Now     time.Time

	Forecast forecast.View     // of the pending ones
	Why      map[string]string // by ID: why a pending task does not start when its turn comes, in few words
}

// kind is how one list of tasks differs from another.
type kind struct {
	title   string
	empty   func(k *keys.Map) string // what stands there when there are no tasks
	offers  []keys.Action            // for the last line
	places  bool                     // each task has its place in the list before it
	columns func(p *Tasks, w int) []table.Column[agent.Task]
}

// Tasks is a list of tasks, one row for each.
type Tasks struct {
	list.List

	look     *overlay.Look
	kind     kind
	handlers keys.Handlers

	data          Data
	width, height int
	focused       bool
}

func newTasks(look *overlay.Look, k kind) *Tasks {
	p := &Tasks{look: look, kind: k, handlers: keys.Handlers{}}
	for _, a := range []keys.Action{keys.Up, keys.Down, keys.PageUp, keys.PageDown, keys.First, keys.Last} {
		p.handlers[a] = keys.Handler{Do: func() keys.Intent { p.Scroll(a); return nil }}
	}
	return p
}

// Handlers move the selection.
func (p *Tasks) Handlers() keys.Handlers { return p.handlers }

// Offers lists actions for the last line, the most useful first.
func (p *Tasks) Offers() []keys.Action { return p.kind.offers }

// SetSize fits the list into w×h cells, its title among them.
func (p *Tasks) SetSize(w, h int) {
	p.width, p.height = w, h
	p.Resize(h-1, 1)
}

// SetFocus says whether it has the keys.
func (p *Tasks) SetFocus(focused bool) { p.focused = focused }

// SetData takes what is shown. The list itself is told of it by [list.List.Sync], which knows what was asked for.
func (p *Tasks) SetData(d Data) { p.data = d }

// View returns the rows of the list.
func (p *Tasks) View() []string {
	w, th, tasks := p.width, p.look.Theme, p.data.Tasks
	place := 0 // where a match stands in the whole list is not known
	if p.kind.places && p.Filter == "" {
		place = len(cells.Count(p.Offset+p.Page)) + 1
	}
	t := table.Fit(p.kind.columns(p, w), w, 1+place)
	title := cells.TitleRow(th, w, p.kind.title, p.detail(), t.Headings(), p.focused)
	empty := p.Nothing(p.kind.empty(&p.look.Keys), p.look.Keys.Name(keys.Back))
	return append([]string{title}, p.Draw(th, w, p.height-1, empty, p.focused, len(tasks), func(i int, selected bool) []string {
		l := cells.NewRow(th, w, selected).MarkTask(selected, p.data.Marked(tasks[i].ID))
		if place > 0 {
			l.Right(l.Inks.Dim, cells.Count(p.Base+i+1), place-1).Gap(1)
		}
		t.Row(l, &tasks[i])
		return []string{l.End()}
	})...)
}

// detail is what stands behind the title: how much of the list is shown, and what is to be known of it.
func (p *Tasks) detail() string {
	text := p.Part(p.data.Total)
	if p.data.Delayed > 0 {
		text += fmt.Sprintf(", %s delayed", cells.Count(p.data.Delayed))
	}
	if p.data.Paused {
		text += ", paused"
	}
	if p.data.Other != "" {
		text += "  " + p.look.Theme.Glyphs.Dot + "  " + p.data.Other
	}
	return text
}

// idColumn is the column of IDs, as wide as the widest needs.
func (p *Tasks) idColumn(w int) table.Column[agent.Task] {
	n := 4
	for i := range p.data.Tasks {
		n = max(n, min(cells.Width(cells.OneLine(p.data.Tasks[i].ID)), max(8, w/7)))
	}
	return table.Column[agent.Task]{Width: n, Show: func(t *agent.Task, in *theme.Inks) (string, theme.Ink) {
		return cells.OneLine(t.ID), in.Dim
	}}
}

// modelColumn is the column of models, of at most so many cells, in lists of at least from cells.
func (p *Tasks) modelColumn(from, most int) table.Column[agent.Task] {
	n := 5
	for i := range p.data.Tasks {
		n = max(n, min(cells.Width(modelOf(&p.data.Tasks[i])), most))
	}
	return table.Column[agent.Task]{Heading: "model", From: from, Width: n, Show: func(t *agent.Task, in *theme.Inks) (string, theme.Ink) {
		return modelOf(t), in.Dim
	}}
}

// modelOf is the model that was asked for, or that worked on a task.
func modelOf(t *agent.Task) string { return cells.OneLine(facts.Model(t, agent.Live{})) }
