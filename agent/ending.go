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

// The endings that every kind of agent may have, which with those of the kinds (see [Kind]) are a closed list. Every
// ending other than EndCompleted comes with an *Error. What each means and what to do about it is in the table endings,
// which the README repeats.
const (
	EndCompleted       Ending = "completed"
	EndTokenLimit      Ending = "token_limit"
	EndEmpty           Ending = "empty"
	EndNotAsAsked      Ending = "not_as_asked"
	EndTruncatedPrompt Ending = "truncated_prompt"
	EndStreamEnded     Ending = "stream_ended"
	EndConnectionLost  Ending = "connection_lost"
	EndStalled         Ending = "stalled"
	EndTimedOut        Ending = "timed_out"
	EndServerBusy      Ending = "server_busy"
	EndRateLimited     Ending = "rate_limited"
	EndModelMissing    Ending = "model_missing"
	EndLacksCapability Ending = "lacks_capability"
	EndUnauthorised    Ending = "unauthorised"
	EndOutOfMemory     Ending = "out_of_memory"
	EndBadRequest      Ending = "bad_request"
	EndRunnerStopped   Ending = "runner_stopped"
	EndServerError     Ending = "server_error"
	EndCancelled       Ending = "cancelled"
	EndInterrupted     Ending = "interrupted"
	EndPanicked        Ending = "panicked"
	EndFailed          Ending = "failed"
)

// EndingWords is what is known of an ending in general. The meaning and the next step are phrases without a full
// stop; an *Error of that ending says the same with the particulars of the case.
type EndingWords struct {
	Ending        Ending
	Meaning, Next string
	Again         Again // whether an attempt that ended so is made again by itself
}

// endings are in the order of the list.
var endings = []EndingWords{
	{EndCompleted, "the agent has done it, and nothing is missing", "nothing", AgainNever},
	{EndTokenLimit, "the answer was cut off at the token limit, at the end of the context, or at the limit of its size",
		"raise num_predict, num_ctx or answer-size, or ask for less", AgainNever},
	{EndEmpty, "the model ended properly and said nothing", "try again, or ask another model", AgainNever},
	{EndNotAsAsked, "the answer is not JSON, or does not follow the schema, although its format was to be that",
		"ask another model, say in the prompt what the format is, or correct the format", AgainForFormat},
	{EndTruncatedPrompt, "the prompt does not fit into the context of the model", "shorten it, or raise num_ctx", AgainNever},
	{EndStreamEnded, "the answer ended before the server said that it was done",
		"try again, and look into the server's log if it stays", AgainBeforeFirstToken},
	{EndConnectionLost, "the connection broke, or could not be made", "see whether the server still runs", AgainBeforeFirstToken},
	{EndStalled, "nothing came for longer than is allowed", "see whether the server still works, or allow more silence", AgainNever},
	{EndTimedOut, "the task ran into its time limit", "give it more time, or ask for less", AgainNever},
	{EndServerBusy, "the queue of the server is full, the model is still being loaded, or a proxy does not get through",
		"try later, use fewer lanes, or raise OLLAMA_MAX_QUEUE", AgainAlways},
	{EndRateLimited, "a limit of the account is reached", "wait until the account may go on", AgainAlways},
	{EndModelMissing, "the server does not have the model, or none at all", "pull it, or name another one", AgainNever},
	{EndLacksCapability, "the model cannot do what was asked of it", "ask another model, or ask without it", AgainNever},
	{EndUnauthorised, "the server wants a key, or another one", "set OLLAMA_API_KEY", AgainNever},
	{EndOutOfMemory, "the model does not fit into the memory of the server", "use a smaller model or a smaller num_ctx", AgainNever},
	{EndBadRequest, "the request is not one that can be carried out", "correct the task", AgainNever},
	{EndRunnerStopped, "the server's process with the model died before the first token",
		"look into the server's log if it stays", AgainBeforeFirstToken},
	{EndServerError, "anything else that the server reports", "look into the server's log", AgainNever},
	{EndCancelled, "somebody cancelled the task, or the program ended", "start it again when it is wanted after all", AgainNever},
	{EndInterrupted, "the program ended while the task ran", "retry it", AgainNever},
	{EndPanicked, "the program itself went wrong", "this is a fault in the program, please report it", AgainNever},
	{EndFailed, "none of these: an error that does not say what it is", "read the message", AgainNever},
}

// Endings returns the list, without the endings that only one kind of agent has.
func Endings() []Ending {
	list := make([]Ending, len(endings))
	for i := range endings {
		list[i] = endings[i].Ending
	}
	return list
}

// Meaning returns what the ending means, in plain words without a full stop; of an ending that is not in the
// list what EndFailed means.
func (e Ending) Meaning() string { return endings[e.index()].Meaning }

// Next returns what is to be done about it in general; the Next of an *Error is more to the point if it has one.
func (e Ending) Next() string { return endings[e.index()].Next }

// Again returns whether an attempt that ended so is made again by itself.
func (e Ending) Again() Again { return endings[e.index()].Again }

func (e Ending) index() int {
	for i := range endings {
		if endings[i].Ending == e {
			return i
		}
	}
	return len(endings) - 1
}

// Error is an attempt that did not complete: how it ended, in plain words, and what to do about it.
type Error struct {
	Ending Ending
	What   string // one sentence without a full stop: what happened, where
	Next   string // one sentence without a full stop: what to do; may be empty
	Err    error  // the cause; may be nil

	// RetryAfter is how long the server asked to wait before the next attempt; zero when it did not say.
	RetryAfter time.Duration

	// Elsewhere is whether another server can take the task at once.
	Elsewhere bool
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

// ErrNotAnswered is matched by the error of an attempt whose request was sent, and answered by nobody, or by somebody in
// the place of the server: a proxy, a login page. If the server is away the error matches ErrUnreachable as well, and
// [Func] gives the task back to the queue, but not for ever: a request that brings the server down looks the same.
var ErrNotAnswered = errors.New("not answered by the model server")

// ErrNotSent is matched by the error of an attempt that ended before it began, because for now nothing more may be
// sent where it would have to go. [Func] gives such a task back to the queue, for as long as its RetryAfter.
var ErrNotSent = errors.New("nothing more is sent for now")

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
