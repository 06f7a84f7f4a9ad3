package agent

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"drover/dispatcher"
)

// ErrorForm is an error as JSON: on disk and over a connection.
type ErrorForm struct {
	Text   string    `json:"text"`            // of the whole error
	Ending Ending    `json:"ending"`          // what EndingOf said of it
	Is     []string  `json:"is,omitempty"`    // names of the sentinels that it matched
	Error  *details  `json:"error,omitempty"` // of the outermost *Error in it
	Panic  *panicked `json:"panic,omitempty"` // of a *dispatcher.PanicError
}

type details struct {
	What       string        `json:"what"`
	Next       string        `json:"next,omitempty"`
	Cause      string        `json:"cause,omitempty"`
	RetryAfter time.Duration `json:"retry_after,omitempty"`
}

type panicked struct {
	Value string `json:"value"`
	Stack string `json:"stack,omitempty"`
}

// stackLimit is how much of a stack is written: its top tells where it was.
const stackLimit = 8 << 10

// sentinels are the errors that a stored one still matches, by the names under which they are written. Every one
// that EndingOf knows is there.
var sentinels = []struct {
	name string
	err  error
}{
	{"task_cancelled", dispatcher.ErrTaskCancelled},
	{"stopped", dispatcher.ErrStopped},
	{"context_cancelled", dispatcher.ErrContextCancelled},
	{"agent_panicked", dispatcher.ErrAgentPanicked},
	{"agent_exited", dispatcher.ErrAgentExited},
	{"unreachable", ErrUnreachable},
	{"canceled", context.Canceled},
	{"deadline_exceeded", context.DeadlineExceeded},

	// No task ends with these; they are for who asked for something.
	{"worker_count", dispatcher.ErrWorkerCount},
	{"not_running", dispatcher.ErrNotRunning},
	{"empty_id", dispatcher.ErrEmptyID},
	{"queue_full", dispatcher.ErrQueueFull},
	{"task_not_found", dispatcher.ErrTaskNotFound},
	{"cannot_cancel", dispatcher.ErrCannotCancel},
	{"shutdown_timeout", dispatcher.ErrShutdownTimeout},
	{"invalid_priority", dispatcher.ErrInvalidPriority},
	{"duplicate_id", dispatcher.ErrDuplicateID},
	{"not_pending", dispatcher.ErrNotPending},
	{"not_ended", dispatcher.ErrNotEnded},
	{"still_returning", dispatcher.ErrStillReturning},
	{"no_item", ErrNoItem},
}

// EncodeError encodes an error, and returns its ending as the name of its kind.
func (Codec) EncodeError(err error) (data []byte, kind string, encodeErr error) {
	if err == nil {
		return nil, "", errors.New("there is no error to write")
	}
	stored := FormOfError(err)
	data, encodeErr = encode(codecVersion, *stored)
	return data, string(stored.Ending), encodeErr
}

// FormOfError returns the form of an error, nil for no error.
func FormOfError(err error) *ErrorForm {
	if err == nil {
		return nil
	}
	stored := &ErrorForm{Text: err.Error(), Ending: EndingOf(err)}
	for _, s := range sentinels {
		if errors.Is(err, s.err) {
			stored.Is = append(stored.Is, s.name)
		}
	}
	if e, ok := errors.AsType[*Error](err); ok {
		stored.Error = &details{What: e.What, Next: e.Next, RetryAfter: e.RetryAfter}
		if e.Err != nil {
			stored.Error.Cause = e.Err.Error()
		}
	}
	if p, ok := errors.AsType[*dispatcher.PanicError](err); ok {
		stored.Panic = &panicked{Value: fmt.Sprint(p.Value), Stack: string(p.Stack[:min(len(p.Stack), stackLimit)])}
	}
	return stored
}

// DecodeError returns an error with the same text and the same ending, and separately why it could not be read. It
// matches the sentinels that the original matched, and is an *Error or a *dispatcher.PanicError, or has one in it,
// if that was so.
func (Codec) DecodeError(data []byte) (decoded, decodeErr error) {
	stored, err := decode[ErrorForm](data, codecVersion)
	if err != nil {
		return nil, err
	}
	return stored.Body.Err(), nil
}

// Err returns an error with the same text and the same ending, nil for no form. It matches what the original matched, as
// DecodeError says.
func (s *ErrorForm) Err() error {
	if s == nil {
		return nil
	}
	kept := &keptError{text: s.Text}
	for _, sentinel := range sentinels {
		if slices.Contains(s.Is, sentinel.name) {
			kept.is = append(kept.is, sentinel.err)
		}
	}
	switch {
	case s.Error != nil:
		e := &Error{Ending: s.Ending, What: s.Error.What, Next: s.Error.Next, RetryAfter: s.Error.RetryAfter}
		if s.Error.Cause != "" || len(kept.is) > 0 {
			e.Err = &keptError{text: s.Error.Cause, is: kept.is}
		}
		if e.Error() == s.Text {
			return e
		}
		kept.is = []error{e} // it was wrapped
	case s.Panic != nil:
		p := &dispatcher.PanicError{Value: s.Panic.Value, Stack: []byte(s.Panic.Stack)}
		if p.Error() == s.Text && len(kept.is) <= 1 {
			return p
		}
		kept.is = append(kept.is, p)
	case len(kept.is) == 1 && kept.is[0].Error() == s.Text:
		return kept.is[0]
	}
	if EndingOf(kept) != s.Ending {
		return &Error{Ending: s.Ending, What: s.Text} // of a newer version, or damaged
	}
	return kept
}

// keptError has the text of an error that was written, and what it matched.
type keptError struct {
	text string
	is   []error
}

func (e *keptError) Error() string   { return e.text }
func (e *keptError) Unwrap() []error { return e.is }
