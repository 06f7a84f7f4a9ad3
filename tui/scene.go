package tui

import (
	"time"

	"drover/tui/theme"
)

// scene is what panes draw from: the latest state, and how things look. Panes read it and change nothing.
type scene struct {
	state State
	now   time.Time // of the latest message that moved time on; drawing itself reads no clock
	theme *theme.Theme
	keys  KeyMap

	filters [paneCount]string // what the lists show a part of; empty for all
	matches [paneCount]matches
	mini    bool         // the layout is that of a small pane
	grouped bool         // the errors are shown by kind
	groups  []errorGroup // as of the latest picture of them
	marks   *marks
	history *history
}

// titleFrame is how many cells of a titleRow are neither its title, a detail with the gap before it, nor its columns.
const titleFrame = 7

// titleRow is the line above a pane: a strong rule where the focus is, so that it shows without colour too.
// columns stands at its right end, over the columns of the rows below.
func (s *scene) titleRow(w int, title, detail, columns string, focused bool) string {
	l := newLine(s.theme, w, false)
	rule, ink, name := s.theme.Glyphs.Rule, l.inks.Faint, l.inks.Strong
	if focused {
		rule, ink, name = s.theme.Glyphs.StrongRule, l.inks.Accent, l.inks.Accent
	}
	l.put(ink, rule).gap(1).put(name, title)
	if detail != "" {
		l.gap(1).put(l.inks.Dim, detail)
	}
	l.gap(1)
	if tail := width(columns); columns != "" && l.left > tail+3 {
		l.put(ink, repeat(rule, l.left-tail-1)).gap(1).put(l.inks.Dim, columns)
	}
	return l.put(ink, repeat(rule, l.left)).end()
}

// emptyRow is what a pane without items says.
func (s *scene) emptyRow(w int, text string) string {
	l := newLine(s.theme, w, false)
	return l.gap(2).put(l.inks.Dim, text).end()
}

func repeat(s string, n int) string {
	b := make([]byte, 0, max(n, 0)*len(s))
	for range n {
		b = append(b, s...)
	}
	return string(b)
}

// fill makes rows exactly h high.
func (s *scene) fill(rows []string, w, h int) []string {
	for len(rows) < h {
		rows = append(rows, spaces(w))
	}
	return rows[:max(h, 0)]
}

// mark begins a row: with the cursor when it is the selected one.
func (l *line) mark(selected bool) *line {
	if selected {
		return l.put(l.inks.Accent, l.marks.Cursor)
	}
	return l.gap(1)
}

// markTask begins the row of a task: like mark, but for a task that is marked with the mark.
func (l *line) markTask(selected, marked bool) *line {
	if marked {
		return l.put(l.inks.Accent, l.marks.Marked)
	}
	return l.mark(selected)
}
