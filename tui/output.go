package tui

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	tea "charm.land/bubbletea/v2"

	"drover/agent"
	"drover/agent/forecast"
	"drover/dispatcher"
	"drover/tui/actions"
	"drover/tui/cells"
	"drover/tui/facts"
	"drover/tui/keys"
	"drover/tui/notice"
	"drover/tui/output"
)

// The output of a task fills the page, or stands next to the lists and follows what is selected there. It is one component,
// which is asked for in one way; while it is not to be seen nothing is fetched for it.

// showsOutput reports whether the output is to be seen.
func (m *model) showsOutput() bool { return m.page == pageOutput || !m.layout.output.Empty() }

// readsOutput reports whether the output has the keys, unless something lies over the page.
func (m *model) readsOutput() bool { return m.page == pageOutput || m.reading }

// arrangeOutput fits the output into its place, and next to the lists turns it to the selected task.
func (m *model) arrangeOutput() {
	place := m.layout.output
	m.reading = m.reading && !place.Empty()
	switch {
	case m.page == pageOutput:
		m.output.SetSize(m.width, max(0, m.height-1-m.below()))
	case place.Empty():
		return
	default:
		m.output.SetSize(place.W, place.H)
		m.followSelection()
	}
	task, _ := m.output.Task()
	m.output.SetLane(facts.LaneOf(m.state.Lanes, task.ID), m.now)
	m.output.SetWaits(m.waitsFor(&task))
}

// followSelection turns the output to the selected task, unless it is being read. A lane that has become idle leaves what its
// task said where it is.
func (m *model) followSelection() {
	if m.reading {
		return
	}
	switch t, why := m.selected(); {
	case why == "" && t.ID != m.output.ID():
		m.output.SetTask(t)
	case why == "" || m.focus == paneLanes && m.lanes.Latest() != "" && m.lanes.Latest() == m.output.ID():
	case m.focus == paneLanes || m.listOf(m.focus).Total == 0: // otherwise it is on its way
		m.output.SetNone(why)
	}
}

// waitsFor says in sentences what a task waits for before it is started, and what can be done about it. Both are true for as
// long as nothing happens. The first is empty for tasks that do not wait, or of which nothing is known.
func (m *model) waitsFor(t *agent.Task) (why, next string) {
	i := slices.IndexFunc(m.state.Pending, func(p agent.Task) bool { return p.ID == t.ID })
	if t.Status != dispatcher.StatusPending || i < 0 {
		return "", ""
	}
	a := m.state.WhyPending(i, m.queue.Base+i)
	why, next = cells.Sentence(cells.OneLine(a.Text)), a.Next
	switch a.Reason {
	case forecast.BecausePaused:
		why, next = "The queue is paused.", m.look.Keys.Name(keys.Pause)+" resumes it"
	case forecast.BecauseRetrying:
		why = "It waits until " + cells.TimeOfDay(t.NotBefore) + " for its next attempt."
	case forecast.BecauseNext, forecast.BecauseBehind:
		if m.queue.Filter != "" { // its place in the whole queue is not known
			why, next = "It waits for a lane.", ""
		}
		if a.Start.Known() {
			why += " It is expected to start at about " + a.Start.Likely.Local().Format("15:04") + "."
		}
	default:
	}
	return why, cells.OneLine(next)
}

func (m *model) whyNotOutputPane() string {
	switch {
	case m.page == pageOutput:
		return m.whyNotPage()
	case m.layout.output.Empty() && m.width < outputWidth:
		return fmt.Sprintf("The output stands next to the lists from %d columns on; this screen has %d. %s shows it here.",
			outputWidth, m.width, m.look.Keys.Name(keys.Open))
	}
	return ""
}

// toggleOutputPane shows the output next to the lists, or no longer.
func (m *model) toggleOutputPane() tea.Cmd {
	m.noOutput, m.zoomed = !m.noOutput && !m.zoomed, false
	if m.noOutput {
		m.notify(notice.Good, "The output is hidden; "+m.look.Keys.Name(keys.OutputPane)+" shows it next to the lists.")
	} else {
		m.notify(notice.Good, "The output of the selected task is shown next to the lists.")
	}
	return nil
}

// leaveOutput goes back to the lists.
func (m *model) leaveOutput() {
	if m.page == pageOutput {
		m.page = pageMain
		return
	}
	m.reading = false
}

// leavesLeft reports whether the action goes from the output to the lists at its left.
func (m *model) leavesLeft(a keys.Action) bool {
	return a == keys.Left && m.reading && m.output.Leftmost()
}

func (m *model) whyNotPage() string {
	if m.page == pageOutput {
		return "The output has the whole page; " + m.look.Keys.Name(keys.Back) + " goes back to the lists."
	}
	return ""
}

func (m *model) whyNotRight() string {
	switch {
	case m.layout.output.Empty() && m.whyNotOutputPane() != "":
		return m.whyNotOutputPane()
	case m.layout.output.Empty():
		return "There is nothing at the right; " + m.look.Keys.Name(keys.OutputPane) + " shows the output there."
	}
	return ""
}

// What the output asks of the engine.

// layOut returns the command that lays the answer out that is shown, if that is to be done.
func (m *model) layOut() tea.Cmd {
	if !m.showsOutput() {
		return nil
	}
	l, ok := m.output.Layout()
	if !ok {
		return nil
	}
	engine := m.engine
	return func() tea.Msg { return l.Run(actions.Answer(engine, &l.Task, output.LayoutLimit)) }
}

// savedMsg is the outcome of saving.
type savedMsg struct {
	asked int // see overlay.Stack.Offer
	save  output.Save
	size  int
	err   error
}

func (m *model) save(s output.Save) tea.Cmd {
	engine, asked := m.engine, m.overlays.Keys()
	return func() tea.Msg {
		size, err := s.Run(actions.Answer(engine, &s.Task, output.AnswerLimit))
		return savedMsg{asked, s, size, err}
	}
}

// saved takes the outcome. A file that exists is only replaced when that is what is wanted.
func (m *model) saved(msg savedMsg) tea.Cmd {
	name := cells.OneLine(msg.save.Path)
	switch {
	case errors.Is(msg.err, fs.ErrExist):
		msg.save.Over = true
		m.offer(msg.asked, name+" exists. Replace it?", func() tea.Cmd { return m.save(msg.save) })
	case msg.err != nil:
		m.notify(notice.Bad, cells.Sentence("could not save: "+cells.OneLine(msg.err.Error())))
	default:
		m.notify(notice.Good, fmt.Sprintf("Saved to %s (%s).", name, cells.Bytes(msg.size)))
	}
	return nil
}

func (m *model) openPager(p output.Pager) tea.Cmd {
	engine, getenv, ctx := m.engine, m.options.getenv, m.ctx
	return func() tea.Msg { return p.Run(ctx, getenv, actions.Answer(engine, &p.Task, output.AnswerLimit)) }
}
