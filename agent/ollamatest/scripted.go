package ollamatest

import (
	"strconv"
	"strings"
)

// Count is a model that answers "1 2 3 … 400" to everything and stops.
func Count() Model {
	pieces := make([]string, 400)
	for i := range pieces {
		pieces[i] = " " + strconv.Itoa(i+1)
	}
	pieces[0] = "1"
	return Model{Name: "count", Size: 1 << 20, Parameters: "1M", Quantization: "F32", Family: "llama",
		Answer: func(Prompt) Script { return Script{Text: pieces} }}
}

// CountAnswer is what [Count] says.
func CountAnswer() string { return strings.Join(Count().Answer(Prompt{}).Text, "") }

// Loop is a model that never stops by itself, at tokensPerSecond.
func Loop(tokensPerSecond float64) Model {
	return Model{Name: "loop", Size: 1 << 20, Parameters: "1M", Quantization: "F32", Family: "llama",
		TokensPerSecond: tokensPerSecond,
		Answer: func(Prompt) Script {
			return Script{Text: []string{"round", " and", " round", "\n"}, Endless: true}
		}}
}

// Saying is a model that says the same text to everything.
func Saying(name, text string) Model {
	script := Say(text)
	return Model{Name: name, Size: 1 << 20, Parameters: "1M", Quantization: "F32", Family: "llama",
		Answer: func(Prompt) Script { return script }}
}
