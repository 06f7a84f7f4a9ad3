package form

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"drover/agent/safetext"
	"drover/tui/keys"
	"drover/tui/overlay"
)

// Template is a prompt that is written beforehand. Where it has [TemplateInput] in it, what is in the form goes
// there; otherwise it goes to where the cursor is.
type Template struct{ Name, Text string }

// TemplateInput is the place for the input in the text of a [Template].
const TemplateInput = "{{input}}"

// templateList is the list of templates as an overlay, in the place of the form's text.
type templateList struct {
	form     *Form
	handlers keys.Handlers
	open     bool // it lies on the stack of overlays
	at       int  // the template under the cursor
}

func newTemplateList(f *Form) *templateList {
	l := &templateList{form: f}
	turn := func(delta int) func() keys.Intent {
		return func() keys.Intent {
			n := len(f.Templates)
			l.at = (l.at + delta + n) % n
			return nil
		}
	}
	l.handlers = keys.Handlers{
		keys.Up:           {Do: turn(-1)},
		keys.Down:         {Do: turn(1)},
		keys.PickTemplate: {Do: func() keys.Intent { return l.close(func() keys.Intent { f.pick(f.Templates[l.at].Text); return nil }) }},
		keys.Back:         {Do: func() keys.Intent { return l.close(nil) }},
	}
	return l
}

func (f *Form) whyNotTemplates() string {
	switch {
	case f.sending:
		return f.whySending()
	case len(f.Templates) == 0:
		return "There are no templates: write some under [templates] in the configuration file."
	}
	return ""
}

// pick takes a template. What is in the text becomes its input.
func (f *Form) pick(template string) {
	f.problem, f.missing = "", nil
	text := safetext.Block(template)
	if before, after, found := strings.Cut(text, TemplateInput); found {
		input := f.text.Value()
		f.text.SetValue(after)
		f.text.MoveToBegin()
		f.text.InsertString(before + input) // which leaves the cursor behind the input
		return
	}
	f.text.InsertString(text)
}

func (l *templateList) show() keys.Intent {
	l.open = true
	l.form.focus(fieldPrompt)
	return overlay.Open{Overlay: l}
}

func (l *templateList) close(then func() keys.Intent) keys.Intent {
	l.open = false
	return overlay.Close{Overlay: l, Then: then}
}

// Shape is that of the form.
func (*templateList) Shape() overlay.Shape { return overlay.Drawer }

// Place is its own.
func (*templateList) Place() keys.Place { return keys.InTemplates }

// Offers are the ways to choose.
func (*templateList) Offers() []keys.Action {
	return []keys.Action{keys.Up, keys.Down, keys.PickTemplate, keys.Back}
}

// Handlers choose.
func (l *templateList) Handlers() keys.Handlers { return l.handlers }

// SetSize does nothing: the form, which lies below, has its size.
func (*templateList) SetSize(int, int) {}

// View is the form with the list in it.
func (l *templateList) View() []string { return l.form.View() }

// Writing is not what one does here.
func (*templateList) Writing() bool { return false }

// Type is not called.
func (*templateList) Type(tea.KeyPressMsg) keys.Intent { return nil }

// Paste goes back to the text with what is pasted.
func (l *templateList) Paste(text string) keys.Intent {
	return l.close(func() keys.Intent { return l.form.Paste(text) })
}

// Cursor is nowhere.
func (*templateList) Cursor() *tea.Cursor { return nil }
