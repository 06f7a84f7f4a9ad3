package form

import (
	"fmt"
	"slices"
	"strings"

	"charm.land/bubbles/v2/textarea"
	"charm.land/lipgloss/v2"

	"drover/dispatcher"
	"drover/tui/cells"
	"drover/tui/facts"
	"drover/tui/keys"
)

// View draws the form.
func (f *Form) View() []string {
	th, w := f.look.Theme, f.width
	title, detail, size := "New task", "", ""
	if f.editing != nil {
		title = "Edit " + facts.Name(f.editing.ID)
	}
	if f.sending {
		detail = "is being handed over"
	}
	if n := f.size(); n > 1000 {
		size = cells.Bytes(n)
	}
	rows := []string{cells.TitleRow(th, w, title, detail, size, true)}
	if list, at := f.choices(); len(list) > 0 {
		rows = append(rows, f.choiceRows(list, at, f.text.Height())...)
	} else {
		rows = append(rows, f.textRows()...)
	}
	l := cells.NewRow(th, w, false).Gap(2)
	for i, p := range f.pasted {
		if i > 0 {
			l.Put(l.Inks.Dim, ", ")
		}
		l.Put(l.Inks.Accent, fmt.Sprintf("+ pasted text of %s, %s", cells.Plural(strings.Count(p, "\n")+1, "line"), cells.Bytes(len(p))))
	}
	rows = append(rows, l.End(), f.priorityRow(), f.modelRow(), f.copiesRow())
	for _, text := range cells.Wrap(f.problem, w-4, 2, th.Glyphs.Ellipsis) {
		rows = append(rows, cells.NewRow(th, w, false).Gap(2).Put(th.Bad, text).End())
	}
	return cells.Fill(rows, w, max(f.height, len(rows)))
}

// textRows draws the text in the colours of the theme.
func (f *Form) textRows() (rows []string) {
	tokens, plain := &f.look.Theme.Tokens, lipgloss.NewStyle()
	state := textarea.StyleState{
		Base: plain, Text: plain, CursorLine: plain, LineNumber: plain, CursorLineNumber: plain, Prompt: plain,
		EndOfBuffer: plain,
		Placeholder: plain.Foreground(tokens.Dim),
		Selection:   plain.Background(tokens.Selection),
	}
	styles := textarea.DefaultStyles(true)
	styles.Focused, styles.Blurred, styles.Cursor.Color = state, state, nil
	text := f.text
	text.SetStyles(styles)
	for line := range strings.SplitSeq(text.View(), "\n") {
		rows = append(rows, cells.NewRow(f.look.Theme, f.width, false).Gap(2).Styled(cells.Settle(line)).End())
	}
	return rows
}

// choice is one row of a list to choose from.
type choice struct {
	name, about string // cleaned
	marked      bool
}

// choices lists what can be chosen now, and which of it is chosen; none while the text is written.
func (f *Form) choices() (list []choice, at int) {
	switch {
	case f.list.open:
		for _, t := range f.Templates {
			list = append(list, choice{name: cells.OneLine(t.Name), about: cells.OneLine(strings.Join(strings.Fields(t.Text), " "))})
		}
		return list, f.list.at
	case f.field == fieldModel:
		for i, a := range f.everybody() {
			list = append(list, choice{a.name(), f.about(i), slices.Contains(f.also, a)})
		}
		return list, max(f.place(), 0)
	}
	return nil, 0
}

// choiceRows draws the choices in h rows around the chosen one, in the place of the text.
func (f *Form) choiceRows(list []choice, at, h int) []string {
	w, names := f.width, 0
	for _, c := range list {
		names = max(names, min(cells.Width(c.name), w/2))
	}
	from := max(0, min(at-h/2, len(list)-h))
	rows := make([]string, 0, h)
	for i := from; i < len(list) && len(rows) < h; i++ {
		l := cells.NewRow(f.look.Theme, w, i == at).Gap(1)
		l.MarkTask(i == at, list[i].marked).Gap(1)
		rows = append(rows, l.Cell(l.Inks.Text, list[i].name, names).Gap(2).Put(l.Inks.Dim, list[i].about).End())
	}
	return cells.Fill(rows, w, h)
}

// label begins the row of a field; the one with the keys is marked.
func (f *Form) label(of field, text string) *cells.Row {
	l := cells.NewRow(f.look.Theme, f.width, false)
	ink := l.Inks.Dim
	if f.field == of {
		l.Put(l.Inks.Accent, l.Glyphs.Cursor)
		ink = l.Inks.Accent
	} else {
		l.Gap(1)
	}
	return l.Gap(1).Cell(ink, text, 10)
}

// priorityRow shows the priorities.
func (f *Form) priorityRow() string {
	l := f.label(fieldPriority, "Priority")
	for p := dispatcher.PriorityHigh; p <= dispatcher.PriorityLow; p++ {
		mark, _ := facts.PriorityMark(p, l.Inks, l.Glyphs)
		if p == f.priority {
			l.Put(l.Inks.Accent, "["+mark+" "+dispatcher.PriorityName(p)+"]").Gap(1)
		} else {
			l.Put(l.Inks.Dim, " "+mark+" "+dispatcher.PriorityName(p)+" ").Gap(1)
		}
	}
	return l.Gap(1).Put(l.Inks.Dim, f.look.Keys.Name(keys.Priority)).End()
}

// modelRow shows the chosen model and how many there are.
func (f *Form) modelRow() string {
	l := f.label(fieldModel, "Model")
	server := &f.server
	at, all := f.place(), len(server.Models)+1+len(f.Commands)
	name, about := f.asked.name(), ""
	switch {
	case at == 0 && server.DefaultModel != "":
		name += " (" + cells.OneLine(server.DefaultModel) + ")"
	case at < 0 && f.asked.model != "":
		about = "not installed"
	case at > len(server.Models):
		about = f.about(at)
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
	return l.Gap(1).Put(l.Inks.Dim, f.look.Keys.Name(keys.Model)).End()
}

// copiesRow shows how many tasks one prompt makes for each model.
func (f *Form) copiesRow() string {
	if f.editing != nil {
		return cells.Spaces(f.width) // it is one task already
	}
	l := f.label(fieldCopies, "Copies")
	l.Put(l.Inks.Accent, "["+cells.Count(f.copies)+"]").Gap(1)
	if n := len(f.missing); n > 0 {
		l.Put(l.Inks.Dim, cells.Count(n)+" yet to be submitted")
	} else if n := len(f.makes()); n > 1 {
		l.Put(l.Inks.Dim, "makes "+cells.Plural(n, "task"))
	}
	return l.End()
}
