package dispatcher

import (
	"fmt"
	"strings"
	"time"
)

// MaxWorkers is the largest number of lanes a dispatcher can have.
const MaxWorkers = 10

// The priorities of a [Task]: a smaller number runs first. They are untyped, so that an int computed
// elsewhere can be used for one.
const (
	PriorityHigh   = 0
	PriorityNormal = 1
	PriorityLow    = 2

	priorityLevels = 3
)

// PriorityName returns "high", "normal" or "low", and "priority(N)" for anything else.
func PriorityName(priority int) string {
	switch priority {
	case PriorityHigh:
		return "high"
	case PriorityNormal:
		return "normal"
	case PriorityLow:
		return "low"
	}
	return fmt.Sprintf("priority(%d)", priority)
}

// ParsePriority is the inverse of [PriorityName], ignoring case; it also takes 0, 1 and 2, and the empty
// string as normal. An error wraps [ErrInvalidPriority].
func ParsePriority(name string) (int, error) {
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "high", "0":
		return PriorityHigh, nil
	case "normal", "1", "":
		return PriorityNormal, nil
	case "low", "2":
		return PriorityLow, nil
	}
	return 0, fmt.Errorf("%w: %q is not one of high, normal, low", ErrInvalidPriority, name)
}

// TaskStatus is where a task is in its life. It moves from pending to running to one of the three ends;
// a pending task may be cancelled directly, and a retried or requeued one is pending again.
type TaskStatus int

// The states of a task, with the numbers of the document this package implements.
const (
	StatusPending TaskStatus = iota
	StatusRunning
	StatusCompleted
	StatusFailed
	StatusCancelled
)

// String returns "pending", "running", "completed", "failed", "cancelled" or "unknown".
func (s TaskStatus) String() string {
	switch s {
	case StatusPending:
		return "pending"
	case StatusRunning:
		return "running"
	case StatusCompleted:
		return "completed"
	case StatusFailed:
		return "failed"
	case StatusCancelled:
		return "cancelled"
	}
	return "unknown"
}

// Ended reports whether s is one of the three ends.
func (s TaskStatus) Ended() bool { return s >= StatusCompleted && s <= StatusCancelled }

// Task is a unit of work. The submitter fills in ID, Priority and Payload; the dispatcher copies them at
// submit and never reads or writes the submitter's value again. An agent function gets a *Task of its own,
// from which Result is taken when it returns, also when it returns an error (a partial result).
type Task struct {
	ID       string // unique among the tasks the dispatcher still knows
	Priority int    // PriorityHigh, PriorityNormal or PriorityLow
	Payload  any    // what to do; only the agent function looks inside. Shared, so treat it as read-only

	Status      TaskStatus
	Error       error // why it failed or was cancelled; nil otherwise. While pending again: why the last attempt ended
	Result      any   // what the agent function left; may be partial on failed and cancelled tasks
	CreatedAt   time.Time
	StartedAt   time.Time // start of the latest attempt; zero before the first
	CompletedAt time.Time // zero until the task has ended

	// Serial is the number of the task among all that were accepted, from 1 on, in that order. With a journal it is
	// unique over restarts too.
	Serial uint64

	Attempts  int       // how often the agent function has been called for it
	Requeues  int       // how often it was requeued since it was submitted or retried; see [Requeue]
	WorkerID  int       // lane of the latest attempt, 0-based; meaningless while Attempts is 0
	NotBefore time.Time // a requeued task does not start before this; zero for "as soon as its turn comes"
}
