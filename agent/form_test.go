package agent

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"drover/dispatcher"
)

// Every field of a submission is in its JSON form, and nothing that is not refused is lost on the way.
func TestTheFormHasEveryField(t *testing.T) {
	t.Parallel()
	s := Submission{ID: "a", Priority: dispatcher.PriorityLow, Request: Request{
		Kind: "command", Prompt: "p <&>", System: "s", Model: "m", Options: map[string]any{"num_ctx": int64(8192), "stop": []any{"a", 0.5}},
		Timeout: 90 * time.Second, Think: "low", Format: json.RawMessage(`{"type":"object"}`), KeepAlive: "-1", Images: []string{"/a.png"},
		Command: []string{"wc", "-w"}, Dir: "/d", Env: map[string]string{"A": "b"},
		Work:  Work{Workspace: "copy", Base: "main", WithChanges: true, Verify: "go test", Mode: "edits", Allow: []string{"run go *"}, Deny: []string{"edit x"}, Rounds: 9},
		Extra: map[string]json.RawMessage{"reference": json.RawMessage(`["4",null]`)},
	}}
	const want = `{"id":"a","priority":"low","kind":"command","prompt":"p <&>","system":"s","model":"m",` +
		`"options":{"num_ctx":8192,"stop":["a",0.5]},"think":"low","format":{"type":"object"},"keep_alive":"-1","images":["/a.png"],` +
		`"command":["wc","-w"],"dir":"/d","env":{"A":"b"},"workspace":"copy","base":"main","with_changes":true,"verify":"go test","mode":"edits",` +
		`"allow":["run go *"],"deny":["edit x"],"rounds":9,"extra":{"reference":["4",null]},"timeout":"1m30s"}`
	text, err := s.MarshalJSON()
	if err != nil || string(text) != want {
		t.Errorf("%v\ngot  %s\nwant %s", err, text, want)
	}
	var back Submission
	if err := json.Unmarshal(text, &back); err != nil || !reflect.DeepEqual(back, s) {
		t.Errorf("%v\ngot  %+v\nwant %+v", err, back, s)
	}
	v := reflect.ValueOf(s.Request)
	for i := range v.NumField() {
		if v.Field(i).IsZero() {
			t.Errorf("%s is not tried here", v.Type().Field(i).Name)
		}
	}
}

// What is not said keeps the value that it has.
func TestTheFormKeepsWhatIsNotThere(t *testing.T) {
	t.Parallel()
	s := Submission{Priority: dispatcher.PriorityLow, Request: Request{Model: "m"}}
	if err := json.Unmarshal([]byte(`{"prompt":"p","model":null}`), &s); err != nil {
		t.Fatal(err)
	}
	if want := (Submission{Priority: dispatcher.PriorityLow, Request: Request{Model: "m", Prompt: "p"}}); !reflect.DeepEqual(s, want) {
		t.Errorf("got %+v", s)
	}
}

func TestTheFormNamesEveryMistake(t *testing.T) {
	t.Parallel()
	err := json.Unmarshal([]byte(`{"promt":"x","timeout":-1e300,"think":3,"images":["",""],"env":{"A":1},"prompt":" "}`), new(Submission))
	wrong, ok := errors.AsType[*FormError](err)
	want := []string{
		`there is no field "promt"; the fields are ` + fieldNames(), `timeout: -1e300 is not a time; write for example "90s" or "5m"`,
		"think: a number is not a text; put it in quotes", `images: "" is not a file; write for example ["photo.png"]`,
		`env: it is not a set of texts; write for example {"LANG": "C"}`, "there is no prompt; say in it what the model is to do",
	}
	if !ok || !reflect.DeepEqual(wrong.Mistakes, want) {
		t.Errorf("got %v\nwant %s", err, strings.Join(want, "; "))
	}
	if err := json.Unmarshal([]byte(`null`), new(Submission)); !errors.Is(err, ErrNotObject) {
		t.Errorf("null: %v", err)
	}
}

// Among the data of other programs are fields that a task does not have: they are kept, and do not take the place of others.
func TestTheFormKeepsOtherFields(t *testing.T) {
	t.Parallel()
	fields, err := Fields([]byte(`{"prompt":"p","reference":"4","extra":{"n":1},"none":null,"model":"m"}`))
	if err != nil {
		t.Fatal(err)
	}
	var s Submission
	if err := s.SetWithExtra(fields); err != nil {
		t.Fatal(err)
	}
	want := Request{Prompt: "p", Model: "m", Extra: map[string]json.RawMessage{
		"reference": json.RawMessage(`"4"`), "n": json.RawMessage(`1`), "none": json.RawMessage(`null`),
	}}
	if !reflect.DeepEqual(s.Request, want) {
		t.Errorf("got  %+v\nwant %+v", s.Request, want)
	}
	twice := []Field{{"prompt", json.RawMessage(`"p"`)}, {"a", json.RawMessage(`1`)}, {"a", json.RawMessage(`2`)}}
	if err := new(Submission).SetWithExtra(twice); err == nil || err.Error() != "a: it is there twice; leave one of them out" {
		t.Errorf("got %v", err)
	}
}

// Whatever is sent, it is refused with a reason, or it says the same when it is sent on.
func FuzzForm(f *testing.F) {
	for _, text := range []string{
		`{"id":7,"prompt":"p","priority":1,"timeout":1.5,"think":true,"keep_alive":-1,"images":"x"}`,
		`{"prompt":"p","options":{"a":1e999,"b":[1,2.5,{"c":3}]},"format":{"a":1},"timeout":"1h"}`,
		`{"prompt":"p","kind":"command","command":"c","dir":"d","env":{"A":"b"},"after":["x"]}`, `{"prompt":"p","extra":{"a":[1,{}]}}`, `{"prompt":"a","prompt":"b"}`, `[]`, `null`, `{`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var s, back Submission
		if err := json.Unmarshal(data, &s); err != nil {
			if err.Error() == "" {
				t.Fatal("refused without a reason")
			}
			return
		}
		text, err := s.MarshalJSON()
		if err != nil {
			t.Fatalf("%+v: %v", s, err)
		}
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatalf("%s became %s: %v", data, text, err)
		}
		again, _ := back.MarshalJSON()
		if string(again) != string(text) {
			t.Fatalf("%s became %s", text, again)
		}
	})
}
