package agent

import (
	"bytes"
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
type Codec struct{}

// codecVersion is the number of the form in which everything is written.
const codecVersion = 1

// version is in every object.
type version struct {
	Version int `json:"v"`
}

func (v version) check() error {
	if v.Version != codecVersion {
		return fmt.Errorf("its form has number %d, this program knows %d; use the program that wrote it", v.Version, codecVersion)
	}
	return nil
}

// versioned puts the number in front of the fields of T.
type versioned[T any] struct {
	version
	Body T `json:"body"`
}

func encode[T any](body T) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	err := e.Encode(versioned[T]{version{codecVersion}, body})
	return bytes.TrimRight(out.Bytes(), "\n"), err
}

// decode reads what encode wrote.
func decode[T any](data []byte) (T, error) {
	var v versioned[T]
	err := json.Unmarshal(data, &v)
	if err == nil {
		err = v.check()
	}
	if err != nil {
		var none T
		return none, err
	}
	return v.Body, nil
}

// EncodePayload encodes a Request. Another payload is an error, as is one that no agent would take because its
// options cannot be sent.
func (Codec) EncodePayload(payload any) ([]byte, error) {
	request, ok := payload.(Request)
	if !ok {
		return nil, fmt.Errorf("the payload is %T instead of agent.Request", payload)
	}
	return encode(request)
}

// DecodePayload returns the Request. Numbers among its options are int64 if they are whole, otherwise float64.
func (Codec) DecodePayload(data []byte) (any, error) {
	form, err := decode[requestForm](data)
	if err == nil && len(form.Options) > 0 {
		d := json.NewDecoder(bytes.NewReader(form.Options))
		d.UseNumber()
		err = d.Decode(&form.Request.Options)
	}
	if err != nil {
		return nil, err
	}
	for name, value := range form.Request.Options {
		form.Request.Options[name] = number(value)
	}
	return form.Request, nil
}

// requestForm is a Request whose options have not been decoded yet. They alone need a decoder that leaves numbers as
// they are, which takes twice as long for everything else: of a long queue all requests are read before it is shown.
type requestForm struct {
	Request
	Options json.RawMessage `json:"options"` // in front of the field of Request
}

// number replaces the json.Numbers in a decoded value.
func number(value any) any {
	switch v := value.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		f, _ := v.Float64() // infinite if it is too large, which the agent refuses
		return f
	case []any:
		for i := range v {
			v[i] = number(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = number(v[name])
		}
	}
	return value
}

// EncodeResult encodes a Result. Another one is an error.
func (Codec) EncodeResult(result any) ([]byte, error) {
	r, ok := result.(Result)
	if !ok {
		return nil, fmt.Errorf("the result is %T instead of agent.Result", result)
	}
	if math.IsNaN(r.Metrics.Rate) || math.IsInf(r.Metrics.Rate, 0) {
		r.Metrics.Rate = 0 // JSON has no such numbers, and an answer must not be lost for a rate
	}
	return encode(r)
}

// DecodeResult returns the Result.
func (Codec) DecodeResult(data []byte) (any, error) {
	result, err := decode[Result](data)
	if err != nil {
		return nil, err
	}
	return result, nil
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

// Model returns the model that answered, else the one that was asked for, else nothing.
func (Codec) Model(payload, result any) string {
	t := TaskOf(&dispatcher.Task{Payload: payload, Result: result})
	return t.Model()
}
