package agent

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"drover/agent/safetext"
	"drover/dispatcher"
)

func TestRecord(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 600, time.FixedZone("", 3600))
	task := Task{
		ID: "a", Serial: 9, Priority: dispatcher.PriorityHigh, Request: Request{Prompt: "x", Model: "asked"}, Status: dispatcher.StatusFailed,
		Error:     &Error{Ending: EndTokenLimit, What: "cut", Next: "raise it"},
		Result:    Result{Model: "m", Server: "http://a:1", Text: "half", Thinking: "hm", Metrics: Metrics{PromptTokens: 3, Tokens: 4, Rate: 12.3456, FirstToken: 1500 * time.Microsecond, ServerWait: time.Second, Load: time.Minute, Context: 4096}},
		CreatedAt: at, StartedAt: at.Add(time.Second), CompletedAt: at.Add(2 * time.Second), Attempts: 2, WorkerID: 0,
	}
	got, err := json.Marshal(NewRecord(task))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"id":"a","serial":9,"status":"failed","priority":"high","model":"m","server":"http://a:1","prompt":"x","result":"half","thinking":"hm","error":"cut; raise it",` +
		`"error_kind":"token_limit","worker":1,"attempts":2,"created_at":"2026-01-02T02:04:05.0000006Z",` +
		`"started_at":"2026-01-02T02:04:06.0000006Z","completed_at":"2026-01-02T02:04:07.0000006Z",` +
		`"kind":"chat","command":null,"metrics":{"prompt_tokens":3,"tokens":4,"approximate":false,"tokens_per_second":12.35,"ttft_ms":1.5,"server_wait_ms":1000,"load_ms":60000,"context_length":4096,"context_share":0.0017}}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	// One whose program was killed while it ran.
	task.Status, task.Error = dispatcher.StatusCancelled, Codec{}.Interrupted()
	if kind := NewRecord(task).ErrorKind; kind == nil || *kind != EndInterrupted {
		t.Errorf("the kind of an interrupted task is %v", kind)
	}
	// One that was cancelled before it began.
	task = Task{ID: "b", Priority: 2, Request: Request{Prompt: "x", Model: "asked"}, Status: dispatcher.StatusCancelled,
		Error: dispatcher.ErrTaskCancelled, CreatedAt: at, CompletedAt: at}
	got, err = json.Marshal(NewRecord(task))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{`"status":"cancelled","priority":"low","model":"asked"`, `"error":"task cancelled","error_kind":"cancelled","worker":null,"attempts":0`, `"started_at":null`} {
		if !strings.Contains(string(got), part) {
			t.Errorf("%s lacks %s", got, part)
		}
	}
}

// What its user gave a task to keep is in its record; the test before has none.
func TestRecordHasExtra(t *testing.T) {
	t.Parallel()
	got, err := json.Marshal(NewRecord(Task{Request: Request{Prompt: "x", Extra: map[string]json.RawMessage{"reference": json.RawMessage("\"\u202e4\"")}}}))
	if want := `,"extra":{"reference":"\u202e4"}}`; err != nil || !strings.HasSuffix(string(got), want) {
		t.Errorf("got %s, %v", got, err)
	}
}

// A command has no tokens, and so none are told.
func TestRecordOfACommand(t *testing.T) {
	t.Parallel()
	got, err := json.Marshal(NewRecord(Task{
		ID: "a", Request: Request{Kind: "command", Prompt: "x", Command: []string{"/bin/claude", "-p"}}, Result: Result{Text: "done", Metrics: Metrics{Total: time.Second}},
	}))
	if want := `"kind":"command","command":["/bin/claude","-p"],"metrics":null}`; err != nil || !strings.HasSuffix(string(got), want) || !strings.Contains(string(got), `"model":""`) {
		t.Errorf("got %s, %v", got, err)
	}
}

// Whatever a model said, a record printed on a terminal does nothing but be read, and nothing of it is lost.
func FuzzRecordIsSafeAndWhole(f *testing.F) {
	f.Add("plain")
	f.Add("\x1b]52;c;x\a \u009b2J \x7f \u202e \u2028 \U000E0041 <&> \u00ad é世 \u200d \xff")
	f.Fuzz(func(t *testing.T, text string) {
		record := NewRecord(Task{ID: text, Request: Request{Prompt: text}, Result: Result{Text: text}})
		var line bytes.Buffer
		if err := json.NewEncoder(&line).Encode(record); err != nil {
			t.Fatal(err)
		}
		for _, r := range strings.TrimSuffix(line.String(), "\n") {
			if r == '\n' || safetext.Unsafe(r) {
				t.Fatalf("%U in %q", r, line.String())
			}
		}
		var back Record
		if err := json.Unmarshal(line.Bytes(), &back); err != nil {
			t.Fatal(err)
		}
		if want := strings.ToValidUTF8(text, "\uFFFD"); len([]rune(text)) == len([]rune(want)) && back.Result != want {
			t.Fatalf("%q came back as %q", text, back.Result)
		}
	})
}
