package batch

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"drover/agent"
	"drover/dispatcher"
)

func TestRead(t *testing.T) {
	t.Parallel()
	full := agent.Submission{ID: "a", Priority: dispatcher.PriorityHigh, Request: agent.Request{
		Prompt: "say hello", Model: "m", System: "be brief",
		Options: map[string]any{"temperature": 0.5, "seed": int64(7), "stop": []any{"x"}}, Timeout: 90 * time.Second,
	}}
	plain := func(prompts ...string) []agent.Submission {
		var items []agent.Submission
		for _, p := range prompts {
			items = append(items, agent.Submission{Priority: dispatcher.PriorityLow, Request: agent.Request{Prompt: p}})
		}
		return items
	}
	const fullJSON = `{"id":"a","prompt":"say hello","priority":"high","model":"m","system":"be brief",` +
		`"options":{"temperature":0.5,"seed":7,"stop":["x"]},"timeout":"90s"}`
	tests := []struct {
		title, name, text string
		want              []agent.Submission
	}{
		{"plain text", "a.txt", "one\n\n  # no\n two \n", plain("one", "two")},
		{"no newline at the end", "a.txt", "one\r\ntwo", plain("one", "two")},
		{"byte order mark", "a.txt", "\ufeff# no\none", plain("one")},
		{"text that begins like JSON", "a.txt", "{\"prompt\": 1", plain("{\"prompt\": 1")},
		{"other extension", "a.prompts", "one", plain("one")},
		{"list of words, not JSON", "-", "[draft] one", plain("[draft] one")},
		{"JSON lines", "a.jsonl", fullJSON + "\r\n\r\n" + `{"prompt":"two"}`, append([]agent.Submission{full}, plain("two")...)},
		{"what few tasks have", "/b/a.jsonl", `{"prompt":"one","think":true,"format":"json","keep_alive":-1,"images":["x.png","/y.png"]}` + "\n" +
			`{"prompt":"two","think":"low","format":{"type":"object"},"keep_alive":"10m","images":"../z.png"}`, []agent.Submission{
			{Priority: 2, Request: agent.Request{Prompt: "one", Think: "true", Format: []byte(`"json"`), KeepAlive: "-1", Images: []string{"/b/x.png", "/y.png"}}},
			{Priority: 2, Request: agent.Request{Prompt: "two", Think: "low", Format: []byte(`{"type":"object"}`), KeepAlive: "10m", Images: []string{"/z.png"}}},
		}},
		{"JSON lines by its beginning", "-", "\ufeff\n " + `{"prompt":"one"}`, plain("one")},
		{"null is not there", "a.jsonl", `{"prompt":"one","after":null,"id":null,"priority":null}`, plain("one")},
		{"JSON lines in .json", "a.json", fullJSON, []agent.Submission{full}},
		{"JSON list", "a.JSON", "[\n  " + fullJSON + ",\n {\n\"prompt\": \"two\"\n}]\n", append([]agent.Submission{full}, plain("two")...)},
		{"JSON list by its beginning", "-", "[ {\"prompt\":\"one\"}]", plain("one")},
		{"numbers", "a.jsonl", `{"id":7,"prompt":"one","priority":0,"timeout":1.5}`, []agent.Submission{{ID: "7", Request: agent.Request{Prompt: "one", Timeout: 1500 * time.Millisecond}}}},
		{"YAML list", "a.yaml", "# c\n- one\n- prompt: |\n    two\n    lines\n  priority: high\n", []agent.Submission{
			{Priority: 2, Request: agent.Request{Prompt: "one"}}, {Priority: 0, Request: agent.Request{Prompt: "two\nlines\n"}},
		}},
		{"YAML documents", "a.yml", "---\nprompt: one\n---\n- two\n---\n", plain("one", "two")},
		{"YAML by its beginning", "-", "---\r\n- one\r\n", plain("one")},
		{"YAML, all fields", "a.yaml", "id: a\nprompt: say hello\npriority: high\nmodel: m\nsystem: be brief\n" +
			"options: {temperature: 0.5, seed: 7, stop: [x]}\ntimeout: 90s\n", []agent.Submission{full}},
		{"YAML, aliases", "a.yaml", "- &one\n  prompt: one\n- <<: *one\n  id: b\n- *one\n", []agent.Submission{
			{Priority: 2, Request: agent.Request{Prompt: "one"}}, {ID: "b", Priority: 2, Request: agent.Request{Prompt: "one"}}, {Priority: 2, Request: agent.Request{Prompt: "one"}},
		}},
		{"YAML, a date is a text", "a.yaml", "prompt: 2026-01-01", plain("2026-01-01")},
		{"what commands have", "/b/a.jsonl", `{"prompt":"one","kind":"command","command":["wc","-w"],"dir":"c","env":{"LANG":"C"}}` + "\n" +
			`{"prompt":"two","command":"count","dir":"~/d"}`, []agent.Submission{
			{Priority: 2, Request: agent.Request{Prompt: "one", Kind: "command", Command: []string{"wc", "-w"}, Dir: "/b/c", Env: map[string]string{"LANG": "C"}}},
			{Priority: 2, Request: agent.Request{Prompt: "two", Command: []string{"count"}, Dir: "~/d"}},
		}},
		{"long line", "a.txt", strings.Repeat("x", 3<<20) + "\ntwo", plain(strings.Repeat("x", 3<<20), "two")},
	}
	for _, test := range tests {
		t.Run(test.title, func(t *testing.T) {
			t.Parallel()
			got, _, err := Read(strings.NewReader(test.text), test.name, ReadOptions{Priority: dispatcher.PriorityLow})
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %+v\nwant %+v", got, test.want)
			}
		})
	}
}

func TestReadProblems(t *testing.T) {
	t.Parallel()
	tests := []struct{ title, name, text, want string }{
		{"empty", "a.txt", "\n# nothing\n", "a.txt: there is no task in it; write a prompt a line, JSON lines or YAML"},
		{"empty YAML", "a.yaml", "", "a.yaml: there is no task in it; write a prompt a line, JSON lines or YAML"},
		{"empty list", "a.json", "[]", "a.json: there is no task in it; write a prompt a line, JSON lines or YAML"},
		{"UTF-16", "a.txt", "\xff\xfea\x00", "a.txt: it is encoded as UTF-16; save it as UTF-8"},
		{"Latin 1", "a.txt", "one\ngr\xfc\xdfe\n", "a.txt:2: the text is not UTF-8; save the file as UTF-8"},
		{"unknown field", "a.jsonl", "{\"promt\":\"y\"}", "a.jsonl:1: there is no prompt; if it is in promt, say so with --prompt-field NAME"},
		{"hostile field", "a.jsonl", "{\"\\u001b[2J\":\"y\"}", "a.jsonl:1: there is no prompt; if it is in \"\\x1b[2J\", say so with --prompt-field NAME"},
		{"hostile name", "a\x1b]0;x\ab", "", "ab: there is no task in it; write a prompt a line, JSON lines or YAML"},
		{"no prompt", "a.jsonl", "{}", "a.jsonl:1: there is no prompt; say in it what the model is to do"},
		{"blank prompt", "a.jsonl", `{"prompt":" \n"}`, "a.jsonl:1: there is no prompt; say in it what the model is to do"},
		{"prompt of a wrong type", "a.jsonl", `{"prompt":3}`, "a.jsonl:1: prompt: a number is not a text; put it in quotes"},
		{"priority", "a.jsonl", `{"prompt":"x","priority":"urgent"}`, `a.jsonl:1: priority: "urgent" is not one of high, normal, low`},
		{"priority, none", "a.jsonl", `{"prompt":"x","priority":""}`, `a.jsonl:1: priority: "" is not one of high, normal, low`},
		{"priority, number", "a.jsonl", `{"prompt":"x","priority":3}`, `a.jsonl:1: priority: 3 is not one of high, normal, low`},
		{"priority, type", "a.jsonl", `{"prompt":"x","priority":[]}`, `a.jsonl:1: priority: a list is not one of high, normal, low`},
		{"timeout", "a.jsonl", `{"prompt":"x","timeout":"-1s"}`, `a.jsonl:1: timeout: "-1s" is not a time; write for example "90s" or "5m"`},
		{"timeout, number", "a.jsonl", `{"prompt":"x","timeout":0}`, `a.jsonl:1: timeout: 0 is not a time; write for example "90s" or "5m"`},
		{"options", "a.jsonl", `{"prompt":"x","options":true}`, `a.jsonl:1: options: true or false is not a set of options; write for example {"temperature": 0}`},
		{"options that cannot be sent", "a.yaml", "prompt: x\noptions: {a: .inf}", `a.yaml:1: options: this cannot be sent: unsupported value: +Inf`},
		{"think", "a.jsonl", `{"prompt":"x","think":"hard"}`, `a.jsonl:1: think: think is "hard"; use one of auto, true, false, low, medium, high, max`},
		{"think, type", "a.jsonl", `{"prompt":"x","think":3}`, `a.jsonl:1: think: a number is not a text; put it in quotes`},
		{"format", "a.jsonl", `{"prompt":"x","format":"xml"}`, `a.jsonl:1: format: the format is neither "json" nor a JSON schema; write for example {"type": "object"}`},
		{"format that cannot be sent", "a.yaml", "prompt: x\nformat: {a: .inf}", "a.yaml:1: format: this cannot be sent: unsupported value: +Inf"},
		{"keep_alive", "a.jsonl", `{"prompt":"x","keep_alive":"soon"}`, `a.jsonl:1: keep_alive: keep_alive is "soon"; use a duration such as 10m, a number of seconds, or -1`},
		{"keep_alive, type", "a.jsonl", `{"prompt":"x","keep_alive":1.5}`, `a.jsonl:1: keep_alive: a number is not a text; put it in quotes`},
		{"images", "a.jsonl", `{"prompt":"x","images":[3]}`, `a.jsonl:1: images: 3 is not a file; write for example ["photo.png"]`},
		{"id", "a.jsonl", `{"prompt":"x","id":"a\nb"}`, `a.jsonl:1: id: "a\nb" has characters that cannot be shown in one line; give it another one, or none`},
		{"id, empty", "a.jsonl", `{"prompt":"x","id":""}`, `a.jsonl:1: id: "" is empty; give it another one, or none`},
		{"id, type", "a.jsonl", `{"prompt":"x","id":1.5}`, `a.jsonl:1: id: a number is not a text; put it in quotes`},
		{"id, long", "a.jsonl", `{"prompt":"x","id":"` + strings.Repeat("a", 257) + `"}`, `a.jsonl:1: id: "` + strings.Repeat("a", 60) + `…" is longer than 256 bytes; give it another one, or none`},
		{"model", "a.jsonl", `{"prompt":"x","model":"\u009b2J"}`, `a.jsonl:1: model: "\u009b2J" has characters that cannot be shown in one line; name an installed model`},
		{"the same field", "a.jsonl", `{"prompt":"x","prompt":"y"}`, "a.jsonl:1: prompt: it is there twice; leave one of them out"},
		{"command", "a.jsonl", `{"prompt":"x","command":[]}`, `a.jsonl:1: command: a list is not a command; write for example ["wc", "-w"]`},
		{"env", "a.jsonl", `{"prompt":"x","env":["A=b"]}`, `a.jsonl:1: env: it is not a set of texts; write for example {"LANG": "C"}`},
		{"text that is not UTF-8", "a.yaml", "prompt: !!binary gIGC", "a.yaml:1: prompt: the text is not UTF-8"},
		{"after", "a.jsonl", `{"prompt":"x","after":["a"]}`, "a.jsonl:1: after: tasks cannot wait for others yet; take it out and run what depends on them as a batch of its own"},
		{"the same id", "a.jsonl", "{\"prompt\":\"x\",\"id\":\"a\"}\n{\"prompt\":\"x\"}\n{\"prompt\":\"x\"}\n{\"prompt\":\"x\",\"id\":\"a\"}", `a.jsonl:4: id: "a" is that of line 1 too; give each task one of its own`},
		{"not an object", "a.jsonl", "3", "a.jsonl:1: this is not a whole JSON object: it is of another type; each task stands in one line"},
		{"object over lines", "a.jsonl", "{\n}}\n{\"prompt\":\"x\"}",
			"a.jsonl:1: this is not a whole JSON object: unexpected end of JSON input; each task stands in one line (and in 1 more line)"},
		{"list, broken", "a.json", "[\n{\"prompt\":\"x\"},\n{\"prompt\"}\n]", "a.json:3: the list is not JSON: invalid character '}' after object key; correct it, or write a task a line"},
		{"list, cut", "a.json", "[\n{\"prompt\":\"x\"}\n", "a.json:2: the list is not JSON: it ends too early; correct it, or write a task a line"},
		{"list, more behind", "a.json", "[{\"prompt\":\"x\"}]\n{}", "a.json:2: the list is not JSON: something follows after the list; correct it, or write a task a line"},
		{"list of something else", "a.json", "[{\"prompt\":\"x\"},\n\n3]", "a.json:3: this is no task; write an object with its fields, or a text"},
		{"list, field", "a.json", "[{\"prompt\":\"x\"},\n\n{\"after\":1,\n\"prompt\":\"y\"}]", "a.json:3: after: tasks cannot wait for others yet; take it out and run what depends on them as a batch of its own"},
		{"YAML, syntax", "a.yaml", "- prompt: x\n- prompt: [", "a.yaml:2: this is not YAML: did not find expected node content"},
		{"YAML, the same field", "a.yaml", "- x\n- prompt: a\n  prompt: b\n", `a.yaml:3: this is not YAML: mapping key "prompt" already defined at line 2`},
		{"YAML, number", "a.yaml", "- 3\n- [x]\n", "a.yaml:1: a number is not a task; write its fields, for example prompt: …\na.yaml:2: a list is not a task; write its fields, for example prompt: …"},
		{
			"all together", "a.jsonl", "{\"id\":\"a\",\"prompt\":\"x\",\"priority\":9}\n{\n{\"prompt\":\"y\",\"id\":\"a\"}\n{\"x\":1}\n",
			"a.jsonl:1: priority: 9 is not one of high, normal, low\n" +
				"a.jsonl:2: this is not a whole JSON object: unexpected end of JSON input; each task stands in one line\n" +
				"a.jsonl:3: id: \"a\" is that of line 1 too; give each task one of its own\n" +
				"a.jsonl:4: there is no prompt, and no text in x; write into prompt what the model is to do",
		},
	}
	for _, test := range tests {
		t.Run(test.title, func(t *testing.T) {
			t.Parallel()
			items, _, err := Read(strings.NewReader(test.text), test.name, ReadOptions{})
			var problems *Error
			if !errors.As(err, &problems) || items != nil {
				t.Fatalf("got %+v, %v", items, err)
			}
			if got := err.Error(); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

// What is known to fail is refused with its line, if there is nothing else that is wrong.
func TestReadChecksRequests(t *testing.T) {
	t.Parallel()
	check := func(r agent.Request) error {
		if r.Model == "away" {
			return errors.New("there is no model away")
		}
		return nil
	}
	const good, bad = "{\"prompt\":\"x\"}\n", "{\"prompt\":\"x\",\"model\":\"away\"}\n"
	for text, want := range map[string]string{
		good + bad + good + bad: "a.jsonl:2: there is no model away (and in 1 more line)",
		bad + "{}":              "a.jsonl:2: there is no prompt; say in it what the model is to do",
	} {
		tasks, _, err := Read(strings.NewReader(text), "a.jsonl", ReadOptions{Check: check})
		if err == nil || err.Error() != want || tasks != nil {
			t.Errorf("%s: %v, %v", text, tasks, err)
		}
	}
	if tasks, _, err := Read(strings.NewReader(good), "a.jsonl", ReadOptions{Check: check}); err != nil || len(tasks) != 1 {
		t.Errorf("%v, %v", tasks, err)
	}
}

func TestReadNamesTwentyProblems(t *testing.T) {
	t.Parallel()
	var different strings.Builder
	for i := range 30 {
		fmt.Fprintf(&different, "{\"prompt\":\"x\",\"priority\":%d}\n", i+7)
	}
	_, _, err := Read(strings.NewReader(different.String()), "a.jsonl", ReadOptions{})
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != 21 || lines[20] != "a.jsonl: and 10 more" {
		t.Errorf("got %d lines, the last is %q", len(lines), lines[len(lines)-1])
	}
	_, _, err = Read(strings.NewReader(strings.Repeat("x\n", 30)), "a.jsonl", ReadOptions{})
	if want := "a.jsonl:1: this is not a whole JSON object: invalid character 'x' looking for beginning of value; each task stands in one line (and in 29 more lines)"; err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

func TestReadFails(t *testing.T) {
	t.Parallel()
	r, w := io.Pipe()
	_ = w.CloseWithError(errors.New("it burns"))
	_, _, err := Read(r, "a", ReadOptions{})
	if want := "a cannot be read: it burns"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestPrompts(t *testing.T) {
	t.Parallel()
	got, err := Prompts([]string{"# one", "two\nlines"}, 2)
	want := []agent.Submission{{Priority: 2, Request: agent.Request{Prompt: "# one"}}, {Priority: 2, Request: agent.Request{Prompt: "two\nlines"}}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	_, err = Prompts([]string{"a", " "}, 2)
	if want := "prompt 2 is empty; write what the model is to do"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestNumber(t *testing.T) {
	t.Parallel()
	items := []agent.Submission{{}, {ID: "task-2"}, {}, {ID: "x"}, {}}
	var ids []string
	number(items, nil, "task-")
	for _, item := range items {
		ids = append(ids, item.ID)
	}
	if want := []string{"task-1", "task-2", "task-3", "x", "task-4"}; !reflect.DeepEqual(ids, want) {
		t.Errorf("got %q, want %q", ids, want)
	}
}
