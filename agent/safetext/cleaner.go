package safetext

import (
	"unicode"
	"unicode/utf8"
)

// TabWidth is the distance of tab stops. Columns are counted in characters, not in cells, since it is
// indentation that matters. Four, not eight, because lanes are narrow.
const TabWidth = 4

// MaxMarks is how many combining marks in a row are kept on one character. Written languages get by with
// fewer.
const MaxMarks = 6

// state is where the Cleaner is with respect to escape sequences. It is all that is remembered of one, so
// a sequence of any length costs no memory.
type state uint8

const (
	ground       state = iota
	escape             // after ESC
	intermediate       // after ESC and an intermediate character or a single shift: one final character follows
	csi                // inside a control sequence
	str                // inside a string sequence: OSC, DCS, APC, PM, SOS, title
)

// Cleaner cleans a text that comes in chunks, cut anywhere, even inside a character or an escape sequence.
// The pieces it returns, put together, are what [Block] returns for the whole text. The zero Cleaner is
// ready for use. It is not safe for concurrent use.
type Cleaner struct {
	state state
	part  [utf8.UTFMax]byte // the beginning of a character whose rest has not come yet
	parts int               // how many bytes of part are in use
	base  bool              // there is a character on this line that a combining mark can stand on
	marks int               // combining marks since that character
	col   int               // characters since the beginning of the line
	line  bool              // the form for Line: ends of lines become one space, no space leads
}

// Write returns what can be shown of chunk. The result is empty when the chunk ends inside a sequence.
func (c *Cleaner) Write(chunk string) string {
	if c.state == ground && c.parts == 0 {
		if n := plain(chunk); n == len(chunk) {
			c.advance(chunk)
			return chunk
		}
	}
	return string(c.append(make([]byte, 0, len(chunk)+utf8.UTFMax), chunk))
}

// Close returns what is left at the end of the text: a character that never became whole is U+FFFD for
// each of its bytes, an unfinished sequence is nothing. The Cleaner is then as new.
func (c *Cleaner) Close() string {
	var out []byte
	for range c.parts {
		out = c.step(out, utf8.RuneError)
	}
	*c = Cleaner{line: c.line}
	return string(out)
}

// plain returns the length of the longest prefix of s that is printable ASCII or line feeds: most of what
// is ever seen, which needs no work.
func plain(s string) int {
	for i := range len(s) {
		if b := s[i]; (b < ' ' && b != '\n') || b > '~' {
			return i
		}
	}
	return len(s)
}

// advance accounts for a chunk that is plain and passes as it is.
func (c *Cleaner) advance(chunk string) {
	for i := range len(chunk) {
		if chunk[i] == '\n' {
			c.col, c.base, c.marks = 0, false, 0
		} else {
			c.col, c.base, c.marks = c.col+1, true, 0
		}
	}
}

// append cleans chunk onto dst.
func (c *Cleaner) append(dst []byte, chunk string) []byte {
	for c.parts > 0 && len(chunk) > 0 {
		// Byte by byte until the character that the last chunk began is whole or known to be broken.
		c.part[c.parts] = chunk[0]
		c.parts++
		chunk = chunk[1:]
		for c.parts > 0 && utf8.FullRune(c.part[:c.parts]) {
			r, n := utf8.DecodeRune(c.part[:c.parts])
			copy(c.part[:], c.part[n:c.parts])
			c.parts -= n
			dst = c.step(dst, r)
		}
	}
	for len(chunk) > 0 {
		if !utf8.FullRuneInString(chunk) {
			c.parts = copy(c.part[:], chunk)
			return dst
		}
		r, n := utf8.DecodeRuneInString(chunk)
		chunk = chunk[n:]
		dst = c.step(dst, r)
	}
	return dst
}

// step takes one character.
func (c *Cleaner) step(dst []byte, r rune) []byte {
	if c.state == ground {
		return c.show(dst, r)
	}
	if r == '\x1b' {
		c.state = escape // also the ESC of the terminator ESC \, whose \ is then a sequence of its own
		return dst
	}
	if r == '\x18' || r == '\x1a' || isLineEnd(r) {
		c.state = ground // CAN and SUB abort; the end of the line is ours, see the package comment
		return c.show(dst, r)
	}
	if c.state == str {
		if r == '\a' || r == '\u009c' {
			c.state = ground
		}
		return dst
	}
	if r < ' ' || r == '\x7f' {
		return dst // a terminal acts on these inside a sequence, we drop them
	}
	if r > '\x7f' {
		c.state = ground // cannot be part of one of the remaining sequences
		return c.show(dst, r)
	}
	switch {
	case c.state == escape:
		c.state = afterEscape(r)
	case c.state == intermediate && r >= '0', c.state == csi && r >= '@':
		c.state = ground
	}
	return dst
}

// afterEscape returns the state after ESC and the printable ASCII character r.
func afterEscape(r rune) state {
	switch r {
	case '[':
		return csi
	case ']', 'P', 'X', '^', '_', 'k': // OSC, DCS, SOS, PM, APC; k is the title in tmux and screen
		return str
	case 'N', 'O': // single shifts: the next character is drawn from another set
		return intermediate
	}
	if r < '0' {
		return intermediate
	}
	return ground
}

// isLineEnd reports whether a terminal, or a reader, goes on in another row after r.
func isLineEnd(r rune) bool {
	switch r {
	case '\n', '\v', '\f', '\u0085', '\u2028', '\u2029':
		return true
	}
	return false
}

// show takes one character outside of a sequence.
func (c *Cleaner) show(dst []byte, r rune) []byte {
	switch {
	case r >= ' ' && r <= '~':
		if r == ' ' && c.line && len(dst) == 0 {
			return dst
		}
		c.col, c.base, c.marks = c.col+1, true, 0
		return append(dst, byte(r))
	case isLineEnd(r), r == '\r' && c.line, r == '\t' && c.line:
		if c.line {
			return c.gap(dst)
		}
		c.col, c.base, c.marks = 0, false, 0
		return append(dst, '\n')
	case r == '\t':
		c.base, c.marks = true, 0
		for ok := true; ok; ok = c.col%TabWidth != 0 {
			dst = append(dst, ' ')
			c.col++
		}
		return dst
	case Unsafe(r):
		c.state = begins(r)
		return dst
	case unicode.In(r, unicode.Mn, unicode.Me):
		if !c.base || c.marks >= MaxMarks {
			return dst
		}
		c.marks++
		return utf8.AppendRune(dst, r)
	}
	c.col, c.base, c.marks = c.col+1, true, 0
	return utf8.AppendRune(dst, r)
}

// gap puts one space where Line joins lines, unless there is one or nothing precedes it.
func (c *Cleaner) gap(dst []byte) []byte {
	if len(dst) == 0 || dst[len(dst)-1] == ' ' {
		return dst
	}
	c.base, c.marks = true, 0
	return append(dst, ' ')
}

// begins returns the state after a control character outside of a sequence.
func begins(r rune) state {
	switch r {
	case '\x1b':
		return escape
	case '\u009b':
		return csi
	case '\u009d', '\u0090', '\u0098', '\u009e', '\u009f': // OSC, DCS, SOS, PM, APC
		return str
	case '\u008e', '\u008f':
		return intermediate
	}
	return ground
}

// Unsafe reports whether r by itself is one of the characters that never survive cleaning: a control
// character other than a line feed, a format character, a separator of lines, a variation selector or one
// that is ignored by default. Writers that must not lose anything, such as JSON, escape these instead.
func Unsafe(r rune) bool {
	switch {
	case r >= ' ' && r <= '~' || r == '\n':
		return false
	case r < 0xa0:
		return true
	}
	return unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Variation_Selector,
		unicode.Other_Default_Ignorable_Code_Point)
}
