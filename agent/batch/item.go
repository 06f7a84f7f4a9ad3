package batch

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"drover/agent"
)

// Item is one task of a batch.
type Item struct {
	ID       string         // unique in its batch; empty to be given one by Run
	Prompt   string         // never empty
	Priority int            // dispatcher.PriorityHigh, PriorityNormal or PriorityLow
	Model    string         // empty for the default model
	System   string         // system text; empty for none
	Options  map[string]any // runner options by their Ollama names; numbers are float64
	Timeout  time.Duration  // for one attempt; 0 for the default limit

	Think     string          // as in agent.Request, like the following
	Format    json.RawMessage // "json" or a schema
	KeepAlive string          // how long the model stays loaded
	Images    []string        // absolute paths
}

// Prompts returns an item of that priority for each prompt. It is how prompts on a command line become a
// batch; unlike in a file, nothing in them is a comment.
func Prompts(prompts []string, priority int) ([]Item, error) {
	items := make([]Item, len(prompts))
	for i, prompt := range prompts {
		if strings.TrimSpace(prompt) == "" {
			return nil, fmt.Errorf("prompt %d is empty; write what the model is to do", i+1)
		}
		items[i] = Item{Prompt: prompt, Priority: priority}
	}
	return items, nil
}

// Request returns what an agent is asked.
func (i Item) Request() agent.Request {
	return agent.Request{
		Prompt: i.Prompt, System: i.System, Model: i.Model, Options: i.Options, Timeout: i.Timeout,
		Think: i.Think, Format: i.Format, KeepAlive: i.KeepAlive, Images: i.Images,
	}
}

// number gives items without an ID the next of task-1, task-2, … that no other one and none of those that are taken
// has. It returns a copy.
func number(items []Item, others []string) []Item {
	taken := make(map[string]bool, len(items)+len(others))
	for _, id := range others {
		taken[id] = true
	}
	for _, item := range items {
		taken[item.ID] = true
	}
	items = append([]Item(nil), items...)
	n := 0
	for i := range items {
		for items[i].ID == "" {
			n++
			if id := fmt.Sprintf("task-%d", n); !taken[id] {
				items[i].ID = id
			}
		}
	}
	return items
}

// maxName is how long an ID or the name of a model may be, in bytes.
const maxName = 256

// checkName returns what is wrong with an ID or the name of a model, or "". Both are shown in one line.
func checkName(text string) string {
	switch {
	case strings.TrimSpace(text) == "":
		return "is empty"
	case len(text) > maxName:
		return fmt.Sprintf("is longer than %d bytes", maxName)
	case !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }):
		return "has characters that cannot be shown in one line"
	}
	return ""
}
