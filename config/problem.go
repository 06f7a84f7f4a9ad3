package config

import (
	"strings"

	"drover/agent/safetext"
)

// Problem is one mistake in a source of settings.
type Problem struct {
	Where string // file and line, variable or flag
	What  string // what is wrong there
	Do    string // what to do about it
}

// String returns one sentence: where, what and what to do.
func (p Problem) String() string {
	s := p.Where + ": " + p.What
	if p.Do != "" {
		s += "; " + p.Do
	}
	return s
}

// Error is every mistake that was found in the settings, in the order of the sources. It is a usage error:
// the program has done nothing yet.
type Error struct{ Problems []Problem }

// Error returns one line for each problem.
func (e *Error) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// clean makes one safe line of a text from outside that is not put in quotes.
func clean(text string) string { return safetext.Line(text, 0) }
