package tui

import (
	"strings"
	"testing"
	"time"

	"drover/agent"
	"drover/dispatcher"
)

func TestHistoryOnTheScreen(t *testing.T) {
	t.Parallel()
	startWith(t, 160, 30, Options{OutputPane: "off"}, busy, func(p *program) {
		tokens := 137
		for i := range 6 {
			tokens += []int{10, 20, 40, 80, 40, 10}[i]
			p.engine.change(func(s *State) {
				live := s.Lanes[0].Live
				live.Tokens = tokens
				s.Lanes[0].Live = live
			})
			time.Sleep(time.Second)
		}
		p.Wait()
		p.Has("last 20s", "▂▄▇▄▁")
		if n := strings.Count(p.Screen(), "▂▄▇▄▁"); n != 2 { // of the lane and of all together
			t.Errorf("it is shown %d times", n)
		}
	})
}

// TestTerminalProgress looks at what is written: the emulator has no bar.
func TestTerminalProgress(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, busy, func(p *program) {
		if out := p.Written(); !strings.Contains(out, "\x1b]9;4;2;") { // two have failed
			t.Errorf("there is no progress in %q", out)
		}
		p.engine.change(func(s *State) { idleLanes(s); s.Pending = nil })
		p.Wait()
		if out := p.Written(); !strings.Contains(out, "\x1b]9;4;0") {
			t.Errorf("the progress was not taken away: %q", out)
		}
		p.engine.change(func(s *State) { // a new lot: what ended before does not count
			p.engine.run(0, p.engine.task(90, 1, "a", "", 0), 0, agent.Live{})
			s.Pending = append(s.Pending, p.engine.task(91, 1, "b", "", 0))
		})
		p.Wait()
		if out := p.Written(); !strings.Contains(out, "\x1b]9;4;1;0\a") {
			t.Errorf("it does not begin at nothing: %q", out)
		}
		p.engine.change(func(s *State) {
			s.Ended = append(s.Ended, s.Pending[0])
			s.Ended[len(s.Ended)-1].Status = dispatcher.StatusCompleted
			s.Pending = nil
		})
		p.Wait()
		if out := p.Written(); !strings.Contains(out, "\x1b]9;4;1;50\a") {
			t.Errorf("it is not at the half: %q", out)
		}
	})
	startWith(t, 80, 24, Options{NoProgressBar: true}, busy, func(p *program) {
		if out := p.Written(); strings.Contains(out, "\x1b]9;4") {
			t.Errorf("there is progress in %q", out)
		}
	})
}
