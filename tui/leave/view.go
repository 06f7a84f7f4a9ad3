package leave

import (
	"strings"

	"drover/agent"
	"drover/tui/cells"
	"drover/tui/keys"
)

// answer is one answer to the question.
type answer struct {
	action keys.Action
	text   string
	cost   string // what it costs; empty for nothing
}

// lost is how many pending tasks, and results of ended ones, are not there the next time.
func (d *Dialog) lost() (pending, ended int) {
	s := d.state
	if !s.KeepsPending {
		return s.PendingTotal, s.UnsavedTasks.Ended
	}
	return min(s.PendingTotal, s.UnsavedTasks.Pending), s.UnsavedTasks.Ended
}

// lostText says what is lost, empty for nothing.
func (d *Dialog) lostText() string {
	pending, ended := d.lost()
	results := cells.Plurals(ended, "result is lost", "results are lost")
	switch {
	case pending > 0 && ended > 0:
		return cells.Plurals(pending, "pending task", "pending tasks") + " and " + results
	case pending > 0:
		return cells.Plurals(pending, "pending task is lost", "pending tasks are lost")
	case ended > 0:
		return results
	}
	return ""
}

// answers lists the answers that make sense now, with what each of them costs.
func (d *Dialog) answers() []answer {
	pending, rest, cost := d.state.PendingTotal, "", d.lostText()
	lost, _ := d.lost()
	kept := pending - lost
	if kept > 0 {
		rest = "; " + cells.Plurals(kept, "pending task is kept", "pending tasks are kept") + " for the next time"
	}
	if cost != "" {
		cost = "; " + cost
	}
	runs := cells.Plurals(d.running, "running task", "running tasks")
	var list []answer
	leave, now := "leave", "Leave now"
	if d.elsewhere() {
		list = append(list, answer{keys.LeaveClose, "Close this screen; the work goes on", ""})
		leave, now = "end drover for all screens", "End drover for all screens"
	}
	if d.step == draining {
		list = append(list, answer{keys.Back, "Go on finishing " + runs + rest, cost})
	} else if d.running > 0 {
		list = append(list, answer{keys.LeaveDrain, "Finish " + runs + ", then " + leave + rest, cost})
	}
	if pending > 0 && d.step != draining {
		list = append(list, answer{keys.LeaveFinish, "Run everything that is queued, then " + leave, ""})
	}
	stop := now + rest
	switch {
	case d.running == 0:
	case !d.state.KeepsPending, d.state.UnsavedTasks.Running > 0:
		stop = "Stop now: cancel " + runs + rest
	case kept > 0:
		stop = "Stop now: interrupt " + runs + "; they and " + cells.Plurals(kept, "pending one", "pending ones") + " are kept"
	default:
		stop = "Stop now: interrupt " + runs + "; what becomes of them is asked the next time"
	}
	if list = append(list, answer{keys.LeaveStop, stop, cost}); d.step != draining {
		list = append(list, answer{keys.Back, "Stay", ""})
	}
	return list
}

// costly says which answers lose tasks, where the answers have no room to say so.
func (d *Dialog) costly(answers []answer) string {
	var names []string
	for _, a := range answers {
		if a.cost != "" {
			names = append(names, d.look.Keys.Name(a.action))
		}
	}
	if len(names) == 0 || d.width >= 76 && d.state.UnsavedTasks == (agent.Unsaved{}) {
		return ""
	}
	return strings.Join(names, ", ") + ": " + d.lostText() + "."
}

// View draws the question, or what is waited for.
func (d *Dialog) View() []string {
	th, w := d.look.Theme, d.width
	rows := []string{cells.TitleRow(th, w, "Leaving drover", "", "", true), cells.Spaces(w)}
	text := d.progress()
	if text == "" {
		text = cells.Plurals(d.running, "task is running", "tasks are running") + ", " +
			cells.Plurals(d.state.PendingTotal, "waits", "wait") + "."
	}
	rows = append(rows, cells.NewRow(th, w, false).Gap(2).Put(th.Text, text).End())
	answers, at := d.choice()
	costly := d.costly(answers)
	if costly != "" {
		rows = append(rows, cells.NewRow(th, w, false).Gap(2).Put(th.Bad, costly).End())
	}
	for i, a := range answers {
		l := cells.NewRow(th, w, i == at)
		l.Mark(i == at).Gap(1).Cell(l.Inks.Accent, d.look.Keys.Name(a.action), 4)
		l.Put(l.Inks.Text, a.text)
		if w < 76 || costly == "" {
			l.Put(l.Inks.Bad, a.cost)
		}
		rows = append(rows, l.End())
	}
	return cells.Fill(rows, w, len(rows)+1)
}

// Status says in a sentence or two what is waited for and how to end that, while it is waited; otherwise it is empty.
func (d *Dialog) Status() string {
	switch text := d.progress(); d.step {
	case draining:
		return text + " " + d.look.Keys.Name(keys.Quit) + " can stop them now."
	case finishing:
		return text + " " + d.look.Keys.Name(keys.Quit) + " asks again how to leave."
	case stopping:
		return text + " " + d.look.Keys.Name(keys.Interrupt) + " leaves at once."
	default:
		return ""
	}
}

// progress is how far the wait has come, and what holds it up; empty if there is none.
func (d *Dialog) progress() string {
	since := ", since " + cells.TimeOfDay(d.since) + "."
	switch d.step {
	case draining:
		return "Finishing: " + cells.Plurals(d.running, "task still runs", "tasks still run") + since
	case finishing:
		return "Running the queue empty: " + cells.Plurals(d.running, "task runs", "tasks run") + ", " +
			cells.Plurals(d.state.PendingTotal, "waits", "wait") + since + d.heldUp()
	case stopping:
		return "Stopping: " + cells.Plurals(d.running, "task has", "tasks have") + " yet to return" + since
	default:
		return ""
	}
}

// heldUp says why the queue does not move, empty when it does.
func (d *Dialog) heldUp() string {
	if d.state.Server.State == agent.ServerDown {
		return " The model server does not answer, so nothing is started."
	}
	for _, hold := range d.state.Holds {
		if len(hold.Groups) == 0 {
			return " Nothing is started: " + cells.OneLine(hold.Reason) + "."
		}
	}
	return ""
}
