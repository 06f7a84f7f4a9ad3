package tui

import (
	"errors"
	"math"

	tea "charm.land/bubbletea/v2"

	"drover/agent"
	"drover/dispatcher"
	"drover/tui/cells"
	"drover/tui/facts"
	"drover/tui/keys"
	"drover/tui/notice"
)

// Moving and editing tasks that wait.

func (m *model) whyNotPending(what string) string {
	t, why := m.target()
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

// moveTask shifts the selected task among those of its priority. math.MinInt makes it the first of them,
// math.MaxInt the last.
func (m *model) moveTask(places int) tea.Cmd {
	t, _ := m.target()
	engine, id := m.engine, t.ID
	how := " is moved down"
	switch {
	case places == math.MinInt:
		how = " is the first of " + dispatcher.PriorityName(t.Priority) + " priority now"
	case places == math.MaxInt:
		how = " is the last of " + dispatcher.PriorityName(t.Priority) + " priority now"
	case places < 0:
		how = " is moved up"
	}
	if edge := m.atEdge(&t, places); edge != "" {
		m.tell(notice.Warn, edge)
		return nil
	}
	m.queue.Hold()
	return perform(func() error { return engine.Move(id, places) }, cells.Sentence(facts.Name(id)+how), "Could not move "+facts.Name(id))
}

// atEdge says that a task cannot be moved further, if that can be seen: a move stays within a priority.
func (m *model) atEdge(t *agent.Task, places int) string {
	if m.filters[paneQueue] != "" {
		return "" // its neighbours are not in the snapshot
	}
	pending, step, place := m.scene.state.Pending, 1, "last"
	if places < 0 {
		step, place = -1, "first"
	}
	for i := range pending {
		if pending[i].ID != t.ID {
			continue
		}
		at := m.queue.Base + i + step
		known := at >= 0 && at < m.queue.Total
		if next := i + step; known && (next < 0 || next >= len(pending) || pending[next].Priority == t.Priority) {
			return ""
		}
		return cells.Sentence(facts.Name(t.ID) + " is already the " + place + " of " + dispatcher.PriorityName(t.Priority) +
			" priority; " + m.scene.keys.Name(keys.Raise) + " and " + m.scene.keys.Name(keys.Lower) + " change that")
	}
	return ""
}

// editTask opens the form with a pending task in it.
func (m *model) editTask() tea.Cmd {
	t, _ := m.target()
	m.form.edits(&t)
	return m.showForm()
}

// editedMsg is the engine's reply to an edit.
type editedMsg struct {
	id  string
	err error
}

// submitEdit hands the form to the engine as what the task is to be from now on.
func (m *model) submitEdit(prompt string) tea.Cmd {
	f := &m.form
	engine, was, priority := m.engine, f.editing, f.priority
	request := was.Request // what the form does not show stays as it is
	request.Prompt = prompt
	f.asked.put(&request, f.commands)
	return func() tea.Msg {
		err := engine.Edit(was.ID, request)
		if err == nil && priority != was.Priority {
			err = engine.SetPriority(was.ID, priority)
		}
		return editedMsg{was.ID, err}
	}
}

// editDone takes the reply. What was written is never lost: a task that has started meanwhile leaves its text in
// the form, from where it can be submitted as a new one.
func (m *model) editDone(msg editedMsg) tea.Cmd {
	f := &m.form
	f.sending, m.dirty = false, true
	switch {
	case errors.Is(msg.err, dispatcher.ErrNotPending), errors.Is(msg.err, dispatcher.ErrTaskNotFound):
		f.editing, f.draft = nil, nil
		f.problem = cells.Sentence(facts.Name(msg.id)+" has started or ended meanwhile, so it cannot be changed any more") + " " +
			m.scene.keys.Name(keys.Submit) + " submits this as a new task."
	case msg.err != nil:
		_, what, _ := facts.Failure(msg.err)
		f.problem = cells.Sentence(what)
	default:
		f.endEdit()
		m.closeForm()
		m.tell(notice.Good, cells.Sentence(facts.Name(msg.id)+" is changed"))
		return nil
	}
	if !m.overlays.Has(m.parts.form) {
		m.tell(notice.Bad, f.problem)
	}
	return nil
}

// draft is what was in the form before a task was edited in it.
type draft struct {
	text     string
	pasted   []string
	priority int
	asked    asked
}

// edits fills the form with a task, and keeps what is in it for afterwards.
func (f *form) edits(t *agent.Task) {
	if f.editing == nil {
		f.draft = &draft{f.text.Value(), f.pasted, f.priority, f.asked}
	}
	f.clear()
	request := t.Request
	f.editing, f.priority, f.asked = t, t.Priority, askedOf(&request)
	f.paste(request.Prompt)
}

// endEdit puts back what was in the form before.
func (f *form) endEdit() {
	f.clear()
	if d := f.draft; d != nil {
		f.text.SetValue(d.text)
		f.pasted, f.priority, f.asked = d.pasted, d.priority, d.asked
	}
	f.editing, f.draft = nil, nil
}
