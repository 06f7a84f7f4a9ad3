package tui

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
func (o outcome) message() doneMsg {
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
	return doneMsg{kind, text}
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

// cancelledMsg is the outcome of a cancel; waiting are those that had not started, which can be undone.
type cancelledMsg struct {
	doneMsg
	waiting []string
}

func (m *model) whyNotCancelAny() string {
	if len(m.marked()) > 0 {
		return ""
	}
	return m.whyNotCancel()
}

// cancelAny cancels the marked tasks, or the selected one. More than one is asked for first.
func (m *model) cancelAny() tea.Cmd {
	ids := m.marked()
	if len(ids) == 0 {
		return m.cancelTask()
	}
	if len(ids) == 1 {
		return m.cancelMarked(ids)
	}
	m.askFirst("Cancel "+cells.Plural(len(ids), "marked task")+"?", func() tea.Cmd { return m.cancelMarked(ids) })
	return nil
}

func (m *model) cancelMarked(ids []string) tea.Cmd {
	engine := m.engine
	m.marks.clear()
	return func() tea.Msg {
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
		return cancelledMsg{o.message(), waiting}
	}
}

func (m *model) whyNotRetryAny() string {
	if len(m.marked()) > 0 || m.group() != nil {
		return m.whyStopping()
	}
	return m.whyNotRetry()
}

// retryAny queues the marked tasks again, those of the selected kind of errors, or the selected one.
func (m *model) retryAny() tea.Cmd {
	ids := m.marked()
	g := m.group()
	switch {
	case len(ids) > 0:
		m.marks.clear()
	case g != nil:
		ids = slices.Clone(g.Tasks)
		slices.Reverse(ids) // the one that failed first goes first
	default:
		return m.retryTask()
	}
	engine := m.engine
	return func() tea.Msg { return retryEach(engine, "Queued again:", ids).message() }
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

func (m *model) whyNotRetryFailed() string {
	if m.state.Metrics.FailedTasks == 0 {
		return "No task has failed, or those that did are no longer known."
	}
	return m.whyStopping()
}

// retryFailed queues every failed task again that is still known, the oldest first.
func (m *model) retryFailed() tea.Cmd {
	engine, done := m.engine, m.ctx.Done()
	return func() tea.Msg {
		var ids []string
		source.Ended.Each(engine, "status:failed", done, func(t *agent.Task, _ *dispatcher.TaskExecutionError) { ids = append(ids, t.ID) })
		slices.Reverse(ids)
		return retryEach(engine, "Queued again:", ids).message()
	}
}

// undoDepth is how many cancels can be undone, one after the other.
const undoDepth = 20

// cancelled takes the outcome of a cancel.
func (m *model) cancelled(msg cancelledMsg) {
	if len(msg.waiting) > 0 {
		m.undone = append(m.undone[max(0, len(m.undone)-undoDepth+1):], msg.waiting)
		if msg.kind == notice.Good {
			msg.text += " " + m.look.Keys.Name(keys.Undo) + " undoes it."
		}
	}
	m.notify(msg.kind, msg.text)
}

func (m *model) whyNotUndo() string {
	if len(m.undone) == 0 {
		return "There is nothing to undo: only the cancelling of tasks that had not started can be."
	}
	return m.whyStopping()
}

// undo puts the tasks of the latest cancel into the queue again that had not started.
func (m *model) undo() tea.Cmd {
	ids := m.undone[len(m.undone)-1]
	m.undone = m.undone[:len(m.undone)-1]
	engine := m.engine
	return func() tea.Msg {
		o := retryEach(engine, "Undone: in the queue again", ids)
		msg := o.message()
		if msg.kind == notice.Good {
			msg.text = fmt.Sprintf("Undone: %s in the queue again, behind the others of the same priority.",
				cells.Plurals(o.done, "task is", "tasks are"))
		}
		return msg
	}
}

func (m *model) whyNotPriorityAny(delta int) string {
	if len(m.marked()) > 0 {
		return ""
	}
	return m.whyNotPriority(delta)
}

// changePriorityAny raises or lowers the marked tasks, or the selected one. The marks stay: it may be wanted
// by two.
func (m *model) changePriorityAny(delta int) tea.Cmd {
	ids := m.marked()
	if len(ids) == 0 {
		return m.changePriority(delta)
	}
	engine, verb := m.engine, "Raised"
	if delta > 0 {
		verb = "Lowered"
	}
	return func() tea.Msg {
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
	}
}
