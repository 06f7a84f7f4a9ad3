package lanes

import (
	"testing"
	"time"

	"drover/agent"
	"drover/agent/engine"
	"drover/tui/theme"
)

func TestHistoryOfALane(t *testing.T) {
	t.Parallel()
	begun := time.Now()
	lane := func(id string, tokens int) []engine.Lane {
		return []engine.Lane{{Task: agent.Task{ID: id}, Live: agent.Live{Tokens: tokens}}}
	}
	var h history
	at := func(second int, id string, tokens int) {
		h.sample(lane(id, tokens), begun.Add(time.Duration(second)*time.Second))
	}
	at(0, "a", 100) // the first one only says where it stands
	at(1, "a", 110)
	at(2, "a", 150)
	at(3, "b", 20) // another task
	at(4, "b", 20)
	at(5, "b", 5) // another attempt
	if got, want := h.lanes[0].samples, (samples{10, 40, 20, 0, 5}); !equalSamples(got, want) {
		t.Errorf("the samples are %v, not %v", got, want)
	}
	g := theme.Unicode()
	if got := sparkline(&g, h.total, 7, h.top(7)); got != "  ▂▇▄ ▁" {
		t.Errorf("they are drawn as %q", got)
	}
	if got := sparkline(&g, h.total, 2, h.top(2)); got != " ▇" {
		t.Errorf("the latest two are drawn as %q", got)
	}
	at(60, "b", 500) // the clock stood still
	if len(h.total) != 0 || h.lanes[0].tokens != 500 {
		t.Errorf("after a pause there are %v and %d tokens", h.total, h.lanes[0].tokens)
	}
	for i := range 3 * historyLength {
		at(61+i, "b", 500+i)
	}
	if len(h.total) != historyLength {
		t.Errorf("%d samples are kept", len(h.total))
	}
}

func equalSamples(a, b samples) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
