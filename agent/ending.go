package agent

import (
	"context"
	"errors"
	"fmt"
	"time"

	"drover/dispatcher"
)

// Ending says how an attempt ended. The names are stable: they appear in JSON output and on disk.
type Ending string

// The closed list of endings. Every ending other than EndCompleted comes with an *Error.
const (
	EndCompleted       Ending = "completed"
	EndTokenLimit      Ending = "token_limit"      // cut at the token limit
	EndEmpty           Ending = "empty"            // ended properly, said nothing
	EndTruncatedPrompt Ending = "truncated_prompt" // the prompt did not fit, the server dropped part of it
	EndStreamEnded     Ending = "stream_ended"     // the stream ended before the server said it was done
	EndConnectionLost  Ending = "connection_lost"  // the connection broke, or could not be made
	EndStalled         Ending = "stalled"          // silence for longer than allowed
	EndTimedOut        Ending = "timed_out"        // the task's own time limit
	EndServerBusy      Ending = "server_busy"      // the server's queue is full
	EndRateLimited     Ending = "rate_limited"     // a limit of the account
	EndModelMissing    Ending = "model_missing"    // the server does not have the model, or none at all
	EndLacksCapability Ending = "lacks_capability" // the model cannot do what was asked
	EndUnauthorised    Ending = "unauthorised"     // the server wants a key, or another one
	EndOutOfMemory     Ending = "out_of_memory"    // the model does not fit
	EndBadRequest      Ending = "bad_request"      // the server refused the request as malformed
	EndServerError     Ending = "server_error"     // anything else the server reported
	EndCancelled       Ending = "cancelled"
	EndPanicked        Ending = "panicked"
	EndFailed          Ending = "failed" // none of these: an error of an agent that did not say
)

// Error is an attempt that did not complete: how it ended, in plain words, and what to do about it.
type Error struct {
	Ending Ending
	What   string // one sentence without a full stop: what happened, where
	Next   string // one sentence without a full stop: what to do; may be empty
	Err    error  // the cause; may be nil

	// RetryAfter is how long the server asked to wait before the next attempt; zero when it did not say.
	RetryAfter time.Duration
}

// Error returns What, and Next behind a semicolon.
func (e *Error) Error() string {
	if e.Next == "" {
		return e.What
	}
	return fmt.Sprintf("%s; %s", e.What, e.Next)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// ErrUnreachable is matched by the error of an attempt that ended before it began, because no connection to
// the server could be made. [Func] gives such a task back to the queue instead of failing it.
var ErrUnreachable = errors.New("model server cannot be reached")

// EndingOf returns how an attempt that returned err ended: EndCompleted for nil, what an *Error says, and
// what can be told of the errors of the dispatcher and of package context. Of several *Error the outermost
// counts.
func EndingOf(err error) Ending {
	var e *Error
	switch {
	case err == nil:
		return EndCompleted
	case errors.As(err, &e):
		return e.Ending
	case errors.Is(err, dispatcher.ErrAgentPanicked), errors.Is(err, dispatcher.ErrAgentExited):
		return EndPanicked
	case errors.Is(err, dispatcher.ErrTaskCancelled), errors.Is(err, dispatcher.ErrStopped),
		errors.Is(err, dispatcher.ErrContextCancelled), errors.Is(err, context.Canceled):
		return EndCancelled
	case errors.Is(err, context.DeadlineExceeded):
		return EndTimedOut
	case errors.Is(err, ErrUnreachable):
		return EndConnectionLost
	}
	return EndFailed
}
