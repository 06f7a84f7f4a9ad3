package tui

import (
	tea "charm.land/bubbletea/v2"

	"drover/tui/form"
	"drover/tui/keys"
)

// The form, as far as it needs the engine.

// submittedMsg is the engine's reply to tasks that were handed over.
type submittedMsg struct {
	ids []string // the accepted ones
	err error    // why the next one was not
}

// editedMsg is the engine's reply to an edit.
type editedMsg struct {
	id  string
	err error
}

// abilitiesMsg brings what a model can do.
type abilitiesMsg struct {
	model string
	can   []string
}

// editTask opens the form with a pending task in it.
func (m *model) editTask() keys.Intent {
	t, _ := m.target()
	return m.form.Edit(&t)
}

// submit hands tasks over, up to the first that is refused.
func (m *model) submit(i form.Submit) tea.Cmd {
	ctx, engine := m.ctx, m.engine
	return func() tea.Msg {
		var msg submittedMsg
		for _, request := range i.Requests {
			id, err := engine.Submit(ctx, request, i.Priority)
			if err != nil {
				msg.err = err
				break
			}
			msg.ids = append(msg.ids, id)
		}
		return msg
	}
}

// edit hands over what a task is to be from now on.
func (m *model) edit(i form.Edit) tea.Cmd {
	engine := m.engine
	return func() tea.Msg {
		err := engine.Edit(i.Was.ID, i.Request)
		if err == nil && i.Priority != i.Was.Priority {
			err = engine.SetPriority(i.Was.ID, i.Priority)
		}
		return editedMsg{i.Was.ID, err}
	}
}

// askAbilities asks what a model can do.
func (m *model) askAbilities(i form.AskAbilities) tea.Cmd {
	engine, ctx := m.engine, m.ctx
	return func() tea.Msg { return abilitiesMsg{i.Model, engine.Abilities(ctx, i.Model)} }
}
