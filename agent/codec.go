package agent

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"

	"drover/dispatcher"
)

// Codec writes requests, results and errors as JSON, for a journal, and reads them again. It keeps everything that
// anybody can tell of them: what [EndingOf] says of an error is the same after it. Fields that it does not know
// are passed over, so that what a newer version writes can be read as long as its version number stays. Nothing
// secret is in what it writes, since there is nothing secret in a [Request], a [Result] or an [Error].
//
// The zero Codec is ready. It has no state, and is safe for concurrent use.
type Codec struct {
	// DefaultModel names the model that a request gets which names none; see [Kinds.Model]. Nil for a codec that only reads.
	DefaultModel func(Request) string
}

// codecVersion is the number of the form in which results and errors are written, and of the oldest in which requests were.
const codecVersion = 1

// requestVersion is the number of the form in which requests are written: their JSON form. In the one before it a timeout
// was a number of nanoseconds.
const requestVersion = 2

// version is in every object.
type version struct {
	Version int `json:"v"`
}

func (v version) check(latest int) error {
	if v.Version < codecVersion || v.Version > latest {
		return fmt.Errorf("its form has number %d, this program knows %d; use the program that wrote it", v.Version, latest)
	}
	return nil
}

// versioned puts the number in front of the fields of T.
type versioned[T any] struct {
	version
	Body T `json:"body"`
}

func encode[T any](number int, body T) ([]byte, error) {
	return marshal(versioned[T]{version{number}, body})
}

// decode reads what encode wrote.
func decode[T any](data []byte, latest int) (v versioned[T], err error) {
	if err = json.Unmarshal(data, &v); err == nil {
		err = v.check(latest)
	}
	return v, err
}

// EncodePayload encodes a Request. Another payload is an error, as is one that no agent would take because its
// options cannot be sent.
func (Codec) EncodePayload(payload any) ([]byte, error) {
	request, ok := RequestOf(payload)
	if !ok {
		return nil, fmt.Errorf("the payload is %T instead of agent.Request", payload)
	}
	return encode(requestVersion, request)
}

// DecodePayload returns the Request. Numbers among its options are int64 if they are whole, otherwise float64.
func (Codec) DecodePayload(data []byte) (any, error) {
	form, err := decode[storedForm](data, requestVersion)
	if err != nil {
		return nil, err
	}
	request, err := form.Body.request()
	if err != nil {
		return nil, err
	}
	return request, nil
}

// EncodeResult encodes a Result. Another one is an error.
func (Codec) EncodeResult(result any) ([]byte, error) {
	r, ok := ResultOf(result)
	if !ok {
		return nil, fmt.Errorf("the result is %T instead of agent.Result", result)
	}
	return encode(codecVersion, r.sendable())
}

// sendable returns the result without numbers that JSON does not have: an answer must not be lost for a rate.
func (r Result) sendable() Result {
	if math.IsNaN(r.Metrics.Rate) || math.IsInf(r.Metrics.Rate, 0) {
		r.Metrics.Rate = 0
	}
	return r
}

// DecodeResult returns the Result.
func (Codec) DecodeResult(data []byte) (any, error) {
	result, err := decode[Result](data, codecVersion)
	if err != nil {
		return nil, err
	}
	return result.Body, nil
}

// Interrupted returns the error of a task that ran when the program came to its end.
func (Codec) Interrupted() error {
	return &Error{Ending: EndInterrupted, What: EndInterrupted.Meaning(), Next: EndInterrupted.Next()}
}

// SearchText returns what a full-text search is to find: the prompt with its system text, and the answer with what
// the model thought before it.
func (Codec) SearchText(payload, result any) (prompt, answer string) {
	t := TaskOf(&dispatcher.Task{Payload: payload, Result: result})
	return joinText(t.Request.Prompt, t.Request.System), joinText(t.Result.Text, t.Result.Thinking)
}

func joinText(a, b string) string {
	if b == "" {
		return a
	}
	return a + "\n" + b
}

// Model returns the model of a task as Task.Model has it, else what a command runs, else nothing.
func (c Codec) Model(task *dispatcher.Task) string {
	t := TaskOf(task)
	if c.DefaultModel != nil {
		t.SetDefaultModel(c.DefaultModel)
	}
	return cmp.Or(t.Model(), t.Request.Program())
}
