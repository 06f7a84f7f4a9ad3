package safetext

import "strings"

// own is how lines begin that the program itself puts around what was said: headers, the marks of what is no answer, and how
// a task ended. A heavy line looks much like a light one.
var own = []string{
	"─", "━", "<think>", "</think>", "<stderr>", "</stderr>", "notice: ", "failure: ", "failed: ", "cancelled: ", "interrupted: ",
}

// Quoter puts a space in front of each line that begins like one of the program's own, so that an answer cannot look as if
// it had ended and another one begun. The text comes in chunks, cut anywhere, and clean: what cleaning drops could stand
// before the beginning. The zero Quoter is ready for use, at the beginning of a line. It is not safe for concurrent use.
type Quoter struct {
	within bool   // a line that needs no more looking at
	held   string // the beginning of a line, as long as that may become one of the program's
}

// Write returns chunk and what was held back before it, but for the beginning of a line of which is not known yet what it
// becomes: a few characters at most.
func (q *Quoter) Write(chunk string) string {
	var out strings.Builder
	for line := range strings.Lines(q.held + chunk) {
		q.held = ""
		if !q.within {
			if is, may := isOwn(line); is {
				out.WriteByte(' ')
			} else if may {
				q.held = line
				break // it is the last one, without an end
			}
		}
		out.WriteString(line)
		q.within = !strings.HasSuffix(line, "\n")
	}
	return out.String()
}

// Close returns what was held back. The Quoter is then as new.
func (q *Quoter) Close() string {
	held := q.held
	*q = Quoter{}
	return held
}

// isOwn reports whether a line begins like one of the program's own, or may do so with what comes.
func isOwn(line string) (is, may bool) {
	for _, beginning := range own {
		if strings.HasPrefix(line, beginning) {
			return true, false
		}
		may = may || strings.HasPrefix(beginning, line)
	}
	return false, may
}

// Quote returns a text as a Quoter does.
func Quote(text string) string {
	var q Quoter
	return q.Write(text) + q.Close()
}
