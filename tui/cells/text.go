package cells

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"drover/agent/safetext"
)

// MaxLine is how much of a foreign string is looked at for one line of a pane, in bytes. It bounds the cost of
// drawing a row; no terminal is that wide.
const MaxLine = 1024

// OneLine makes a foreign string fit for one line of the screen.
func OneLine(s string) string { return Settle(safetext.Line(s, MaxLine)) }

// Block cleans a foreign text of several lines.
func Block(s string) string { return Settle(safetext.Block(s)) }

// Settle takes out what terminals do not agree on. Bubble Tea counts cells rune by rune until a terminal says
// that it counts grapheme clusters, and terminals differ on the clusters too (joined and tinted emoji, flags,
// variation selectors). So the joiners go, and the parts stand for themselves: the same width everywhere is
// worth more than a prettier family.
func Settle(s string) string {
	if IsASCII(s) {
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

// IsASCII reports whether s is ASCII alone.
func IsASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// Width returns how many cells s takes. s has no control sequences in it.
func Width(s string) int {
	if IsASCII(s) {
		return len(s)
	}
	return ansi.StringWidth(s)
}

// Cut shortens s to at most w cells; where something was taken away, ellipsis (one cell) says so.
func Cut(s string, w int, ellipsis string) string {
	if w <= 0 {
		return ""
	}
	if IsASCII(s) {
		if len(s) <= w {
			return s
		}
		return s[:w-1] + ellipsis
	}
	return ansi.Truncate(s, w, ellipsis)
}

// CutFront shortens s to at most w cells by taking away its beginning.
func CutFront(s string, w int, ellipsis string) string {
	over := Width(s) - w
	switch {
	case w <= 0:
		return ""
	case over <= 0:
		return s
	case IsASCII(s):
		return ellipsis + s[over+1:]
	}
	s = ansi.TruncateLeft(s, over+1, "")
	// A wide character at the cut may have left a cell too many or too few.
	return Cut(ellipsis+s, w, "")
}

const blanks = "                                                                                                    " +
	"                                                                                                    "

// Spaces returns n spaces, none for a negative n.
func Spaces(n int) string {
	if n <= 0 {
		return ""
	}
	if n <= len(blanks) {
		return blanks[:n]
	}
	return strings.Repeat(" ", n)
}
