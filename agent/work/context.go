package work

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"drover/agent/ollama"
)

// How full a context may be before room is made, and how full it is then. Between the two nothing before the latest messages is
// changed, so that a server reads only those.
const (
	fullAt  = 0.8
	emptyTo = 0.6
)

const (
	bytesPerToken = 3.5 // until the server has counted
	keptMessages  = 6   // the latest, which stay as they are
	maskedAbove   = 200 // bytes of a result or an argument that is worth masking
)

// room keeps a conversation within the context of its model.
type room struct {
	tokens int     // of the context
	ratio  float64 // bytes per token, as the server has counted
}

func newRoom(tokens int) *room { return &room{tokens: tokens, ratio: bytesPerToken} }

// counted takes what the server says of a prompt. It is right about what was sent just now.
func (r *room) counted(messages []ollama.Message, tools ollama.Tools, tokens int) {
	if bytes := size(messages, tools); tokens > 100 && bytes > 0 {
		r.ratio = math.Max(1.5, math.Min(float64(bytes)/float64(tokens), 6))
	}
}

// share returns how much of the context a prompt takes, from 0.
func (r *room) share(messages []ollama.Message, tools ollama.Tools) float64 {
	return float64(size(messages, tools)) / r.ratio / float64(r.tokens)
}

// result returns how many bytes one result may have.
func (r *room) result() int { return max(int(float64(r.tokens)*bytesPerToken/8), 2<<10) }

// size returns how many bytes a prompt has, without most of what JSON adds.
func size(messages []ollama.Message, tools ollama.Tools) (n int) {
	for i := range messages {
		m := &messages[i]
		n += len(m.Content) + len(m.Thinking) + len(m.ToolName) + 16
		for j := range m.ToolCalls {
			n += len(m.ToolCalls[j].Function.Name) + 16
			for name, value := range m.ToolCalls[j].Function.Arguments.All() {
				n += len(name) + len(asText(value)) + 8
			}
		}
	}
	if len(tools) > 0 {
		if data, err := json.Marshal(tools); err == nil {
			n += len(data)
		}
	}
	return n
}

// mask makes room by leaving out old results, and old arguments and thoughts, the oldest first, until the prompt is small enough
// or only the latest messages are left. It reports whether it is small enough.
func (r *room) mask(messages []ollama.Message, tools ollama.Tools) bool {
	for i := 2; i < len(messages)-keptMessages; i++ {
		if r.share(messages, tools) <= emptyTo {
			return true
		}
		m := &messages[i]
		m.Thinking = ""
		if m.Role != "assistant" && len(m.Content) > maskedAbove {
			m.Content = fmt.Sprintf("[%s… %d bytes are left out to save room; call the tool again if they are needed]",
				oneLine(m.Content, 80), len(m.Content))
		}
		for j := range m.ToolCalls {
			args := ollama.NewArguments()
			for name, value := range m.ToolCalls[j].Function.Arguments.All() {
				if text, ok := value.(string); ok && len(text) > maskedAbove {
					value = fmt.Sprintf("[%d bytes left out]", len(text))
				}
				args.Set(name, value)
			}
			m.ToolCalls[j].Function.Arguments = args
		}
		if m.Role == "assistant" && len(m.Content) > 4*maskedAbove {
			m.Content = clip(m.Content, maskedAbove)
		}
	}
	return r.share(messages, tools) <= emptyTo
}

// summaryRequest asks a model for a summary of what it did.
const summaryRequest = "The conversation is too long to go on with. Write a summary for yourself to work on with: what the task is, " +
	"what you have found out (files, names, lines), what you have changed and why, what failed, and what is left to do. " +
	"At most 400 words. Call no tool."

// summarise puts a summary in the place of all but the first two and the latest messages.
func (r *room) summarise(
	ctx context.Context, messages []ollama.Message, ask func(context.Context, []ollama.Message) (string, error),
) ([]ollama.Message, error) {
	from := max(len(messages)-keptMessages, 2)
	for from < len(messages) && messages[from].Role != "assistant" {
		from++ // results belong to the calls before them
	}
	text, err := ask(ctx, slices.Concat(messages[:from], []ollama.Message{{Role: "user", Content: summaryRequest}}))
	if err != nil {
		return nil, err
	}
	summary := ollama.Message{Role: "user", Content: "Your own summary of the work so far:\n" + clip(text, r.result())}
	return slices.Concat(messages[:2], []ollama.Message{summary}, messages[from:]), nil
}
