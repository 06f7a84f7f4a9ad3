package tui

import (
	"time"

	"drover/tui/errorlist"
	"drover/tui/lanes"
	"drover/tui/output"
	"drover/tui/source"
	"drover/tui/watch"
)

// apply takes a snapshot: the state as a whole, the lists' windows, and what is new in the open output.
func (m *model) apply(p watch.Snapshot) {
	m.dirty = true
	was := endedTasks(&m.state.Metrics)
	old := m.state
	m.state = p.State // snapshots come in the order in which they were taken; see watch.Watcher
	m.now = time.Now()
	m.form.SetData(&m.state.Server)
	m.leaving.SetData(&m.state)
	m.recovery.SetData(m.state.Recovered.Interrupted)
	m.followEnds(was)
	if !m.pulled {
		m.pulled = true
		m.hold()
		m.greet()
	}
	s := &m.state
	m.share.follow(&s.Metrics)
	m.lanes.SetData(lanes.Data{
		Lanes: s.Lanes, Forecast: s.Forecast, Paused: s.Paused, HeldUp: len(s.Holds) > 0 && s.PendingTotal > 0, Now: m.now,
	})
	for list := range source.Count {
		m.takeList(list, &p, &old)
	}
	m.errors.SetData(errorlist.Data{Errors: s.Errors, Total: s.ErrorsTotal, Marked: m.actions.Marked})
	for id, moved := range [paneCount]bool{m.lanes.Moved(), m.queue.Moved, m.finished.Moved, m.errors.Moved} {
		if moved {
			m.shifted[id] = m.now
		}
	}
	m.output.SetData(output.Data(p.Output))
}

// ask tells the watcher what the screen looks at, when that has changed.
func (m *model) ask() {
	n := watch.Query{Calm: m.away, Servers: m.overlays.Has(m.servers.Page)}
	m.askLists(&n)
	if m.showsOutput() {
		r := m.output.Request()
		n.Output = watch.Part{ID: r.ID, From: r.From, Limit: output.Chunk}
	}
	was := m.watcher.Query()
	wanted := was
	wanted.Selected, wanted.Output.From = n.Selected, n.Output.From
	switch {
	case n == was:
	case n == wanted && n.Output.From >= was.Output.From && !m.output.More():
		// Nothing that cannot wait for the next change: another task is selected, more of the output is known.
		m.watcher.Look(n)
	default:
		m.watcher.Want(n)
	}
}
