package agent

import (
	"encoding/json"
	"fmt"
	"time"

	"drover/agent/safetext"
	"drover/dispatcher"
)

// taskForm is the JSON form of a Task: its record, and what that rounds or leaves out.
type taskForm[Request any] struct {
	plainRecord
	Details taskDetails[Request] `json:"details"`
}

type plainRecord Record // without its methods

// taskDetails has nothing twice: of the request and the result it lacks the texts that the record has.
type taskDetails[Request any] struct {
	Request   Request    `json:"request"`
	Result    *Result    `json:"result,omitempty"` // nil for none
	Error     *ErrorForm `json:"error,omitempty"`
	Model     string     `json:"default_model,omitempty"`
	Requeues  int        `json:"requeues,omitempty"`
	NotBefore *time.Time `json:"not_before,omitempty"`
}

// MarshalJSON writes the JSON form, from which UnmarshalJSON makes the same task. Like a record it can be printed on a
// terminal.
func (t Task) MarshalJSON() ([]byte, error) {
	form := taskForm[requestForm]{plainRecord: plainRecord(NewRecord(t)), Details: taskDetails[requestForm]{
		Error: FormOfError(t.Error), Model: t.DefaultModel, Requeues: t.Requeues, NotBefore: moment(t.NotBefore),
	}}
	asked := t.Request
	asked.Prompt, asked.Command, asked.Extra = "", nil, nil
	form.Details.Request = asked.form()
	if t.Result != (Result{}) {
		left := t.Result.sendable()
		left.Text, left.Thinking = "", ""
		form.Details.Result = &left
	}
	text, err := marshal(form)
	if err != nil {
		return nil, fmt.Errorf("task %s: %w", t.ID, err)
	}
	return safetext.JSON(text), nil
}

// UnmarshalJSON reads the JSON form. Fields that it does not know are passed over: a newer program may have written it.
func (t *Task) UnmarshalJSON(data []byte) error {
	var form taskForm[storedForm]
	if err := json.Unmarshal(data, &form); err != nil {
		return err
	}
	r, d := &form.plainRecord, &form.Details
	status, err := statusNamed(r.Status)
	if err != nil {
		return err
	}
	priority, err := dispatcher.ParsePriority(r.Priority)
	if err != nil {
		return err
	}
	request, err := d.Request.request()
	if err != nil {
		return err
	}
	request.Prompt, request.Command, request.Extra = r.Prompt, r.Command, r.Extra
	*t = Task{
		ID: r.ID, Serial: r.Serial, Priority: priority, Request: request,
		Status: status, Error: d.Error.Err(), DefaultModel: d.Model,
		CreatedAt: r.CreatedAt, StartedAt: at(r.StartedAt), CompletedAt: at(r.CompletedAt),
		Attempts: r.Attempts, Requeues: d.Requeues, NotBefore: at(d.NotBefore),
	}
	if d.Result != nil {
		t.Result = *d.Result
		t.Result.Text, t.Result.Thinking = r.Result, r.Thinking
	}
	if r.Worker != nil {
		t.WorkerID = *r.Worker - 1
	}
	return nil
}

// statusNamed is the inverse of Task.StatusName; what tells interrupted from cancelled is in the error.
func statusNamed(name string) (dispatcher.TaskStatus, error) {
	if name == string(EndInterrupted) {
		return dispatcher.StatusCancelled, nil
	}
	for status := dispatcher.StatusPending; status <= dispatcher.StatusCancelled; status++ {
		if status.String() == name {
			return status, nil
		}
	}
	return 0, fmt.Errorf("%s is not the status of a task", quote(name))
}

// at is the inverse of moment.
func at(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}
