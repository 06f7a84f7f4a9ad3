package tui

import (
	tea "charm.land/bubbletea/v2"

	"drover/tui/keys"
	"drover/tui/notice"
	"drover/tui/overlay"
)

// formPart is the form as an overlay.
type formPart struct {
	part
	m *model
}

func (m *model) formPlace() keys.Place {
	if m.form.field == fieldPrompt {
		return keys.InForm
	}
	return keys.InFields
}

func (m *model) formOffers() []keys.Action {
	if m.form.field == fieldPrompt {
		return []keys.Action{
			keys.Newline, keys.NextField, keys.Priority, keys.Model, keys.Template, keys.Batch, keys.ClearForm, keys.Submit, keys.Back,
		}
	}
	return []keys.Action{keys.PreviousChoice, keys.NextChoice, keys.AlsoModel, keys.NextField, keys.Submit, keys.Back}
}

func (m *model) formHandlers() keys.Handlers {
	return keys.Handlers{
		keys.Back: {Do: run(m.leaveForm)},
		keys.Up:   {Do: func() keys.Intent { return m.turnPick(-1) }},
		keys.Down: {Do: func() keys.Intent { return m.turnPick(1) }},
	}
}

// Writing reports whether the text has the cursor.
func (p *formPart) Writing() bool { return p.m.form.field == fieldPrompt }

// Type takes a key of the text.
func (p *formPart) Type(key tea.KeyPressMsg) keys.Intent {
	f := &p.m.form
	if f.sending {
		return nil
	}
	if delta := f.leaves(key); delta != 0 {
		return p.m.recall(delta)
	}
	return f.edit(key)
}

// Paste takes a pasted text.
func (p *formPart) Paste(text string) keys.Intent {
	if p.m.form.sending {
		return nil
	}
	return p.m.form.paste(text)
}

// Cursor is where the cursor stands.
func (p *formPart) Cursor() *tea.Cursor { return p.m.form.cursor() }

// showForm opens the form at its text.
func (m *model) showForm() tea.Cmd {
	m.open(m.parts.form)
	return m.form.focus(fieldPrompt)
}

// closeForm takes the form away; what is in it stays.
func (m *model) closeForm() {
	m.close(m.parts.templates)
	m.close(m.parts.form)
	m.form.text.Blur()
}

// leaveForm closes the form. A draft stays for later, an edit is given up.
func (m *model) leaveForm() tea.Cmd {
	f := &m.form
	m.closeForm()
	switch {
	case f.editing != nil && !f.sending:
		f.endEdit()
		m.tell(notice.Good, "The task stays as it was.")
	case f.prompt() != "":
		m.tell(notice.Good, "The draft is kept: "+m.scene.keys.Name(keys.New)+" goes on with it.")
	}
	return nil
}

// templatesPart is the list of templates, in the place of the form's text.
type templatesPart struct {
	part
	m *model
}

func (m *model) templateHandlers(p *templatesPart) keys.Handlers {
	return keys.Handlers{
		keys.Up:           {Do: func() keys.Intent { return m.turnPick(-1) }},
		keys.Down:         {Do: func() keys.Intent { return m.turnPick(1) }},
		keys.PickTemplate: {Do: func() keys.Intent { return overlay.Close{Overlay: p, Then: run(m.pick)} }},
		keys.Back:         {Do: closes(p)},
	}
}

// Writing is not what one does here.
func (*templatesPart) Writing() bool { return false }

// Type is not called.
func (*templatesPart) Type(tea.KeyPressMsg) keys.Intent { return nil }

// Paste goes back to the text with what is pasted.
func (p *templatesPart) Paste(text string) keys.Intent {
	return overlay.Close{Overlay: p, Then: func() keys.Intent { return p.m.parts.form.Paste(text) }}
}

// Cursor is nowhere.
func (*templatesPart) Cursor() *tea.Cursor { return nil }
