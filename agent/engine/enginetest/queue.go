package enginetest

import (
	"slices"
	"strings"

	"drover/agent/engine"
	"drover/agent/forecast"
	"drover/dispatcher"
)

func holds(s *subject) {
	s.Hold("tea")
	s.Hold("lunch")
	s.ok(s.SetPaused(true))
	s.submit(dispatcher.PriorityNormal, "a")
	held := func(state *engine.State, reason string) bool {
		return slices.ContainsFunc(state.Holds, func(h dispatcher.Hold) bool { return h.Reason == reason })
	}
	state := s.State(everything)
	if !state.Paused || !held(&state, "tea") || !held(&state, "lunch") || !held(&state, dispatcher.HoldPaused) {
		s.Errorf("%v, %+v", state.Paused, state.Holds)
	}
	s.Release("tea")
	s.ok(s.SetPaused(false))
	if state = s.State(everything); state.Paused || held(&state, "tea") || !held(&state, "lunch") || state.PendingTotal != 1 {
		s.Errorf("%+v", state)
	}
	why, err := s.Why(state.Pending[0].ID)
	s.ok(err)
	if why.Reason != forecast.BecauseHeld || why.ID != state.Pending[0].ID || !strings.Contains(why.Text, "lunch") {
		s.Errorf("it is held because %+v", why)
	}
	_, err = s.Why("nobody")
	s.fails(err, dispatcher.ErrTaskNotFound)
	s.Release("lunch")
	s.untilEnded(1)
}

func windows(s *subject) {
	s.ok(s.SetPaused(true))
	s.submit(dispatcher.PriorityNormal, "a", "b", "c", "d", "e")
	state := s.State(dispatcher.SnapshotRequest{Pending: dispatcher.Window{Offset: 1, Limit: 3}})
	s.is("a stretch of the queue", prompts(state.Pending), "b c d")
	if state.PendingTotal != 5 || len(state.Ended)+len(state.Errors) != 0 {
		s.Errorf("%+v", state)
	}
	state = s.State(dispatcher.SnapshotRequest{Pending: dispatcher.Window{Offset: 4, Limit: 3}})
	s.is("the end of the queue", prompts(state.Pending), "e")
	state = s.State(dispatcher.SnapshotRequest{Pending: dispatcher.Window{Offset: 9, Limit: 3}})
	s.is("behind the queue", prompts(state.Pending), "")
	s.ok(s.SetPaused(false))
	s.untilEnded(5)
	state = s.State(dispatcher.SnapshotRequest{Ended: dispatcher.Window{Offset: 1, Limit: 2}})
	s.is("a stretch of the ended ones", prompts(state.Ended), "d c")
}
