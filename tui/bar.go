package tui

import (
	"strings"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"drover/tui/cells"
	"drover/tui/keys"
	"drover/tui/notice"
	"drover/tui/theme"
)

// barKind is what the text in the bar is for.
type barKind int

const (
	barNone barKind = iota
	barFilter
	barSearch
	barSave
	barBatch
)

// bar is one line of text that is asked for above the keys: it has the keys as long as it is open.
type bar struct {
	kind barKind
	text textinput.Model
}

func newBar() bar {
	t := textinput.New()
	t.Prompt = ""
	t.CharLimit = cells.MaxLine
	t.SetVirtualCursor(false)
	t.KeyMap.Paste = key.NewBinding() // runs a program to read the clipboard; terminals paste by themselves
	return bar{text: t}
}

func (b *bar) paint(th *theme.Theme) {
	plain := lipgloss.NewStyle()
	state := textinput.StyleState{Text: plain, Prompt: plain, Placeholder: plain.Foreground(th.Tokens.Dim),
		Suggestion: plain.Foreground(th.Tokens.Dim)}
	styles := textinput.DefaultStyles(true)
	styles.Focused, styles.Blurred, styles.Cursor.Color = state, state, nil
	b.text.SetStyles(styles)
}

// label is what stands before the text.
func (b *bar) label() string {
	switch b.kind {
	case barFilter:
		return "Filter"
	case barSearch:
		return "Search"
	case barSave:
		return "Save to"
	case barBatch:
		return "Tasks from"
	default:
		return ""
	}
}

func (b *bar) resize(w int) { b.text.SetWidth(max(w-cells.Width(b.label())-4, 1)) }

// ask opens the bar with a text in it.
func (m *model) askFor(kind barKind, text, hint string) tea.Cmd {
	m.bar.kind = kind
	m.bar.text.Placeholder = hint
	m.bar.text.SetValue(text)
	m.bar.text.CursorEnd()
	return m.bar.text.Focus()
}

// edited hands a key or a pasted text to the bar, and does what follows from the new text.
func (m *model) edited(msg tea.Msg) tea.Cmd {
	if p, ok := msg.(tea.PasteMsg); ok { // textinput takes a paste as one line; what it holds is shown, so it is cleaned
		p.Content = cells.OneLine(p.Content)
		msg = p
	}
	was := m.bar.text.Value()
	var cmd tea.Cmd
	m.bar.text, cmd = m.bar.text.Update(msg)
	m.dirty = true
	if text := m.bar.text.Value(); text != was {
		switch m.bar.kind {
		default:
		case barFilter:
			m.setFilter(text)
		case barSearch:
			m.setSearch(text)
		}
	}
	return cmd
}

// accept is the enter key in the bar.
func (m *model) accept() tea.Cmd {
	kind, text := m.bar.kind, strings.TrimSpace(m.bar.text.Value())
	m.closeBar()
	if kind == barSave {
		if text == "" {
			m.tell(notice.Warn, "Nothing was saved: there was no name.")
			return nil
		}
		return m.save(text, false)
	}
	if kind == barBatch && text != "" {
		return m.loadBatch(text)
	}
	return nil
}

func (m *model) closeBar() {
	m.bar.kind = barNone
	m.bar.text.Blur()
}

// leaveBar closes the bar as if it had not been opened.
func (m *model) leaveBar() {
	switch m.bar.kind {
	default:
	case barFilter:
		m.setFilter("")
	case barSearch:
		m.setSearch("")
	}
	m.closeBar()
}

// barRow draws the bar.
func (m *model) barRow(w int) string {
	l := cells.NewRow(m.scene.theme, w, false).Gap(1)
	l.Put(l.Inks.Accent, m.bar.label()).Gap(1)
	return l.Styled(cells.Settle(strings.TrimRight(m.bar.text.View(), " "))).End()
}

// barCursor is where the terminal's cursor stands in the bar.
func (m *model) barCursor() *tea.Cursor {
	c := m.bar.text.Cursor()
	if c != nil {
		c.X += 2 + cells.Width(m.bar.label())
		c.Y, c.Blink = m.layout.keys.Y, false
		if !m.layout.status.Empty() {
			c.Y = m.layout.status.Y
		}
	}
	return c
}

// The filter of the focused list.

func (m *model) whyNotFilter() string {
	if m.focus == paneLanes {
		return "The lanes are not filtered; go to another pane first (" + m.scene.keys.Name(keys.NextPane) + ")."
	}
	return ""
}

func (m *model) openFilter() tea.Cmd {
	return m.askFor(barFilter, m.filters[m.focus], "words, status:failed, priority:high, model:name")
}

// setFilter changes what the focused list shows. The first match is selected.
func (m *model) setFilter(text string) {
	if text = strings.Join(strings.Fields(text), " "); text == m.filters[m.focus] {
		return
	}
	m.filters[m.focus] = text
	m.scene.filters = m.filters
	l := m.listOf(m.focus)
	if text == "" && l.id != "" { // the selected task stays selected among all
		l.hold()
		return
	}
	l.offset, l.cursor, l.id, l.held = 0, 0, "", true
}
