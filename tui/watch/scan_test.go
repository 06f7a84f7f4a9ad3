package watch

import (
	"fmt"
	"slices"
	"testing"

	"drover/agent"
	"drover/dispatcher"
	"drover/tui/source"
)

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
			match: func(f source.Filter, t *agent.Task) bool { return f.Task(t) },
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
