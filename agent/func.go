package agent

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"drover/agent/format"
	"drover/agent/safetext"
	"drover/agent/transcript"
	"drover/dispatcher"
)

// failureLimit is how many bytes of an error become an entry of the transcript.
const failureLimit = 2 << 10

// FuncOptions are what [Func] decides for all tasks.
type FuncOptions struct {
	Retry   RetryPolicy   // the zero one never tries again
	Timeout time.Duration // of an attempt whose request names none; 0 for no limit
}

// Func returns the agent function for a dispatcher whose tasks carry a [Request]. It gives each to the agent
// of its kind, writes what the agent tells into the task's transcript and reports it as progress, and leaves
// the [Result] in the task, also of an attempt that failed or was cancelled half-way.
//
// The function returns an *Error for every attempt that did not complete. An attempt that may well succeed
// later is given back to the queue, as the policy has it, so that its lane is free meanwhile; so is, however
// often it happens, one that did not begin (ErrUnreachable, ErrNotSent): whoever watches the servers holds the
// queue until there is one. Only one whose request had been sent (ErrNotAnswered) is counted in the end.
// Every attempt starts the task's transcript afresh. A panic of an agent passes through, since the dispatcher
// records it.
func Func(kinds Kinds, transcripts *transcript.Store, o FuncOptions) dispatcher.AgentFunc {
	var lost serverLosses
	return func(ctx context.Context, task *dispatcher.Task) error {
		request, _ := RequestOf(task.Payload) // Validate refuses what is none
		log := transcripts.Begin(transcript.Task{
			ID: task.ID, Serial: task.Serial, CreatedAt: task.CreatedAt, Attempt: task.Attempts,
		})
		ending := EndPanicked // unless the agent returns
		defer func() { transcripts.End(task.ID, string(ending)) }()
		returned, again := false, false
		defer func() {
			if !again {
				lost.forget(task.ID)
			}
			if !returned {
				log.Append(transcript.Failure, "the agent panicked; this is a fault in the program")
			}
		}()
		result, err := attempt(WithTask(ctx, Current{task.ID, task.Serial, task.CreatedAt}), kinds, request, o.Timeout, log)
		returned, ending = true, EndingOf(err)
		if result.Model == "" {
			result.Model = kinds.Model(request)
		}
		if result != (Result{}) {
			task.Result = result
			log.Share(transcript.Text, result.Text) // an ended task is kept for long, and its answer once
			log.Share(transcript.Thinking, result.Thinking)
		}
		if err == nil {
			return nil
		}
		class := kinds.again(request, ending)
		loss := lost.of(task.ID, task.Requeues)
		before := retryCounts{all: task.Requeues, lost: loss.lost, form: loss.form, away: loss.away}
		if next := o.Retry.decide(class, before, err, result.Metrics.Tokens); next.again && ctx.Err() == nil {
			again = true
			switch {
			case errors.Is(err, ErrUnreachable) && !next.counts:
				if errors.Is(err, ErrNotAnswered) {
					loss.away++
				}
			case class == AgainBeforeFirstToken:
				loss.lost++
			case class == AgainForFormat:
				loss.form++
			}
			if loss.lost+loss.away+loss.form > 0 {
				lost.set(task.ID, loss)
			}
			log.Append(transcript.Notice, safetext.Line(err.Error(), failureLimit)+"; "+nextAttempt(task.Attempts+1, next))
			dispatcher.Report(ctx, dispatcher.Progress{})
			if !next.counts {
				return dispatcher.GiveBack(err, next.after)
			}
			return dispatcher.Requeue(err, next.after)
		}
		err = afterAll(before, err)
		log.Append(transcript.Failure, safetext.Line(err.Error(), failureLimit))
		return err
	}
}

// nextAttempt says when a task goes on that has been given back to the queue.
func nextAttempt(attempt int, next retryDecision) string {
	switch {
	case next.after > 0:
		return fmt.Sprintf("attempt %d follows in %v", attempt, next.after.Round(100*time.Millisecond))
	case next.counts:
		return fmt.Sprintf("attempt %d follows at once", attempt)
	}
	return "the task stays in the queue"
}

// attempt works on a request once. The limit is for a request that has none.
func attempt(ctx context.Context, kinds Kinds, request Request, limit time.Duration, log *transcript.Log) (Result, error) {
	if err := request.Validate(); err != nil {
		return Result{}, err
	}
	kind, err := kinds.Of(request)
	if err != nil {
		return Result{}, err
	}
	outer := ctx
	limit = kind.limit(request, limit)
	if limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, limit, timedOut(limit))
		defer cancel()
	}
	model := ""
	result, err := kind.Agent.Run(ctx, request, func(event Event) {
		model = cmp.Or(event.Live.Model, model)
		log.Append(event.Entry.Kind, event.Entry.Text)
		dispatcher.Report(outer, dispatcher.Progress{
			Percent: event.Live.Percent(), Message: event.Live.LastLine, Detail: event.Live,
		})
	})
	result.Model = cmp.Or(result.Model, model)
	// A whole answer that came just before the end of its context is an answer all the same.
	if err != nil && ctx.Err() != nil {
		err = ended(ctx)
	}
	if err == nil && len(request.Format) > 0 {
		err = notAsAsked(format.Check(request.Format, result.Text))
	}
	return result, err
}

// notAsAsked returns the error of an answer that is not in its format; nil for nil.
func notAsAsked(err error) error {
	if err == nil {
		return nil
	}
	return &Error{Ending: EndNotAsAsked, What: "the answer is not what its format asks for: " + err.Error(), Next: EndNotAsAsked.Next()}
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
		return &Error{Ending: EndInterrupted, What: "interrupted because the program stops", Err: cause}
	case errors.Is(cause, context.DeadlineExceeded):
		return &Error{Ending: EndTimedOut, What: "the time limit of the whole run is over", Err: cause}
	}
	return &Error{Ending: EndCancelled, What: "cancelled", Err: cause}
}
