package overlay

import (
	"strings"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"drover/tui/cells"
	"drover/tui/keys"
)

// Bar is one line of text that is asked for above the keys.
type Bar struct {
	BarOptions
	look  *Look
	input textinput.Model
	width int
}

// BarOptions say what a [Bar] is for.
type BarOptions struct {
	Label       string // what stands before the text
	Text        string // what it begins with
	Placeholder string // what is meant to be written, while nothing is
	// Changed is called with every new text; nil for nothing.
	Changed func(text string)
	// Accepted takes the text, without spaces around it; nil for nothing.
	Accepted func(text string) keys.Intent
	// Left is called when the bar is closed as if it had not been opened; nil for nothing.
	Left func()
}

// NewBar returns a bar that has the cursor.
func NewBar(look *Look, options BarOptions) *Bar {
	t := textinput.New()
	t.Prompt = ""
	t.CharLimit = cells.MaxLine
	t.SetVirtualCursor(false)
	t.KeyMap.Paste = key.NewBinding() // runs a program to read the clipboard; terminals paste by themselves
	t.Placeholder = options.Placeholder
	t.SetValue(options.Text)
	t.CursorEnd()
	t.Focus() // has a cursor that blinks by itself or none, so there is nothing to run
	return &Bar{BarOptions: options, look: look, input: t}
}

// Shape is that of a notice.
func (*Bar) Shape() Shape { return Line }

// Place is that of bars.
func (*Bar) Place() keys.Place { return keys.InBar }

// Offers are the two ways out.
func (*Bar) Offers() []keys.Action { return []keys.Action{keys.Accept, keys.Back} }

// SetSize takes the width.
func (b *Bar) SetSize(w, _ int) {
	b.width = w
	b.input.SetWidth(max(w-cells.Width(b.Label)-4, 1))
}

// View is the label and the text.
func (b *Bar) View() []string {
	th := b.look.Theme
	plain := lipgloss.NewStyle()
	state := textinput.StyleState{Text: plain, Prompt: plain, Placeholder: plain.Foreground(th.Tokens.Dim),
		Suggestion: plain.Foreground(th.Tokens.Dim)}
	styles := textinput.DefaultStyles(true)
	styles.Focused, styles.Blurred, styles.Cursor.Color = state, state, nil
	input := b.input
	input.SetStyles(styles)
	l := cells.NewRow(th, b.width, false).Gap(1)
	l.Put(l.Inks.Accent, b.Label).Gap(1)
	return []string{l.Styled(cells.Settle(strings.TrimRight(input.View(), " "))).End()}
}

// Cursor is where the cursor stands in the row.
func (b *Bar) Cursor() *tea.Cursor {
	c := b.input.Cursor()
	if c != nil {
		c.X += 2 + cells.Width(b.Label)
		c.Blink = false
	}
	return c
}

// Writing is what a bar is for.
func (*Bar) Writing() bool { return true }

// Type takes a key.
func (b *Bar) Type(key tea.KeyPressMsg) keys.Intent { return b.update(key) }

// Paste takes a pasted text as one line. What is in the bar is shown, so it is cleaned.
func (b *Bar) Paste(text string) keys.Intent {
	return b.update(tea.PasteMsg{Content: cells.OneLine(text)})
}

func (b *Bar) update(msg tea.Msg) keys.Intent {
	was := b.input.Value()
	b.input, _ = b.input.Update(msg)
	if text := b.input.Value(); text != was && b.Changed != nil {
		b.Changed(text)
	}
	return nil
}

// Handlers are the two ways out.
func (b *Bar) Handlers() keys.Handlers {
	return keys.Handlers{
		keys.Accept: {Do: func() keys.Intent {
			return Close{b, func() keys.Intent {
				if b.Accepted == nil {
					return nil
				}
				return b.Accepted(strings.TrimSpace(b.input.Value()))
			}}
		}},
		keys.Back: {Do: func() keys.Intent { return Close{b, b.leave} }},
	}
}

// leave closes the bar as if it had not been opened.
func (b *Bar) leave() keys.Intent {
	if b.Left != nil {
		b.Left()
	}
	return nil
}
