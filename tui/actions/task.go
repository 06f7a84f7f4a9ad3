package actions

import (
	"fmt"
	"math"
	"strings"

	tea "charm.land/bubbletea/v2"

	"drover/agent"
	"drover/agent/engine"
	"drover/agent/safetext"
	"drover/agent/transcript"
	"drover/dispatcher"
	"drover/tui/cells"
	"drover/tui/facts"
	"drover/tui/keys"
	"drover/tui/notice"
)

// Actions on the selected task.

// copied brings what goes to the terminal's clipboard.
type copied struct{ content, text string }

func (a *Actions) whyNotCancel() string {
	t, why := a.target()
	if why != "" {
		return why
	}
	if t.Status.Ended() {
		if lane := facts.LaneOf(a.state.Lanes, t.ID); lane != nil {
			return cells.Sentence(facts.Name(t.ID) + " is already being cancelled")
		}
		return hasAlready(&t)
	}
	if lane := facts.LaneOf(a.state.Lanes, t.ID); lane != nil && lane.State != dispatcher.LaneRunning {
		return cells.Sentence(facts.Name(t.ID) + " is already being cancelled")
	}
	return ""
}

// hasAlready says how a task that has ended did so.
func hasAlready(t *agent.Task) string {
	if t.Interrupted() {
		return cells.Sentence(facts.Name(t.ID) + " was interrupted, and does not run")
	}
	how := map[dispatcher.TaskStatus]string{dispatcher.StatusCompleted: " has already completed",
		dispatcher.StatusFailed: " has already failed", dispatcher.StatusCancelled: " is already cancelled"}
	return cells.Sentence(facts.Name(t.ID) + how[t.Status])
}

func (a *Actions) cancelTask() keys.Intent {
	t, _ := a.target()
	if why := a.choice().Shifted; why != "" {
		return warn(why)
	}
	engine, id := a.engine, t.ID
	ok := "is cancelled"
	if t.Status == dispatcher.StatusRunning {
		ok = "is being cancelled"
	}
	cancel := Perform(func() error { return engine.Cancel(id) }, cells.Sentence(facts.Name(id)+" "+ok), "Could not cancel "+facts.Name(id))
	return tea.Cmd(func() tea.Msg {
		msg := cancelled{Notice: cancel().(notice.Notice)}
		if msg.Kind == notice.Good && t.Status == dispatcher.StatusPending {
			msg.waiting = []string{id}
		}
		return msg
	})
}

func (a *Actions) whyNotRetry() string {
	t, why := a.target()
	switch {
	case why != "":
		return why
	case t.Status == dispatcher.StatusPending:
		return cells.Sentence(facts.Name(t.ID) + " is still pending; only a task that has ended can be tried again")
	case !t.Status.Ended():
		return cells.Sentence(facts.Name(t.ID) + " is still running; only a task that has ended can be tried again")
	case facts.LaneOf(a.state.Lanes, t.ID) != nil:
		return cells.Sentence(facts.Name(t.ID) + " is still being cancelled; try again when its lane is free")
	}
	return a.WhyStopping()
}

func (a *Actions) retryTask() keys.Intent {
	t, _ := a.target()
	engine, id := a.engine, t.ID
	return Perform(func() error { return engine.Retry(id) }, cells.Sentence(facts.Name(id)+" is in the queue again"),
		"Could not retry "+facts.Name(id))
}

func (a *Actions) whyNotCopy() string {
	t, why := a.target()
	if why != "" {
		return why
	}
	return facts.WhyNoAnswer(&t)
}

// copyLimit is how much is copied at most; terminals take less or more.
const copyLimit = 1 << 20

// copyResult copies the answer of the task, or what has been said of it so far, cleaned: what is pasted
// somewhere else later must not bring control sequences along.
func (a *Actions) copyResult() keys.Intent {
	t, _ := a.target()
	engine := a.engine
	return tea.Cmd(func() tea.Msg {
		text := safetext.Block(Answer(engine, &t, copyLimit+1))
		if text == "" {
			return notice.Notice{Kind: notice.Warn, Text: cells.Sentence(facts.Name(t.ID) + " has not said anything")}
		}
		note := ""
		if len(text) > copyLimit {
			text, note = strings.ToValidUTF8(text[:copyLimit], ""), ", the first part of it"
		}
		return copied{text, fmt.Sprintf("Copied the answer of %s (%s%s), if the terminal allows it.",
			facts.Name(t.ID), cells.Bytes(len(text)), note)}
	})
}

func (a *Actions) whyNotPriority(delta int) string {
	t, why := a.target()
	switch {
	case why != "":
		return why
	case t.Status.Ended():
		return hasAlready(&t)
	case t.Status != dispatcher.StatusPending:
		return cells.Sentence(facts.Name(t.ID) + " is already running; its priority no longer matters")
	case t.Priority+delta < dispatcher.PriorityHigh:
		return cells.Sentence(facts.Name(t.ID) + " already has the highest priority")
	case t.Priority+delta > dispatcher.PriorityLow:
		return cells.Sentence(facts.Name(t.ID) + " already has the lowest priority")
	}
	return ""
}

func (a *Actions) changePriority(delta int) keys.Intent {
	t, _ := a.target()
	engine, id, priority := a.engine, t.ID, t.Priority+delta
	return Perform(func() error { return engine.SetPriority(id, priority) },
		cells.Sentence(facts.Name(id)+" has "+dispatcher.PriorityName(priority)+" priority now"), "Could not change "+facts.Name(id))
}

// WhyNotPending says why the selected task cannot be edited or moved: it does not wait.
func (a *Actions) WhyNotPending(what string) string {
	t, why := a.target()
	switch {
	case why != "":
		return why
	case t.Status.Ended():
		return hasAlready(&t)
	case t.Status != dispatcher.StatusPending:
		return cells.Sentence(facts.Name(t.ID) + " is already running; only a pending task can be " + what)
	}
	return ""
}

// move shifts the selected task among those of its priority. math.MinInt makes it the first of them,
// math.MaxInt the last.
func (a *Actions) move(places int) keys.Intent {
	t, _ := a.target()
	engine, id := a.engine, t.ID
	how := " is moved down"
	switch {
	case places == math.MinInt:
		how = " is the first of " + dispatcher.PriorityName(t.Priority) + " priority now"
	case places == math.MaxInt:
		how = " is the last of " + dispatcher.PriorityName(t.Priority) + " priority now"
	case places < 0:
		how = " is moved up"
	}
	if edge := a.atEdge(&t, places); edge != "" {
		return warn(edge)
	}
	return Perform(func() error { return engine.Move(id, places) }, cells.Sentence(facts.Name(id)+how), "Could not move "+facts.Name(id))
}

// atEdge says that a task cannot be moved further, if that can be seen: a move stays within a priority.
func (a *Actions) atEdge(t *agent.Task, places int) string {
	first := a.choice().Place
	if first < 0 {
		return "" // its neighbours are not in the snapshot
	}
	pending, step, place := a.state.Pending, 1, "last"
	if places < 0 {
		step, place = -1, "first"
	}
	for i := range pending {
		if pending[i].ID != t.ID {
			continue
		}
		at := first + i + step
		known := at >= 0 && at < a.state.PendingTotal
		if next := i + step; known && (next < 0 || next >= len(pending) || pending[next].Priority == t.Priority) {
			return ""
		}
		return cells.Sentence(facts.Name(t.ID) + " is already the " + place + " of " + dispatcher.PriorityName(t.Priority) +
			" priority; " + a.look.Keys.Name(keys.Raise) + " and " + a.look.Keys.Name(keys.Lower) + " change that")
	}
	return ""
}

// answerChunk is how much of a transcript is asked for at a time, in bytes.
const answerChunk = 64 << 10

// Answer is what the task has answered so far, as far as limit bytes go.
func Answer(engine engine.Engine, t *agent.Task, limit int) string {
	if text := t.Result.Text; text != "" {
		return text[:min(len(text), limit)]
	}
	var b strings.Builder
	for from := int64(0); b.Len() < limit; {
		entries, _, next := engine.Output(t.ID, from, answerChunk)
		for _, e := range entries {
			if e.Kind == transcript.Text {
				b.WriteString(e.Text)
			}
		}
		if next <= from {
			break
		}
		from = next
	}
	return b.String()
}
