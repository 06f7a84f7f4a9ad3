package tui

import (
	"time"

	"drover/dispatcher"
	"drover/tui/facts"
)

// What stands on the screen has to be true for as long as it stands there, and a screen on which nothing happens
// is not drawn. So a time that goes on is counted only where something moves; what rests says since when, by the
// time of day. (Counting everything in steps that grow was the alternative: it would still wake up for a lane that
// waits for hours, and be wrong by as much as a step.)

// throughputTime is how long a task that ended counts in the throughput; see dispatcher.DispatcherMetrics.
const throughputTime = time.Minute

// due is when something that is shown changes although the engine tells of nothing; zero for never.
func (m *model) due() (at time.Time) {
	earlier := func(t time.Time) {
		if t.After(m.now) && (at.IsZero() || t.Before(at)) {
			at = t
		}
	}
	earlier(m.state.Server.NextCheck)
	if !m.lastEnd.IsZero() {
		earlier(m.lastEnd.Add(throughputTime + 2*time.Second)) // it is counted in whole seconds
	}
	if m.state.Delayed > 0 {
		for i := range m.state.Pending {
			earlier(m.state.Pending[i].NotBefore)
		}
	}
	for i := range m.state.Lanes {
		lane := &m.state.Lanes[i]
		if lane.State == dispatcher.LaneIdle {
			continue
		}
		live := lane.Live
		if live.SilenceWarning > 0 && !live.LastToken.IsZero() {
			earlier(live.LastToken.Add(live.SilenceWarning))
		}
		if !facts.Quiet(lane, m.now) {
			earlier(m.now.Add(time.Second))
		}
	}
	return at
}

// rang is a tick of the clock: time has gone on.
func (m *model) rang() {
	m.now, m.dirty = time.Now(), true
	m.lanes.Tick(m.now)
	if !m.lastEnd.IsZero() && m.now.Sub(m.lastEnd) > throughputTime {
		m.lastEnd = time.Time{}
		m.watcher.Want(m.watcher.Query()) // what counts tasks by the minute is the engine's
	}
}

// followEnds notes when tasks have ended.
func (m *model) followEnds(was int) {
	if endedTasks(&m.state.Metrics) > was {
		m.lastEnd = m.now
	}
}
