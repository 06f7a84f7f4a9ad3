package ollamatest

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
	"unicode"

	"github.com/ollama/ollama/api"
	"github.com/ollama/ollama/types/model"
)

// Model is one scripted model.
type Model struct {
	Name         string
	Size         int64  // bytes; shown only
	Parameters   string // e.g. "3.2B"; shown only
	Quantization string // e.g. "Q4_K_M"; shown only
	Family       string // e.g. "llama"; shown only

	// Capabilities are what it can do; empty for completion alone. A request for something else is refused.
	Capabilities []model.Capability

	Load            time.Duration // what the first request waits until the model is loaded
	PromptEval      time.Duration // from then to the first token
	TokensPerSecond float64       // 0 for as fast as the reader reads

	// Answer returns what the model says to a prompt. It is called from several goroutines.
	Answer func(Prompt) Script
}

// Prompt is what a scripted model is asked.
type Prompt struct {
	Text    string // the last user message, or the prompt of a completion
	System  string
	Options map[string]any

	Messages []api.Message // all of a chat
	Tools    []string      // the names of those that the model may call
}

// Script is what a model says, piece by piece; a piece is a token. The zero Script says nothing and stops.
type Script struct {
	Thinking        []string // comes first
	Text            []string
	Calls           []api.ToolCall // come last, each as a piece of its own
	Endless         bool           // Text is said again and again
	DoneReason      string         // "stop" if empty
	TokensPerSecond float64        // instead of the model's; 0 for the model's
	Fault           *Fault         // what goes wrong; nil for nothing
}

// Say returns a script that says text.
func Say(text string) Script { return Script{Text: Tokens(text)} }

// Call returns a script that calls a tool with arguments in JSON, an object.
func Call(tool, arguments string) Script {
	call := api.ToolCall{Function: api.ToolCallFunction{Name: tool}}
	if err := json.Unmarshal([]byte(arguments), &call.Function.Arguments); err != nil {
		panic(fmt.Sprintf("the arguments of a scripted call of %s: %v", tool, err))
	}
	return Script{Calls: []api.ToolCall{call}}
}

// Rounds returns what a model answers that says these scripts one after the other, whoever asks: the first before any
// answer of its own is among the messages, the last again and again.
func Rounds(scripts ...Script) func(Prompt) Script {
	return func(p Prompt) Script {
		said := 0
		for _, m := range p.Messages {
			if m.Role == "assistant" {
				said++
			}
		}
		return scripts[min(said, len(scripts)-1)]
	}
}

// Tokens cuts text into pieces about as a model does: a word with the space before it, longer words in
// parts. The pieces put together are text.
func Tokens(text string) []string {
	const longest = 7 // characters
	var tokens []string
	start, runes, letter := 0, 0, false
	for i, r := range text {
		isLetter := unicode.IsLetter(r) || unicode.IsDigit(r)
		if i > start && (runes >= longest || (!isLetter && (letter || runes >= 3)) || r == '\n') {
			tokens = append(tokens, text[start:i])
			start, runes = i, 0
		}
		letter, runes = isLetter, runes+1
	}
	if start < len(text) {
		tokens = append(tokens, text[start:])
	}
	return tokens
}

// capabilities returns what the model can do.
func (m *Model) capabilities() []model.Capability {
	if len(m.Capabilities) == 0 {
		return []model.Capability{model.CapabilityCompletion}
	}
	return m.Capabilities
}

func (m *Model) can(c model.Capability) bool { return slices.Contains(m.capabilities(), c) }

func (m *Model) details() api.ModelDetails {
	return api.ModelDetails{
		Format: "gguf", Family: m.Family, Families: []string{m.Family},
		ParameterSize: m.Parameters, QuantizationLevel: m.Quantization,
	}
}

// fullName is a name as the server lists it.
func fullName(name string) string { return model.ParseName(name).DisplayShortest() }
