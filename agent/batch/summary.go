package batch

import (
	"fmt"
	"strings"
)

// Summary is how a run ended. Every task is in exactly one of the counts, but for Unwritten.
type Summary struct {
	Completed   int
	Failed      int
	Cancelled   int
	Refused     int // the dispatcher would not take them
	NotStarted  int // never handed over, because the run was interrupted or the dispatcher stopped
	Kept        int // not ended, and kept for another process
	Unwritten   int // of those that completed, failed or were cancelled: the result could not be written
	Interrupted bool
}

// The exit codes of a run.
const (
	exitCompleted   = 0
	exitFailed      = 1
	exitInterrupted = 130 // 128 + SIGINT, as shells have it
)

// ExitCode returns 0 when every task completed, 130 after an interrupt, and otherwise 1.
func (s Summary) ExitCode() int {
	switch {
	case s.Interrupted:
		return exitInterrupted
	case s.Failed+s.Cancelled+s.Refused+s.NotStarted+s.Kept+s.Unwritten > 0:
		return exitFailed
	}
	return exitCompleted
}

// String counts in one line, leaving out what there was none of: "28 completed, 2 failed".
func (s Summary) String() string {
	parts := []string{fmt.Sprintf("%d completed", s.Completed)}
	for _, p := range []struct {
		n    int
		name string
	}{{s.Failed, "failed"}, {s.Cancelled, "cancelled"}, {s.Refused, "refused"}, {s.NotStarted, "not started"}, {s.Kept, "kept"},
		{s.Unwritten, "without their result being written"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.name))
		}
	}
	return strings.Join(parts, ", ")
}
