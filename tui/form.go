package tui

import (
	"fmt"
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textarea"
	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"drover/agent"
	"drover/agent/safetext"
	"drover/dispatcher"
	"drover/tui/cells"
	"drover/tui/facts"
	"drover/tui/keys"
	"drover/tui/notice"
	"drover/tui/theme"
)

const (
	// maxPrompt is how long a prompt can be, in bytes.
	maxPrompt = 1 << 20
	// longPaste and manyLines are from where on a pasted text is kept beside the text field and only told of:
	// a text field draws all of its lines for every key, and holds ten thousand of them.
	longPaste = 8 << 10
	manyLines = 100
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

// form makes a new task. What was entered stays until the engine has accepted it, also when the form is
// closed in between.
type form struct {
	field    field
	text     textarea.Model
	pasted   []string // long pasted texts, which follow the text
	priority int
	asked    asked     // who gets the prompt
	commands []Command // that can be chosen in the place of a model
	// abilities is what models can do, by their names; empty while it is being asked.
	abilities map[string]string
	problem   string // why it cannot be submitted, or was not
	sending   bool   // it has been handed to the engine, which has not replied
	height    int    // rows of the drawer
	keys      keys.Map

	editing *agent.Task // the pending task that is changed; nil for a new one
	draft   *draft      // what was in the form before it was edited

	templates []Template
	picked    int // which

	also    []asked // those that each get the prompt; empty for the one under the cursor
	copies  int     // tasks for each of them
	missing []asked // tasks of a submission that broke off; nil when there was none
	history prompts
}

// submittedMsg is the engine's reply.
type submittedMsg struct {
	asked []asked  // by the tasks that were to be handed over
	ids   []string // the accepted ones
	err   error    // why the next one was not
}

func newForm(bound keys.Map) form {
	t := textarea.New()
	t.ShowLineNumbers = false
	t.Prompt = ""
	t.CharLimit = 0
	t.MaxHeight = 0
	t.EndOfBufferCharacter = ' '
	t.Placeholder = "What is to be done?"
	t.SetVirtualCursor(false)
	t.KeyMap.InsertNewline = key.NewBinding(key.WithKeys(bound.Binding(keys.Newline).Keys...))
	t.KeyMap.Paste.SetEnabled(false)         // runs a program to read the clipboard; terminals paste by themselves
	t.KeyMap.CopySelection.SetEnabled(false) // likewise
	return form{text: t, priority: dispatcher.PriorityNormal, copies: 1, keys: bound}
}

// paint gives the text field the theme's colours.
func (f *form) paint(th *theme.Theme) {
	plain := lipgloss.NewStyle()
	state := textarea.StyleState{
		Base: plain, Text: plain, CursorLine: plain, LineNumber: plain, CursorLineNumber: plain, Prompt: plain,
		EndOfBuffer: plain,
		Placeholder: plain.Foreground(th.Tokens.Dim),
		Selection:   plain.Background(th.Tokens.Selection),
	}
	styles := textarea.DefaultStyles(true)
	styles.Focused, styles.Blurred = state, state
	styles.Cursor.Color = nil
	f.text.SetStyles(styles)
}

// resize fits the drawer into the screen: the upper half stays in sight where there is room for both. below is
// how many rows at its end are for notices and keys.
func (f *form) resize(w, h, below int) {
	const around = 6 // title, pasted texts, priority, model, copies, what is wrong
	f.height = min(h, max(10, min(h/2, 14)))
	f.text.SetWidth(max(w-4, 1))
	f.text.SetHeight(max(f.height-around-below, 1))
}

func (f *form) focus(to field) tea.Cmd {
	n := fieldCount
	if f.editing != nil {
		n = fieldCopies // which there are none of
	}
	f.field = (to + n) % n
	if f.field == fieldPrompt {
		return f.text.Focus()
	}
	f.text.Blur()
	return nil
}

// size is how long the prompt would be.
func (f *form) size() int {
	n := f.text.Length()
	for _, p := range f.pasted {
		n += len(p) + 1
	}
	return n
}

// prompt is what would be submitted.
func (f *form) prompt() string {
	parts := f.pasted
	if text := strings.TrimRight(f.text.Value(), " \n"); strings.TrimSpace(text) != "" {
		parts = append([]string{text}, parts...)
	}
	return strings.Join(parts, "\n")
}

// clear empties the text; priority and model stay as they are for the next one.
func (f *form) clear() {
	f.text.Reset()
	f.pasted, f.problem, f.missing = nil, "", nil
	f.copies = 1 // the choice of models stays, a number of copies is for one prompt
}

// paste takes a pasted text. Its lines stay lines.
func (f *form) paste(content string) tea.Cmd {
	content = strings.ToValidUTF8(strings.ReplaceAll(strings.ReplaceAll(content, "\r\n", "\n"), "\r", "\n"), "\ufffd")
	f.problem, f.missing = "", nil
	if f.size()+len(content) > maxPrompt {
		f.problem = fmt.Sprintf("The pasted text is too long: the prompt would have %s, the most is %s.",
			cells.Bytes(f.size()+len(content)), cells.Bytes(maxPrompt))
		return nil
	}
	cmd := f.focus(fieldPrompt)
	lines := strings.Count(content, "\n") + 1
	if len(content) > longPaste || lines+f.text.LineCount() > manyLines {
		f.pasted = append(f.pasted, content)
		return cmd
	}
	f.text.InsertString(safetext.Block(content))
	return cmd
}

// edit hands a key to the text.
func (f *form) edit(msg tea.KeyPressMsg) tea.Cmd {
	if f.field != fieldPrompt {
		return nil
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

// choose moves a choice by delta.
func (f *form) choose(of field, delta int, server *agent.Server) {
	f.missing = nil
	switch of {
	default: // nothing to choose
	case fieldCopies:
		f.copies = max(1, min(f.copies+delta, maxCopies))
	case fieldPriority:
		n := dispatcher.PriorityLow + 1
		f.priority = (f.priority + delta + n) % n
	case fieldModel:
		all := f.everybody(server)
		f.asked = all[(max(f.place(server), 0)+delta+len(all))%len(all)]
	}
}

// submit returns the command that hands the task to the engine. It says why not when there is no prompt.
func (m *model) submit() tea.Cmd {
	f := &m.form
	if f.sending {
		return nil
	}
	prompt := f.prompt()
	if prompt == "" {
		f.problem = "The prompt is empty: say what is to be done."
		return f.focus(fieldPrompt)
	}
	if len(prompt) > maxPrompt {
		f.problem = fmt.Sprintf("The prompt is too long: it has %s, the most is %s.", cells.Bytes(len(prompt)), cells.Bytes(maxPrompt))
		return nil
	}
	f.problem, f.sending = "", true
	if f.editing != nil {
		return m.submitEdit(prompt)
	}
	return submitTasks(m, agent.Request{Prompt: prompt}, f.makes())
}

// submitted takes the reply. Only an accepted task empties the form.
func (m *model) submitted(msg submittedMsg) tea.Cmd {
	f := &m.form
	f.sending, m.dirty = false, true
	if msg.err != nil {
		_, what, next := facts.Failure(msg.err)
		f.problem = cells.Sentence(what)
		if next != "" {
			f.problem += " " + cells.Sentence(next)
		}
		if n := len(msg.ids); n > 0 {
			f.missing = msg.asked[n:]
			f.problem = fmt.Sprintf("%s of %s: %s %s submits the other %s.", cells.Count(n), cells.Plural(len(msg.asked), "task")+" are in the queue",
				f.problem, m.scene.keys.Name(keys.Submit), cells.Count(len(f.missing)))
		}
		if !m.overlays.Has(m.parts.form) {
			m.tell(notice.Bad, "The task was not accepted: "+what+". It is still in the form.")
		}
		return nil
	}
	f.history.add(f.prompt())
	f.clear()
	m.closeForm()
	text := msg.acceptedText()
	if m.serverDown() && slices.ContainsFunc(msg.asked, func(a asked) bool { return a.command == "" }) {
		text += " until the model server answers"
	}
	m.tell(notice.Good, cells.Sentence(text))
	return nil
}

// cursor is where the cursor stands in the rows of the form.
func (f *form) cursor() *tea.Cursor {
	if f.field != fieldPrompt || f.sending {
		return nil
	}
	c := f.text.Cursor()
	if c != nil {
		c.X += 2
		c.Y++
		c.Blink = false
	}
	return c
}

// formRows draws the form.
func (m *model) formRows() []string {
	s, f := &m.scene, &m.form
	w := m.width
	detail := ""
	if f.sending {
		detail = "is being handed over"
	}
	size := ""
	if n := f.size(); n > 1000 {
		size = cells.Bytes(n)
	}
	title := "New task"
	if f.editing != nil {
		title = "Edit " + facts.Name(f.editing.ID)
	}
	rows := []string{cells.TitleRow(s.theme, w, title, detail, size, true)}
	if choices := m.choiceRows(w, f.text.Height()); choices != nil {
		rows = append(rows, choices...)
	} else {
		for text := range strings.SplitSeq(f.text.View(), "\n") {
			rows = append(rows, cells.NewRow(s.theme, w, false).Gap(2).Styled(cells.Settle(text)).End())
		}
	}
	l := cells.NewRow(s.theme, w, false).Gap(2)
	for i, p := range f.pasted {
		if i > 0 {
			l.Put(l.Inks.Dim, ", ")
		}
		l.Put(l.Inks.Accent, fmt.Sprintf("+ pasted text of %s, %s", cells.Plural(strings.Count(p, "\n")+1, "line"), cells.Bytes(len(p))))
	}
	rows = append(rows, l.End())
	l = cells.NewRow(s.theme, w, false)
	f.label(l, fieldPriority, "Priority")
	for p := dispatcher.PriorityHigh; p <= dispatcher.PriorityLow; p++ {
		mark, _ := facts.PriorityMark(p, l.Inks, l.Glyphs)
		if p == f.priority {
			l.Put(l.Inks.Accent, "["+mark+" "+dispatcher.PriorityName(p)+"]").Gap(1)
		} else {
			l.Put(l.Inks.Dim, " "+mark+" "+dispatcher.PriorityName(p)+" ").Gap(1)
		}
	}
	rows = append(rows, l.Gap(1).Put(l.Inks.Dim, s.keys.Name(keys.Priority)).End())
	rows = append(rows, m.modelRow(w), m.copiesRow(w))
	for _, text := range cells.Wrap(f.problem, w-4, 2, s.theme.Glyphs.Ellipsis) {
		rows = append(rows, cells.NewRow(s.theme, w, false).Gap(2).Put(s.theme.Bad, text).End())
	}
	return cells.Fill(rows, w, max(f.height-m.below(), len(rows)))
}

// label begins the row of a field; the one with the keys is marked.
func (f *form) label(l *cells.Row, of field, text string) {
	ink := l.Inks.Dim
	if f.field == of {
		l.Put(l.Inks.Accent, l.Glyphs.Cursor)
		ink = l.Inks.Accent
	} else {
		l.Gap(1)
	}
	l.Gap(1).Cell(ink, text, 10)
}

// modelRow shows the chosen model and how many there are.
func (m *model) modelRow(w int) string {
	s, f := &m.scene, &m.form
	l := cells.NewRow(s.theme, w, false)
	f.label(l, fieldModel, "Model")
	server := &s.state.Server
	at, all := f.place(server), len(server.Models)+1+len(f.commands)
	name, about := f.asked.name(), ""
	switch {
	case at == 0 && server.DefaultModel != "":
		name += " (" + cells.OneLine(server.DefaultModel) + ")"
	case at < 0 && f.asked.model != "":
		about = "not installed"
	case at > len(server.Models):
		about = m.aboutAsked(at)
	case at > 0:
		about = strings.TrimSpace(cells.OneLine(server.Models[at-1].Parameters + " " + server.Models[at-1].Quantization))
	}
	l.Put(l.Inks.Accent, "["+name+"]").Gap(1)
	if len(f.also) > 0 {
		l.Put(l.Inks.Text, "for "+f.alsoText()).Gap(1)
	}
	if about != "" {
		l.Put(l.Inks.Dim, about).Gap(1)
	}
	if all > 1 {
		l.Put(l.Inks.Dim, fmt.Sprintf("%d of %d", max(at, 0)+1, all)).Gap(1)
	}
	return l.Gap(1).Put(l.Inks.Dim, s.keys.Name(keys.Model)).End()
}
