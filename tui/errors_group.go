package tui

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"drover/agent/engine"
	"drover/dispatcher"
	"drover/tui/cells"
	"drover/tui/facts"
	"drover/tui/keys"
	"drover/tui/list"
	"drover/tui/notice"
)

// groupLimit is how many errors are grouped by kind; the dispatcher keeps as many.
const groupLimit = dispatcher.DefaultErrorLimit

// errorGroup is all errors of one kind. It stands in the list in the place of them, with the latest of them.
type errorGroup struct {
	kind   string // as failure has it
	latest dispatcher.TaskExecutionError
	seqs   []uint64
	tasks  []string // once each, the latest first
}

// groupErrors makes groups of errors; the one with the latest error comes first, as they do.
func groupErrors(errors []dispatcher.TaskExecutionError) []errorGroup {
	var groups []errorGroup
	at := map[string]int{}
	seen := map[[2]string]bool{}
	for _, e := range errors {
		kind, _, _ := facts.Failure(e.Error)
		i, ok := at[kind]
		if !ok {
			i = len(groups)
			at[kind] = i
			groups = append(groups, errorGroup{kind: kind, latest: e})
		}
		g := &groups[i]
		g.seqs = append(g.seqs, e.Seq)
		if task := [2]string{kind, e.TaskID}; !seen[task] {
			seen[task] = true
			g.tasks = append(g.tasks, e.TaskID)
		}
	}
	return groups
}

// grouped remembers groups for as long as the errors stay the same.
type grouped struct {
	groups []errorGroup
	total  int
	latest uint64
}

// of returns the groups of the errors in a state that holds the latest of them.
func (g *grouped) of(s *engine.State, engine engine.Engine) []errorGroup {
	latest := uint64(0)
	if len(s.Errors) > 0 {
		latest = s.Errors[0].Seq
	}
	if s.ErrorsTotal != g.total || latest != g.latest {
		all := engine.State(dispatcher.SnapshotRequest{Errors: dispatcher.Window{Limit: groupLimit}})
		*g = grouped{groupErrors(all.Errors), s.ErrorsTotal, latest}
	}
	return g.groups
}

// grouping reports whether the errors are shown by kind. A filter shows them one by one.
func (m *model) grouping() bool { return m.grouped && m.filters[paneErrors] == "" }

func (m *model) whyNotGroup() string {
	if m.focus != paneErrors {
		return "Go to the errors first (" + m.scene.keys.Name(keys.NextPane) + "), then group them by kind."
	}
	return m.whyNoErrors()
}

// toggleGroups shows the errors by kind, or one by one.
func (m *model) toggleGroups() tea.Cmd {
	m.grouped = !m.grouped
	m.errors.Reset()
	if m.filters[paneErrors] != "" {
		m.grouped = true
		m.setFilter(m.focus, "")
	}
	k := &m.scene.keys
	if m.grouped {
		m.tell(notice.Good, "Errors by kind: "+k.Name(keys.Open)+" shows those of one, "+k.Name(keys.Retry)+" and "+
			k.Name(keys.Dismiss)+" act on all of it.")
	} else {
		m.tell(notice.Good, "Errors one by one.")
	}
	return nil
}

// group is the selected kind of errors, nil when they are shown one by one.
func (m *model) group() *errorGroup {
	if m.page != pageMain || m.focus != paneErrors || !m.grouping() {
		return nil
	}
	for i := range m.scene.groups {
		if m.scene.groups[i].kind == m.errors.ID {
			return &m.scene.groups[i]
		}
	}
	return nil
}

// openGroup shows the errors of one kind.
func (m *model) openGroup(g *errorGroup) tea.Cmd {
	m.setFilter(m.focus, "status:"+strings.ReplaceAll(g.kind, " ", "_"))
	return nil
}

// retryGroup queues the tasks of a kind of errors again.
func (m *model) retryGroup(g *errorGroup) tea.Cmd {
	engine, ids := m.engine, slices.Clone(g.tasks)
	slices.Reverse(ids) // the one that failed first goes first
	return func() tea.Msg { return retryEach(engine, "Queued again:", ids).message() }
}

// dismissGroup takes the errors of a kind off the screen.
func (m *model) dismissGroup(g *errorGroup) tea.Cmd {
	engine, seqs := m.engine, slices.Clone(g.seqs)
	text := "Dismissed " + cells.Plural(len(seqs), "error") + " (" + g.kind + ")."
	return perform(func() error { engine.DismissErrors(seqs...); return nil }, text, "")
}

// groupRows draws the kinds of errors: how many, and what was the latest.
func (s *scene) groupRows(p *list.List, w, h int, title string, focused bool) []string {
	return under(title, p.Draw(s.theme, w, h-1, "", focused, len(s.groups), func(i int, selected bool) []string {
		g := &s.groups[i]
		_, what, next := facts.Failure(g.latest.Error)
		l := cells.NewRow(s.theme, w, selected)
		l.Mark(selected).Put(l.Inks.Bad, l.Glyphs.Failed).Gap(1)
		l.Right(l.Inks.Strong, cells.Count(len(g.seqs)), 5).Gap(1).Put(l.Inks.Bad, g.kind)
		l.Put(l.Inks.Dim, fmt.Sprintf(" %s last at %s, %s: ", l.Glyphs.Dot, cells.TimeOfDay(g.latest.Timestamp),
			facts.Name(g.latest.TaskID)))
		rows := []string{l.Put(l.Inks.Text, what).End()}
		if p.Each == errorRows {
			l = cells.NewRow(s.theme, w, selected)
			l.Mark(selected).Gap(2)
			if next == "" {
				next = s.keys.Name(keys.Open) + " shows them one by one"
			}
			rows = append(rows, l.Put(l.Inks.Accent, l.Glyphs.Arrow).Gap(1).Put(l.Inks.Dim, next).End())
		}
		return rows
	}))
}
