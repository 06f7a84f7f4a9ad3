package tui

import (
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"drover/dispatcher"
	"drover/tui/cells"
	"drover/tui/errorlist"
	"drover/tui/form"
	"drover/tui/keys"
	"drover/tui/leave"
	"drover/tui/notice"
	"drover/tui/output"
	"drover/tui/overlay"
	"drover/tui/recovery"
	"drover/tui/servers"
)

// keyPlace is where keys go now.
func (m *model) keyPlace() keys.Place {
	switch top := m.overlays.Top(); {
	case top != nil:
		return top.Place()
	case m.readsOutput():
		return m.output.Place()
	}
	return keys.InPanes
}

// key turns a key into its action and does it, or says why it cannot be done.
func (m *model) key(msg tea.KeyPressMsg) tea.Cmd {
	m.overlays.Key(time.Now())
	a := m.look.Keys.Action(m.keyPlace(), msg.String())
	if a != keys.Interrupt {
		m.interrupted = false
	}
	m.notice, m.dirty = notice.Notice{}, true
	if _, ok := m.handler(a); ok {
		return m.choose(a)
	}
	if w := m.overlays.Writer(); w != nil && w.Writing() {
		return m.carryOut(w.Type(msg))
	}
	m.notify(notice.Warn, fmt.Sprintf("%q does nothing here.", cells.OneLine(msg.String())))
	return nil
}

// handler is how an action is carried out now: by what is on top, by the page, or by the root.
func (m *model) handler(a keys.Action) (keys.Handler, bool) {
	if h, ok := m.overlays.Handler(a); ok {
		return h, true
	}
	if h, ok := m.output.Handlers()[a]; ok && m.readsOutput() && !m.leavesLeft(a) {
		return h, true
	}
	if h, ok := m.panes[m.focus].Handlers()[a]; ok && !m.readsOutput() {
		return h, true
	}
	h, ok := m.handlers[a]
	return h, ok
}

// whyNot says why an action cannot be carried out now, empty when it can.
func (m *model) whyNot(a keys.Action) string {
	h, _ := m.handler(a)
	if m.overlays.TooSoon(a, time.Now()) {
		return overlay.Unread
	}
	return h.Why()
}

// choose does an action, or says why it cannot be done.
func (m *model) choose(a keys.Action) tea.Cmd {
	if why := m.whyNot(a); why != "" {
		m.notify(notice.Warn, why)
		return nil
	}
	h, _ := m.handler(a)
	return m.carryOut(h.Do())
}

// carryOut does what a handler asks for.
func (m *model) carryOut(i keys.Intent) tea.Cmd {
	switch i := i.(type) {
	case tea.Cmd:
		return i
	case notice.Notice:
		m.notify(i.Kind, i.Text)
	case overlay.Open:
		m.open(i.Overlay)
	case overlay.Close:
		m.close(i.Overlay)
		if i.Then != nil {
			return m.carryOut(i.Then())
		}
	case output.Leave:
		m.leaveOutput()
	case output.Save:
		return m.save(i)
	case output.Pager:
		return m.openPager(i)
	case form.Submit:
		return m.submit(i)
	case form.Edit:
		return m.edit(i)
	case form.AskAbilities:
		return m.askAbilities(i)
	case errorlist.Dismiss:
		return m.dismiss(i)
	case errorlist.Filter:
		m.errors.SetFilter(i.Text)
		return m.carryOut(i.Then)
	case leave.Wait:
		return m.waitFor(i)
	case leave.Finish:
		return m.finish()
	case recovery.Answer:
		return m.recover(i)
	case servers.Unload:
		return m.unload(i)
	}
	return nil
}

func (m *model) whyNoLane(n int) string {
	lanes := m.state.Lanes
	if n >= len(lanes) {
		return fmt.Sprintf("There is no lane %d; there are %d.", n+1, len(lanes))
	}
	if m.readsOutput() && lanes[n].State == dispatcher.LaneIdle {
		return fmt.Sprintf("Lane %d is idle.", n+1)
	}
	return ""
}

// gotoLane selects a lane; an output that is being read turns to the task in it.
func (m *model) gotoLane(n int) {
	reads, reading := m.readsOutput(), m.reading
	m.hidden[paneLanes] = false
	m.goTo(paneLanes)
	m.lanes.Select(n)
	if reads {
		m.output.SetTask(m.lanes.Selected().Task)
		m.reading = reading
	}
}

func (m *model) showHelp() tea.Cmd {
	m.help.Top()
	m.open(m.help)
	return nil
}

// showServers opens the page of the servers, in the place of the help.
func (m *model) showServers() tea.Cmd {
	m.close(m.help)
	m.servers.Page.Top()
	m.open(m.servers.Page)
	return nil
}

func (m *model) whyNotBack() string {
	if m.keyPlace() == keys.InPanes && !m.actions.HasMarks() && !m.filtered() && !m.zoomed {
		return "There is nothing to go back to."
	}
	return ""
}

// zoom gives the focused pane the whole screen, or takes it back. An output that is zoomed is the page of it.
func (m *model) zoom() tea.Cmd {
	switch {
	case m.page == pageOutput:
		m.leaveOutput()
	case m.reading:
		return m.openOutput()
	default:
		m.zoomed = !m.zoomed
	}
	return nil
}

// back takes back one thing after the other that was done to the panes, the latest kind first.
func (m *model) back() tea.Cmd {
	switch {
	case m.actions.HasMarks():
		m.actions.ClearMarks()
		m.notify(notice.Good, "The marks are gone.")
	case m.filtered():
		m.listOf(m.focus).SetFilter("")
	default:
		m.zoomed = false
	}
	return nil
}

// offers lists the keys for the last line: the most useful ones here that can be done now, then the two that
// are always shown.
func (m *model) offers() []keys.Action {
	if top := m.overlays.Top(); top != nil {
		return m.possible(top.Offers())
	}
	list := m.output.Offers()
	if !m.readsOutput() {
		list = append([]keys.Action{keys.Demo}, m.panes[m.focus].Offers()...)
	}
	return m.possible(append(list, keys.Help, keys.Quit))
}

// possible leaves out what cannot be done now, but for the last two.
func (m *model) possible(list []keys.Action) []keys.Action {
	offered := make([]keys.Action, 0, len(list))
	for i, a := range list {
		if i >= len(list)-2 || m.whyNot(a) == "" {
			offered = append(offered, a)
		}
	}
	return offered
}
