package engine

import (
	"drover/agent"
	"drover/dispatcher"
)

// StateOf makes a State of what the dispatcher says, in which payloads, results and details are what they are.
func StateOf(s *dispatcher.Snapshot) State {
	state := State{
		Version: s.Version, At: s.At, Lanes: make([]Lane, len(s.Lanes)),
		Pending: tasksOf(s.Pending), PendingTotal: s.PendingTotal, Delayed: s.Delayed,
		Ended: tasksOf(s.Ended), EndedTotal: s.EndedTotal,
		Errors: s.Errors, ErrorsTotal: s.ErrorsTotal,
		Holds: s.Holds, Stopping: s.Stopping, Capacity: s.Capacity, Metrics: s.Metrics,
		Paused: s.Held(dispatcher.HoldPaused),
	}
	for i := range s.Lanes {
		lane := &s.Lanes[i]
		live, _ := lane.Progress.Detail.(agent.Live)
		task := agent.TaskOf(&lane.Task)
		task.DefaultModel = live.Model // of one that has not begun, the engine knows it
		state.Lanes[i] = Lane{
			ID: lane.ID, State: lane.State, Since: lane.Since, Retiring: lane.Retiring,
			Task: task, Live: live,
		}
	}
	return state
}

func tasksOf(tasks []dispatcher.Task) []agent.Task {
	list := make([]agent.Task, len(tasks))
	for i := range tasks {
		list[i] = agent.TaskOf(&tasks[i])
	}
	return list
}
