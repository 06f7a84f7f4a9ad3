package tui

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"drover/agent"
	"drover/tui/cells"
	"drover/tui/keys"
	"drover/tui/notice"

	tea "charm.land/bubbletea/v2"
)

// stopLimit is how long "stop now" waits for agents to return before the screen goes anyway.
const stopLimit = 10 * time.Second

// drainLimit is how long finishing what runs may take: as long as the user likes.
const drainLimit = 1000 * time.Hour

// leaveStep is how far leaving has come.
type leaveStep int

const (
	stepNone      leaveStep = iota
	stepChoose              // the question is open
	stepDraining            // what runs is finished
	stepFinishing           // everything that is queued is run
	stepStopping            // what runs is being cancelled
)

// leaving is the way out while there is work: the question, and then the wait for the last tasks.
type leaving struct {
	step   leaveStep
	chosen keys.Action // the answer under the cursor; by name, since the answers change with what runs
	since  time.Time
	gen    int // counts the commands, so that only the latest one's reply counts
}

// waits reports whether it is waited for tasks.
func (l *leaving) waits() bool { return l.step > stepChoose }

// leftMsg is the reply of a drain or a stop.
type leftMsg struct {
	gen int
	err error
}

// way is one answer to the question.
type way struct {
	action keys.Action
	text   string
	loss   string // what it costs; empty for nothing
}

// unfinished is how many tasks run or are still returning, and how many wait.
func (m *model) unfinished() (running, pending int) { return m.busy(), m.scene.state.PendingTotal }

// lost is how many pending tasks, and results of ended ones, are not there the next time.
func (m *model) lost() (pending, ended int) {
	s := &m.scene.state
	if !s.KeepsPending {
		return s.PendingTotal, s.UnsavedTasks.Ended
	}
	return min(s.PendingTotal, s.UnsavedTasks.Pending), s.UnsavedTasks.Ended
}

// lossText says what is lost, empty for nothing.
func (m *model) lossText() string {
	pending, ended := m.lost()
	tasks := cells.Plurals(pending, "pending task is lost", "pending tasks are lost")
	results := cells.Plurals(ended, "result is lost", "results are lost")
	switch {
	case pending > 0 && ended > 0:
		return cells.Plurals(pending, "pending task", "pending tasks") + " and " + results
	case pending > 0:
		return tasks
	case ended > 0:
		return results
	}
	return ""
}

// ways lists the answers that make sense now, with what each of them costs.
func (m *model) ways() []way {
	running, pending := m.unfinished()
	rest, loss := "", m.lossText()
	lost, _ := m.lost()
	kept := pending - lost
	if kept > 0 {
		rest = "; " + cells.Plurals(kept, "pending task is kept", "pending tasks are kept") + " for the next time"
	}
	if loss != "" {
		loss = "; " + loss
	}
	var list []way
	if running > 0 {
		what := "Finish " + cells.Plurals(running, "running task", "running tasks")
		list = append(list, way{keys.LeaveDrain, what + ", then leave" + rest, loss})
	}
	if pending > 0 {
		list = append(list, way{keys.LeaveFinish, "Run everything that is queued, then leave", ""})
	}
	stop := "Leave now" + rest
	switch runs := cells.Plurals(running, "running task", "running tasks"); {
	case running == 0:
	case !m.scene.state.KeepsPending:
		stop = "Stop now: cancel " + runs + rest
	case m.scene.state.UnsavedTasks.Running > 0:
		stop = "Stop now: cancel " + runs + rest
	case kept > 0:
		stop = "Stop now: interrupt " + runs + "; they and " + cells.Plurals(kept, "pending one", "pending ones") + " are kept"
	default:
		stop = "Stop now: interrupt " + runs + "; what becomes of them is asked the next time"
	}
	return append(list, way{keys.LeaveStop, stop, loss}, way{keys.Back, "Stay", ""})
}

// quit leaves at once when nothing would be lost, and asks otherwise.
func (m *model) quit() tea.Cmd {
	if running, _ := m.unfinished(); running == 0 && m.lossText() == "" {
		return tea.Quit
	}
	m.askHow()
	return nil
}

// askHow opens the question.
func (m *model) askHow() {
	m.leaving.step, m.leaving.chosen = stepChoose, ""
	m.open(m.parts.leaving)
}

func (m *model) leavingPlace() keys.Place {
	if m.leaving.waits() {
		return keys.InWaiting
	}
	return keys.InLeaving
}

func (m *model) leavingOffers() []keys.Action {
	if m.leaving.waits() {
		return []keys.Action{keys.Back, keys.LeaveStop, keys.Interrupt}
	}
	return []keys.Action{keys.Up, keys.Down, keys.Choose, keys.Back}
}

func (m *model) leavingHandlers() keys.Handlers {
	return keys.Handlers{
		keys.Up:          {Do: func() keys.Intent { m.turnChoice(-1); return nil }},
		keys.Down:        {Do: func() keys.Intent { m.turnChoice(1); return nil }},
		keys.Choose:      {Do: run(m.answer)},
		keys.LeaveDrain:  {WhyNot: m.whyNotDrain, Do: run(m.drain)},
		keys.LeaveFinish: {WhyNot: m.whyNotFinish, Do: run(m.finish)},
		keys.LeaveStop:   {WhyNot: m.whyNotStop, Do: run(m.stop)},
		keys.Back:        {WhyNot: m.whyNotStay, Do: run(m.stay)},
	}
}

func (m *model) whyNotStay() string {
	if m.leaving.waits() && m.leaving.step != stepFinishing {
		return "It is too late to stay: no more tasks are taken."
	}
	return ""
}

// choice is the place of the chosen answer among those that there are now: the first if it is none of them.
func (m *model) choice() (ways []way, at int) {
	ways = m.ways()
	return ways, max(0, slices.IndexFunc(ways, func(w way) bool { return w.action == m.leaving.chosen }))
}

// turnChoice goes to the next answer, or the one before.
func (m *model) turnChoice(delta int) {
	ways, at := m.choice()
	m.leaving.chosen = ways[(at+delta+len(ways))%len(ways)].action
}

// answer takes the chosen answer.
func (m *model) answer() tea.Cmd {
	ways, at := m.choice()
	return m.choose(ways[at].action)
}

func (m *model) whyNotDrain() string {
	if running, _ := m.unfinished(); running == 0 {
		return "Nothing runs, so there is nothing to finish."
	}
	return ""
}

func (m *model) whyNotFinish() string {
	if m.scene.state.PendingTotal == 0 {
		return "The queue is empty."
	}
	return ""
}

func (m *model) whyNotStop() string {
	if m.leaving.step == stepStopping {
		return "It is being stopped; " + m.scene.keys.Name(keys.Interrupt) + " leaves at once."
	}
	return ""
}

// stay closes the question, or gives up a wait that can be given up.
func (m *model) stay() tea.Cmd {
	m.leaving = leaving{gen: m.leaving.gen + 1}
	m.close(m.parts.leaving)
	return nil
}

// drain lets running tasks end and starts no others.
func (m *model) drain() tea.Cmd {
	return m.leave(stepDraining, m.engine.Drain, drainLimit)
}

// finish waits until nothing runs or waits any more; leftAlready notices when that is so.
func (m *model) finish() tea.Cmd {
	m.leaving.step, m.leaving.since = stepFinishing, time.Now()
	m.leaving.gen++
	if !m.scene.state.Paused {
		return nil
	}
	engine := m.engine
	return perform(func() error { return engine.SetPaused(false) },
		"Resumed, so that the queue can run empty.", "Could not resume")
}

// stop cancels what runs.
func (m *model) stop() tea.Cmd {
	return m.leave(stepStopping, m.engine.Stop, stopLimit)
}

func (m *model) leave(step leaveStep, how func(context.Context) error, limit time.Duration) tea.Cmd {
	m.leaving.step, m.leaving.since = step, time.Now()
	m.leaving.gen++
	parent, gen := m.ctx, m.leaving.gen
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(parent, limit)
		defer cancel()
		return leftMsg{gen, how(ctx)}
	}
}

// left takes the reply of a drain or a stop. An error does not hold anybody back: an agent that does not
// return is left behind, and a drain that failed can be followed by a stop.
func (m *model) left(msg leftMsg) tea.Cmd {
	if msg.gen != m.leaving.gen || !m.leaving.waits() {
		return nil
	}
	if msg.err != nil && m.leaving.step == stepDraining {
		m.leaving.step = stepChoose
		m.tell(notice.Bad, "Finishing failed: "+cells.OneLine(msg.err.Error())+".")
		return nil
	}
	return tea.Quit
}

// leftAlready reports whether a wait for everything that is queued is over.
func (m *model) leftAlready() bool {
	running, pending := m.unfinished()
	return m.leaving.step == stepFinishing && running == 0 && pending == 0
}

// interrupt is ctrl+c: the first one asks, the second one in a row leaves at once.
func (m *model) interrupt() tea.Cmd {
	if m.interrupted || m.leaving.waits() {
		return tea.Quit
	}
	m.interrupted = true
	if running, pending := m.unfinished(); running > 0 || pending > 0 {
		if m.leaving.step == stepNone {
			m.askHow()
		}
	}
	m.tell(notice.Warn, "Press "+m.scene.keys.Name(keys.Interrupt)+" again to leave at once.")
	return nil
}

// losses says which answers lose tasks, where the answers have no room to say so.
func (m *model) losses() string {
	var keys []string
	for _, w := range m.ways() {
		if w.loss != "" {
			keys = append(keys, m.scene.keys.Name(w.action))
		}
	}
	if m.leaving.step != stepChoose || len(keys) == 0 || m.width >= 76 && m.scene.state.UnsavedTasks == (agent.Unsaved{}) {
		return ""
	}
	return strings.Join(keys, ", ") + ": " + m.lossText() + "."
}

// leavingRows draws the question, or what is waited for.
func (m *model) leavingRows() []string {
	s, width, high := &m.scene, m.width, 5
	running, pending := m.unfinished()
	rows := []string{cells.TitleRow(s.theme, width, "Leaving drover", "", "", true), cells.Spaces(width)}
	text := func(t string) {
		rows = append(rows, cells.NewRow(s.theme, width, false).Gap(2).Put(s.theme.Text, t).End())
	}
	switch m.leaving.step {
	case stepChoose:
		text(fmt.Sprintf("%s, %s.", cells.Plurals(running, "task is running", "tasks are running"), cells.Plurals(pending, "waits", "wait")))
		if text := m.losses(); text != "" {
			rows = append(rows, cells.NewRow(s.theme, width, false).Gap(2).Put(s.theme.Bad, text).End())
		}
		ways, at := m.choice()
		high = len(rows) + len(ways) + 1
		for i, w := range ways {
			l := cells.NewRow(s.theme, width, i == at)
			l.Mark(i == at).Gap(1).Cell(l.Inks.Accent, s.keys.Name(w.action), 4)
			l.Put(l.Inks.Text, w.text)
			if m.width < 76 || m.losses() == "" {
				l.Put(l.Inks.Bad, w.loss)
			}
			rows = append(rows, l.End())
		}
	default:
		since := cells.TimeOfDay(m.leaving.since)
		switch m.leaving.step {
		default:
		case stepDraining:
			text(fmt.Sprintf("Finishing: %s, since %s.", cells.Plurals(running, "task still runs", "tasks still run"), since))
		case stepFinishing:
			text(fmt.Sprintf("Running the queue empty: %s, %s, since %s.", cells.Plurals(running, "task runs", "tasks run"),
				cells.Plurals(pending, "waits", "wait"), since))
		case stepStopping:
			text(fmt.Sprintf("Stopping: %s yet to return, since %s.", cells.Plurals(running, "task has", "tasks have"), since))
		}
		l := cells.NewRow(s.theme, width, false).Gap(2)
		if held := m.heldUp(); m.leaving.step == stepFinishing && held != "" {
			rows = append(rows, l.Put(l.Inks.Warn, held).End())
		}
	}
	return cells.Fill(rows, width, high)
}

// heldUp says why the queue does not move, empty when it does.
func (m *model) heldUp() string {
	s := &m.scene.state
	if m.serverDown() {
		return "The model server does not answer, so nothing is started."
	}
	for _, hold := range s.Holds {
		if len(hold.Groups) == 0 {
			return "Nothing is started: " + cells.OneLine(hold.Reason) + "."
		}
	}
	return ""
}

func (m *model) whyNotSuspend() string {
	if !m.suspends {
		return "This screen is not the job of a shell that could go on with it."
	}
	return ""
}

// suspend stops the whole process until the shell goes on with it; what runs in it stands still as well.
func (m *model) suspend() tea.Cmd {
	return perform(suspendSelf, "", "Could not suspend")
}
