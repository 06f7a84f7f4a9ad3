package batch

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"drover/agent"
)

// translated turns a request of the OpenAI or the Ollama API into the fields of a task. Others are tasks already.
func (b *reading) translated(fields []agent.Field) ([]agent.Field, error) {
	has := func(names ...string) bool {
		return slices.ContainsFunc(fields, func(f agent.Field) bool { return slices.Contains(names, f.Name) })
	}
	switch {
	case has("body") && (has("custom_id", "url", "method") || b.Format == formatOpenAI):
		return batchRequest(fields)
	case has("messages") && !has("prompt"):
		return chatRequest(fields)
	case b.Format == formatOpenAI:
		return nil, errors.New("this is no request of the OpenAI API: it has neither body nor messages")
	case has("prompt") && (has("stream") || b.Format == formatOllama):
		return generateRequest(fields)
	case !has("prompt"):
		return fields, without(fields)
	}
	return fields, nil
}

// batchRequest translates a line of a batch for the OpenAI API.
func batchRequest(fields []agent.Field) (list []agent.Field, err error) {
	const answers = "/v1/chat/completions"
	for _, f := range fields {
		switch f.Name {
		case "custom_id":
			list = append(list, agent.Field{Name: "id", Value: f.Value})
		case "method":
		case "url":
			if url := plain(f.Value); url != answers {
				return nil, fmt.Errorf("url: %q is not for answers; only %s is read", url, answers)
			}
		case "body":
			body, err := agent.Fields(f.Value)
			if err != nil {
				return nil, errors.New("body: it is not a set of fields, as in a request of the OpenAI API")
			}
			if !slices.ContainsFunc(body, func(f agent.Field) bool { return f.Name == "messages" }) {
				return nil, errors.New("body: there are no messages in it")
			}
			if body, err = chatRequest(body); err != nil {
				return nil, err
			}
			list = append(list, body...)
		default:
			list = append(list, f)
		}
	}
	return list, nil
}

// optionNames are Ollama's names of what the OpenAI API has beside the messages.
var optionNames = map[string]string{
	"temperature": "temperature", "top_p": "top_p", "seed": "seed", "stop": "stop", "max_tokens": "num_predict",
	"max_completion_tokens": "num_predict", "presence_penalty": "presence_penalty", "frequency_penalty": "frequency_penalty",
}

// chatRequest translates what both APIs have for chats.
func chatRequest(fields []agent.Field) (list []agent.Field, err error) {
	var options []agent.Field
	for _, f := range fields {
		option, isOption := optionNames[f.Name]
		switch {
		case f.Name == "messages":
			system, prompt, err := conversation(f.Value)
			if err != nil {
				return nil, fmt.Errorf("messages: %w", err)
			}
			list = append(list, agent.Field{Name: "prompt", Value: text(prompt)})
			if system != "" {
				list = append(list, agent.Field{Name: "system", Value: text(system)})
			}
		case isOption:
			if string(f.Value) != "null" {
				options = append(options, agent.Field{Name: option, Value: f.Value})
			}
		case f.Name == "options" && f.Value[0] == '{':
			more, err := agent.Fields(f.Value)
			if err != nil {
				return nil, fmt.Errorf("options: %w", err)
			}
			options = append(options, more...)
		case f.Name == "response_format":
			format, err := responseFormat(f.Value)
			if err != nil {
				return nil, fmt.Errorf("response_format: %w", err)
			}
			list = append(list, agent.Field{Name: "format", Value: format})
		case f.Name == "reasoning_effort":
			list = append(list, agent.Field{Name: "think", Value: thinking(f.Value)})
		case slices.Contains([]string{"stream", "stream_options", "tool_choice"}, f.Name): // without meaning here
		case slices.Contains([]string{"tools", "functions", "n", "logprobs"}, f.Name):
			if !asUsual(f.Value) {
				return nil, fmt.Errorf("%s: a task cannot do this; take it out", f.Name)
			}
		default:
			list = append(list, f)
		}
	}
	if len(options) == 0 || slices.ContainsFunc(list, func(f agent.Field) bool { return f.Name == "options" }) {
		return list, nil // options that are no object are refused as they are
	}
	all := make(map[string]json.RawMessage, len(options))
	for _, o := range options {
		if _, twice := all[o.Name]; twice {
			return nil, fmt.Errorf("options: %s is there twice; leave one of them out", o.Name)
		}
		all[o.Name] = o.Value
	}
	value, err := json.Marshal(all)
	return append(list, agent.Field{Name: "options", Value: value}), err
}

// generateRequest translates a request of Ollama's API for one prompt, whose fields mostly are those of a task.
func generateRequest(fields []agent.Field) (list []agent.Field, err error) {
	for _, f := range fields {
		switch f.Name {
		case "stream":
		case "images":
			if !asUsual(f.Value) {
				return nil, fmt.Errorf("images: %w", errPictures)
			}
		case "raw", "template", "suffix", "context":
			if !asUsual(f.Value) {
				return nil, fmt.Errorf("%s: a task cannot do this; take it out", f.Name)
			}
		default:
			list = append(list, f)
		}
	}
	return list, nil
}

var errPictures = errors.New("pictures inside a request are not read; save them as files and name these in images")

// conversation returns the system text and the prompt of messages.
func conversation(value json.RawMessage) (system, prompt string, err error) {
	var messages []struct {
		Role    string          `json:"role"`
		Content json.RawMessage `json:"content"`
		Images  json.RawMessage `json:"images"`
	}
	if json.Unmarshal(value, &messages) != nil {
		return "", "", errors.New("it is not a list of messages, each with role and content")
	}
	var systems []string
	asked := false
	for _, m := range messages {
		if len(m.Images) > 0 && !asUsual(m.Images) {
			return "", "", errPictures
		}
		said, err := content(m.Content)
		switch {
		case err != nil:
			return "", "", err
		case !asked && (m.Role == "system" || m.Role == "developer"):
			systems = append(systems, said)
		case !asked && m.Role == "user":
			prompt, asked = said, true
		default:
			return "", "", errors.New("there are several turns, and a task is one; keep the system text and one message of the user")
		}
	}
	if !asked {
		return "", "", errors.New("there is no message of the user")
	}
	return strings.Join(systems, "\n\n"), prompt, nil
}

// content returns the text of a message, which may be in parts.
func content(value json.RawMessage) (string, error) {
	var whole string
	if len(value) == 0 || json.Unmarshal(value, &whole) == nil {
		return whole, nil
	}
	var parts []struct {
		Type string  `json:"type"`
		Text *string `json:"text"`
	}
	if json.Unmarshal(value, &parts) != nil {
		return "", errors.New("the content of one is neither a text nor a list of texts")
	}
	var texts []string
	for _, part := range parts {
		if part.Text == nil {
			return "", errPictures
		}
		texts = append(texts, *part.Text)
	}
	return strings.Join(texts, "\n"), nil
}

// responseFormat returns the format of a task.
func responseFormat(value json.RawMessage) (json.RawMessage, error) {
	var format struct {
		Type   string `json:"type"`
		Schema struct {
			Schema json.RawMessage `json:"schema"`
		} `json:"json_schema"`
	}
	if err := json.Unmarshal(value, &format); err == nil {
		switch {
		case format.Type == "text", string(value) == "null":
			return json.RawMessage("null"), nil
		case format.Type == "json_object":
			return json.RawMessage(`"json"`), nil
		case format.Type == "json_schema" && len(format.Schema.Schema) > 0:
			return format.Schema.Schema, nil
		}
	}
	return nil, errors.New("it is none of text, json_object and json_schema with a schema")
}

// thinking returns what a task has for an effort.
func thinking(effort json.RawMessage) json.RawMessage {
	switch plain(effort) {
	case "none":
		return json.RawMessage("false")
	case "minimal":
		return text("low")
	case "xhigh":
		return text("max")
	}
	return effort
}

// asUsual reports whether a value says what goes without saying: nothing, false, or one.
func asUsual(value json.RawMessage) bool {
	return slices.Contains([]string{"null", "false", "[]", "{}", `""`, "0", "1"}, string(value))
}

// plain returns the text that a value is, else "".
func plain(value json.RawMessage) (text string) {
	_ = json.Unmarshal(value, &text)
	return text
}
