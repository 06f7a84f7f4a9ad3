package tui

import (
	"slices"

	"drover/agent/forecast"
	"drover/dispatcher"
)

// whyNotStarted says in few words, by the ID of a task, why pending tasks in sight do not start when their turn comes although
// the queue goes on.
func (m *model) whyNotStarted() map[string]string {
	s := &m.state
	if slices.ContainsFunc(s.Holds, func(h dispatcher.Hold) bool { return len(h.Groups) == 0 }) {
		return nil // none is, and that is said elsewhere
	}
	var why map[string]string
	first := max(m.queue.Offset-m.queue.Base, 0)
	for i := first; i < min(first+m.queue.Page, len(s.Pending)); i++ {
		switch a := s.WhyPending(i, m.queue.Base+i); a.Reason {
		case forecast.BecauseNoServer, forecast.BecauseServerBusy, forecast.BecauseModelMissing, forecast.BecauseHeld:
			if why == nil {
				why = map[string]string{}
			}
			why[a.ID] = a.Words()
		default:
		}
	}
	return why
}
