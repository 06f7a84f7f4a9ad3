package cells

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"drover/tui/theme"
)

// Row builds one row of the screen of exactly as many cells as it was asked for. What is put beyond the end is cut off.
type Row struct {
	b      strings.Builder
	Inks   *theme.Inks // of an ordinary row, or of a selected one
	Glyphs *theme.Glyphs
	Left   int // cells still free
}

// NewRow starts a row in the inks of an ordinary row, or of a selected one.
func NewRow(th *theme.Theme, width int, selected bool) *Row {
	l := &Row{Inks: &th.Inks, Glyphs: &th.Glyphs, Left: max(width, 0)}
	if selected {
		l.Inks = &th.Selected
	}
	l.b.Grow(width + width/2 + 64)
	return l
}

// Put adds s as far as there is room.
func (l *Row) Put(ink theme.Ink, s string) *Row {
	if l.Left <= 0 || s == "" {
		return l
	}
	s = Cut(s, l.Left, l.Glyphs.Ellipsis)
	l.b.WriteString(ink.Paint(s))
	l.Left -= Width(s)
	return l
}

// Styled adds a text with style sequences of our own in it (of the text field); it is measured and cut
// with them. A sequence that is cut off is closed.
func (l *Row) Styled(s string) *Row {
	if l.Left <= 0 {
		return l
	}
	s = ansi.Truncate(s, l.Left, "")
	l.b.WriteString(s)
	l.Left -= ansi.StringWidth(s)
	if strings.Contains(s, "\x1b") {
		l.b.WriteString("\x1b[m")
	}
	return l
}

// Gap adds n spaces.
func (l *Row) Gap(n int) *Row { return l.Put(l.Inks.Text, Spaces(min(n, l.Left))) }

// Cell adds s in a column of w cells, at its left.
func (l *Row) Cell(ink theme.Ink, s string, w int) *Row {
	w = min(w, l.Left)
	s = Cut(s, w, l.Glyphs.Ellipsis)
	return l.Put(ink, s).Gap(w - Width(s))
}

// Right adds s in a column of w cells, at its right.
func (l *Row) Right(ink theme.Ink, s string, w int) *Row {
	w = min(w, l.Left)
	s = Cut(s, w, l.Glyphs.Ellipsis)
	return l.Gap(w-Width(s)).Put(ink, s)
}

// Mark begins a row: with the cursor when it is the selected one.
func (l *Row) Mark(selected bool) *Row {
	if selected {
		return l.Put(l.Inks.Accent, l.Glyphs.Cursor)
	}
	return l.Gap(1)
}

// MarkTask begins the row of a task: like Mark, but for a task that is marked with the mark.
func (l *Row) MarkTask(selected, marked bool) *Row {
	if marked {
		return l.Put(l.Inks.Accent, l.Glyphs.Marked)
	}
	return l.Mark(selected)
}

// End fills the row up and returns it.
func (l *Row) End() string {
	l.Gap(l.Left)
	return l.b.String()
}
