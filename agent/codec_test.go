package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"drover/dispatcher"
)

// The form on disk is what earlier versions wrote: it may gain fields, and nothing else.
func TestCodecForm(t *testing.T) {
	t.Parallel()
	var c Codec
	request := Request{
		Kind: "ollama", Prompt: "p <&>", System: "s", Model: "m", Options: map[string]any{"num_ctx": int64(8192), "stop": []any{"a", 0.5}},
		Timeout: time.Second, Think: "low", Format: json.RawMessage(`{"type":"object"}`), KeepAlive: "-1", Images: []string{"/a.png"},
	}
	result := Result{Model: "m", Text: "t", Thinking: "h", DoneReason: "stop", Metrics: Metrics{
		PromptTokens: 1, Tokens: 2, Approximate: true, Rate: 3.5, FirstToken: 4, ServerWait: 5, Load: 6, PromptEval: 7, Eval: 8, Total: 9,
	}}
	failure := fmt.Errorf("lane 3: %w", &Error{Ending: EndServerBusy, What: "busy", Next: "wait", Err: context.Canceled, RetryAfter: 7 * time.Second})
	for name, test := range map[string]struct {
		encoded func() ([]byte, error)
		want    string
	}{
		"request": {func() ([]byte, error) { return c.EncodePayload(request) }, `{"v":2,"body":{"kind":"ollama","prompt":"p <&>","system":"s","model":"m",` +
			`"options":{"num_ctx":8192,"stop":["a",0.5]},"think":"low","format":{"type":"object"},"keep_alive":"-1","images":["/a.png"],"timeout":"1s"}}`},
		"result": {func() ([]byte, error) { return c.EncodeResult(result) }, `{"v":1,"body":{"model":"m","text":"t","thinking":"h","done_reason":"stop",` +
			`"metrics":{"prompt_tokens":1,"tokens":2,"approximate":true,"rate":3.5,"first_token":4,"server_wait":5,"load":6,"prompt_eval":7,"eval":8,"total":9}}}`},
		"error": {func() ([]byte, error) { data, _, err := c.EncodeError(failure); return data, err }, `{"v":1,"body":{"text":"lane 3: busy; wait",` +
			`"ending":"server_busy","is":["canceled"],"error":{"what":"busy","next":"wait","cause":"context canceled","retry_after":7000000000}}}`},
	} {
		if got, err := test.encoded(); err != nil || string(got) != test.want {
			t.Errorf("%s: %v\ngot  %s\nwant %s", name, err, got, test.want)
		}
	}
	before := `{"v":1,"body":{"kind":"ollama","prompt":"p <&>","system":"s","model":"m","options":{"num_ctx":8192,"stop":["a",0.5]},` +
		`"timeout":1000000000,"think":"low","format":{"type":"object"},"keep_alive":"-1","images":["/a.png"]}}`
	if got, err := c.DecodePayload([]byte(before)); err != nil || !reflect.DeepEqual(got, request) {
		t.Errorf("a request in the first form: %+v, %v", got, err)
	}
	later := `{"v":1,"new":2,"body":{"prompt":"p","new":{"a":[]}}}`
	if got, err := c.DecodePayload([]byte(later)); err != nil || !reflect.DeepEqual(got, Request{Prompt: "p"}) {
		t.Errorf("with fields of a later version: %+v, %v", got, err)
	}
	for _, data := range []string{`{"v":3,"body":{"prompt":"p"}}`, `{"body":{}}`, ``, `null`, `{"v":1,"body":{"prompt":3}}`, `{"v":1,"bo`} {
		if got, err := c.DecodePayload([]byte(data)); err == nil {
			t.Errorf("%s is read as %+v", data, got)
		}
		if got, err := c.DecodeResult([]byte(data)); err == nil && !strings.Contains(data, "prompt\":3") {
			t.Errorf("%s is read as %+v", data, got)
		}
		if got, err := c.DecodeError([]byte(data)); err == nil && !strings.Contains(data, "prompt\":3") {
			t.Errorf("%s is read as %v", data, got)
		}
	}
}

func TestCodecRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	var c Codec
	if _, err := c.EncodePayload("text"); err == nil {
		t.Error("a string is encoded as a payload")
	}
	if _, err := c.EncodePayload(Request{Prompt: "p", Options: map[string]any{"f": func() {}}}); err == nil {
		t.Error("a function is encoded")
	}
	if _, err := c.EncodeResult(&Result{}); err == nil {
		t.Error("a pointer is encoded as a result")
	}
	if _, _, err := c.EncodeError(nil); err == nil {
		t.Error("no error is encoded")
	}
	data, err := c.EncodeResult(Result{Text: "t", Metrics: Metrics{Rate: math.NaN()}})
	if back, decodeErr := c.DecodeResult(data); err != nil || decodeErr != nil || back.(Result).Text != "t" {
		t.Errorf("a rate that is no number: %v, %v, %v", back, err, decodeErr)
	}
}

func TestCodecRoundTrip(t *testing.T) {
	t.Parallel()
	var c Codec
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(
			rapid.Map(rapid.String(), func(s string) any { return s }),
			rapid.Map(rapid.Int64(), func(n int64) any { return n }),
			rapid.Map(rapid.Float64Range(0.1, 0.9), func(f float64) any { return f }),
			rapid.Just[any](true), rapid.Just[any](nil),
			rapid.Map(rapid.SliceOfN(rapid.Int64(), 1, 3), func(list []int64) any {
				var values []any
				for _, n := range list {
					values = append(values, n)
				}
				return values
			}),
			rapid.Map(rapid.Int64(), func(n int64) any { return map[string]any{"n": n} }),
		)
		request := Request{
			Kind: rapid.String().Draw(t, "kind"), Prompt: rapid.String().Draw(t, "prompt"), System: rapid.String().Draw(t, "system"),
			Model: rapid.String().Draw(t, "model"), Timeout: time.Duration(rapid.Int64().Draw(t, "timeout")),
			Options: rapid.MapOfN(rapid.String(), value, 1, 4).Draw(t, "options"),
			Think:   rapid.SampledFrom(ThinkLevels).Draw(t, "think"), KeepAlive: rapid.String().Draw(t, "keep"),
			Images: rapid.SliceOfN(rapid.String(), 1, 3).Draw(t, "images"), Format: json.RawMessage(`"json"`),
			Command: rapid.SliceOfN(rapid.String(), 1, 3).Draw(t, "command"), Dir: rapid.String().Draw(t, "dir"),
			Env: rapid.MapOfN(rapid.String(), rapid.String(), 1, 3).Draw(t, "env"),
		}
		data, err := c.EncodePayload(request)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := c.DecodePayload(data); err != nil || !reflect.DeepEqual(back, request) {
			t.Fatalf("%v\ngot  %#v\nwant %#v", err, back, request)
		}
		result := Result{
			Model: rapid.String().Draw(t, "model"), Text: rapid.String().Draw(t, "text"), Thinking: rapid.String().Draw(t, "thinking"),
			DoneReason: rapid.String().Draw(t, "reason"),
			Metrics: Metrics{
				PromptTokens: rapid.Int().Draw(t, "prompt tokens"), Tokens: rapid.Int().Draw(t, "tokens"), Approximate: rapid.Bool().Draw(t, "approximate"),
				Rate: rapid.Float64Range(0, 1e6).Draw(t, "rate"), FirstToken: time.Duration(rapid.Int64().Draw(t, "first")),
				ServerWait: time.Duration(rapid.Int64().Draw(t, "wait")), Load: 1, PromptEval: 2, Eval: 3, Total: 4,
			},
		}
		data, err = c.EncodeResult(result)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := c.DecodeResult(data); err != nil || !reflect.DeepEqual(back, result) {
			t.Fatalf("%v\ngot  %#v\nwant %#v", err, back, result)
		}
	})
}

// Every field of what is kept is kept: a new one must not be forgotten.
func TestCodecKeepsEveryField(t *testing.T) {
	t.Parallel()
	var c Codec
	request := Request{Options: map[string]any{"a": int64(1)}, Format: json.RawMessage(`"json"`), Images: []string{"/a"},
		Command: []string{"a"}, Env: map[string]string{"A": "b"}, Extra: map[string]json.RawMessage{"a": json.RawMessage(`[1]`)}, Work: Work{Allow: []string{"a"}, Deny: []string{"b"}}}
	fill(t, reflect.ValueOf(&request).Elem())
	result := Result{Work: &WorkResult{}}
	fill(t, reflect.ValueOf(result.Work).Elem())
	fill(t, reflect.ValueOf(&result).Elem())
	data, err := c.EncodePayload(request)
	if back, decodeErr := c.DecodePayload(data); err != nil || decodeErr != nil || !reflect.DeepEqual(back, request) {
		t.Errorf("got %+v, %v, %v", back, err, decodeErr)
	}
	data, err = c.EncodeResult(result)
	if back, decodeErr := c.DecodeResult(data); err != nil || decodeErr != nil || !reflect.DeepEqual(back, result) {
		t.Errorf("got %+v, %v, %v", back, err, decodeErr)
	}
}

// fill gives every field that has none a value.
func fill(t *testing.T, v reflect.Value) {
	t.Helper()
	for i := range v.NumField() {
		switch f := v.Field(i); f.Kind() {
		case reflect.String:
			f.SetString("x")
		case reflect.Int, reflect.Int64:
			f.SetInt(7)
		case reflect.Float64:
			f.SetFloat(0.5)
		case reflect.Bool:
			f.SetBool(true)
		case reflect.Struct:
			fill(t, f)
		default:
			if f.IsZero() {
				t.Fatalf("no value for %s; give it one here", v.Type().Field(i).Name)
			}
		}
	}
}

var codecErrors = []error{
	errors.New("plain"),
	dispatcher.ErrTaskCancelled,
	dispatcher.ErrStopped,
	fmt.Errorf("%w: because", dispatcher.ErrContextCancelled),
	&dispatcher.PanicError{Value: "boom", Stack: []byte("goroutine 1 [running]:\nmain.main()")},
	&dispatcher.PanicError{Value: context.DeadlineExceeded},
	fmt.Errorf("lane 2: %w", &dispatcher.PanicError{Value: 7}),
	dispatcher.ErrAgentExited,
	context.Canceled, context.DeadlineExceeded, ErrUnreachable,
	fmt.Errorf("%w: connection refused", ErrUnreachable),
	badRequest("the prompt is empty", "write something"),
	&Error{Ending: EndCancelled, What: "cancelled because the program stops", Err: dispatcher.ErrStopped},
	&Error{Ending: EndConnectionLost, What: "gone", Err: fmt.Errorf("dial: %w", ErrUnreachable)},
	&Error{Ending: EndRateLimited, What: "limit", Next: "wait", RetryAfter: time.Minute},
	fmt.Errorf("at attempt 3: %w", &Error{Ending: EndStalled, What: "nothing came", Err: errors.New("cause")}),
	errors.Join(dispatcher.ErrTaskCancelled, context.DeadlineExceeded),
	errors.Join(errors.New("a"), &Error{Ending: EndEmpty, What: "b"}),
	Codec{}.Interrupted(),
}

func TestCodecErrors(t *testing.T) {
	t.Parallel()
	for _, err := range codecErrors {
		checkErrorRoundTrip(t, err)
	}
	for _, ending := range Endings() {
		checkErrorRoundTrip(t, &Error{Ending: ending, What: "what", Next: "next", RetryAfter: time.Second})
	}
	if kind := EndingOf(Codec{}.Interrupted()); kind != EndInterrupted {
		t.Errorf("an interrupted task ended as %s", kind)
	}
	// A word of a later version is passed on, and one that does not fit its sentinels wins.
	later, err := Codec{}.DecodeError([]byte(`{"v":1,"body":{"text":"new thing","ending":"tool_loop","is":["news"]}}`))
	if err != nil || EndingOf(later) != "tool_loop" || later.Error() != "new thing" {
		t.Errorf("an ending of a later version: %v, %v", later, err)
	}
}

func checkErrorRoundTrip(t *testing.T, err error) {
	t.Helper()
	var c Codec
	data, kind, encodeErr := c.EncodeError(err)
	back, decodeErr := c.DecodeError(data)
	if encodeErr != nil || decodeErr != nil {
		t.Fatalf("%v: %v, %v", err, encodeErr, decodeErr)
	}
	if back.Error() != err.Error() || EndingOf(back) != EndingOf(err) || kind != string(EndingOf(err)) {
		t.Errorf("%q (%s) came back as %q (%s), kind %s", err, EndingOf(err), back, EndingOf(back), kind)
	}
	for _, known := range []error{
		dispatcher.ErrTaskCancelled, dispatcher.ErrStopped, dispatcher.ErrContextCancelled, dispatcher.ErrAgentPanicked,
		dispatcher.ErrAgentExited, ErrUnreachable, context.Canceled, context.DeadlineExceeded,
	} {
		if errors.Is(err, known) != errors.Is(back, known) {
			t.Errorf("%q matches %q: %v, and after it: %v", err, known, errors.Is(err, known), errors.Is(back, known))
		}
	}
	var before, after *Error
	if errors.As(err, &before) && (!errors.As(back, &after) || after.What != before.What || after.Next != before.Next ||
		after.RetryAfter != before.RetryAfter || (before.Err == nil) != (after.Err == nil) && before.Err != nil) {
		t.Errorf("%+v came back as %+v", before, after)
	}
	var panicBefore, panicAfter *dispatcher.PanicError
	if errors.As(err, &panicBefore) && (!errors.As(back, &panicAfter) || string(panicAfter.Stack) != string(panicBefore.Stack)) {
		t.Errorf("%+v came back as %+v", panicBefore, panicAfter)
	}
}

func TestCodecTexts(t *testing.T) {
	t.Parallel()
	var c Codec
	request, result := Request{Prompt: "p", System: "s", Model: "asked"}, Result{Text: "t", Thinking: "h", Model: "m"}
	if prompt, answer := c.SearchText(request, result); prompt != "p\ns" || answer != "t\nh" {
		t.Errorf("search text %q, %q", prompt, answer)
	}
	if prompt, answer := c.SearchText(nil, nil); prompt+answer != "" {
		t.Errorf("search text of nothing %q, %q", prompt, answer)
	}
	usual := Codec{DefaultModel: func(r Request) string { return "usual for " + r.Prompt }}
	for _, m := range []struct {
		codec Codec
		task  dispatcher.Task
		want  string
	}{
		{c, dispatcher.Task{Payload: request, Result: result}, "m"},
		{c, dispatcher.Task{Payload: request}, "asked"},
		{c, dispatcher.Task{}, ""},
		{usual, dispatcher.Task{Payload: request}, "asked"},
		{usual, dispatcher.Task{Payload: Request{Prompt: "x"}}, "usual for x"},
		{usual, dispatcher.Task{Payload: Request{Prompt: "x"}, Status: dispatcher.StatusRunning}, "usual for x"},
		{usual, dispatcher.Task{Payload: Request{Prompt: "x"}, Status: dispatcher.StatusCancelled}, ""}, // it never had one
		{c, dispatcher.Task{Payload: Request{Prompt: "x", Command: []string{"/bin/wc"}}}, "wc"},
	} {
		if got := m.codec.Model(&m.task); got != m.want {
			t.Errorf("model %q, want %q", got, m.want)
		}
	}
}

// Whatever is on disk, the decoders return, and what they take can be written again.
func FuzzCodec(f *testing.F) {
	var c Codec
	for _, err := range codecErrors {
		data, _, _ := c.EncodeError(err)
		f.Add(data)
	}
	for _, data := range []string{
		`{"v":1,"body":{"prompt":"p","options":{"a":1e999,"b":[1,2.5,{"c":3}]},"format":{"a":1},"timeout":1}}`,
		`{"v":1,"body":{"text":"t","metrics":{"rate":1.5,"total":3}}}`, `{"v":1}`, `[]`,
	} {
		f.Add([]byte(data))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if payload, err := c.DecodePayload(data); err == nil {
			if again, err := c.EncodePayload(payload); err == nil {
				if back, err := c.DecodePayload(again); err != nil {
					t.Fatalf("%+v: %v of %s", back, err, again)
				}
			}
		}
		if result, err := c.DecodeResult(data); err == nil {
			again, err := c.EncodeResult(result)
			back, decodeErr := c.DecodeResult(again)
			if err != nil || decodeErr != nil || !reflect.DeepEqual(back, result) {
				t.Fatalf("%+v became %+v: %v, %v", result, back, err, decodeErr)
			}
		}
		if failure, err := c.DecodeError(data); err == nil {
			if failure == nil {
				t.Fatal("no error, and no reason for it")
			}
			checkErrorRoundTrip(t, failure)
		}
	})
}
