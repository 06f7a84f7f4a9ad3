package tui

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"drover/dispatcher"
	"drover/tui/cells"
	"drover/tui/keys"
	"drover/tui/notice"
)

// scope is where keys go now.
func (m *model) scope() keys.Place {
	switch {
	case m.leaving.step == stepChoose:
		return keys.InLeaving
	case m.leaving.waits():
		return keys.InWaiting
	case m.recovery.open:
		return keys.InRecovery
	case m.question.open():
		return keys.InQuestion
	case m.bar.kind != barNone:
		return keys.InBar
	case m.form.open && m.form.picking:
		return keys.InTemplates
	case m.form.open && m.form.field == fieldPrompt:
		return keys.InForm
	case m.form.open:
		return keys.InFields
	case m.page == pageHelp, m.page == pageServer:
		return keys.InHelp
	case m.page == pageOutput && m.output.find.text != "":
		return keys.InFound
	case m.page == pageOutput:
		return keys.InOutput
	}
	return keys.InPanes
}

// key turns a key into its action and does it, or says why it cannot be done.
func (m *model) key(msg tea.KeyPressMsg) tea.Cmd {
	where := m.scope()
	a := m.scene.keys.Action(where, msg.String())
	if a != keys.Interrupt {
		m.interrupted = false
	}
	m.notice, m.dirty = notice.Notice{}, true
	if where == keys.InForm && (a == "" || a == keys.Newline) {
		if m.form.sending {
			return nil
		}
		if delta := m.form.leaves(msg); delta != 0 {
			return m.recall(delta)
		}
		return m.form.edit(msg)
	}
	if where == keys.InBar && a == "" {
		return m.edited(msg)
	}
	if a == "" || a == keys.Newline {
		m.tell(notice.Warn, fmt.Sprintf("%q does nothing here.", cells.OneLine(msg.String())))
		return nil
	}
	return m.choose(a)
}

// choose does an action, or says why it cannot be done.
func (m *model) choose(a keys.Action) tea.Cmd {
	if why := m.handlers.WhyNot(a); why != "" {
		m.tell(notice.Warn, why)
		return nil
	}
	return m.carryOut(m.handlers[a].Do())
}

// carryOut does what a handler asks for.
func (m *model) carryOut(i keys.Intent) tea.Cmd {
	switch i := i.(type) {
	case tea.Cmd:
		return i
	default:
		return nil
	}
}

// scroll moves in what has the keys.
func (m *model) scroll(a keys.Action) tea.Cmd {
	delta := 1
	if a == keys.Up {
		delta = -1
	}
	switch {
	case m.leaving.step == stepChoose:
		m.turnChoice(delta)
	case m.form.open:
		return m.turnPick(delta)
	case m.page == pageHelp:
		m.help.scroll(a)
	case m.page == pageServer:
		if was := m.servers.offset; m.servers.scroll(a) == was {
			m.tell(notice.Warn, "There is no more to be seen that way.")
		}
	case m.page == pageOutput:
		m.output.scroll(a)
	case m.focus == paneLanes:
		m.lanes.scroll(a, m.scene.state.Lanes)
	default:
		m.listOf(m.focus).scroll(a)
	}
	return nil
}

// listOf is the list of a pane other than the lanes.
func (m *model) listOf(p paneID) *list {
	switch p {
	case paneFinished:
		return &m.finished.list
	case paneErrors:
		return &m.errors.list
	default:
		return &m.queue.list
	}
}

// turn moves the focus to another pane.
func (m *model) turn(delta int) tea.Cmd {
	to := m.focus
	for ok := true; ok; ok = m.hidden[to] {
		to = (to + paneID(delta) + paneCount) % paneCount
	}
	m.goTo(to)
	return nil
}

// goTo gives the focus to a pane.
func (m *model) goTo(to paneID) {
	if to != m.focus && m.focus != paneLanes {
		m.listOf(m.focus).release()
	}
	m.focus = to
	m.hold()
}

// hold makes the focused pane keep its selection, and shows it where panes share a place.
func (m *model) hold() {
	switch m.focus {
	case paneQueue, paneFinished:
		m.second = m.focus
		m.listOf(m.focus).hold()
	case paneErrors:
		m.errors.hold()
	default: // lanes do not move
	}
}

func (m *model) whyNoLane(n int) string {
	lanes := m.scene.state.Lanes
	if n >= len(lanes) {
		return fmt.Sprintf("There is no lane %d; there are %d.", n+1, len(lanes))
	}
	if m.page == pageOutput && lanes[n].State == dispatcher.LaneIdle {
		return fmt.Sprintf("Lane %d is idle.", n+1)
	}
	return ""
}

// gotoLane selects a lane; on the output page it turns to the task in it.
func (m *model) gotoLane(n int) tea.Cmd {
	m.hidden[paneLanes] = false
	m.goTo(paneLanes)
	m.lanes.id = ""
	m.lanes.to(n, len(m.scene.state.Lanes))
	m.lanes.sync(m.scene.state.Lanes)
	if m.page == pageOutput {
		m.page = pageMain
		return m.openOutput()
	}
	return nil
}

func (m *model) toggleHelp() tea.Cmd {
	if m.page == pageHelp {
		return m.back()
	}
	m.previous, m.page = m.page, pageHelp
	m.help.offset = 0
	return nil
}

func (m *model) whyNotBack() string {
	if m.leaving.waits() && m.leaving.step != stepFinishing {
		return "It is too late to stay: no more tasks are taken."
	}
	if m.scope() == keys.InPanes && len(m.marks.ids) == 0 && m.filters[m.focus] == "" && !m.zoomed {
		return "There is nothing to go back to."
	}
	return ""
}

// zoom gives the focused pane the whole screen, or takes it back.
func (m *model) zoom() tea.Cmd {
	m.zoomed = !m.zoomed
	return nil
}

// backInPanes takes back one thing after the other that was done to the panes, the latest kind first.
func (m *model) backInPanes() {
	switch {
	case len(m.marks.ids) > 0:
		m.marks.clear()
		m.tell(notice.Good, "The marks are gone.")
	case m.filters[m.focus] != "":
		m.setFilter("")
	default:
		m.zoomed = false
	}
}

// back closes what is on top.
func (m *model) back() tea.Cmd {
	switch {
	case m.leaving.step != stepNone:
		return m.stay()
	case m.recovery.open:
		return m.lookAround()
	case m.question.open():
		return m.no()
	case m.bar.kind != barNone:
		m.leaveBar()
	case m.form.open && m.form.picking:
		m.form.picking = false
	case m.form.open && m.form.editing != nil && !m.form.sending:
		m.form.endEdit()
		m.form.open = false
		m.form.text.Blur()
		m.tell(notice.Good, "The task stays as it was.")
	case m.form.open:
		m.form.open = false
		m.form.text.Blur()
		if m.form.prompt() != "" {
			m.tell(notice.Good, "The draft is kept: "+m.scene.keys.Name(keys.New)+" goes on with it.")
		}
	case m.page == pageHelp, m.page == pageServer:
		m.page, m.previous = m.previous, pageMain
	case m.page == pageOutput && m.output.find.text != "":
		m.setSearch("")
	case m.page == pageMain:
		m.backInPanes()
	default:
		m.page = pageMain
	}
	return nil
}

// offers lists the keys for the last line: the most useful ones here that can be done now, then the two that
// are always shown.
func (m *model) offers() []keys.Action {
	var list []keys.Action
	last := []keys.Action{keys.Help, keys.Quit}
	switch m.scope() {
	case keys.InLeaving:
		list, last = []keys.Action{keys.Up, keys.Down}, []keys.Action{keys.Choose, keys.Back}
	case keys.InWaiting:
		list, last = []keys.Action{keys.Back}, []keys.Action{keys.LeaveStop, keys.Interrupt}
	case keys.InRecovery:
		list, last = nil, []keys.Action{keys.QueueAgain, keys.LeaveInterrupted, keys.Back, keys.Interrupt}
	case keys.InQuestion:
		list, last = nil, []keys.Action{keys.Yes, keys.No}
	case keys.InBar:
		list, last = nil, []keys.Action{keys.Accept, keys.Back}
	case keys.InForm:
		list = []keys.Action{keys.Newline, keys.NextField, keys.Priority, keys.Model, keys.Template, keys.Batch, keys.ClearForm}
		last = []keys.Action{keys.Submit, keys.Back}
	case keys.InTemplates:
		list, last = []keys.Action{keys.Up, keys.Down}, []keys.Action{keys.PickTemplate, keys.Back}
	case keys.InFields:
		list, last = []keys.Action{keys.PreviousChoice, keys.NextChoice, keys.AlsoModel, keys.NextField}, []keys.Action{keys.Submit, keys.Back}
	case keys.InHelp:
		list, last = []keys.Action{keys.Up, keys.Down}, []keys.Action{keys.Back, keys.Quit}
	case keys.InOutput:
		list = []keys.Action{keys.Back, keys.Cancel, keys.Retry, keys.Copy, keys.Search, keys.Markdown, keys.Thinking,
			keys.Save, keys.Pager, keys.Wrap}
	case keys.InFound:
		list = []keys.Action{keys.FindNext, keys.FindPrevious, keys.Search, keys.Back}
	default:
		switch m.focus {
		default:
			list = []keys.Action{keys.Demo, keys.New, keys.Open, keys.Cancel, keys.NextPane, keys.Pause, keys.Copy,
				keys.MoreLanes, keys.FewerLanes}
		case paneQueue:
			list = []keys.Action{keys.Demo, keys.New, keys.Cancel, keys.Edit, keys.Filter, keys.Mark, keys.Undo, keys.NextPane,
				keys.Pause, keys.Open, keys.MoveUp, keys.MoveDown}
		case paneFinished:
			list = []keys.Action{keys.Demo, keys.New, keys.Open, keys.Retry, keys.Filter, keys.Mark, keys.Copy,
				keys.RetryFailed, keys.NextPane}
		case paneErrors:
			list = []keys.Action{keys.Demo, keys.Open, keys.Retry, keys.Dismiss, keys.DismissAll, keys.NextPane, keys.New}
		}
	}
	offered := make([]keys.Action, 0, len(list)+2)
	for _, a := range list {
		if m.handlers.WhyNot(a) == "" {
			offered = append(offered, a)
		}
	}
	return append(offered, last...)
}
