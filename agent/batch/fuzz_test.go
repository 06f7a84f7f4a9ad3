package batch

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode"

	"drover/agent"
	"drover/dispatcher"
)

// FuzzRead gives Read any text under any name. What it refuses it must explain in lines that a terminal can
// show; what it takes must be tasks that a dispatcher and a request can take.
func FuzzRead(f *testing.F) {
	for _, name := range []string{"a.jsonl", "a.json", "a.yaml", "a.txt", "a.csv", "a.tsv", "-"} {
		f.Add(name, "{\"prompt\":\"x\",\"think\":true,\"format\":{\"a\":1},\"keep_alive\":-1,\"images\":[\"y.png\"]}\n")
		f.Add(name, "{\"id\":7,\"prompt\":\"x\",\"options\":{\"a\":[1]}}\n{\"prompt\":\"y\",\"timeout\":\"1m\"}\n")
		f.Add(name, "[{\"prompt\":\"x\"},\n{\"prompt\":3}]")
		f.Add(name, "- one\n- &a\n  prompt: |\n    x\n  priority: low\n- <<: *a\n")
		f.Add(name, "---\nprompt: {a: b}\n---\n!!binary aGk=\n---\n- .inf\n- 2026-01-01\n- ~\n")
		f.Add(name, "id,prompt;x\topt\n\"a\nb\",\"c\"\"\"\n")
		f.Add(name, "{\"custom_id\":\"a\",\"body\":{\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"x\"}]}],\"seed\":1}}")
		f.Add(name, "{\"prompt\":\"a\",\"stream\":true,\"x\":{}}\n---\n- one\n\r\x1a")
		f.Add(name, "# c\n\x1b[2J\r\n\ufeff\n")
	}
	f.Fuzz(func(t *testing.T, name, text string) {
		items, notes, err := Read(strings.NewReader(text), name, ReadOptions{Priority: dispatcher.PriorityNormal})
		if err != nil {
			var problems *Error
			if !errors.As(err, &problems) || len(problems.Problems) == 0 || items != nil {
				t.Fatalf("got %v, %v", items, err)
			}
			for line := range strings.SplitSeq(err.Error(), "\n") {
				if strings.ContainsFunc(line, unicode.IsControl) {
					t.Errorf("a bad problem: %q", line)
				}
			}
			return
		}
		for _, note := range notes {
			if strings.ContainsFunc(note, unicode.IsControl) {
				t.Errorf("a bad note: %q", note)
			}
		}
		seen := map[string]bool{}
		number(items, nil, "task-")
		for _, item := range items {
			if seen[item.ID] || agent.CheckName(item.ID) != "" {
				t.Errorf("a bad ID: %q", item.ID)
			}
			seen[item.ID] = true
			if strings.TrimSpace(item.Prompt) == "" || dispatcher.PriorityName(item.Priority)[0] == 'p' || item.Timeout < 0 {
				t.Errorf("a bad item: %+v", item)
			}
			if _, err := json.Marshal(item.Options); err != nil {
				t.Errorf("options that cannot be sent: %v", err)
			}
			extras := agent.Request{Prompt: "x", Think: item.Think, Format: item.Format, KeepAlive: item.KeepAlive, Images: item.Images}
			if err := extras.Validate(); err != nil {
				t.Errorf("taken, and refused later: %v", err)
			}
		}
	})
}
