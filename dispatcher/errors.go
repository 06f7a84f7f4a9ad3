package dispatcher

import (
	"errors"
	"fmt"
	"time"
)

// What the dispatcher's methods fail with. A returned error may carry a detail after ": "; test with
// [errors.Is].
var (
	ErrNilAgent         = errors.New("agent function cannot be nil")
	ErrWorkerCount      = errors.New("worker count must be between 1 and 10")
	ErrAlreadyRunning   = errors.New("dispatcher is already running")
	ErrNotRunning       = errors.New("dispatcher is not running")
	ErrNilTask          = errors.New("task cannot be nil")
	ErrEmptyID          = errors.New("task ID cannot be empty")
	ErrQueueFull        = errors.New("task queue is full")
	ErrContextCancelled = errors.New("dispatcher context cancelled")
	ErrTaskNotFound     = errors.New("task not found")
	ErrCannotCancel     = errors.New("cannot cancel task")
	ErrShutdownTimeout  = errors.New("shutdown timeout exceeded")
	ErrInvalidPriority  = errors.New("priority must be 0 (high), 1 (normal) or 2 (low)")
	ErrDuplicateID      = errors.New("task ID is already known")
	ErrNotPending       = errors.New("task is not pending")
	ErrNotEnded         = errors.New("task has not ended")
	ErrStillReturning   = errors.New("task's agent has not returned yet")
	ErrAgentPanicked    = errors.New("agent function panicked")
	ErrAgentExited      = errors.New("agent function ended its goroutine")
)

// Causes of a task's context, for [context.Cause] inside an agent function, and the Error of a cancelled
// task.
var (
	ErrTaskCancelled = errors.New("task cancelled")
	ErrStopped       = errors.New("dispatcher stopped")
)

// detailed is a sentinel with a text of its own, for texts that carry a value in their middle.
type detailed struct {
	sentinel error
	text     string
}

func (e *detailed) Error() string { return e.text }
func (e *detailed) Unwrap() error { return e.sentinel }

func detailf(sentinel error, format string, args ...any) error {
	return &detailed{sentinel: sentinel, text: fmt.Sprintf(format, args...)}
}

// TaskExecutionError is one failed attempt that ended its task. It is a record, not an error value:
// its field Error is.
type TaskExecutionError struct {
	TaskID    string    `json:"task_id"`
	Error     error     `json:"error"`
	Timestamp time.Time `json:"timestamp,omitzero"`
	WorkerID  int       `json:"worker_id"` // the lane it ran on, 0-based
	Seq       uint64    `json:"seq"`       // counts up from 1, over restarts if there is a journal; names it for DismissErrors
}

// CombineErrors returns nil if errs holds no error, the error itself if it holds one, and otherwise one
// error that names all of them and matches each with [errors.Is] and [errors.As]. Nil entries are skipped.
func CombineErrors(errs []error) error {
	var first error
	n := 0
	for _, err := range errs {
		if err != nil {
			if n == 0 {
				first = err
			}
			n++
		}
	}
	if n < 2 {
		return first
	}
	return errors.Join(errs...)
}

// PanicError is the Error of a task whose agent function panicked. It matches [ErrAgentPanicked], and
// whatever the panic's value matches if that was an error.
type PanicError struct {
	Value any    // what was passed to panic
	Stack []byte // the stack of the goroutine that panicked, as debug.Stack prints it
}

// Error is one line; the stack is in the field.
func (e *PanicError) Error() string { return fmt.Sprintf("%v: %v", ErrAgentPanicked, e.Value) }

// Unwrap lists what the error matches.
func (e *PanicError) Unwrap() []error {
	if err, ok := e.Value.(error); ok {
		return []error{ErrAgentPanicked, err}
	}
	return []error{ErrAgentPanicked}
}

// Requeue wraps err so that an agent function that returns it gives up its lane without ending its task:
// the task is pending again, before those of its priority that have not run yet, and does not start for the
// duration after. Its Attempts and its Error (which becomes err) are those of the attempt. The result of the attempt is dropped,
// so a later attempt starts afresh. A task that was cancelled meanwhile stays cancelled; one that is
// requeued while its dispatcher shuts down is run again like any other.
func Requeue(err error, after time.Duration) error {
	return &requeueError{err: err, after: after}
}

// GiveBack is [Requeue] for an attempt that did not really take place, for example because what it needs is not
// there: it does not count in the Requeues of the task.
func GiveBack(err error, after time.Duration) error {
	return &requeueError{err: err, after: after, uncounted: true}
}

type requeueError struct {
	err       error
	after     time.Duration
	uncounted bool
}

func (e *requeueError) Error() string {
	return fmt.Sprintf("to be tried again after %v: %v", e.after, e.err)
}
func (e *requeueError) Unwrap() error { return e.err }
