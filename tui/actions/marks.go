package actions

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

// Marked reports whether a task is marked.
func (a *Actions) Marked(id string) bool { return a.marks.marked(id) }

// HasMarks reports whether any task is marked.
func (a *Actions) HasMarks() bool { return len(a.marks.ids) > 0 }

// ClearMarks takes all marks away.
func (a *Actions) ClearMarks() { a.marks.clear() }

// marked returns the tasks that an action is for instead of the selected one; none in an output and in the lanes, where a task
// is acted on that can be seen.
func (a *Actions) marked() []string {
	if a.choice().List == nil {
		return nil
	}
	return slices.Clone(a.marks.ids)
}

func (a *Actions) whyNotMark() string {
	c := a.choice()
	if c.List == nil {
		return "Tasks in the lanes cannot be marked; go to another pane first (" + a.look.Keys.Name(keys.NextPane) + ")."
	}
	if c.Group != nil {
		return "Kinds of errors cannot be marked; " + a.look.Keys.Name(keys.Open) + " shows the errors of one."
	}
	return c.Why
}

// mark marks the selected task, or takes its mark away, and goes to the next.
func (a *Actions) mark() keys.Intent {
	c := a.choice()
	a.marks.toggle(c.Task.ID)
	c.List.Move(1)
	return a.marksNotice()
}

func (a *Actions) marksNotice() notice.Notice {
	n, k := len(a.marks.ids), &a.look.Keys
	if n == 0 {
		return notice.Notice{Kind: notice.Good, Text: "Nothing is marked."}
	}
	return notice.Notice{Kind: notice.Good, Text: cells.Plurals(n, "task is", "tasks are") + " marked: " +
		k.Name(keys.Cancel) + " cancels, " + k.Name(keys.Retry) + " retries, " + k.Name(keys.Back) + " takes the marks away."}
}

// marked brings the tasks of a list.
type marked struct{ ids []string }

func (a *Actions) whyNotMarkAll() string {
	switch c := a.choice(); {
	case c.List == nil:
		return a.whyNotMark()
	case c.List.Total == 0:
		return "There is nothing to mark here."
	}
	return ""
}

// markAll marks every task of the focused list, or those that match its filter.
func (a *Actions) markAll() keys.Intent {
	c, engine, done := a.choice(), a.engine, a.ctx.Done()
	filter := c.List.Filter
	return tea.Cmd(func() tea.Msg {
		var ids []string
		c.Source.Each(engine, filter, done, func(t *agent.Task, _ *dispatcher.TaskExecutionError) { ids = append(ids, t.ID) })
		return marked{ids}
	})
}
