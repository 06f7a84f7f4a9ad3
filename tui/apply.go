package tui

import (
	"time"

	"drover/agent"
	"drover/dispatcher"
)

// apply takes a picture: the state as a whole, the lists' windows, and what is new in the open output.
func (m *model) apply(p picture) {
	m.dirty = true
	m.scene.state = p.state // pictures come in the order in which they were taken; see watcher
	m.scene.now = time.Now()
	if !m.pulled {
		m.pulled = true
		m.hold()
	}
	s := &m.scene.state
	m.lanes.sync(s.Lanes)
	at := -1
	if p.needs.seek == m.queue.id {
		at = p.seekAt
	}
	lists := p.needs.lists
	m.queue.sync(s.PendingTotal, lists.Pending, taskIDs(s.Pending), at)
	m.finished.sync(s.EndedTotal, lists.Ended, taskIDs(s.Ended), -1)
	errorIDs := make([]string, len(s.Errors))
	for i := range s.Errors {
		errorIDs[i] = errorKey(s.Errors[i].Seq)
	}
	m.errors.sync(s.ErrorsTotal, lists.Errors, errorIDs, -1)
	for id, moved := range [paneCount]bool{m.lanes.moved, m.queue.moved, m.finished.moved, m.errors.moved} {
		if moved {
			m.shifted[id] = m.scene.now
		}
	}
	if p.needs.output != "" && p.needs.output == m.output.id {
		m.output.apply(&m.scene, p)
	}
}

// ask tells the watcher what the screen looks at, when that has changed.
func (m *model) ask() {
	n := needs{lists: dispatcher.SnapshotRequest{
		Pending: m.queue.window(),
		Ended:   m.finished.window(),
		Errors:  m.errors.window(),
	}}
	if m.queue.held && n.lists.Pending.Limit > 0 {
		n.seek = m.queue.id
	}
	if m.page == pageOutput || m.previous == pageOutput {
		n.output, n.from = m.output.id, m.output.position
	}
	was := *m.watcher.needs.Load()
	switch {
	case n == was:
	case n.lists == was.lists && n.output == was.output && n.from >= was.from && !m.output.more:
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

func taskIDs(tasks []dispatcher.Task) []string {
	ids := make([]string, len(tasks))
	for i := range tasks {
		ids[i] = tasks[i].ID
	}
	return ids
}
