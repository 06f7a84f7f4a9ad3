package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"drover/agent"
	"drover/agent/safetext"
	"drover/tui/cells"
	"drover/tui/overlay"
)

// What the form has to choose from: models and templates. They stand where the text does.

// Template is a prompt that is written beforehand. Where it has [TemplateInput] in it, what is in the form goes
// there; otherwise it goes to where the cursor is.
type Template struct{ Name, Text string }

// TemplateInput is the place for the input in the text of a [Template].
const TemplateInput = "{{input}}"

// choice is one row of a list to choose from.
type choice struct {
	name, about string // cleaned
	marked      bool
}

// choices lists what can be chosen in the form now, and which of it is chosen; none while the text is written.
func (m *model) choices() (list []choice, at int) {
	switch f := &m.form; {
	case m.overlays.Has(m.parts.templates):
		for _, t := range f.templates {
			list = append(list, choice{name: cells.OneLine(t.Name), about: cells.OneLine(strings.Join(strings.Fields(t.Text), " "))})
		}
		return list, f.picked
	case f.field == fieldModel:
		return m.modelChoices()
	}
	return nil, 0
}

// modelChoices lists everybody who can be asked.
func (m *model) modelChoices() (list []choice, at int) {
	f, server := &m.form, &m.scene.state.Server
	for i, a := range f.everybody(server) {
		list = append(list, choice{a.name(), m.aboutAsked(i), f.has(a)})
	}
	return list, max(f.place(server), 0)
}

// aboutModel says how large a model is, and whether it is in memory.
func (m *model) aboutModel(model *agent.Model) string {
	var facts []string
	if model.Size > 0 {
		facts = append(facts, cells.Storage(model.Size))
	}
	for _, fact := range []string{model.Parameters, model.Quantization} {
		if fact != "" {
			facts = append(facts, cells.OneLine(fact))
		}
	}
	if can := m.form.abilities[model.Name]; can != "" {
		facts = append(facts, can)
	}
	for i := range m.scene.state.Server.Servers {
		for _, loaded := range m.scene.state.Server.Servers[i].Loaded {
			if loaded.Name == model.Name {
				return strings.Join(append(facts, "in memory"), ", ")
			}
		}
	}
	return strings.Join(facts, ", ")
}

// choiceRows draws the choices in h rows around the chosen one, nil when there is nothing to choose from.
func (m *model) choiceRows(w, h int) []string {
	list, at := m.choices()
	if len(list) == 0 {
		return nil
	}
	s := &m.scene
	names := 0
	for _, c := range list {
		names = max(names, min(cells.Width(c.name), w/2))
	}
	from := max(0, min(at-h/2, len(list)-h))
	rows := make([]string, 0, h)
	for i := from; i < len(list) && len(rows) < h; i++ {
		l := cells.NewRow(s.theme, w, i == at).Gap(1)
		l.MarkTask(i == at, list[i].marked).Gap(1)
		rows = append(rows, l.Cell(l.Inks.Text, list[i].name, names).Gap(2).Put(l.Inks.Dim, list[i].about).End())
	}
	return cells.Fill(rows, w, h)
}

// turnPick goes to another choice of the form; with nothing to choose from, to another field.
func (m *model) turnPick(delta int) tea.Cmd {
	switch f := &m.form; {
	case m.overlays.Has(m.parts.templates):
		n := len(f.templates)
		f.picked = (f.picked + delta + n) % n
	case f.field == fieldModel:
		return m.turnField(fieldModel, delta)
	default:
		return f.focus(f.field + field(delta))
	}
	return nil
}

func (m *model) whyNotTemplates() string {
	switch {
	case m.form.sending:
		return m.whySending()
	case len(m.form.templates) == 0:
		return "There are no templates: write some under [templates] in the configuration file."
	}
	return ""
}

// openTemplates shows the templates to choose from.
func (m *model) openTemplates() tea.Cmd {
	m.open(m.parts.templates)
	return m.form.focus(fieldPrompt)
}

// pick takes the chosen template. What is in the text becomes its input.
func (m *model) pick() tea.Cmd {
	f := &m.form
	f.problem, f.missing = "", nil
	text := safetext.Block(f.templates[f.picked].Text)
	if before, after, found := strings.Cut(text, TemplateInput); found {
		input := f.text.Value()
		f.text.SetValue(after)
		f.text.MoveToBegin()
		f.text.InsertString(before + input) // which leaves the cursor behind the input
		return nil
	}
	f.text.InsertString(text)
	return nil
}

// abilitiesMsg brings what a model can do.
type abilitiesMsg struct {
	model string
	can   []string
}

// askAbilities asks what the model under the cursor can do, once while the screen lives: each would be a question to
// the server, and there may be a hundred of them.
func (m *model) askAbilities() tea.Cmd {
	f := &m.form
	if m.overlays.Top() != overlay.Overlay(m.parts.form) || f.field != fieldModel || f.asked.model == "" {
		return nil
	}
	if _, asked := f.abilities[f.asked.model]; asked {
		return nil
	}
	if f.abilities == nil {
		f.abilities = make(map[string]string)
	}
	f.abilities[f.asked.model] = ""
	engine, ctx, name := m.engine, m.ctx, f.asked.model
	return func() tea.Msg { return abilitiesMsg{name, engine.Abilities(ctx, name)} }
}

// takeAbilities takes the answer. That a model can complete is said of nearly all of them, so it is left out.
func (m *model) takeAbilities(msg abilitiesMsg) {
	var list []string
	for _, can := range msg.can {
		if can != "completion" {
			list = append(list, cells.OneLine(can))
		}
	}
	m.form.abilities[msg.model] = strings.Join(list, ", ")
	m.dirty = true
}
