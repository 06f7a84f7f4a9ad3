package ollama

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"drover/agent/safetext"
)

// lastLineSize is how much of a line is kept: its end, for that is what is new.
const lastLineSize = 256

// lastLine follows a text that comes in pieces and knows its latest line that is not blank, cleaned for a
// terminal. A piece costs its own length, whatever came before.
type lastLine struct {
	cleaner safetext.Cleaner
	current []byte // the line that is being written
	latest  string // the latest complete one that is not blank
}

// write takes the next piece.
func (l *lastLine) write(piece string) {
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
func (l *lastLine) extend(s string) {
	if len(s) > lastLineSize {
		s = s[len(s)-lastLineSize:]
		for s != "" && !utf8.RuneStart(s[0]) {
			s = s[1:]
		}
		l.current = l.current[:0]
	}
	l.current = append(l.current, s...)
	if len(l.current) <= lastLineSize {
		return
	}
	cut := len(l.current) - lastLineSize/2
	if space := bytes.IndexByte(l.current[cut:], ' '); space >= 0 && space < lastLineSize/4 {
		cut += space + 1
	}
	for cut < len(l.current) && !utf8.RuneStart(l.current[cut]) {
		cut++
	}
	l.current = append(l.current[:0], l.current[cut:]...)
}

// shown returns the current line without blanks around it.
func (l *lastLine) shown() string { return safetext.Line(string(l.current), lastLineSize) }

// String returns the latest line that is not blank, at most lastLineSize bytes.
func (l *lastLine) String() string {
	if s := l.shown(); s != "" {
		return s
	}
	return l.latest
}
