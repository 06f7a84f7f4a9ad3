package cells

import (
	"strings"

	"drover/tui/theme"
)

// Rows that panes have in common.

// TitleFrame is how many cells of a TitleRow are neither its title, a detail with the gap before it, nor its columns.
const TitleFrame = 7

// TitleRow is the line above a pane: a strong rule where the focus is, so that it shows without colour too.
// columns stands at its right end, over the columns of the rows below.
func TitleRow(th *theme.Theme, w int, title, detail, columns string, focused bool) string {
	l := NewRow(th, w, false)
	rule, ink, name := th.Glyphs.Rule, l.Inks.Faint, l.Inks.Strong
	if focused {
		rule, ink, name = th.Glyphs.StrongRule, l.Inks.Accent, l.Inks.Accent
	}
	l.Put(ink, rule).Gap(1).Put(name, title)
	if detail != "" {
		l.Gap(1).Put(l.Inks.Dim, detail)
	}
	l.Gap(1)
	if tail := Width(columns); columns != "" && l.Left > tail+3 {
		l.Put(ink, strings.Repeat(rule, l.Left-tail-1)).Gap(1).Put(l.Inks.Dim, columns)
	}
	return l.Put(ink, strings.Repeat(rule, l.Left)).End()
}

// EmptyRow is what a pane without items says.
func EmptyRow(th *theme.Theme, w int, text string) string {
	l := NewRow(th, w, false)
	return l.Gap(2).Put(l.Inks.Dim, text).End()
}

// Fill makes rows exactly h high.
func Fill(rows []string, w, h int) []string {
	for len(rows) < h {
		rows = append(rows, Spaces(w))
	}
	return rows[:max(h, 0)]
}
