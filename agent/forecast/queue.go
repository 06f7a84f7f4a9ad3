package forecast

import (
	"time"

	"drover/agent"
	"drover/dispatcher"
)

// Queue is what there is to be done at one moment, and what does it. [Compute] only reads it.
type Queue struct {
	Now     time.Time
	Lanes   int       // that there are to be
	Running []Running // in any order
	Pending []Task    // the first that wait, in the order in which they will run, delayed ones at the end
	Rest    []Rest    // those behind Pending

	Servers []agent.ServerInfo
	Cloud   agent.CloudInfo
	Model   string         // what a chat without a model gets
	Options map[string]any // what holds for a chat that does not say otherwise

	Warm     []string      // groups of tasks that can start without anything being loaded
	Patience time.Duration // see dispatcher.WithAffinity
}

// Task is one that waits.
type Task struct {
	*agent.Task
	Group string // see dispatcher.WithGroup
	Held  bool   // it is not started until somebody or something releases it
}

// Running is one that has a lane.
type Running struct {
	*agent.Task
	Group string
	State dispatcher.LaneState
	Live  agent.Live
}

// Rest counts tasks of one group that wait behind those that are looked at one by one.
type Rest struct {
	Group string
	Kind  string // of agent
	Model string // of a chat
	Count int
	Held  bool
}

// Span is a moment that is not known exactly: in one of ten cases it is before Early, in one of ten after Late. The zero
// Span stands for what is not known.
type Span struct {
	Early  time.Time `json:"early,omitzero"`
	Likely time.Time `json:"likely,omitzero"`
	Late   time.Time `json:"late,omitzero"`
}

// Known reports whether anything is known of it.
func (s Span) Known() bool { return !s.Likely.IsZero() }

// Estimate is when a task is expected to get a lane, and to end.
type Estimate struct {
	Start Span `json:"start,omitzero"` // zero too for one that has a lane
	End   Span `json:"end,omitzero"`
}

// View is the part of a forecast that goes with a view of the queue.
type View struct {
	All   Span                `json:"all,omitzero"` // when all tasks will have ended that are not held
	Held  int                 `json:"held,omitempty"`
	Tasks map[uint64]Estimate `json:"tasks,omitempty"` // of the tasks of the view of which anything is known, by serial
}
