package tui

import (
	"testing"
	"time"

	"drover/agent"
	"drover/tui/facts"
)

func TestFrameRateFollowsWhatHappens(t *testing.T) {
	t.Parallel()
	var p *program
	start(t, 80, 24, nil, func(running *program) {
		p = running
		for _, pause := range []time.Duration{0, time.Millisecond, 7 * time.Millisecond, 100 * time.Millisecond, time.Hour} {
			time.Sleep(pause)
			p.engine.change(func(*State) {
				p.engine.run(0, p.engine.task(1, 1, "told after "+pause.String(), "", 0), 0, agent.Live{})
			})
			time.Sleep(frameGap + drawGap + time.Millisecond)
			p.Has("told after " + pause.String())
		}
		time.Sleep(facts.QuietAfter + 2*restAfter)
	})
	if f := &p.model.frames; f.ticker == nil || !f.resting {
		t.Errorf("the ticker of Bubble Tea is found: %v; an idle screen rests: %v", f.ticker != nil, f.resting)
	}
}

// Changes that come faster than frames are drawn all the same.
func TestManyChangesAreDrawn(t *testing.T) {
	t.Parallel()
	startWith(t, 80, 24, Options{FrameGap: -1}, nil, func(p *program) {
		for n := range 200 {
			p.engine.change(func(s *State) { s.PendingTotal++; s.Server.Version = string(rune('a' + n%26)) })
			time.Sleep(time.Millisecond)
			if n%50 == 49 {
				if p.Written() == "" {
					t.Fatalf("nothing was drawn for 50 ms, up to change %d", n)
				}
			}
		}
	})
}
