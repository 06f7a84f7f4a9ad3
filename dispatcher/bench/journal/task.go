package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"drover/dispatcher"
)

// request and result are about as large as those of short questions to a model.
type request struct {
	Model   string         `json:"model"`
	Prompt  string         `json:"prompt"`
	Options map[string]any `json:"options,omitempty"`
}

type result struct {
	Model  string        `json:"model"`
	Text   string        `json:"text"`
	Tokens int           `json:"tokens"`
	Took   time.Duration `json:"took"`
}

// newTask makes the n-th task.
func newTask(n int) *dispatcher.Task {
	return &dispatcher.Task{
		ID:       fmt.Sprintf("task-%d", n),
		Priority: n % 3,
		Payload:  request{Model: "llama3.2", Prompt: fmt.Sprintf("Question %d: why is the sky blue, and the sea as well?", n)},
	}
}

// record is what a plain file would keep of a task.
type record struct {
	ID       string    `json:"id"`
	Priority int       `json:"priority"`
	Status   int       `json:"status"`
	Created  time.Time `json:"created"`
	Payload  any       `json:"payload,omitempty"`
	Result   any       `json:"result,omitempty"`
}

// line returns the record of a task as a line of JSON.
func line(task *dispatcher.Task, status dispatcher.TaskStatus) ([]byte, error) {
	r := record{ID: task.ID, Priority: task.Priority, Status: int(status), Created: time.Now()}
	if status.Ended() {
		r.Result = task.Result
	} else {
		r.Payload = task.Payload
	}
	data, err := json.Marshal(r)
	return append(data, '\n'), err
}

// codec is the journal's codec for these tasks.
type codec struct{}

func (codec) EncodePayload(v any) ([]byte, error) { return json.Marshal(v) }
func (codec) EncodeResult(v any) ([]byte, error)  { return json.Marshal(v) }

func (codec) DecodePayload(data []byte) (any, error) {
	var r request
	err := json.Unmarshal(data, &r)
	return r, err
}

func (codec) DecodeResult(data []byte) (any, error) {
	var r result
	err := json.Unmarshal(data, &r)
	return r, err
}

func (codec) EncodeError(err error) (data []byte, kind string, encodeErr error) {
	return []byte(err.Error()), "failed", nil
}

func (codec) DecodeError(data []byte) (decoded, decodeErr error) {
	return errors.New(string(data)), nil
}
func (codec) Interrupted() error { return errors.New("interrupted") }

func (codec) SearchText(payload, answer any) (prompt, text string) {
	p, _ := payload.(request)
	r, _ := answer.(result)
	return p.Prompt, r.Text
}

func (codec) Model(task *dispatcher.Task) string {
	p, _ := task.Payload.(request)
	return p.Model
}
