package engine

import (
	"cmp"
	"errors"
	"time"

	"drover/agent"
	"drover/agent/forecast"
	"drover/dispatcher"
)

// becauseOf are the reasons of holds that have words of their own.
var becauseOf = map[string]forecast.Reason{
	dispatcher.HoldPaused: forecast.BecausePaused,
	HoldNoServer:          forecast.BecauseNoServer,
	HoldBusy:              forecast.BecauseServerBusy,
	HoldConversations:     forecast.BecauseCrowded,
	HoldInterrupted:       forecast.BecauseUnanswered,
}

// WhyPending says why the i-th task of s.Pending waits, with so many tasks before it in the queue.
func (s *State) WhyPending(i, before int) forecast.Answer {
	c := s.whyCase(&s.Pending[i])
	c.Before, c.Stopping = before, s.Stopping
	if hold := s.holdOf(c.Task); hold != "" {
		c.Held, c.HeldBy = cmp.Or(becauseOf[hold], forecast.BecauseHeld), hold
	}
	return forecast.Explain(&c)
}

// holdOf returns the reason for which a pending task is held, empty for none.
func (s *State) holdOf(t *agent.Task) string {
	group := t.Request.KindName()
	switch model := agent.FullName(cmp.Or(t.Request.Model, s.Server.DefaultModel)); group {
	case agent.KindChat:
		group = chatGroup(model)
	case agent.KindWork:
		group = workGroup(model)
	}
	for _, hold := range s.Holds {
		if hold.Covers(group) {
			return hold.Reason
		}
	}
	return ""
}

// WhyLane says what the task of the i-th lane, which is not idle, does or waits for.
func (s *State) WhyLane(i int) forecast.Answer {
	lane := &s.Lanes[i]
	c := s.whyCase(&lane.Task)
	c.State, c.Since, c.Live = lane.State, lane.Since, lane.Live
	return forecast.Explain(&c)
}

// whyCase is what is known for every task.
func (s *State) whyCase(t *agent.Task) forecast.Case {
	c := forecast.Case{Now: s.At, Task: t, Server: s.Server, Lanes: s.Metrics.WorkerCount, Estimate: s.Forecast.Tasks[t.Serial]}
	for i := range s.Lanes {
		if s.Lanes[i].State == dispatcher.LaneIdle {
			c.IdleLanes++
		}
	}
	return c
}

// Why says why a task has not ended, or how it has.
func (l *Local) Why(id string) (forecast.Answer, error) {
	if f := l.forecaster.latest.Load(); time.Since(f.At) > 2*forecastGap {
		q, _ := l.queue() // nobody has looked for a while
		l.forecaster.latest.Store(forecast.Compute(q, &l.forecaster.rates))
	}
	var task agent.Task
	for range 10 { // it may move meanwhile
		place, err := l.tasks.Place(id)
		if err != nil && !errors.Is(err, dispatcher.ErrNotPending) {
			return forecast.Answer{}, err
		}
		state := l.State(dispatcher.SnapshotRequest{Pending: dispatcher.Window{Offset: place, Limit: 1}})
		if len(state.Pending) == 1 && state.Pending[0].ID == id {
			return state.WhyPending(0, place), nil
		}
		for i := range state.Lanes {
			if lane := &state.Lanes[i]; lane.State != dispatcher.LaneIdle && lane.Task.ID == id {
				return state.WhyLane(i), nil
			}
		}
		var ok bool
		if task, ok = l.Task(id); !ok {
			return forecast.Answer{}, dispatcher.ErrTaskNotFound
		}
		if task.Status.Ended() {
			break
		}
	}
	return forecast.Explain(&forecast.Case{Now: time.Now(), Task: &task}), nil
}
