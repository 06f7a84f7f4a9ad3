package tui

import (
	"fmt"
	"testing"
	"time"

	"drover/agent"
	"drover/dispatcher"
	"drover/tui/keys"
	"drover/tui/overlay"
)

func TestMarkedTasksAreCancelledTogether(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, busy, func(p *program) {
		p.Do(keys.Mark)
		p.Has("Tasks in the lanes cannot be marked")
		p.Do(keys.NextPane, keys.Mark, keys.Mark)
		p.Has("2 tasks are marked: x cancels, r retries, esc takes the marks away.", "◆")
		p.Do(keys.Cancel)
		p.Has("Cancel 2 marked tasks?", " y yes  n no")
		p.Do(keys.No)
		p.Has("Nothing was done.", "◆")
		p.called()
		p.Do(keys.Cancel, keys.Yes) // typed ahead
		p.Has("That was typed before the question could be read")
		p.called()
		time.Sleep(overlay.Grace)
		p.Do(keys.Yes)
		p.called("cancel task-30", "cancel task-31")
		p.Has("Cancelled 2 tasks. u undoes it.")
		p.Lacks("◆")
		p.Do(keys.Undo)
		p.called("retry task-30", "retry task-31")
		p.Has("Undone: 2 tasks are in the queue again, behind the others of the same priority.")
		p.Do(keys.Undo)
		p.Has("There is nothing to undo")
	})
}

func TestOneMarkedTaskIsNotAskedFor(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, busy, func(p *program) {
		p.Do(keys.NextPane, keys.Down, keys.Mark, keys.Down, keys.Cancel)
		p.called("cancel task-31")
		p.Do(keys.Mark, keys.Back)
		p.Has("The marks are gone.")
		p.Do(keys.Back)
		p.Has("There is nothing to go back to.")
	})
}

func TestMarksDoNotReachTheLanes(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, busy, func(p *program) {
		p.Do(keys.NextPane, keys.Mark, keys.Mark, keys.Lane(0), keys.Cancel)
		p.called("cancel task-21")
	})
}

func TestMarkedTasksThatMovedOnAreCounted(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, busy, func(p *program) {
		p.Do(keys.NextPane, keys.Mark, keys.Mark, keys.Mark, keys.Cancel)
		p.engine.change(func(s *State) { // one of them ends, the key is on its way
			s.Pending[1].Status = dispatcher.StatusCompleted
			s.Ended, s.Pending = append(s.Ended, s.Pending[1]), append(s.Pending[:1], s.Pending[2:]...)
		})
		time.Sleep(overlay.Grace)
		p.Do(keys.Yes)
		p.called("cancel task-30", "cancel task-32")
		p.Has("Cancelled 2 of 3 tasks; it was not possible for the others.")
	})
}

func TestMarkAllMarksWhatMatches(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, busy, func(p *program) {
		p.Do(keys.MarkAll)
		p.Has("Tasks in the lanes cannot be marked")
		p.Do(keys.NextPane, keys.Filter)
		p.Type("borrow")
		p.Do(keys.Accept, keys.MarkAll)
		p.Has("3 tasks are marked")
		p.Do(keys.Lower)
		p.called("priority task-31 normal", "priority task-39 low") // the third has the lowest already
		p.Has("Lowered 2 of 3 tasks; it was not possible for the others.")
		p.Do(keys.Back, keys.Back, keys.NextPane, keys.NextPane, keys.MarkAll, keys.Retry)
		p.called("retry task-18", "retry task-19")
	})
}

func TestRetryAllFailed(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, busy, func(p *program) {
		p.Do(keys.RetryFailed)
		p.called("retry task-19", "retry task-18") // the oldest first
		p.Has("Queued again: 2 tasks.")
		p.engine.mu.Lock()
		p.engine.fail["retry"] = fmt.Errorf("%w: 1000 tasks are pending", dispatcher.ErrQueueFull)
		p.engine.mu.Unlock()
		p.Do(keys.RetryFailed)
		p.called("retry task-19")
		p.Has("Queued again: 0 tasks. Task queue is full: 1000 tasks are pending.")
		p.engine.change(func(s *State) { s.Ended = nil })
		p.Wait()
		p.Do(keys.RetryFailed)
		p.Has("No task has failed")
	})
}

func TestUndoIsForTasksThatHadNotStarted(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, busy, func(p *program) {
		p.Do(keys.Cancel) // it runs
		p.called("cancel task-21")
		p.Do(keys.Undo)
		p.Has("There is nothing to undo")
		p.Do(keys.NextPane, keys.Cancel)
		p.Has("Task 30 is cancelled. u undoes it.")
		p.Do(keys.Down, keys.Cancel)
		p.called("cancel task-30", "cancel task-31")
		p.Do(keys.Undo, keys.Undo)
		p.called("retry task-31", "retry task-30")
	})
}

func TestATaskThatStartedIsNotPartOfTheUndo(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, busy, func(p *program) {
		p.Do(keys.NextPane, keys.Mark, keys.Mark, keys.Cancel)
		p.engine.change(func(s *State) {
			p.engine.run(9, s.Pending[0], 0, agent.Live{})
			s.Pending = s.Pending[1:]
		})
		time.Sleep(overlay.Grace)
		p.Do(keys.Yes, keys.Undo)
		p.called("cancel task-30", "cancel task-31", "retry task-31")
	})
}
