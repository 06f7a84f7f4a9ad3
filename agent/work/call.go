package work

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"drover/agent/ollama"
)

// How a model calls tools, in the order in which they are looked for.
const (
	callsNative = "native" // as the server says
	callsText   = "text"   // as JSON or tags in its text
	callsBlocks = "blocks" // as fenced blocks: nothing has to be escaped, and no model has to be trained for it
)

// maxArgument is how long an argument of a call may be, in bytes.
const maxArgument = 1 << 20

// call is a call of a tool. All arguments are texts.
type call struct {
	ID   string            `json:"id,omitempty"` // as the model names it; may be empty
	Tool string            `json:"tool"`
	Args map[string]string `json:"args"`
}

// callError is a call that cannot be understood, in words for the model.
type callError struct{ text string }

func (e *callError) Error() string { return e.text }

// callsOf returns the calls in a reply, and in which way they came. A reply without calls has none and no error.
func callsOf(text string, native []ollama.ToolCall, blocks bool) (calls []call, way string, err error) {
	for _, c := range native {
		got, err := newCall(c.ID, c.Function.Name, c.Function.Arguments.ToMap())
		if err != nil {
			return nil, callsNative, err
		}
		calls = append(calls, got)
	}
	if len(calls) > 0 {
		return calls, callsNative, nil
	}
	if calls, err = callsInText(text); len(calls) > 0 || err != nil {
		return calls, callsText, err
	}
	if blocks {
		if calls = callsInBlocks(text); len(calls) > 0 {
			return calls, callsBlocks, nil
		}
	}
	return nil, "", nil
}

// newCall checks a call.
func newCall(id, name string, args map[string]any) (call, error) {
	t := toolNamed(name)
	if t == nil {
		return call{}, &callError{fmt.Sprintf("there is no tool %q; the tools are %s", clip(name, 60), toolNames())}
	}
	c := call{ID: id, Tool: t.name, Args: make(map[string]string, len(args))}
	for _, p := range t.parameters {
		value, ok := args[p.name]
		for _, alias := range p.aliases {
			if !ok {
				value, ok = args[alias]
			}
		}
		if !ok || value == nil {
			if p.required {
				return call{}, &callError{fmt.Sprintf("%s needs %s: %s", t.name, p.name, p.about)}
			}
			continue
		}
		text := asText(value)
		if len(text) > maxArgument {
			return call{}, &callError{fmt.Sprintf("%s of %s has more than %d KiB; write it in parts", p.name, t.name, maxArgument>>10)}
		}
		c.Args[p.name] = text
	}
	return c, nil
}

// asText returns an argument as a text, whatever it was sent as.
func asText(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case []any:
		parts := make([]string, len(v))
		for i := range v {
			parts[i] = asText(v[i])
		}
		return strings.Join(parts, "\n") // lines sent as a list
	}
	text, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return string(text)
}

var (
	tagged   = regexp.MustCompile(`(?s)<tool_call>\s*(.*?)\s*(?:</tool_call>|$)`)
	function = regexp.MustCompile(`(?s)<function=([a-z_]+)>(.*?)</function>`)
	argument = regexp.MustCompile(`(?s)<parameter=([a-z_]+)>\n?(.*?)\n?</parameter>`)
	fenced   = regexp.MustCompile("(?s)```(?:json|tool_call|tool)?[ \t]*\n(.*?)\n?```")
)

// callsInText returns calls that a model has written instead of making them: between tags, as JSON alone or in a fence. Only
// what names a tool is one.
func callsInText(text string) ([]call, error) {
	var calls []call
	for _, m := range function.FindAllStringSubmatch(text, -1) {
		args := map[string]any{}
		for _, a := range argument.FindAllStringSubmatch(m[2], -1) {
			args[a[1]] = a[2]
		}
		if len(args) == 0 {
			_ = json.Unmarshal([]byte(m[2]), &args)
		}
		c, err := newCall("", m[1], args)
		if err != nil {
			return nil, err
		}
		calls = append(calls, c)
	}
	for _, m := range tagged.FindAllStringSubmatch(text, -1) {
		if strings.HasPrefix(m[1], "<function=") {
			continue // which was found above
		}
		more, err := callsInJSON(m[1])
		if err == nil && len(more) == 0 {
			err = &callError{"what stands between <tool_call> and </tool_call> is not a call; write {\"name\": …, \"arguments\": {…}}"}
		}
		if err != nil {
			return nil, err
		}
		calls = append(calls, more...)
	}
	if len(calls) > 0 {
		return calls, nil
	}
	if _, list, found := strings.Cut(text, "[TOOL_CALLS]"); found {
		return callsInJSON(strings.TrimSpace(list))
	}
	if trimmed := strings.TrimSpace(text); strings.HasPrefix(trimmed, "{") || strings.HasPrefix(trimmed, "[{") {
		if calls, err := callsInJSON(trimmed); len(calls) > 0 || err != nil {
			return calls, err
		}
	}
	for _, m := range fenced.FindAllStringSubmatch(text, -1) {
		if calls, err := callsInJSON(strings.TrimSpace(m[1])); len(calls) > 0 {
			return calls, err
		}
	}
	return nil, nil
}

// callsInJSON returns the calls in one or several objects, or in a list of them. An object that does not name a tool is none,
// nor is what is no JSON, unless it names one: then it is broken.
func callsInJSON(text string) (calls []call, err error) {
	type form struct {
		Name       string          `json:"name"`
		Tool       string          `json:"tool"`
		Function   json.RawMessage `json:"function"`
		Arguments  json.RawMessage `json:"arguments"`
		Parameters json.RawMessage `json:"parameters"`
		Args       json.RawMessage `json:"args"`
	}
	d := json.NewDecoder(strings.NewReader(text))
	for d.More() {
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			if len(calls) == 0 && namesTool.MatchString(text) {
				return nil, &callError{"the call is not valid JSON: " + strings.TrimPrefix(err.Error(), "json: ")}
			}
			return calls, nil // what is no JSON is text
		}
		list := []json.RawMessage{value}
		if value[0] == '[' && json.Unmarshal(value, &list) != nil {
			return calls, nil //nolint:nilerr // it is JSON, so this cannot be
		}
		for _, item := range list {
			var f form
			if json.Unmarshal(item, &f) != nil {
				continue
			}
			if len(f.Function) > 0 && f.Function[0] == '{' {
				_ = json.Unmarshal(f.Function, &f)
			} else if len(f.Function) > 0 {
				_ = json.Unmarshal(f.Function, &f.Name)
			}
			name := firstOf(f.Name, f.Tool)
			if toolNamed(name) == nil {
				continue
			}
			args := map[string]any{}
			for _, raw := range []json.RawMessage{f.Arguments, f.Parameters, f.Args} {
				var inside string // some send the object as a text
				if json.Unmarshal(raw, &inside) == nil {
					raw = json.RawMessage(inside)
				}
				_ = json.Unmarshal(raw, &args)
			}
			c, err := newCall("", name, args)
			if err != nil {
				return calls, err
			}
			calls = append(calls, c)
		}
	}
	return calls, nil
}

func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

// callsInBlocks returns the calls in fenced blocks: one whose head, or the line before, names a file writes it; one whose head
// is the name of a tool calls that. Fences may be longer than three characters; a block ends with a fence as long as its first.
func callsInBlocks(text string) (calls []call) {
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		fence, head := fenceOf(lines[i])
		if fence == "" {
			continue
		}
		end := i + 1
		for end < len(lines) && strings.TrimRight(lines[end], " \t\r") != fence {
			end++
		}
		if end == len(lines) {
			return calls // cut off
		}
		before := ""
		if i > 0 {
			before = lines[i-1]
		}
		body := strings.Join(lines[i+1:end], "\n")
		if c, ok := callInBlock(head, before, body); ok {
			calls = append(calls, c)
		}
		i = end
	}
	return calls
}

// fenceOf returns the fence that a line begins a block with, empty for none, and what follows it.
func fenceOf(line string) (fence, head string) {
	rest := strings.TrimLeft(line, "`")
	if n := len(line) - len(rest); n >= 3 {
		return line[:n], strings.TrimSpace(rest)
	}
	return "", ""
}

// blockArguments are the arguments that the text of a block is, by the tool that its head names.
var blockArguments = map[string]string{"run": "command", "done": "summary", "list": "path", "read": "path", "search": "pattern"}

func callInBlock(head, before, body string) (call, bool) {
	word, rest, _ := strings.Cut(head, " ")
	if argument, ok := blockArguments[word]; ok {
		if rest != "" && strings.TrimSpace(body) == "" {
			body = rest
		}
		return call{Tool: word, Args: map[string]string{argument: strings.TrimSpace(body)}}, true
	}
	path := ""
	switch _, named, found := strings.Cut(word, ":"); {
	case found && looksLikePath(named):
		path = named
	case looksLikePath(strings.TrimPrefix(rest, "path=")):
		path = strings.TrimPrefix(rest, "path=")
	case looksLikePath(word) && strings.ContainsAny(word, "./"):
		path = word
	default:
		name := strings.Trim(strings.TrimSpace(before), "*`#: ")
		name = strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(name, "File:"), "file:"))
		if name = strings.Trim(name, "`* "); looksLikePath(name) && strings.ContainsAny(name, "./") {
			path = name
		}
	}
	if path == "" {
		return call{}, false
	}
	return call{Tool: "write", Args: map[string]string{"path": path, "content": body + "\n"}}, true
}

var pathShape = regexp.MustCompile(`^[\pL\pN_.@+/-]{1,300}$`)

func looksLikePath(text string) bool {
	return pathShape.MatchString(text) && !strings.HasPrefix(text, "-") && strings.Trim(text, "./") != ""
}
