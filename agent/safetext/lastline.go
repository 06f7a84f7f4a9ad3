package safetext

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// LastLineSize is how much of a line is kept: its end, for that is what is new.
const LastLineSize = 256

// LastLine follows a text that comes in pieces and knows its latest line that is not blank, safe to show in one row.
// A piece costs its own length, whatever came before. The zero LastLine is ready; one goroutine uses it at a time.
type LastLine struct {
	cleaner Cleaner
	current []byte // the line that is being written
	latest  string // the latest complete one that is not blank
}

// Add takes the next piece.
func (l *LastLine) Add(piece string) {
	text := l.cleaner.Write(piece)
	for {
		line, rest, more := strings.Cut(text, "\n")
		l.extend(line)
		if !more {
			return
		}
		if s := l.shown(); s != "" {
			l.latest = s
		}
		l.current, text = l.current[:0], rest
	}
}

// extend adds to the current line. When that is too long it loses its first half up to the end of a word, so
// that what is shown moves in steps and not with every token.
func (l *LastLine) extend(s string) {
	if len(s) > LastLineSize {
		s = s[len(s)-LastLineSize:]
		for s != "" && !utf8.RuneStart(s[0]) {
			s = s[1:]
		}
		l.current = l.current[:0]
	}
	l.current = append(l.current, s...)
	if len(l.current) <= LastLineSize {
		return
	}
	cut := len(l.current) - LastLineSize/2
	if space := bytes.IndexByte(l.current[cut:], ' '); space >= 0 && space < LastLineSize/4 {
		cut += space + 1
	}
	for cut < len(l.current) && !utf8.RuneStart(l.current[cut]) {
		cut++
	}
	l.current = append(l.current[:0], l.current[cut:]...)
}

// shown returns the current line without blanks around it.
func (l *LastLine) shown() string { return Line(string(l.current), LastLineSize) }

// String returns the latest line that is not blank, at most LastLineSize bytes.
func (l *LastLine) String() string {
	if s := l.shown(); s != "" {
		return s
	}
	return l.latest
}
