package watch

import (
	"fmt"
	"slices"
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
		if got := parseFilter(text).task(&task); got != want {
			t.Errorf("%q matches: %v, not %v", text, got, want)
		}
	}
	e := dispatcher.TaskExecutionError{TaskID: "task-7", Error: task.Error}
	for text, want := range map[string]bool{"status:model": true, "status:failed": false, "does not": true, "unit": true, "id:8": false} {
		if got := parseFilter(text).failed(&e, &task); got != want {
			t.Errorf("%q matches the error: %v, not %v", text, got, want)
		}
	}
}

// TestScanFollowsWhatMoves changes a list between two windows of one pass.
func TestScanFollowsWhatMoves(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func([]agent.Task) []agent.Task{
		"the front goes":   func(all []agent.Task) []agent.Task { return all[40:] },
		"new ones come in": func(all []agent.Task) []agent.Task { return append(make([]agent.Task, 30), all...) },
	} {
		var all []agent.Task
		for i := range scanWindow + 200 {
			all = append(all, agent.Task{ID: fmt.Sprint("x", i)})
		}
		windows := 0
		var s scanner[agent.Task, string]
		s.turn("x")
		list := scanned[agent.Task, string]{
			fetch: func(w dispatcher.Window) []agent.Task {
				if windows++; windows == 2 {
					all = change(all)
				}
				from := min(w.Offset, len(all))
				return slices.Clone(all[from:min(from+w.Limit, len(all))])
			},
			id:    func(t *agent.Task) string { return t.ID },
			key:   func(t *agent.Task) string { return t.ID },
			match: func(f filter, t *agent.Task) bool { return f.task(t) },
		}
		for !s.whole { // a step ends early where the machine is slow
			s.step(1, list)
		}
		seen := map[string]int{}
		for _, id := range s.found {
			seen[id]++
		}
		if windows < 2 || !s.whole || len(seen) != scanWindow+200 || len(s.found) != len(seen) {
			t.Errorf("%s: %d windows, %d matches, %d different ones", name, windows, len(s.found), len(seen))
		}
	}
}

func FuzzFilter(f *testing.F) {
	f.Add("status:failed x", "a prompt", "id")
	f.Fuzz(func(_ *testing.T, text, prompt, id string) {
		t := agent.Task{ID: id, Request: agent.Request{Prompt: prompt}}
		parseFilter(text).task(&t)
		parseFilter(text).failed(&dispatcher.TaskExecutionError{TaskID: id}, &t)
	})
}
