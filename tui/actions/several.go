package actions

import (
	"errors"
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"drover/agent"
	"drover/agent/engine"
	"drover/dispatcher"
	"drover/tui/cells"
	"drover/tui/facts"
	"drover/tui/keys"
	"drover/tui/notice"
	"drover/tui/source"
)

// Actions on several tasks at once. Each task is looked at when its turn comes, in the command: it may have
// moved on since the key was pressed.

// outcome is what became of the tasks that one action was for.
type outcome struct {
	verb   string // "Cancelled", for the sentence
	done   int
	passed int   // those it was no longer possible for
	err    error // the first real failure
}

// message says it in one sentence or two.
func (o outcome) message() notice.Notice {
	all := o.done + o.passed
	text, kind := fmt.Sprintf("%s %s.", o.verb, cells.Plural(o.done, "task")), notice.Good
	if o.passed > 0 {
		kind = notice.Warn
		text = fmt.Sprintf("%s %s of %s; it was not possible for the others.", o.verb, cells.Count(o.done), cells.Plural(all, "task"))
	}
	if o.err != nil {
		_, what, _ := facts.Failure(o.err)
		text, kind = text+" "+cells.Sentence(what), notice.Bad
	}
	return notice.Notice{Kind: kind, Text: text}
}

// add counts one task. It reports whether to go on: not once there is no room in the queue.
func (o *outcome) add(err error) bool {
	switch {
	case err == nil:
		o.done++
	case errors.Is(err, dispatcher.ErrQueueFull), errors.Is(err, dispatcher.ErrNotRunning), errors.Is(err, dispatcher.ErrContextCancelled):
		o.err = err
		return false
	default: // it has ended, started or gone meanwhile
		o.passed++
	}
	return true
}

// cancelled is the outcome of a cancel; waiting are those that had not started, which can be undone.
type cancelled struct {
	notice.Notice
	waiting []string
}

func (a *Actions) whyNotCancelAny() string {
	if len(a.marked()) > 0 {
		return ""
	}
	return a.whyNotCancel()
}

// cancelAny cancels the marked tasks, or the selected one. More than one is asked for first.
func (a *Actions) cancelAny() keys.Intent {
	ids := a.marked()
	if len(ids) == 0 {
		return a.cancelTask()
	}
	if len(ids) == 1 {
		return a.cancelMarked(ids)
	}
	return a.ask("Cancel "+cells.Plural(len(ids), "marked task")+"?", func() keys.Intent { return a.cancelMarked(ids) })
}

func (a *Actions) cancelMarked(ids []string) keys.Intent {
	engine := a.engine
	a.marks.clear()
	return tea.Cmd(func() tea.Msg {
		o := outcome{verb: "Cancelled"}
		var waiting []string
		for _, id := range ids {
			t, ok := engine.Task(id)
			if !ok || t.Status.Ended() {
				o.passed++
				continue
			}
			err := engine.Cancel(id)
			if err == nil && t.Status == dispatcher.StatusPending {
				waiting = append(waiting, id)
			}
			o.add(err)
		}
		return cancelled{o.message(), waiting}
	})
}

func (a *Actions) whyNotRetryAny() string {
	if len(a.marked()) > 0 || a.choice().Group != nil {
		return a.WhyStopping()
	}
	return a.whyNotRetry()
}

// retryAny queues the marked tasks again, those of the selected kind of errors, or the selected one.
func (a *Actions) retryAny() keys.Intent {
	ids := a.marked()
	g := a.choice().Group
	switch {
	case len(ids) > 0:
		a.marks.clear()
	case g != nil:
		ids = slices.Clone(g.Tasks)
		slices.Reverse(ids) // the one that failed first goes first
	default:
		return a.retryTask()
	}
	engine := a.engine
	return tea.Cmd(func() tea.Msg { return retryEach(engine, "Queued again:", ids).message() })
}

func retryEach(engine engine.Engine, verb string, ids []string) outcome {
	o := outcome{verb: verb}
	for _, id := range ids {
		if !o.add(engine.Retry(id)) {
			break
		}
	}
	return o
}

func (a *Actions) whyNotRetryFailed() string {
	if a.state.Metrics.FailedTasks == 0 {
		return "No task has failed, or those that did are no longer known."
	}
	return a.WhyStopping()
}

// retryFailed queues every failed task again that is still known, the oldest first.
func (a *Actions) retryFailed() keys.Intent {
	engine, done := a.engine, a.ctx.Done()
	return tea.Cmd(func() tea.Msg {
		var ids []string
		source.Ended.Each(engine, "status:failed", done, func(t *agent.Task, _ *dispatcher.TaskExecutionError) { ids = append(ids, t.ID) })
		slices.Reverse(ids)
		return retryEach(engine, "Queued again:", ids).message()
	})
}

// undoDepth is how many cancels can be undone, one after the other.
const undoDepth = 20

// cancelled takes the outcome of a cancel, and says it.
func (a *Actions) cancelled(msg cancelled) notice.Notice {
	if len(msg.waiting) > 0 {
		a.undone = append(a.undone[max(0, len(a.undone)-undoDepth+1):], msg.waiting)
		if msg.Kind == notice.Good {
			msg.Text += " " + a.look.Keys.Name(keys.Undo) + " undoes it."
		}
	}
	return msg.Notice
}

func (a *Actions) whyNotUndo() string {
	if len(a.undone) == 0 {
		return "There is nothing to undo: only the cancelling of tasks that had not started can be."
	}
	return a.WhyStopping()
}

// undo puts the tasks of the latest cancel into the queue again that had not started.
func (a *Actions) undo() keys.Intent {
	ids := a.undone[len(a.undone)-1]
	a.undone = a.undone[:len(a.undone)-1]
	engine := a.engine
	return tea.Cmd(func() tea.Msg {
		o := retryEach(engine, "Undone: in the queue again", ids)
		msg := o.message()
		if msg.Kind == notice.Good {
			msg.Text = fmt.Sprintf("Undone: %s in the queue again, behind the others of the same priority.",
				cells.Plurals(o.done, "task is", "tasks are"))
		}
		return msg
	})
}

func (a *Actions) whyNotPriorityAny(delta int) string {
	if len(a.marked()) > 0 {
		return ""
	}
	return a.whyNotPriority(delta)
}

// changePriorityAny raises or lowers the marked tasks, or the selected one. The marks stay: it may be wanted
// by two.
func (a *Actions) changePriorityAny(delta int) keys.Intent {
	ids := a.marked()
	if len(ids) == 0 {
		return a.changePriority(delta)
	}
	engine, verb := a.engine, "Raised"
	if delta > 0 {
		verb = "Lowered"
	}
	return tea.Cmd(func() tea.Msg {
		o := outcome{verb: verb}
		for _, id := range ids {
			t, ok := engine.Task(id)
			to := t.Priority + delta
			if !ok || t.Status != dispatcher.StatusPending || to < dispatcher.PriorityHigh || to > dispatcher.PriorityLow {
				o.passed++
				continue
			}
			o.add(engine.SetPriority(id, to))
		}
		return o.message()
	})
}
