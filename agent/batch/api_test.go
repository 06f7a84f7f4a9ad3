package batch

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"drover/agent"
)

// Requests of the OpenAI and the Ollama API are tasks.
func TestReadRequestsOfAPIs(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		title, text, format string
		want                agent.Submission
	}{
		{"OpenAI batch, all", `{"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{"model":"m","messages":[` +
			`{"role":"developer","content":"be brief"},{"role":"system","content":[{"type":"text","text":"be kind"}]},` +
			`{"role":"user","content":[{"type":"text","text":"one"},{"type":"text","text":"two"}]}],` +
			`"max_completion_tokens":5,"temperature":0.5,"top_p":1,"seed":7,"stop":"x","n":1,"stream":false,"tools":[],"reasoning_effort":"low",` +
			`"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"}}},"user":"me"}}`, "", agent.Submission{
			ID: "a", Request: agent.Request{
				Model: "m", System: "be brief\n\nbe kind", Prompt: "one\ntwo", Think: "low", Format: json.RawMessage(`{"type":"object"}`),
				Options: map[string]any{"num_predict": int64(5), "temperature": 0.5, "top_p": int64(1), "seed": int64(7), "stop": "x"},
				Extra:   extra("user", `"me"`),
			},
		}},
		{"OpenAI, the body alone", `{"model":"m","messages":[{"role":"user","content":"one"}],"response_format":{"type":"json_object"}}`, "openai",
			agent.Submission{Request: agent.Request{Model: "m", Prompt: "one", Format: json.RawMessage(`"json"`)}}},
		{"OpenAI, plain text is asked for", `{"messages":[{"role":"user","content":"one"}],"response_format":{"type":"text"}}`, "",
			agent.Submission{Request: agent.Request{Prompt: "one"}}},
		{"Ollama chat", `{"model":"m","messages":[{"role":"system","content":"s"},{"role":"user","content":"one","images":[]}],"stream":false,` +
			`"options":{"seed":7},"format":"json","keep_alive":"5m","think":true}`, "", agent.Submission{Request: agent.Request{
			Model: "m", System: "s", Prompt: "one", Options: map[string]any{"seed": int64(7)}, Format: json.RawMessage(`"json"`), KeepAlive: "5m", Think: "true",
		}}},
		{"Ollama generate", `{"model":"m","prompt":"one","system":"s","stream":true,"raw":false,"suffix":""}`, "",
			agent.Submission{Request: agent.Request{Model: "m", System: "s", Prompt: "one"}}},
		{"Ollama generate without a mark", `{"model":"m","prompt":"one","options":{"seed":7}}`, "ollama",
			agent.Submission{Request: agent.Request{Model: "m", Prompt: "one", Options: map[string]any{"seed": int64(7)}}}},
		{"a field of a task beside", `{"id":"x","timeout":"5m","messages":[{"role":"user","content":"one"}]}`, "",
			agent.Submission{ID: "x", Request: agent.Request{Prompt: "one", Timeout: 5 * time.Minute}}},
	} {
		t.Run(test.title, func(t *testing.T) {
			t.Parallel()
			got, _, err := Read(strings.NewReader(test.text), "-", ReadOptions{Format: test.format})
			if err != nil || !reflect.DeepEqual(got, []agent.Submission{test.want}) {
				t.Errorf("%v\ngot  %+v\nwant %+v", err, got, test.want)
			}
		})
	}
}

// What a task cannot do is refused, one sentence for each request.
func TestReadRefusesRequestsOfAPIs(t *testing.T) {
	t.Parallel()
	const ask = `{"role":"user","content":"one"}`
	for _, test := range []struct{ title, text, format, want string }{
		{"several turns", `{"messages":[` + ask + `,{"role":"assistant","content":"a"},` + ask + `]}`, "",
			"messages: there are several turns, and a task is one; keep the system text and one message of the user"},
		{"two of the user", `{"messages":[` + ask + `,` + ask + `]}`, "",
			"messages: there are several turns, and a task is one; keep the system text and one message of the user"},
		{"no user", `{"messages":[{"role":"system","content":"s"}]}`, "", "messages: there is no message of the user"},
		{"no list", `{"messages":"x"}`, "", "messages: it is not a list of messages, each with role and content"},
		{"picture", `{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"x"}}]}]}`, "",
			"messages: pictures inside a request are not read; save them as files and name these in images"},
		{"picture of Ollama", `{"messages":[{"role":"user","content":"x","images":["aGk="]}]}`, "",
			"messages: pictures inside a request are not read; save them as files and name these in images"},
		{"picture of generate", `{"prompt":"x","stream":false,"images":["aGk="]}`, "",
			"images: pictures inside a request are not read; save them as files and name these in images"},
		{"tools", `{"messages":[` + ask + `],"tools":[{"type":"function"}]}`, "", "tools: a task cannot do this; take it out"},
		{"several answers", `{"messages":[` + ask + `],"n":2}`, "", "n: a task cannot do this; take it out"},
		{"raw", `{"prompt":"x","stream":false,"raw":true}`, "", "raw: a task cannot do this; take it out"},
		{"embeddings", `{"custom_id":"a","url":"/v1/embeddings","body":{"input":"x"}}`, "", `url: "/v1/embeddings" is not for answers; only /v1/chat/completions is read`},
		{"body", `{"custom_id":"a","url":"/v1/chat/completions","body":{"input":"x"}}`, "", "body: there are no messages in it"},
		{"body of a wrong type", `{"custom_id":"a","body":[]}`, "", "body: it is not a set of fields, as in a request of the OpenAI API"},
		{"twice", `{"messages":[` + ask + `],"max_tokens":1,"max_completion_tokens":2}`, "", "options: num_predict is there twice; leave one of them out"},
		{"options", `{"messages":[` + ask + `],"seed":1,"options":[]}`, "", `options: a list is not a set of options; write for example {"temperature": 0}`},
		{"format", `{"messages":[` + ask + `],"response_format":{"type":"xml"}}`, "", "response_format: it is none of text, json_object and json_schema with a schema"},
		{"not OpenAI", `{"prompt":"x"}`, "openai", "this is no request of the OpenAI API: it has neither body nor messages"},
	} {
		t.Run(test.title, func(t *testing.T) {
			t.Parallel()
			got, _, err := Read(strings.NewReader(test.text), "a.jsonl", ReadOptions{Format: test.format})
			if want := "a.jsonl:1: " + test.want; err == nil || err.Error() != want || got != nil {
				t.Errorf("got %+v\n%v\nwant\n%s", got, err, want)
			}
		})
	}
}
