package tui

import (
	"drover/agent"
	"drover/agent/engine"
	"drover/dispatcher"
	"drover/tui/errorlist"
)

// listPanes are the panes that show a list of the engine.
var listPanes = []paneID{paneQueue, paneFinished, paneErrors}

// source is a list of the engine: how a stretch of it is asked for, and where it stands in a State.
type source struct {
	window func(r *dispatcher.SnapshotRequest) *dispatcher.Window
	total  func(s *engine.State) int
	ids    func(s *engine.State) []string
	keep   func(s, old *engine.State) // puts the stretch of an older State into s
}

var sources = [paneCount]source{
	paneQueue: {
		func(r *dispatcher.SnapshotRequest) *dispatcher.Window { return &r.Pending },
		func(s *engine.State) int { return s.PendingTotal },
		func(s *engine.State) []string { return idsOf(s.Pending, taskID) },
		func(s, old *engine.State) { s.Pending = old.Pending },
	},
	paneFinished: {
		func(r *dispatcher.SnapshotRequest) *dispatcher.Window { return &r.Ended },
		func(s *engine.State) int { return s.EndedTotal },
		func(s *engine.State) []string { return idsOf(s.Ended, taskID) },
		func(s, old *engine.State) { s.Ended = old.Ended },
	},
	paneErrors: {
		func(r *dispatcher.SnapshotRequest) *dispatcher.Window { return &r.Errors },
		func(s *engine.State) int { return s.ErrorsTotal },
		func(s *engine.State) []string { return idsOf(s.Errors, errorlist.Key) },
		func(s, old *engine.State) { s.Errors = old.Errors },
	},
}

// stretch asks the engine for a part of a list.
func (l source) stretch(e engine.Engine, w dispatcher.Window) engine.State {
	var r dispatcher.SnapshotRequest
	*l.window(&r) = w
	return e.State(r)
}

func taskID(t *agent.Task) string { return t.ID }

func idsOf[T any](items []T, id func(*T) string) []string {
	ids := make([]string, len(items))
	for i := range items {
		ids[i] = id(&items[i])
	}
	return ids
}

// takeList gives a pane what a snapshot has of its list.
func (m *model) takeList(pane paneID, p *snapshot, old *engine.State) {
	l, src, s := m.listOf(pane), sources[pane], &m.state
	byKind := pane == paneErrors && m.errors.ByKind()
	switch {
	case pane == paneErrors && p.query.grouped != byKind: // the next snapshot has them as they are wanted
		src.keep(s, old)
		return
	case p.query.filters[pane] != l.Filter: // it has been filtered in another way since: what is shown stays
		src.keep(s, old)
		l.Sync(l.Total, l.Known(), src.ids(s), -1)
		return
	}
	l.Whole = p.matches[pane].whole
	if byKind {
		m.errors.SetGroups(p.groups)
		return
	}
	total, at := src.total(s), -1
	if l.Filter != "" {
		total = p.matches[pane].n
	}
	if l.ID != "" && l.ID == p.query.selected[pane] {
		at = p.found[pane]
	}
	l.Sync(total, *src.window(&p.query.lists), src.ids(s), at)
}

// askLists says which stretches of the lists the screen looks at, and where it wants to know the selected item to be: among
// the matches of a filter, or in the queue, in which it may move out of sight.
func (m *model) askLists(n *query) {
	n.grouped = m.errors.ByKind()
	for _, pane := range listPanes {
		l, window := m.listOf(pane), sources[pane].window(&n.lists)
		*window, n.filters[pane] = l.Window(), l.Filter
		if l.Held && (l.Filter != "" || pane == paneQueue && window.Limit > 0) {
			n.selected[pane] = l.ID
		}
	}
}
