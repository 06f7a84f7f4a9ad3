package source

import (
	"strings"
	"testing"

	"drover/agent"
	"drover/dispatcher"
)

func TestFilterMatches(t *testing.T) {
	t.Parallel()
	task := agent.Task{ID: "task-7", Priority: dispatcher.PriorityHigh, Status: dispatcher.StatusFailed,
		Request: agent.Request{Prompt: "Write Unit tests", Model: "Qwen3:8b"},
		Error:   &agent.Error{Ending: agent.EndModelMissing, What: "the server does not have it"}}
	for text, want := range map[string]bool{
		"": true, "unit": true, "tests write": true, "UNIT qwen": true, "unit gemma": false, "does not have": true,
		"status:failed": true, "status:f": true, "status:comp": false, "status:": true, "priority:hi": true, "priority:low": false,
		"model:QWEN": true, "model:unit": false, "id:7": true, "id:unit": false, "status:failed unit id:task model:8b": true,
		"task-7": true, "other:thing": false,
	} {
		if got := Parse(text).Task(&task); got != want {
			t.Errorf("%q matches: %v, not %v", text, got, want)
		}
	}
	e := dispatcher.TaskExecutionError{TaskID: "task-7", Error: task.Error}
	for text, want := range map[string]bool{"status:model": true, "status:failed": false, "does not": true, "unit": true, "id:8": false} {
		if got := Parse(text).Failed(&e, &task); got != want {
			t.Errorf("%q matches the error: %v, not %v", text, got, want)
		}
	}
}

// A number is that of one task, and not of all whose number has it somewhere.
func TestFilterByNumber(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"id:1": "1 task-1 a1b x-10-1", "id:10": "10 x-10-1", "id:#1": "1 task-1 a1b x-10-1", "id:task-1": "task-1", "id:-1": "task-1 x-10-1", "id:x": "x-10-1",
		"id:10-1": "x-10-1", "id:2": "", "id:#": "1 10 11 21 task-1 task-12 a1b x-10-1 101",
	} {
		var got []string
		for _, id := range []string{"1", "10", "11", "21", "task-1", "task-12", "a1b", "x-10-1", "101"} {
			if Parse(text).Task(&agent.Task{ID: id}) {
				got = append(got, id)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func FuzzFilter(f *testing.F) {
	f.Add("status:failed x", "a prompt", "id")
	f.Fuzz(func(_ *testing.T, text, prompt, id string) {
		t := agent.Task{ID: id, Request: agent.Request{Prompt: prompt}}
		Parse(text).Task(&t)
		Parse(text).Failed(&dispatcher.TaskExecutionError{TaskID: id}, &t)
	})
}
