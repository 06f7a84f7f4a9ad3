package form

import (
	"fmt"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"drover/agent/safetext"
	"drover/tui/cells"
	"drover/tui/keys"
)

const (
	// maxPrompt is how long a prompt can be, in bytes.
	maxPrompt = 1 << 20
	// longPaste and manyLines are from where on a pasted text is kept apart from the text field and only counted:
	// a text field draws all of its lines for every key, and holds ten thousand of them.
	longPaste = 8 << 10
	manyLines = 100
)

// size is how long the prompt would be.
func (f *Form) size() int {
	n := f.text.Length()
	for _, p := range f.pasted {
		n += len(p) + 1
	}
	return n
}

// prompt is what would be submitted.
func (f *Form) prompt() string {
	parts := f.pasted
	if text := strings.TrimRight(f.text.Value(), " \n"); strings.TrimSpace(text) != "" {
		parts = append([]string{text}, parts...)
	}
	return strings.Join(parts, "\n")
}

// clear empties the text; priority and model stay as they are for the next one.
func (f *Form) clear() {
	f.text.Reset()
	f.pasted, f.problem, f.missing = nil, "", nil
	f.copies = 1 // the choice of models stays, a number of copies is for one prompt
}

// Writing reports whether the text has the cursor.
func (f *Form) Writing() bool { return f.field == fieldPrompt }

// Type takes a key of the text.
func (f *Form) Type(msg tea.KeyPressMsg) keys.Intent {
	if f.sending {
		return f.wait()
	}
	if delta := f.leaves(msg); delta != 0 {
		return f.recall(delta)
	}
	f.problem, f.missing = "", nil
	if f.text.LineCount() >= manyLines && key.Matches(msg, f.text.KeyMap.InsertNewline) {
		f.problem = fmt.Sprintf("The text field holds %d lines; paste a longer text instead.", manyLines)
		return nil
	}
	if msg.Code == tea.KeyBackspace && f.text.Length() == 0 && len(f.pasted) > 0 {
		f.pasted = f.pasted[:len(f.pasted)-1]
		return nil
	}
	var cmd tea.Cmd
	f.text, cmd = f.text.Update(msg)
	return cmd
}

// Paste takes a pasted text.
func (f *Form) Paste(text string) keys.Intent {
	if f.sending {
		return f.wait()
	}
	f.insert(text)
	return nil
}

// insert puts a text where the cursor is, or behind the text if it is long. Its lines stay lines.
func (f *Form) insert(content string) {
	content = strings.ToValidUTF8(strings.ReplaceAll(strings.ReplaceAll(content, "\r\n", "\n"), "\r", "\n"), "\ufffd")
	f.problem, f.missing = "", nil
	if f.size()+len(content) > maxPrompt {
		f.problem = fmt.Sprintf("The pasted text is too long: the prompt would have %s, the most is %s.",
			cells.Bytes(f.size()+len(content)), cells.Bytes(maxPrompt))
		return
	}
	f.focus(fieldPrompt)
	lines := strings.Count(content, "\n") + 1
	if len(content) > longPaste || lines+f.text.LineCount() > manyLines {
		f.pasted = append(f.pasted, content)
		return
	}
	f.text.InsertString(safetext.Block(content))
}
