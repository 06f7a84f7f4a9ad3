package tui

import (
	"time"

	"drover/agent"
	"drover/dispatcher"
)

// apply takes a picture: the state as a whole, the lists' windows, and what is new in the open output.
func (m *model) apply(p picture) {
	m.dirty = true
	for pane, was := range m.filters {
		if p.needs.filters[pane] != was {
			m.outdated(paneID(pane), &p) // the filter is another one since it was taken
		}
	}
	was := endedTasks(&m.scene.state.Metrics)
	m.scene.state = p.state // pictures come in the order in which they were taken; see watcher
	m.scene.matches, m.scene.filters = p.matches, m.filters
	m.scene.now = time.Now()
	m.followEnds(was)
	if !m.pulled {
		m.pulled = true
		m.hold()
		m.greet()
	}
	s := &m.scene.state
	m.share.follow(&s.Metrics)
	m.lanes.sync(s.Lanes)
	at := [paneCount]int{-1, -1, -1, -1}
	if p.needs.seek == m.queue.ID {
		at[paneQueue] = p.seekAt
	}
	total := [paneCount]int{paneQueue: s.PendingTotal, paneFinished: s.EndedTotal, paneErrors: s.ErrorsTotal}
	for pane, text := range m.filters {
		if p.needs.filters[pane] != text {
			total[pane] = m.listOf(paneID(pane)).Total
		} else if text != "" {
			total[pane] = p.matches[pane].n
			if id := m.listOf(paneID(pane)).ID; id != "" && id == p.needs.selected[pane] {
				at[pane] = p.found[pane]
			}
		}
	}
	lists := p.needs.lists
	m.queue.Sync(total[paneQueue], lists.Pending, taskIDs(s.Pending), at[paneQueue])
	m.finished.Sync(total[paneFinished], lists.Ended, taskIDs(s.Ended), at[paneFinished])
	switch {
	case p.needs.grouped != m.grouping(): // the next one has them as they are wanted
	case p.needs.grouped:
		m.scene.groups = p.groups
		m.errors.Sync(len(p.groups), dispatcher.Window{Limit: len(p.groups)}, groupKinds(p.groups), -1)
	default:
		m.errors.Sync(total[paneErrors], lists.Errors, errorIDs(s.Errors), at[paneErrors])
	}
	for id, moved := range [paneCount]bool{m.lanes.moved, m.queue.Moved, m.finished.Moved, m.errors.Moved} {
		if moved {
			m.shifted[id] = m.scene.now
		}
	}
	if p.needs.output != "" && p.needs.output == m.output.id {
		m.output.apply(&m.scene, p)
	}
}

// outdated keeps what a pane shows, since the picture has it by another filter.
func (m *model) outdated(pane paneID, p *picture) {
	s := &m.scene
	p.matches[pane] = s.matches[pane]
	l := m.listOf(pane)
	w := l.Known()
	switch pane {
	default:
	case paneQueue:
		p.state.Pending, p.needs.lists.Pending = s.state.Pending, w
	case paneFinished:
		p.state.Ended, p.needs.lists.Ended = s.state.Ended, w
	case paneErrors:
		p.state.Errors, p.needs.lists.Errors = s.state.Errors, w
	}
}

// ask tells the watcher what the screen looks at, when that has changed.
func (m *model) ask() {
	n := needs{lists: dispatcher.SnapshotRequest{
		Pending: m.queue.Window(),
		Ended:   m.finished.Window(),
		Errors:  m.errors.Window(),
	}}
	n.filters, n.grouped, n.calm = m.filters, m.grouping(), m.away
	n.servers = m.overlays.Has(m.parts.servers)
	for pane, text := range m.filters {
		if l := m.listOf(paneID(pane)); text != "" && l.Held {
			n.selected[pane] = l.ID
		}
	}
	if m.queue.Held && n.lists.Pending.Limit > 0 && m.filters[paneQueue] == "" {
		n.seek = m.queue.ID
	}
	if m.page == pageOutput {
		n.output, n.from = m.output.id, m.output.position
	}
	was := *m.watcher.needs.Load()
	wanted := was
	wanted.seek, wanted.selected, wanted.from = n.seek, n.selected, n.from
	switch {
	case n == was:
	case n == wanted && n.from >= was.from && !m.output.more:
		// Nothing that cannot wait for the next change: another task is selected, more of the output is known.
		m.watcher.needs.Store(&n)
	default:
		m.watcher.want(n)
	}
}

// busy counts the lanes that are taken.
func (m *model) busy() (n int) {
	for i := range m.scene.state.Lanes {
		if m.scene.state.Lanes[i].State != dispatcher.LaneIdle {
			n++
		}
	}
	return n
}

// serverDown reports whether the model server is known not to answer.
func (m *model) serverDown() bool { return m.scene.state.Server.State == agent.ServerDown }

func errorIDs(errors []dispatcher.TaskExecutionError) []string {
	ids := make([]string, len(errors))
	for i := range errors {
		ids[i] = errorKey(errors[i].Seq)
	}
	return ids
}

func groupKinds(groups []errorGroup) []string {
	kinds := make([]string, len(groups))
	for i := range groups {
		kinds[i] = groups[i].kind
	}
	return kinds
}

func taskIDs(tasks []agent.Task) []string {
	ids := make([]string, len(tasks))
	for i := range tasks {
		ids[i] = tasks[i].ID
	}
	return ids
}
