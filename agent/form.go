package agent

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"drover/dispatcher"
)

// The JSON form of a submission, and of the request in it, is the line of a batch file, the payload in the journal, and
// what goes to an engine in another process. What others have written is read strictly; what a journal has was read so before.

// FormError is all that is wrong with a JSON form, a sentence for each mistake, which begins with the field's name where
// it has one.
type FormError struct{ Mistakes []string }

// Error returns the sentences in one line.
func (e *FormError) Error() string { return strings.Join(e.Mistakes, "; ") }

// ErrNotObject is that something in JSON is no object.
var ErrNotObject = errors.New("it is of another type")

// UnmarshalJSON reads the JSON form strictly. Fields that are not there, or null, keep their values; of what is there
// everything that is wrong is in the error, a *FormError, [ErrNotObject] or a syntax error.
func (s *Submission) UnmarshalJSON(data []byte) error {
	fields, err := Fields(data)
	if err != nil {
		return err
	}
	return s.Set(fields)
}

// Field is one field of a JSON form, as it is written.
type Field struct {
	Name  string
	Value json.RawMessage
}

// Set is UnmarshalJSON of fields that were written in another language than JSON. Its error is a *FormError.
func (s *Submission) Set(fields []Field) error { return s.set(fields, false) }

// SetWithExtra is Set for tasks among the data of other programs: fields that a task does not have go to Extra.
func (s *Submission) SetWithExtra(fields []Field) error { return s.set(fields, true) }

func (s *Submission) set(fields []Field, extra bool) error {
	e := &FormError{}
	prompt := false
	for i, f := range fields {
		if f.Name == "prompt" && !null(f.Value) {
			prompt = f.Value[0] != '"' || says(f.Value) // what is no text is complained of by itself
		}
		switch known := fieldNamed(f.Name); {
		case known == nil && !extra:
			e.Mistakes = append(e.Mistakes, fmt.Sprintf("there is no field %s; the fields are %s", quote(f.Name), fieldNames()))
		case slices.ContainsFunc(fields[:i], func(other Field) bool { return other.Name == f.Name }):
			e.Mistakes = append(e.Mistakes, f.Name+": it is there twice; leave one of them out")
		case known == nil:
			if s.Extra == nil {
				s.Extra = map[string]json.RawMessage{}
			}
			s.Extra[f.Name] = f.Value
		case !null(f.Value):
			if err := known.set(s, f.Value); err != nil {
				e.Mistakes = append(e.Mistakes, f.Name+": "+err.Error())
			}
		}
	}
	if !prompt {
		e.Mistakes = append(e.Mistakes, "there is no prompt; say in it what the model is to do")
	}
	if len(e.Mistakes) > 0 {
		return e
	}
	return nil
}

// MarshalJSON writes the JSON form, from which UnmarshalJSON makes the same.
func (s Submission) MarshalJSON() ([]byte, error) {
	return marshal(struct {
		ID       string `json:"id,omitempty"`
		Priority string `json:"priority"`
		requestForm
	}{s.ID, dispatcher.PriorityName(s.Priority), s.form()})
}

// MarshalJSON writes the JSON form of a submission without what only a submission has.
func (r Request) MarshalJSON() ([]byte, error) { return marshal(r.form()) }

// plainRequest is a Request without its methods.
type plainRequest Request

// requestForm is what the JSON form of a request is made of: its fields, but for the timeout, which is written as people
// write it.
type requestForm struct {
	plainRequest
	Timeout string `json:"timeout,omitempty"` // in the place of the field of Request
}

func (r Request) form() requestForm {
	f := requestForm{plainRequest: plainRequest(r)}
	if r.Timeout != 0 {
		f.Timeout = r.Timeout.String()
	}
	return f
}

// marshal leaves <, > and & as they are: nothing of this goes into a page.
func marshal(value any) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	err := e.Encode(value)
	return bytes.TrimRight(out.Bytes(), "\n"), err
}

// storedForm is the JSON form as a journal has it, read quickly: of a long queue all requests are read before it is shown.
// What a later version may have added is passed over, and a value that would not be accepted today is kept: it is for the
// agent to refuse.
type storedForm struct {
	plainRequest
	Timeout json.RawMessage `json:"timeout"` // in the first version a number of nanoseconds
	Options json.RawMessage `json:"options"` // decoded by options
}

func (f *storedForm) request() (r Request, err error) {
	r = Request(f.plainRequest)
	if len(f.Options) > 0 {
		if r.Options, err = options(f.Options); err != nil {
			return Request{}, fmt.Errorf("options: %w", err)
		}
	}
	switch {
	case len(f.Timeout) == 0:
		return r, nil
	case f.Timeout[0] == '"':
		var text string
		if err = json.Unmarshal(f.Timeout, &text); err == nil {
			r.Timeout, err = time.ParseDuration(text)
		}
	default:
		err = json.Unmarshal(f.Timeout, &r.Timeout)
	}
	if err != nil {
		return Request{}, fmt.Errorf("timeout: %w", err)
	}
	return r, nil
}

// Fields takes an object in JSON apart. Its error is [ErrNotObject] or what is wrong with the syntax.
func Fields(data []byte) ([]Field, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	if token != json.Delim('{') {
		return nil, ErrNotObject
	}
	var fields []Field
	for d.More() {
		var f Field
		name, err := d.Token()
		if err == nil {
			err = d.Decode(&f.Value)
		}
		if err != nil {
			return nil, err
		}
		f.Name, _ = name.(string)
		fields = append(fields, f)
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows after the object")
	}
	return fields, nil
}

func null(value json.RawMessage) bool { return string(value) == "null" }

// says reports whether a string in JSON has more than blanks.
func says(value json.RawMessage) bool {
	var text string
	return json.Unmarshal(value, &text) != nil || strings.TrimSpace(text) != ""
}

// options decodes options so that whole numbers are int64 and others float64.
func options(value json.RawMessage) (map[string]any, error) {
	d := json.NewDecoder(bytes.NewReader(value))
	d.UseNumber()
	var options map[string]any
	err := d.Decode(&options)
	for name, value := range options {
		options[name] = number(value)
	}
	return options, err
}

// number replaces the json.Numbers in a decoded value.
func number(value any) any {
	switch v := value.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		f, _ := v.Float64() // infinite if it is too large, which nobody can send
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

// whole returns the number that a value in JSON is, if it has no fraction and is at most limit.
func whole(value json.RawMessage, limit float64) (int64, bool) {
	var n float64
	if json.Unmarshal(value, &n) != nil || n != math.Trunc(n) || math.Abs(n) > limit {
		return 0, false
	}
	return int64(n), true
}
