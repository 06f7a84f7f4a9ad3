package tui

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"drover/agent"
	"drover/dispatcher"
	"drover/tui/cells"
	"drover/tui/keys"
	"drover/tui/notice"
)

// marks are the tasks that the next action is for, by ID, in the order in which they were marked. A marked
// task may move from one list to another and stays marked.
type marks struct {
	ids []string
	has map[string]struct{}
}

func (k *marks) toggle(id string) {
	if _, ok := k.has[id]; ok {
		delete(k.has, id)
		i := slices.Index(k.ids, id)
		k.ids = slices.Delete(k.ids, i, i+1)
		return
	}
	k.add(id)
}

func (k *marks) add(id string) {
	if _, ok := k.has[id]; ok {
		return
	}
	if k.has == nil {
		k.has = map[string]struct{}{}
	}
	k.has[id] = struct{}{}
	k.ids = append(k.ids, id)
}

func (k *marks) clear() { k.ids, k.has = nil, nil }

func (k *marks) marked(id string) bool {
	_, ok := k.has[id]
	return ok
}

// marked returns the tasks that an action is for instead of the selected one; none in an output and in
// the lanes, where a task is acted on that can be seen.
func (m *model) marked() []string {
	if m.readsOutput() || m.focus == paneLanes {
		return nil
	}
	return slices.Clone(m.marks.ids)
}

func (m *model) whyNotMark() string {
	if m.focus == paneLanes {
		return "Tasks in the lanes cannot be marked; go to another pane first (" + m.look.Keys.Name(keys.NextPane) + ")."
	}
	if m.group() != nil {
		return "Kinds of errors cannot be marked; " + m.look.Keys.Name(keys.Open) + " shows the errors of one."
	}
	return m.whyNoTarget()
}

// markTask marks the selected task, or takes its mark away, and goes to the next.
func (m *model) markTask() tea.Cmd {
	t, _ := m.target()
	m.marks.toggle(t.ID)
	m.listOf(m.focus).Move(1)
	m.notifyMarks()
	return nil
}

func (m *model) notifyMarks() {
	n := len(m.marks.ids)
	if n == 0 {
		m.notify(notice.Good, "Nothing is marked.")
		return
	}
	k := &m.look.Keys
	m.notify(notice.Good, cells.Plurals(n, "task is", "tasks are")+" marked: "+k.Name(keys.Cancel)+" cancels, "+
		k.Name(keys.Retry)+" retries, "+k.Name(keys.Back)+" takes the marks away.")
}

// markedMsg brings the tasks of a list.
type markedMsg struct{ ids []string }

func (m *model) whyNotMarkAll() string {
	if m.focus == paneLanes {
		return m.whyNotMark()
	}
	if m.listOf(m.focus).Total == 0 {
		return "There is nothing to mark here."
	}
	return ""
}

// markAll marks every task of the focused list, or those that match its filter.
func (m *model) markAll() tea.Cmd {
	engine, list, filter := m.engine, m.focus.shows(), m.listOf(m.focus).Filter
	done := m.ctx.Done()
	return func() tea.Msg {
		var ids []string
		list.Each(engine, filter, done, func(t *agent.Task, _ *dispatcher.TaskExecutionError) { ids = append(ids, t.ID) })
		return markedMsg{ids}
	}
}
