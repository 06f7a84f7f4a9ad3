package tui

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"drover/agent/safetext"
	"drover/tui/theme"
)

// Text in cells: cleaning, measuring, cutting and filling. Every row on the screen is made by a line, which
// cannot become wider or narrower than it was asked to be.

// maxLine is how much of a foreign string is looked at for one line of a pane, in bytes. It bounds the cost of
// drawing a row; no terminal is that wide.
const maxLine = 1024

// oneLine makes a foreign string fit for one line of the screen.
func oneLine(s string) string { return settle(safetext.Line(s, maxLine)) }

// settle takes out what terminals do not agree on. Bubble Tea counts cells rune by rune until a terminal says
// that it counts grapheme clusters, and terminals differ on the clusters too (joined and tinted emoji, flags,
// variation selectors). So the joiners go, and the parts stand for themselves: the same width everywhere is
// worth more than a prettier family.
func settle(s string) string {
	if isASCII(s) {
		return s
	}
	// Also where both counts agree: a joiner can be the end of a piece whose other half is still to come.
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\u200d', r == '\u20e3', r >= '\ufe00' && r <= '\ufe0f', // joiner, keycap, variation selectors
			r >= 0x1f3fb && r <= 0x1f3ff, // skin tones
			r >= 0xe0000 && r <= 0xe01ef: // tags, more variation selectors
			return -1
		case r >= 0x1f1e6 && r <= 0x1f1ff: // regional indicators: a flag becomes its letters
			return 'A' + r - 0x1f1e6
		}
		return r
	}, s)
	if ansi.StringWidth(s) == ansi.StringWidthWc(s) {
		return s
	}
	// What is still in doubt (Hangul in pieces, say) is replaced cluster by cluster.
	var b strings.Builder
	for len(s) > 0 {
		cluster, w := ansi.FirstGraphemeCluster(s, ansi.GraphemeWidth)
		if w == ansi.StringWidthWc(cluster) {
			b.WriteString(cluster)
		} else {
			b.WriteString(strings.Repeat("\ufffd", max(w, 1)))
		}
		s = s[len(cluster):]
	}
	return b.String()
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// width returns how many cells s takes. s has no control sequences in it.
func width(s string) int {
	if isASCII(s) {
		return len(s)
	}
	return ansi.StringWidth(s)
}

// cut shortens s to at most w cells; where something was taken away, ellipsis (one cell) says so.
func cut(s string, w int, ellipsis string) string {
	if w <= 0 {
		return ""
	}
	if isASCII(s) {
		if len(s) <= w {
			return s
		}
		return s[:w-1] + ellipsis
	}
	return ansi.Truncate(s, w, ellipsis)
}

// cutFront shortens s to at most w cells by taking away its beginning.
func cutFront(s string, w int, ellipsis string) string {
	over := width(s) - w
	switch {
	case w <= 0:
		return ""
	case over <= 0:
		return s
	case isASCII(s):
		return ellipsis + s[over+1:]
	}
	s = ansi.TruncateLeft(s, over+1, "")
	// A wide character at the cut may have left a cell too many or too few.
	return cut(ellipsis+s, w, "")
}

const blanks = "                                                                                                    " +
	"                                                                                                    "

func spaces(n int) string {
	if n <= 0 {
		return ""
	}
	if n <= len(blanks) {
		return blanks[:n]
	}
	return strings.Repeat(" ", n)
}

// line builds one row of exactly width cells. What is put beyond the end is cut off.
type line struct {
	b     strings.Builder
	inks  *theme.Inks
	marks *theme.Glyphs
	left  int // cells still free
}

// newLine starts a row in the inks of an ordinary row, or of a selected one.
func newLine(th *theme.Theme, width int, selected bool) *line {
	l := &line{inks: &th.Inks, marks: &th.Glyphs, left: max(width, 0)}
	if selected {
		l.inks = &th.Selected
	}
	l.b.Grow(width + width/2 + 64)
	return l
}

// put adds s as far as there is room.
func (l *line) put(ink theme.Ink, s string) *line {
	if l.left <= 0 || s == "" {
		return l
	}
	s = cut(s, l.left, l.marks.Ellipsis)
	l.b.WriteString(ink.Paint(s))
	l.left -= width(s)
	return l
}

// styled adds a text with style sequences of our own in it (of the text field); it is measured and cut
// with them. A sequence that is cut off is closed.
func (l *line) styled(s string) *line {
	if l.left <= 0 {
		return l
	}
	s = ansi.Truncate(s, l.left, "")
	l.b.WriteString(s)
	l.left -= ansi.StringWidth(s)
	if strings.Contains(s, "\x1b") {
		l.b.WriteString("\x1b[m")
	}
	return l
}

// gap adds n spaces.
func (l *line) gap(n int) *line { return l.put(l.inks.Text, spaces(min(n, l.left))) }

// cell adds s in a column of w cells, at its left.
func (l *line) cell(ink theme.Ink, s string, w int) *line {
	w = min(w, l.left)
	s = cut(s, w, l.marks.Ellipsis)
	return l.put(ink, s).gap(w - width(s))
}

// right adds s in a column of w cells, at its right.
func (l *line) right(ink theme.Ink, s string, w int) *line {
	w = min(w, l.left)
	s = cut(s, w, l.marks.Ellipsis)
	return l.gap(w-width(s)).put(ink, s)
}

// end fills the row up and returns it.
func (l *line) end() string {
	l.gap(l.left)
	return l.b.String()
}

// wrapWords breaks a cleaned text into rows of at most w cells, at most limit of them; the last one ends in an
// ellipsis when there was more. It is for short texts: messages, next steps, the prompt's beginning.
func wrapWords(s string, w, limit int, ellipsis string) []string {
	if w <= 0 || limit <= 0 || s == "" {
		return nil
	}
	wr := wrapper{width: w}
	wr.write(s)
	rows := wr.rows()
	if len(rows) > limit {
		rows = rows[:limit]
		last := rows[limit-1]
		if width(last) >= w {
			last = cut(last+"  ", w, ellipsis)
		} else {
			last += ellipsis
		}
		rows[limit-1] = last
	}
	return rows
}
