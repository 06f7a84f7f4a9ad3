package safetext

import (
	"strings"
	"unicode/utf8"
)

// ellipsis marks a line that was cut.
const ellipsis = "…"

// Block returns text of several lines that is safe to show: valid UTF-8 whose only control character is
// the line feed. The package comment says what is dropped.
func Block(s string) string {
	if plain(s) == len(s) {
		return s
	}
	var c Cleaner
	return c.Write(s) + c.Close()
}

// Line returns text that is safe to show in one row: as [Block] does, and ends of lines, carriage returns and
// tabs become one space for each run of them, and spaces at both ends are dropped.
//
// A result of more than limit bytes is cut to at most limit bytes between two characters, and an ellipsis,
// which counts, marks the cut where it fits. Bytes, not cells: this bounds cost and memory, a layout cuts to
// its own width afterwards; no text has more cells than bytes. No bound applies when limit is zero or less.
// The cost follows what is kept, not the length of s, so a megabyte makes a short line cheaply.
func Line(s string, limit int) string {
	if len(s) <= limit && plain(s) == len(s) && !strings.Contains(s, "\n") {
		return strings.Trim(s, " ")
	}
	c := Cleaner{line: true}
	size := len(s)
	if limit > 0 {
		size = min(size, limit)
	}
	dst := make([]byte, 0, size+2*utf8.UTFMax)
	kept := 0 // length up to the last character that is not a space
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		before := len(dst)
		dst = c.step(dst, r)
		if len(dst) > before && dst[len(dst)-1] != ' ' {
			kept = len(dst)
		}
		if limit > 0 && kept > limit {
			return cut(dst[:kept], limit)
		}
	}
	return string(dst[:kept])
}

// cut shortens a clean line that is longer than limit bytes.
func cut(line []byte, limit int) string {
	end, mark := limit, ""
	if limit >= len(ellipsis) {
		end, mark = limit-len(ellipsis), ellipsis
	}
	for end > 0 && !utf8.RuneStart(line[end]) {
		end--
	}
	if mark == "" {
		return strings.TrimRight(string(line[:end]), " ")
	}
	return string(line[:end]) + mark
}
