package batch

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"drover/agent"
	"drover/agent/safetext"
)

// Problem is one mistake in a batch file.
type Problem struct {
	Line int    // 1-based; 0 when it concerns the file as a whole
	What string // what is wrong and what to do
}

// Error is every mistake in a batch file, in the order of its lines.
type Error struct {
	Name     string // of the file
	Problems []Problem
}

// maxShown is how many problems the text of an Error names. A file of the wrong kind has one in every line.
const maxShown = 20

// Error returns one line for each problem: file, line and what is wrong. Past the twentieth it counts them.
func (e *Error) Error() string {
	name := safetext.Line(e.Name, 0)
	var b strings.Builder
	for i, p := range e.Problems {
		if i > 0 {
			b.WriteByte('\n')
		}
		if i == maxShown {
			fmt.Fprintf(&b, "%s: and %d more", name, len(e.Problems)-i)
			break
		}
		if p.Line > 0 {
			fmt.Fprintf(&b, "%s:%d: %s", name, p.Line, safetext.Line(p.What, 0))
		} else {
			fmt.Fprintf(&b, "%s: %s", name, safetext.Line(p.What, 0))
		}
	}
	return b.String()
}

func (e *Error) addf(line int, format string, args ...any) {
	e.Problems = append(e.Problems, Problem{Line: line, What: fmt.Sprintf(format, args...)})
}

// orNil sorts the problems and returns the error, or nil if there are none.
func (e *Error) orNil() error {
	if len(e.Problems) == 0 {
		return nil
	}
	slices.SortStableFunc(e.Problems, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
	return e
}

// add adds what is wrong with a task that begins in a line.
func (e *Error) add(line int, form *agent.FormError) {
	for _, mistake := range form.Mistakes {
		e.Problems = append(e.Problems, Problem{line, mistake})
	}
}
