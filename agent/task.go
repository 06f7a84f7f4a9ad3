package agent

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"drover/agent/transcript"
	"drover/dispatcher"
)

// Task is what is known of a task at one moment, from the engine outward: an immutable copy. It is dispatcher.Task with the
// request and the result as what they are. Its JSON is its [Record] with what that leaves out, so that it can be read again.
type Task struct {
	ID       string
	Serial   uint64 // its number among all tasks that there ever were, from 1
	Priority int    // dispatcher.PriorityHigh, PriorityNormal or PriorityLow
	Request  Request

	Status      dispatcher.TaskStatus
	Error       error  // why it failed or was cancelled; while it is pending again, why the attempt before ended; else nil
	Result      Result // what the latest attempt left, partial where it did not complete; zero for nothing
	CreatedAt   time.Time
	StartedAt   time.Time // start of the latest attempt; zero before the first
	CompletedAt time.Time // zero until it has ended

	DefaultModel string // the one that it gets if its request names none, as far as that is known; see SetDefaultModel

	Attempts  int       // how often it was begun
	Requeues  int       // how often it was given back to the queue since it was submitted or retried
	WorkerID  int       // lane of the latest attempt, 0-based; meaningless while Attempts is 0
	NotBefore time.Time // it is not tried again before this; zero for as soon as its turn comes
}

// RequestOf and ResultOf return what a dispatcher carries without looking into it as what it is: the payload and the result
// of a task. They are the only places that do. ok is false for what is none, such as the result that is not there yet.
func RequestOf(payload any) (request Request, ok bool) {
	request, ok = payload.(Request)
	return request, ok
}

// ResultOf is like RequestOf.
func ResultOf(result any) (r Result, ok bool) {
	r, ok = result.(Result)
	return r, ok
}

// TextSize returns how much text a dispatcher carries with a task, in bytes.
func TextSize(payload, result any) int {
	request, _ := RequestOf(payload)
	r, _ := ResultOf(result)
	return len(request.Prompt) + len(request.System) + len(r.Text) + len(r.Thinking)
}

// TaskOf returns what the dispatcher knows of a task.
func TaskOf(t *dispatcher.Task) Task {
	request, _ := RequestOf(t.Payload)
	result, _ := ResultOf(t.Result)
	return Task{
		ID: t.ID, Serial: t.Serial, Priority: t.Priority, Request: request,
		Status: t.Status, Error: t.Error, Result: result,
		CreatedAt: t.CreatedAt, StartedAt: t.StartedAt, CompletedAt: t.CompletedAt,
		Attempts: t.Attempts, Requeues: t.Requeues, WorkerID: t.WorkerID, NotBefore: t.NotBefore,
	}
}

// PartialResult returns what a task has left that ran when its process came to its end: what it said, and its model unless it
// is a program's.
func PartialResult(request Request, model string, said transcript.Said) Result {
	result := Result{Text: said.Text, Thinking: said.Thinking}
	if request.Program() == "" {
		result.Model = model
	}
	return result
}

// StatusName returns the status as people and programs read it: as dispatcher.TaskStatus names it, but "interrupted" for
// what the dispatcher counts as cancelled because an earlier process ended while it ran. It is the only place that
// tells one from the other.
func (t *Task) StatusName() string {
	if t.Interrupted() {
		return string(EndInterrupted)
	}
	return t.Status.String()
}

// Interrupted reports whether the task ran when an earlier process ended, and has not been queued again.
func (t *Task) Interrupted() bool {
	return t.Status == dispatcher.StatusCancelled && EndingOf(t.Error) == EndInterrupted
}

// Model returns the model that its latest attempt used, else the one that was asked for, else the one that it gets by
// default, else nothing.
func (t *Task) Model() string { return cmp.Or(t.Result.Model, t.Request.Model, t.DefaultModel) }

// SetDefaultModel asks for the model that the task gets by default, unless it has ended: then its result has the one that it
// used, if there was an attempt.
func (t *Task) SetDefaultModel(of func(Request) string) {
	if !t.Status.Ended() && t.DefaultModel == "" {
		t.DefaultModel = of(t.Request)
	}
}

// TaskNumber returns the number of the task that somebody means by "7" or "#7". ok is false for everything else, which is
// the name of a task. Where no task has the number, it may be a name too.
func TaskNumber(text string) (serial uint64, ok bool) {
	serial, err := strconv.ParseUint(strings.TrimPrefix(text, "#"), 10, 64)
	return serial, err == nil && serial > 0
}
