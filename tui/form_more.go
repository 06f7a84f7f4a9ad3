package tui

import (
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"drover/agent"
	"drover/tui/cells"
	"drover/tui/facts"
	"drover/tui/keys"
)

// More than one task from one form: several models, several copies, prompts that were used before.

const (
	// maxCopies is how many tasks one prompt makes for each model at most.
	maxCopies = 100
	// historyPrompts and historyBytes bound the prompts that are remembered; the oldest go first.
	historyPrompts = 100
	historyBytes   = 1 << 20
)

// makes lists who is asked by each task that the form makes: each chosen model or command as often as there are copies.
// After a submission that broke off they are those that are still missing.
func (f *form) makes() []asked {
	if f.missing != nil {
		return f.missing
	}
	all := f.also
	if len(all) == 0 {
		all = []asked{f.asked}
	}
	var list []asked
	for range f.copies {
		list = append(list, all...)
	}
	return list
}

// also adds the model under the cursor to those that get the prompt, or takes it out.
func (f *form) alsoModel() {
	f.missing = nil
	if i := slices.Index(f.also, f.asked); i >= 0 {
		f.also = slices.Delete(slices.Clone(f.also), i, i+1)
		return
	}
	f.also = append(slices.Clone(f.also), f.asked)
}

func (m *model) whyNotAlso() string {
	switch {
	case m.form.field != fieldModel:
		return "Go to the model first (" + m.scene.keys.Name(keys.NextField) + "), then add it."
	case m.form.editing != nil:
		return "A task that is in the queue already has one model."
	}
	return m.whyNoModels()
}

// has reports whether one is among those that get the prompt.
func (f *form) has(a asked) bool { return slices.Contains(f.also, a) }

// submitTasks hands over a task for each of those that are asked, up to the first that is refused.
func submitTasks(m *model, request agent.Request, list []asked) tea.Cmd {
	ctx, engine, priority, commands := m.ctx, m.engine, m.form.priority, m.form.commands
	return func() tea.Msg {
		msg := submittedMsg{asked: list}
		for _, a := range list {
			request := request
			a.put(&request, commands)
			id, err := engine.Submit(ctx, request, priority)
			if err != nil {
				msg.err = err
				return msg
			}
			msg.ids = append(msg.ids, id)
		}
		return msg
	}
}

// acceptedText says what is in the queue now.
func (msg submittedMsg) acceptedText() string {
	if len(msg.ids) == 1 {
		return facts.Name(msg.ids[0]) + " is in the queue"
	}
	return fmt.Sprintf("%s are in the queue, from %s to %s", cells.Plural(len(msg.ids), "task"), facts.Name(msg.ids[0]),
		facts.Name(msg.ids[len(msg.ids)-1]))
}

// prompts are those that have been submitted, the latest last.
type prompts struct {
	list  []string
	bytes int
	at    int    // the one that is shown; len(list) for what was being written
	draft string // what was being written
}

// add remembers a prompt; one that is repeated is only the latest.
func (p *prompts) add(prompt string) {
	if i := slices.Index(p.list, prompt); i >= 0 {
		p.bytes -= len(prompt)
		p.list = slices.Delete(p.list, i, i+1)
	}
	p.list, p.bytes = append(p.list, prompt), p.bytes+len(prompt)
	for len(p.list) > historyPrompts || p.bytes > historyBytes && len(p.list) > 1 {
		p.bytes -= len(p.list[0])
		p.list = slices.Delete(p.list, 0, 1)
	}
	p.at = len(p.list)
}

func (m *model) whyNotRecall(delta int) string {
	p := &m.form.history
	switch {
	case m.form.sending:
		return m.whySending()
	case len(p.list) == 0:
		return "No prompt has been submitted yet."
	case p.at+delta < 0:
		return "This is the oldest prompt that is remembered."
	case p.at+delta > len(p.list):
		return "There is no later prompt."
	}
	return ""
}

// recall shows an older prompt, or a later one; after the latest comes what was being written.
func (m *model) recall(delta int) tea.Cmd {
	f := &m.form
	p := &f.history
	if p.at == len(p.list) {
		p.draft = f.prompt()
	}
	p.at += delta
	text := p.draft
	if p.at < len(p.list) {
		text = p.list[p.at]
	}
	f.clear()
	return f.paste(text)
}

// leaves reports whether an arrow key would leave the text at its first or last line, which recalls a prompt.
func (f *form) leaves(msg tea.KeyPressMsg) (delta int) {
	switch {
	case len(f.history.list) == 0:
	case msg.String() == "up" && f.text.Line() == 0 && f.text.LineInfo().RowOffset == 0 && f.history.at > 0:
		return -1
	case msg.String() == "down" && f.text.Line() == f.text.LineCount()-1 &&
		f.text.LineInfo().RowOffset >= f.text.LineInfo().Height-1 && f.history.at < len(f.history.list):
		return 1
	}
	return 0
}

// copiesRow shows how many tasks one prompt makes for each model.
func (m *model) copiesRow(w int) string {
	s, f := &m.scene, &m.form
	if f.editing != nil {
		return cells.Spaces(w) // it is one task already
	}
	l := cells.NewRow(s.theme, w, false)
	f.label(l, fieldCopies, "Copies")
	l.Put(l.Inks.Accent, "["+cells.Count(f.copies)+"]").Gap(1)
	if n := len(f.missing); n > 0 {
		l.Put(l.Inks.Dim, cells.Count(n)+" yet to be submitted")
	} else if n := len(f.makes()); n > 1 {
		l.Put(l.Inks.Dim, "makes "+cells.Plural(n, "task"))
	}
	return l.End()
}
