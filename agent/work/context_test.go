package work

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"drover/agent/ollama"
)

// The system text with the tools is short, whatever the task. A token has three bytes and a half, in English and JSON rather more.
func TestSystemIsShort(t *testing.T) {
	t.Parallel()
	for _, p := range []prompt{{mode: modeAuto, run: true, verify: strings.Repeat("x", 400)}, {mode: modePlan, blocks: true, run: true}} {
		bytes := len(p.system())
		if !p.blocks {
			all := make([]string, len(tools))
			for i := range tools {
				all[i] = tools[i].name
			}
			data, err := json.Marshal(offered(all))
			if err != nil {
				t.Fatal(err)
			}
			bytes += len(data)
		}
		if tokens := float64(bytes) / bytesPerToken; tokens > maxSystem {
			t.Errorf("%v: %d bytes, about %.0f tokens", p, bytes, tokens)
		}
	}
}

// long is a conversation with a result of so many bytes in each round.
func long(rounds, bytes int) []ollama.Message {
	messages := []ollama.Message{{Role: "system", Content: "system"}, {Role: "user", Content: "task"}}
	for i := range rounds {
		args := ollama.NewArguments()
		args.Set("path", fmt.Sprint(i))
		args.Set("content", strings.Repeat("c", 300))
		var c ollama.ToolCall
		c.Function.Name, c.Function.Arguments = "write", args
		messages = append(messages, ollama.Message{Role: "assistant", ToolCalls: []ollama.ToolCall{c}},
			ollama.Message{Role: "tool", ToolName: "write", Content: fmt.Sprintf("result %d\n", i) + strings.Repeat("r", bytes)})
	}
	return messages
}

// The oldest results go first, as few as needed, and what was masked once stays so: the beginning is the same again.
func TestMask(t *testing.T) {
	t.Parallel()
	r := newRoom(10_000)
	messages := long(20, 1500)
	if share := r.share(messages, nil); share < fullAt {
		t.Fatalf("it is not full: %v", share)
	}
	if !r.mask(messages, nil) {
		t.Fatal("there is no room")
	}
	if share := r.share(messages, nil); share > emptyTo || share < emptyTo-0.1 {
		t.Errorf("it is %v full", share)
	}
	if !strings.HasPrefix(messages[3].Content, "[result 0… 1509 bytes are left out") || strings.HasPrefix(messages[len(messages)-1].Content, "[") || messages[1].Content != "task" {
		t.Errorf("%q", messages[3].Content)
	}
	if value, _ := messages[2].ToolCalls[0].Function.Arguments.Get("content"); value != "[300 bytes left out]" {
		t.Errorf("the argument is %v", value)
	}
	before := encoded(t, messages)
	r.mask(messages, nil)
	if before != encoded(t, messages) {
		t.Error("masking again changes something")
	}
}

// Where that is not enough there is a summary, and results stay behind their calls.
func TestSummarise(t *testing.T) {
	t.Parallel()
	r := newRoom(10_000)
	messages := long(9, 9000)
	if r.mask(messages, nil) {
		t.Fatal("there is room")
	}
	asked := 0
	short, err := r.summarise(t.Context(), messages, func(_ context.Context, m []ollama.Message) (string, error) {
		asked = len(m)
		if m[len(m)-1].Content != summaryRequest {
			t.Error("it is not asked for")
		}
		return "I did things.", nil
	})
	if err != nil || asked != len(messages)-keptMessages+1 || len(short) != 3+keptMessages {
		t.Fatalf("%v, asked with %d, left %d", err, asked, len(short))
	}
	if short[1].Content != "task" || !strings.HasSuffix(short[2].Content, "I did things.") || short[3].Role != "assistant" || short[4].Role != "tool" {
		t.Errorf("%+v", short)
	}
}
