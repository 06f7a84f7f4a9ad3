package form

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"drover/tui/keys"
)

// historyPrompts and historyBytes bound the prompts that are remembered; the oldest go first.
const (
	historyPrompts = 100
	historyBytes   = 1 << 20
)

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

func (f *Form) whyNotRecall(delta int) string {
	p := &f.history
	switch {
	case f.sending:
		return f.whySending()
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
func (f *Form) recall(delta int) keys.Intent {
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
	f.insert(text)
	return nil
}

// leaves reports whether an arrow key would leave the text at its first or last line, which recalls a prompt.
func (f *Form) leaves(msg tea.KeyPressMsg) (delta int) {
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
