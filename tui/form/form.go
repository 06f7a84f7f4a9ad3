package form

import (
	"fmt"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textarea"
	tea "charm.land/bubbletea/v2"

	"drover/agent"
	"drover/dispatcher"
	"drover/tui/keys"
	"drover/tui/notice"
	"drover/tui/overlay"
)

// field is a part of the form.
type field int

const (
	fieldPrompt field = iota
	fieldPriority
	fieldModel
	fieldCopies
	fieldCount
)

// maxCopies is how many tasks one prompt makes for each model at most.
const maxCopies = 100

// Options are what the settings say of the form.
type Options struct {
	Priority  int // that it begins with
	Commands  []Command
	Templates []Template
}

// Form is the form as an overlay.
type Form struct {
	Options
	look     *overlay.Look
	handlers keys.Handlers
	width    int
	height   int // rows of the View, if what is wrong takes no more
	server   agent.Server
	list     *templateList
	open     bool // it lies on the stack of overlays

	field    field
	text     textarea.Model
	pasted   []string // long pasted texts, which follow the text
	priority int
	asked    asked   // who gets the prompt
	also     []asked // those that each get the prompt; empty for the one under the cursor
	copies   int     // tasks for each of them
	problem  string  // why it cannot be submitted, or was not
	history  prompts
	// abilities is what models can do, by their names; empty while it is being asked.
	abilities map[string]string

	sending bool    // it has been handed to the engine, which has not replied
	handed  []asked // by the tasks that were handed over last
	missing []asked // tasks of a submission that broke off; nil when there was none

	editing *agent.Task // the pending task that is changed; nil for a new one
	draft   *draft      // what was in the form before it was edited
}

// New returns an empty form. The keys of the look are known already.
func New(look *overlay.Look) *Form {
	t := textarea.New()
	t.ShowLineNumbers = false
	t.Prompt = ""
	t.CharLimit = 0
	t.MaxHeight = 0
	t.EndOfBufferCharacter = ' '
	t.Placeholder = "What is to be done?"
	t.SetVirtualCursor(false)
	t.KeyMap.InsertNewline = key.NewBinding(key.WithKeys(look.Keys.Binding(keys.Newline).Keys...))
	t.KeyMap.Paste.SetEnabled(false)         // runs a program to read the clipboard; terminals paste by themselves
	t.KeyMap.CopySelection.SetEnabled(false) // likewise
	f := &Form{look: look, text: t, priority: dispatcher.PriorityNormal, copies: 1, abilities: map[string]string{}}
	f.list = newTemplateList(f)
	turn := func(of func() field, delta int) func() keys.Intent {
		return func() keys.Intent { return f.turn(of(), delta) }
	}
	here := func() field { return f.field }
	f.handlers = keys.Handlers{
		keys.Back:           {Do: f.leave},
		keys.Up:             {Do: func() keys.Intent { return f.turnPick(-1) }},
		keys.Down:           {Do: func() keys.Intent { return f.turnPick(1) }},
		keys.NextField:      {Do: func() keys.Intent { return f.focus(f.field + 1) }},
		keys.PreviousField:  {Do: func() keys.Intent { return f.focus(f.field - 1) }},
		keys.PreviousChoice: {Do: turn(here, -1)},
		keys.NextChoice:     {Do: turn(here, 1)},
		keys.Priority:       {Do: turn(func() field { return fieldPriority }, 1)},
		keys.Model:          {WhyNot: f.whyNoModels, Do: turn(func() field { return fieldModel }, 1)},
		keys.AlsoModel:      {WhyNot: f.whyNotAlso, Do: f.alsoModel},
		keys.OlderPrompt:    {WhyNot: func() string { return f.whyNotRecall(-1) }, Do: func() keys.Intent { return f.recall(-1) }},
		keys.LaterPrompt:    {WhyNot: func() string { return f.whyNotRecall(1) }, Do: func() keys.Intent { return f.recall(1) }},
		keys.Template:       {WhyNot: f.whyNotTemplates, Do: f.list.show},
		keys.Submit:         {WhyNot: f.whySending, Do: f.submit},
		keys.ClearForm:      {WhyNot: f.whySending, Do: func() keys.Intent { f.clear(); return f.focus(fieldPrompt) }},
	}
	return f
}

// SetOptions takes what the settings say.
func (f *Form) SetOptions(o Options) { f.Options, f.priority = o, o.Priority }

// SetData takes what is known of the model server.
func (f *Form) SetData(server *agent.Server) { f.server = *server }

// SetSize fits the form into the h rows that there are above those for notices and keys: the upper half of the screen stays in
// sight where there is room for both.
func (f *Form) SetSize(w, h int) {
	const around = 6 // title, pasted texts, priority, model, copies, what is wrong
	below := 2       // rows for notices and keys
	if f.look.Alone {
		below = 1
	}
	f.width, f.height = w, min(h, max(10, min((h+below)/2, 14))-below)
	f.text.SetWidth(max(w-4, 1))
	f.text.SetHeight(max(f.height-around, 1))
}

// Shape is that of a drawer.
func (*Form) Shape() overlay.Shape { return overlay.Drawer }

// Place depends on whether the text is written.
func (f *Form) Place() keys.Place {
	if f.Writing() {
		return keys.InForm
	}
	return keys.InFields
}

// Offers are the most useful ones of the text, or of the other fields.
func (f *Form) Offers() []keys.Action {
	if f.Writing() {
		return []keys.Action{keys.Newline, keys.NextField, keys.Priority, keys.Model, keys.Template, keys.Batch, keys.ClearForm,
			keys.Submit, keys.Back}
	}
	return []keys.Action{keys.PreviousChoice, keys.NextChoice, keys.AlsoModel, keys.NextField, keys.Submit, keys.Back}
}

// Handlers are those of the fields.
func (f *Form) Handlers() keys.Handlers { return f.handlers }

// TemplateList is the list of templates, that the form opens.
func (f *Form) TemplateList() overlay.Writer { return f.list }

// Show opens the form for a new task.
func (f *Form) Show() keys.Intent {
	if f.editing != nil && !f.sending { // an edit that was left
		f.endEdit()
	}
	return f.show()
}

func (f *Form) show() keys.Intent {
	f.open = true
	f.focus(fieldPrompt)
	return overlay.Open{Overlay: f}
}

// close takes the form away; what is in it stays. then may be nil.
func (f *Form) close(then keys.Intent) keys.Intent {
	f.open = false
	f.text.Blur()
	return f.list.close(func() keys.Intent {
		return overlay.Close{Overlay: f, Then: func() keys.Intent { return then }}
	})
}

// Dismiss closes the form because something else has been submitted from it. An edit stays open.
func (f *Form) Dismiss() keys.Intent {
	if !f.open || f.editing != nil {
		return nil
	}
	return f.leave()
}

// leave closes the form. A draft stays for later, an edit is given up.
func (f *Form) leave() keys.Intent {
	switch {
	case f.editing != nil && !f.sending:
		f.endEdit()
		return f.close(notice.Notice{Kind: notice.Good, Text: "The task stays as it was."})
	case f.prompt() != "":
		return f.close(notice.Notice{Kind: notice.Good, Text: "The draft is kept: " + f.look.Keys.Name(keys.New) + " goes on with it."})
	}
	return f.close(nil)
}

// focus goes to a field.
func (f *Form) focus(to field) keys.Intent {
	n := fieldCount
	if f.editing != nil {
		n = fieldCopies // which there are none of
	}
	f.field = (to + n) % n
	if f.field == fieldPrompt {
		f.text.Focus() // has a cursor that blinks by itself, so there is nothing to run
		return nil
	}
	f.text.Blur()
	return f.askAbilities()
}

// turnPick goes to another choice; with nothing to choose from, to another field.
func (f *Form) turnPick(delta int) keys.Intent {
	if f.field == fieldModel {
		return f.turn(fieldModel, delta)
	}
	return f.focus(f.field + field(delta))
}

// turn moves the choice of a field by delta.
func (f *Form) turn(of field, delta int) keys.Intent {
	if why := f.whyNoModels(); of == fieldModel && why != "" {
		return notice.Notice{Kind: notice.Warn, Text: why}
	}
	if n := f.copies + delta; of == fieldCopies && (n < 1 || n > maxCopies) {
		return notice.Notice{Kind: notice.Warn, Text: fmt.Sprintf("A prompt makes 1 to %d tasks.", maxCopies)}
	}
	f.missing = nil
	switch of {
	default: // nothing to choose
	case fieldCopies:
		f.copies += delta
	case fieldPriority:
		n := dispatcher.PriorityLow + 1
		f.priority = (f.priority + delta + n) % n
	case fieldModel:
		all := f.everybody()
		f.asked = all[(max(f.place(), 0)+delta+len(all))%len(all)]
		return f.askAbilities()
	}
	return nil
}

func (f *Form) whySending() string {
	if f.sending {
		return "The task is being handed over; wait for the reply."
	}
	return ""
}

// wait says why nothing can be written in the form, which the reply may empty.
func (f *Form) wait() keys.Intent { return notice.Notice{Kind: notice.Warn, Text: f.whySending()} }

func (f *Form) whyNoModels() string {
	if len(f.server.Models)+len(f.Commands) == 0 {
		return "The model server has not named any model, so the default one is used."
	}
	return ""
}

// Cursor is where the cursor stands in the rows of the form.
func (f *Form) Cursor() *tea.Cursor {
	if !f.Writing() || f.sending {
		return nil
	}
	c := f.text.Cursor()
	if c != nil {
		c.X += 2
		c.Y++
		c.Color, c.Blink = nil, false
	}
	return c
}
