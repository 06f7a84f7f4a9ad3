package agent

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"drover/dispatcher"
)

// wholeTask has a value in every field that there is.
func wholeTask() Task {
	at := time.Date(2026, 1, 2, 3, 4, 5, 600, time.UTC)
	return Task{
		ID: "a", Serial: 9, Priority: dispatcher.PriorityLow,
		Request: Request{
			Kind: "ollama", Prompt: "p <&>\u202e", System: "s", Model: "asked", Options: map[string]any{"num_ctx": int64(8192), "stop": []any{"a", 0.5}},
			Timeout: time.Second, Think: "low", Format: json.RawMessage(`{"type":"object"}`), KeepAlive: "-1", Images: []string{"/a.png"},
			Command: []string{"wc", "-w"}, Dir: "/tmp", Env: map[string]string{"A": "b"}, Work: Work{Workspace: "copy", Base: "main", WithChanges: true, Verify: "go test", Mode: "edits", Allow: []string{"run go *"}, Deny: []string{"edit x"}, Rounds: 9},
			Extra: map[string]json.RawMessage{"n": json.RawMessage(`[1]`)},
		},
		Status: dispatcher.StatusFailed,
		Error:  fmt.Errorf("lane 3: %w", &Error{Ending: EndServerBusy, What: "busy", Next: "wait", Err: ErrUnreachable, RetryAfter: 7 * time.Second}),
		Result: Result{Model: "m", Server: "http://a:1", Text: "t", Thinking: "h", DoneReason: "stop", Metrics: Metrics{
			PromptTokens: 1, Tokens: 2, Approximate: true, Rate: 3.56789, FirstToken: 4, ServerWait: 5, Load: 6, PromptEval: 7, Eval: 8, Total: 9, Context: 10,
		}, Work: &WorkResult{Workspace: "9-x", Dir: "/w", Branch: "drover/9-x", Rounds: 3, Verify: "go test", Verified: true, Calls: "text"}},
		DefaultModel: "usual", CreatedAt: at, StartedAt: at.Add(1), CompletedAt: at.Add(2),
		Attempts: 3, Requeues: 2, WorkerID: 4, NotBefore: at.Add(3),
	}
}

// A task that was written is the same when it is read, with every field that a task has or comes to have.
func TestTaskComesBackFromItsForm(t *testing.T) {
	t.Parallel()
	whole := wholeTask()
	for _, part := range []any{whole, whole.Request, whole.Result, whole.Result.Metrics} {
		for v, i := reflect.ValueOf(part), 0; i < v.NumField(); i++ {
			if v.Field(i).IsZero() {
				t.Errorf("the field %s of %T is not tried", v.Type().Field(i).Name, part)
			}
		}
	}
	plain := Task{ID: "b", Priority: dispatcher.PriorityNormal, Request: Request{Prompt: "x"}}
	cancelled := Task{ID: "c", Priority: dispatcher.PriorityHigh, Status: dispatcher.StatusCancelled, Error: dispatcher.ErrTaskCancelled}
	interrupted := Task{ID: "d", Priority: dispatcher.PriorityNormal, Status: dispatcher.StatusCancelled, Error: Codec{}.Interrupted()}
	for _, task := range []Task{whole, plain, cancelled, interrupted} {
		text, err := json.Marshal(task)
		if err != nil {
			t.Fatal(err)
		}
		var back Task
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if fmt.Sprint(back.Error) != fmt.Sprint(task.Error) || EndingOf(back.Error) != EndingOf(task.Error) ||
			errors.Is(back.Error, ErrUnreachable) != errors.Is(task.Error, ErrUnreachable) {
			t.Errorf("the error %v came back as %v", task.Error, back.Error)
		}
		task.Error, back.Error = nil, nil
		if !reflect.DeepEqual(back, task) { //nolint:govet // it has no errors any more
			t.Errorf("\ngot  %+v\nwant %+v\nin %s", back, task, text)
		}
		record, err := json.Marshal(NewRecord(whole))
		if err != nil {
			t.Fatal(err)
		}
		if task.ID == "a" && !bytes.HasPrefix(text, record[:len(record)-1]) {
			t.Errorf("%s does not begin with the record %s", text, record)
		}
	}
}

// What others call a task is refused with a reason, or is the same when it is sent on.
func FuzzTaskForm(f *testing.F) {
	whole, err := json.Marshal(wholeTask())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add([]byte(`{"id":"a","status":"pending","priority":"normal"}`))
	f.Add([]byte(`{"status":"x"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var task, back Task
		if json.Unmarshal(data, &task) != nil {
			return
		}
		text, err := json.Marshal(task)
		if err != nil {
			return // a time that has no form
		}
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatalf("%s became %s: %v", data, text, err)
		}
		if again, _ := json.Marshal(back); string(again) != string(text) {
			t.Fatalf("%s became\n%s and then\n%s", data, text, again)
		}
	})
}
