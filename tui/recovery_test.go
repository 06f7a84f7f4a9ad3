package tui

import (
	"errors"
	"testing"
	"time"

	"drover/agent/engine"
	"drover/dispatcher"
	"drover/tui/keys"
	"drover/tui/overlay"
)

func interrupted(e *fakeEngine) {
	working(e)
	idleLanes(&e.state)
	e.state.Recovered = engine.Recovered{Pending: 2, Interrupted: 3, Others: 4}
	e.state.Holds = []dispatcher.Hold{{Reason: "interrupted tasks"}}
	e.count()
}

func TestInterruptedTasksAreAskedAbout(t *testing.T) {
	t.Parallel()
	for _, answer := range []struct {
		action     keys.Action
		call, told string
	}{
		{keys.QueueAgain, "recover true", "3 interrupted tasks are queued again."},
		{keys.LeaveInterrupted, "recover false", "3 interrupted tasks are left among the finished ones."},
	} {
		start(t, 80, 24, interrupted, func(p *program) {
			p.Has("3 interrupted tasks", "3 tasks were running when drover came to its end.", "Queue them again, before the others")
			p.Do(answer.action)
			p.called() // typed before it could be read
			p.Has("That was typed before the question could be read")
			time.Sleep(overlay.Grace)
			p.Do(keys.Quit, keys.Cancel, keys.New)
			p.called()
			p.Do(answer.action)
			p.called(answer.call)
			p.Has(answer.told)
			p.Lacks("came to its end")
		})
	}
}

func TestInterruptedTasksCanWait(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, interrupted, func(p *program) {
		p.Do(keys.Back)
		p.Lacks("came to its end")
		p.Has("Nothing is started yet; p asks again", "interrupted tasks")
		p.Do(keys.NextPane, keys.Pause) // the way to let the queue go is the answer
		p.called()
		p.Has("3 tasks were running when drover came to its end.")
		p.engine.fail["recover"] = errors.New("task queue is full")
		time.Sleep(overlay.Grace)
		p.Do(keys.QueueAgain)
		p.called("recover true")
		p.Has("Could not be done: Task queue is full.")
		p.Do(keys.Pause)
		p.Has("came to its end")
		p.Do(keys.Interrupt)
		p.Has("Leaving drover")
	})
}

func TestWhatIsBackIsTold(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, func(e *fakeEngine) { working(e); e.state.Recovered.Pending = 2 }, func(p *program) {
		p.Has("2 pending tasks are back from the last time.")
	})
	start(t, 80, 24, func(e *fakeEngine) { e.state.Recovered.Others = 1 }, func(p *program) {
		p.Has("1 task of an unfinished drover run: drover run --resume goes on with them.")
	})
}

func TestWarningIsTold(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, func(e *fakeEngine) { e.state.Recovered.Warning = "the disk is\x1b[2J far away" }, func(p *program) {
		p.Has("The disk is far away.")
	})
}

func TestWhatIsNotSavedIsSaid(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, working, func(p *program) {
		p.Lacks("ot saved")
		p.engine.change(func(s *State) { s.Unsaved = "the disk is full: free some space" })
		p.Wait()
		p.Has("not saved", "Not saved: The disk is full: free some space.")
		p.engine.change(func(s *State) {
			s.Unsaved = "the journal /home/somebody/.local/state/drover/journal.db is damaged (file is not a database): move it away"
		})
		p.Wait()
		p.Has(" ! Not saved: The journal /home/somebody/.local/state/drover/journal.db is\n   damaged (file is not a database): move it away.\n━ Lanes")
		p.engine.change(func(s *State) { s.Unsaved = "" })
		p.Wait()
		p.Lacks("ot saved")
	})
}
