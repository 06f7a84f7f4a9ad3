package tui

import (
	"drover/agent/engine"
	"drover/tui/source"
	"drover/tui/watch"
)

// takeList gives a pane what a snapshot has of its list.
func (m *model) takeList(of source.List, p *watch.Snapshot, old *engine.State) {
	l, s := m.listOf(paneOf(of)), &m.state
	byKind := of == source.Errors && m.errors.ByKind()
	switch {
	case of == source.Errors && p.Query.Grouped != byKind: // the next snapshot has them as they are wanted
		of.Keep(s, old)
		return
	case p.Query.Filters[of] != l.Filter: // it has been filtered in another way since: what is shown stays
		of.Keep(s, old)
		l.Sync(l.Total, l.Known(), of.IDs(s), -1)
		return
	}
	l.Whole = p.Matches[of].Whole
	if byKind {
		m.errors.SetGroups(p.Groups)
		return
	}
	total, at := of.Total(s), -1
	if l.Filter != "" {
		total = p.Matches[of].N
	}
	if l.ID != "" && l.ID == p.Query.Selected[of] {
		at = p.Found[of]
	}
	l.Sync(total, *of.Window(&p.Query.Lists), of.IDs(s), at)
}

// askLists says which stretches of the lists the screen looks at, and where it wants to know the selected item to be: among
// the matches of a filter, or in the queue, in which it may move out of sight.
func (m *model) askLists(n *watch.Query) {
	n.Grouped = m.errors.ByKind()
	for of := range source.Count {
		l, window := m.listOf(paneOf(of)), of.Window(&n.Lists)
		*window, n.Filters[of] = l.Window(), l.Filter
		if l.Held && (l.Filter != "" || of == source.Pending && window.Limit > 0) {
			n.Selected[of] = l.ID
		}
	}
}
