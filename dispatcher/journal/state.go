package journal

import (
	"fmt"
	"strings"

	"drover/dispatcher"
)

// State is where a task is in the journal: a status of the dispatcher, or [Interrupted].
type State uint8

// The states. The first five have the numbers of the dispatcher's statuses.
const (
	Pending State = iota
	Running
	Completed
	Failed
	Cancelled
	// Interrupted is the state of a task that ran when its process came to its end, until it is queued again. It has not
	// ended before somebody says that it need not run again; see [Journal.Settle].
	Interrupted

	states
)

// String returns the word for the state, as dispatcher.TaskStatus does, or "interrupted".
func (s State) String() string {
	if s == Interrupted {
		return "interrupted"
	}
	return dispatcher.TaskStatus(s).String()
}

// Status returns the dispatcher's status for the state; an interrupted task counts as cancelled.
func (s State) Status() dispatcher.TaskStatus {
	if s == Interrupted {
		return dispatcher.StatusCancelled
	}
	return dispatcher.TaskStatus(s)
}

// ParseState is the inverse of [State.String], ignoring case.
func ParseState(name string) (State, error) {
	var names []string
	for s := range states {
		if strings.EqualFold(strings.TrimSpace(name), s.String()) {
			return s, nil
		}
		names = append(names, s.String())
	}
	return 0, fmt.Errorf("%q is not one of %s", name, strings.Join(names, ", "))
}
