package tui

import (
	"testing"
	"time"

	"drover/agent"
	"drover/dispatcher"
)

// A task that waits for its next attempt says which one it is, when, and why; a running one which it is.
func TestAttemptsAreShown(t *testing.T) {
	t.Parallel()
	startWith(t, 140, 30, Options{OutputPane: "off"}, func(e *fakeEngine) {
		again := e.task(1, dispatcher.PriorityNormal, "first prompt", "", time.Minute)
		again.Attempts, again.Error = 2, &agent.Error{Ending: agent.EndServerBusy, What: "it is busy"}
		again.NotBefore = e.begun.Add(12 * time.Second)
		due := e.task(2, dispatcher.PriorityNormal, "second prompt", "", time.Minute)
		due.Attempts, due.Error = 1, &agent.Error{Ending: agent.EndConnectionLost, What: "it is gone"}
		e.state.Pending, e.state.Delayed = []agent.Task{again, due}, 1
		running := e.task(3, dispatcher.PriorityNormal, "third prompt", "", time.Minute)
		e.run(0, running, 5*time.Second, agent.Live{})
		e.state.Lanes[0].Task.Attempts = 3
		e.run(1, e.task(4, dispatcher.PriorityNormal, "fourth prompt", "", time.Minute), 5*time.Second, agent.Live{})
	}, func(p *program) {
		p.Has("task-1 (attempt 3 at 00:00:12: server b")
		p.Has("task-2 (attempt 2: connection lost) seco")
		p.Has("(attempt 3) third prompt")
		time.Sleep(13 * time.Second)
		p.Has("task-1 (attempt 3: server busy) first")
	})
}

// A lane whose stream has gone quiet says so from the limit on, and how long it has been quiet, and stops when
// something comes.
func TestSilenceIsShown(t *testing.T) {
	t.Parallel()
	var quiet *fakeEngine
	live := func(now time.Time) agent.Live {
		return agent.Live{
			Phase: agent.PhaseGenerating, Tokens: 3, Sent: now, FirstToken: now, LastToken: now, LastLine: "the last line",
			SilenceWarning: 30 * time.Second,
		}
	}
	startWith(t, 140, 30, Options{OutputPane: "off"}, func(e *fakeEngine) {
		quiet = e
		e.run(0, e.task(1, dispatcher.PriorityNormal, "first prompt", "", time.Minute), 5*time.Second, live(e.begun))
	}, func(p *program) {
		time.Sleep(29 * time.Second)
		p.Has("the last line")
		time.Sleep(46 * time.Second)
		p.Has("silent since 00:00:00")
		quiet.change(func(s *State) { s.Lanes[0].Live = live(time.Now()) })
		time.Sleep(time.Second)
		p.Has("the last line")
	})
}
