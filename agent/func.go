package agent

import (
	"context"
	"errors"
	"fmt"
	"time"

	"drover/agent/safetext"
	"drover/agent/transcript"
	"drover/dispatcher"
)

// failureLimit is how many bytes of an error become an entry of the transcript.
const failureLimit = 2 << 10

// Func returns the agent function for a dispatcher whose tasks carry a [Request]. It gives each to the agent
// of its kind, writes what the agent tells into the task's transcript and reports it as progress, and leaves
// the [Result] in the task, also of an attempt that failed or was cancelled half-way.
//
// The function returns an *Error for every attempt that did not complete. An attempt that found no server, or
// lost it before anything was said, is given back to the queue; whoever watches the server holds the queue
// until there is one. Every attempt starts the task's transcript afresh. A panic of an agent passes through,
// since the dispatcher records it.
func Func(agents map[string]Agent, transcripts *transcript.Store) dispatcher.AgentFunc {
	return func(ctx context.Context, task *dispatcher.Task) error {
		log := transcripts.Log(task.ID)
		log.Reset()
		defer transcripts.End(task.ID)
		returned := false
		defer func() {
			if !returned {
				log.Append(transcript.Failure, "the agent panicked; this is a fault in the program")
			}
		}()
		result, err := attempt(ctx, agents, task.Payload, log)
		returned = true
		if result != (Result{}) {
			task.Result = result
		}
		if err == nil {
			return nil
		}
		if after, again := tryAgain(task.Attempts, result, err); again && ctx.Err() == nil {
			log.Append(transcript.Notice, safetext.Line(err.Error(), failureLimit)+"; the task stays in the queue")
			dispatcher.Report(ctx, dispatcher.Progress{})
			return dispatcher.Requeue(err, after)
		}
		log.Append(transcript.Failure, safetext.Line(err.Error(), failureLimit))
		return err
	}
}

// lostAttempts is how often a task may lose the server before it has said anything. The first time it is most
// likely the server that went away; a prompt that brings down every server it meets must come to an end.
const lostAttempts = 3

// tryAgain says whether an attempt is repeated by itself, and after how long: one that met no server, as often
// as that happens, and one whose connection broke before anything had come back, a few times. Once something
// has been said the task fails instead, with what there is.
func tryAgain(attempts int, result Result, err error) (after time.Duration, again bool) {
	switch {
	case errors.Is(err, ErrUnreachable):
		return 0, true
	case err != nil && EndingOf(err) == EndConnectionLost && result.Metrics.Tokens == 0 && attempts < lostAttempts:
		return time.Duration(attempts) * time.Second, true
	}
	return 0, false
}

// attempt works on a payload once.
func attempt(ctx context.Context, agents map[string]Agent, payload any, log *transcript.Log) (Result, error) {
	request, ok := payload.(Request)
	if !ok {
		return Result{}, badRequest(fmt.Sprintf("the task's payload is %T instead of agent.Request", payload), "")
	}
	if err := request.Validate(); err != nil {
		return Result{}, err
	}
	kind := request.Kind
	if kind == "" {
		kind = KindOllama
	}
	agent := agents[kind]
	if agent == nil {
		return Result{}, badRequest(fmt.Sprintf("there is no agent of kind %q", kind), "")
	}
	outer := ctx
	if request.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, request.Timeout, timedOut(request.Timeout))
		defer cancel()
	}
	result, err := agent.Run(ctx, request, func(event Event) {
		log.Append(event.Entry.Kind, event.Entry.Text)
		dispatcher.Report(outer, dispatcher.Progress{
			Percent: event.Live.Percent(), Message: event.Live.LastLine, Detail: event.Live,
		})
	})
	// A whole answer that came just before the end of its context is an answer all the same.
	if err != nil && ctx.Err() != nil {
		err = ended(ctx)
	}
	return result, err
}

func timedOut(limit time.Duration) *Error {
	return &Error{
		Ending: EndTimedOut, Err: context.DeadlineExceeded,
		What: fmt.Sprintf("the task ran into its time limit of %v", limit),
		Next: "give it more time, or ask for less",
	}
}

// ended returns the error of an attempt whose context has ended.
func ended(ctx context.Context) error {
	cause := context.Cause(ctx)
	var e *Error
	switch {
	case errors.As(cause, &e):
		return e
	case errors.Is(cause, dispatcher.ErrStopped):
		return &Error{Ending: EndCancelled, What: "cancelled because the program stops", Err: cause}
	case errors.Is(cause, context.DeadlineExceeded):
		return &Error{Ending: EndTimedOut, What: "the time limit of the whole run is over", Err: cause}
	}
	return &Error{Ending: EndCancelled, What: "cancelled", Err: cause}
}
