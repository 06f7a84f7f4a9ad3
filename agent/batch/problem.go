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

	cause string // the same for problems that are said once, though their words differ; empty for What
}

func (p Problem) key() string { return cmp.Or(p.cause, p.What) }

// Error is every mistake in a batch file, in the order of its lines.
type Error struct {
	Name     string // of the file
	Problems []Problem
	hint     string // what may be behind all of them; empty for nothing
}

// maxShown is how many problems the text of an Error names. A file of the wrong kind has one in every line.
const maxShown = 20

// Error returns one line for each problem: file, line and what is wrong. What is wrong in several lines is said once, of the
// first of them. Past the twentieth it counts them.
func (e *Error) Error() string {
	name := safetext.Line(e.Name, 0)
	again := map[string]int{}
	for _, p := range e.Problems {
		again[p.key()]++
	}
	var lines []string
	said := map[string]bool{}
	for i, p := range e.Problems {
		if said[p.key()] {
			continue
		}
		if len(lines) == maxShown {
			lines = append(lines, fmt.Sprintf("%s: and %d more", name, len(e.Problems)-i))
			break
		}
		said[p.key()] = true
		line := name + ": " + safetext.Line(p.What, 0)
		if p.Line > 0 {
			line = fmt.Sprintf("%s:%d: %s", name, p.Line, safetext.Line(p.What, 0))
		}
		if more := again[p.key()] - 1; more > 0 {
			line += fmt.Sprintf(" (and in %d more %s)", more, plural(more, "line", "lines"))
		}
		lines = append(lines, line)
	}
	if e.hint != "" {
		lines = append(lines, name+": "+e.hint)
	}
	return strings.Join(lines, "\n")
}

func (e *Error) addf(line int, format string, args ...any) {
	e.Problems = append(e.Problems, Problem{Line: line, What: fmt.Sprintf(format, args...)})
}

// sorted returns the error with its problems in the order of their lines.
func (e *Error) sorted() *Error {
	slices.SortStableFunc(e.Problems, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
	return e
}

// add adds what is wrong with a task that begins in a line.
func (e *Error) add(line int, form *agent.FormError) {
	for _, mistake := range form.Mistakes {
		e.Problems = append(e.Problems, Problem{Line: line, What: mistake})
	}
}
