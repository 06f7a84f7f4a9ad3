package work

import (
	"reflect"
	"testing"
)

func TestCallsInText(t *testing.T) {
	t.Parallel()
	read := call{Tool: "read", Args: map[string]string{"path": "a"}}
	for text, want := range map[string][]call{
		`{"name": "read", "arguments": {"path": "a"}} {"name": "read", "arguments": {"path": "a"}}`:                                                                    {read, read},
		"<tool_call>{\"name\": \"read\", \"arguments\": {\"path\": \"a\"}}</tool_call>\n<tool_call>{\"name\": \"read\", \"arguments\": {\"path\": \"a\"}}</tool_call>": {read, read},
		"<tool_call>\n<function=read>\n<parameter=path>\na\n</parameter>\n</function>\n</tool_call>":                                                                   {read},
		`[{"name": "read", "arguments": {"path": "a"}}]`:                                                                                                               {read},
		`[TOOL_CALLS][{"name": "read", "arguments": {"path": "a"}}]`:                                                                                                   {read},
		`{"type": "function", "function": {"name": "read", "parameters": {"path": "a"}}}`:                                                                              {read},
		`{"function": "read", "arguments": "{\"path\": \"a\"}"}`:                                                                                                       {read},
		"text\n<tool_call>\n{\"name\": \"read\", \"arguments\": {\"path\": \"a\"}}":                                                                                    {read},
		"```\n{\"name\": \"read\", \"arguments\": {\"file_path\": \"a\"}}\n```":                                                                                        {read},
		`{"name": "config", "arguments": {"path": "a"}}`:                                                                                                               nil,
		"The file has {\"name\": \"read\"} in it.":                                                                                                                     nil,
		"```json\n{\"a\": 1}\n```": nil,
		`{"name": "search", "arguments": {"pattern": ["a", "b"], "path": 3}}`: {{Tool: "search", Args: map[string]string{"pattern": "a\nb", "path": "3"}}},
	} {
		got, err := callsInText(text)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{`{"name": "read", "arguments": {"path": "a}}`, `<tool_call>read a</tool_call>`, `{"name": "read", "arguments": {}}`, `<function=bash>ls</function>`} {
		if got, err := callsInText(text); err == nil {
			t.Errorf("%s is %+v", text, got)
		}
	}
}

func TestCallsInBlocks(t *testing.T) {
	t.Parallel()
	write := func(path, content string) call {
		return call{Tool: "write", Args: map[string]string{"path": path, "content": content}}
	}
	for text, want := range map[string][]call{
		"```src/a.go\nx\n```":                    {write("src/a.go", "x\n")},
		"```go src/a.go\nx\n\ny\n```":            {write("src/a.go", "x\n\ny\n")},
		"```go:src/a.go\nx\n```":                 {write("src/a.go", "x\n")},
		"```go path=a.go\nx\n```":                {write("a.go", "x\n")},
		"**`a.go`:**\n```go\nx\n```":             {write("a.go", "x\n")},
		"### File: a.go\n```\nx\n```":            {write("a.go", "x\n")},
		"````README.md\n```go\nx\n```\n````":     {write("README.md", "```go\nx\n```\n")},
		"```run\ngo test\n```\n```done\nok\n```": {{Tool: "run", Args: map[string]string{"command": "go test"}}, {Tool: "done", Args: map[string]string{"summary": "ok"}}},
		"```read a.go\n```":                      {{Tool: "read", Args: map[string]string{"path": "a.go"}}},
		"For example:\n```go\nx\n```":            nil,
		"```a.go\ncut off":                       nil,
		"a.go\n\n```go\nx\n```":                  nil,
	} {
		if got := callsInBlocks(text); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

func FuzzCalls(f *testing.F) {
	for _, seed := range []string{`{"name":"read","arguments":{"path":"a"}}`, "<tool_call>{}</tool_call>", "```a.go\nx\n```", "<function=read><parameter=path>a</parameter></function>", "[TOOL_CALLS][]", "[{]"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		calls, _, err := callsOf(text, nil, true)
		for _, c := range calls {
			if err == nil && toolNamed(c.Tool) == nil {
				t.Errorf("a call of %q", c.Tool)
			}
		}
	})
}
