package facts

import (
	"time"

	"drover/agent"
	"drover/agent/engine"
	"drover/dispatcher"
	"drover/tui/cells"
	"drover/tui/theme"
)

// QuietAfter is for how long a lane counts as moving after the latest news of it. A time that goes on is counted only on the
// row of a lane that moves; what rests says since when, so a screen on which nothing happens need not be drawn.
const QuietAfter = 20 * time.Second

// News is when the latest came of a lane: a token, or what it does.
func News(lane *engine.Lane) time.Time {
	at := lane.Since
	for _, t := range []time.Time{lane.Live.Sent, lane.Live.LastToken} {
		if t.After(at) {
			at = t
		}
	}
	return at
}

// Quiet reports whether nothing has come of a lane for a while.
func Quiet(lane *engine.Lane, now time.Time) bool { return now.Sub(News(lane)) >= QuietAfter }

// Running is for how long the task of a lane has run, or since when if the lane is quiet.
func Running(lane *engine.Lane, now time.Time) string {
	if Quiet(lane, now) {
		return cells.Moment(now, lane.Task.StartedAt)
	}
	return cells.Elapsed(now.Sub(lane.Task.StartedAt))
}

// Rate is the tokens per second of a lane; none of a quiet one, whatever it was before.
func Rate(lane *engine.Lane, now time.Time) float64 {
	if lane.State != dispatcher.LaneRunning || Quiet(lane, now) {
		return 0
	}
	return lane.Live.Rate()
}

// LaneMark is the shape and the ink of what a lane does.
func LaneMark(lane *engine.Lane, now time.Time, in *theme.Inks, g *theme.Glyphs) (string, theme.Ink) {
	switch lane.State {
	case dispatcher.LaneIdle:
		return g.Idle, in.Dim
	case dispatcher.LaneCancelling:
		return g.Cancelling, in.Warn
	case dispatcher.LaneStuck:
		return g.Stuck, in.Bad
	case dispatcher.LaneRunning:
	}
	live := &lane.Live
	switch {
	case live.FirstToken.IsZero() && live.Phase != agent.PhaseRunning, live.Silent(now) > 0:
		return g.Waiting, in.Warn
	case live.Phase == agent.PhaseThinking:
		return g.Thinking, in.Accent
	}
	return g.Running, in.Good
}

// LaneOf is the lane that works on a task, nil for none.
func LaneOf(lanes []engine.Lane, id string) *engine.Lane {
	for i := range lanes {
		if l := &lanes[i]; l.State != dispatcher.LaneIdle && l.Task.ID == id {
			return l
		}
	}
	return nil
}
