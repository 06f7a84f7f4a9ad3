package batch

import (
	"encoding/json"
	"time"

	"drover/agent"
	"drover/agent/safetext"
	"drover/dispatcher"
)

// What an Event is about.
const (
	EventQueued  = "queued"  // the task was taken, and waits
	EventStarted = "started" // an attempt has begun
	EventRetry   = "retry"   // the attempt did not succeed; there will be another
	EventResult  = "result"  // the task has ended: Task says how
	EventEnd     = "end"     // the run has; Summary is how
)

// Event is one step of a run for programs: a JSON object a line. Each task has queued first and result last, unless it was
// refused, which has a result alone; of a run that is ended early not every task has one.
type Event struct {
	Event   string        `json:"event"`             // one of the constants
	At      time.Time     `json:"at"`                // when it was seen, in UTC
	ID      string        `json:"id,omitempty"`      // of the task
	Lane    int           `json:"lane,omitempty"`    // from 1, of started
	Attempt int           `json:"attempt,omitempty"` // from 1, of started and, for the coming one, of retry
	Message string        `json:"message,omitempty"` // why, of retry
	Task    *agent.Record `json:"task,omitempty"`
	Summary *EventSummary `json:"summary,omitempty"`
}

// EventSummary is how a run ended. The counts are those of Summary; times are in milliseconds.
type EventSummary struct {
	Completed  int                  `json:"completed"`
	Failed     int                  `json:"failed"`
	Cancelled  int                  `json:"cancelled"`
	Refused    int                  `json:"refused"`
	NotStarted int                  `json:"not_started"`
	Kept       int                  `json:"kept"`
	TookMS     int64                `json:"took_ms"`
	RunP50MS   int64                `json:"run_p50_ms"` // of completed tasks
	RunP95MS   int64                `json:"run_p95_ms"`
	Tokens     int                  `json:"tokens"`
	FailedBy   map[agent.Ending]int `json:"failed_by"` // how many failed, by error_kind
}

func newEventSummary(s Summary, f *figures, took time.Duration) *EventSummary {
	return &EventSummary{
		Completed: s.Completed, Failed: s.Failed, Cancelled: s.Cancelled, Refused: s.Refused, NotStarted: s.NotStarted,
		Kept: s.Kept, TookMS: took.Milliseconds(), RunP50MS: f.quantile(0.5).Milliseconds(),
		RunP95MS: f.quantile(0.95).Milliseconds(), Tokens: f.tokens, FailedBy: f.causes,
	}
}

// stepOf returns the event of a transition that is no end; first is whether it is the first of the task. The task is as it is
// now, which may be further on than the transition; nil if it is not known any more.
func stepOf(e event, task *agent.Task, first bool) Event {
	step := Event{Event: EventRetry, ID: e.id}
	switch {
	case e.status == dispatcher.StatusRunning:
		step.Event = EventStarted
		if task != nil {
			step.Lane, step.Attempt = task.WorkerID+1, task.Attempts
		}
	case first:
		step.Event = EventQueued
	case task != nil:
		step.Attempt = task.Attempts + 1
		if task.Error != nil {
			step.Message = safetext.Line(task.Error.Error(), maxDetail)
		}
	}
	return step
}

// event writes an event to Out, if it gets events.
func (r *report) event(e Event) {
	if !r.Events || r.err != nil {
		return
	}
	e.At = time.Now().UTC()
	line, err := json.Marshal(e)
	if r.err = err; err == nil {
		_, r.err = r.Out.Write(append(line, '\n'))
	}
}
