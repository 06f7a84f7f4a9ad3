package tui

import (
	"testing"
	"time"

	"drover/agent"
	"drover/dispatcher"
	"drover/tui/facts"
	"drover/tui/keys"
)

// silent has ten lanes that have said something and say nothing any more, tasks that wait, and some that ended.
func silent(e *fakeEngine) {
	busy(e)
	for i := range 10 {
		live := agent.Live{Tokens: 40, LastLine: "the last thing it said", SilenceWarning: 30 * time.Second}
		if i%3 == 2 {
			live = agent.Live{} // waits for its first token
		}
		e.run(i, e.task(21+i, dispatcher.PriorityNormal, "a long one", "", time.Minute), time.Minute, live)
	}
}

func TestSilentLanesWriteNothing(t *testing.T) {
	t.Parallel()
	for _, actions := range [][]keys.Action{nil, {keys.Open}, {keys.NextPane}} {
		start(t, 200, 50, silent, func(p *program) {
			p.Do(actions...)
			time.Sleep(facts.QuietAfter + time.Second)
			p.Written()
			time.Sleep(time.Until(p.engine.begun.Add(30*time.Second + settled)))
			if p.Written() == "" {
				t.Errorf("%q: it does not say that the lanes are silent", actions)
			}
			time.Sleep(time.Minute) // after it tasks per minute are counted again
			p.Written()
			time.Sleep(10 * time.Hour)
			if out := p.Written(); out != "" {
				t.Errorf("%q: an idle screen wrote %q", actions, out)
			}
		})
	}
}

// settled is longer than a frame takes.
const settled = 200 * time.Millisecond

// What stands on a screen that is not drawn stays true.
func TestQuietLanesSaySinceWhen(t *testing.T) {
	t.Parallel()
	start(t, 200, 50, silent, func(p *program) {
		p.Has("a long one", "1m00s", "waiting for the first token", "the last thing it said")
		p.Lacks("silent")
		time.Sleep(11 * time.Second)
		p.Has("1m11s")
		time.Sleep(time.Hour)
		// The time in a bubble begins at midnight of the first of January 2000.
		p.Has("23:59 ", "waiting for the first token since 23:59:00", "silent since 00:00:00")
		p.Lacks("1m11s", "1m20s", "the last thing it said")
		p.engine.change(func(s *State) {
			live := s.Lanes[0].Live
			live.LastToken, live.LastLine = time.Now(), "it goes on"
			s.Lanes[0].Live = live
		})
		time.Sleep(2 * time.Second)
		p.Has("it goes on", "1h01m")
	})
}

func TestThroughputIsAskedForAgain(t *testing.T) {
	t.Parallel()
	start(t, 200, 50, busy, func(p *program) {
		p.engine.change(func(s *State) { s.Metrics.Throughput = 0.2 })
		p.engine.change(func(s *State) {
			s.Ended = append(s.Ended, p.engine.task(90, 1, "x", "", time.Second))
			s.Ended[len(s.Ended)-1].Status = dispatcher.StatusCompleted
		})
		p.Wait()
		p.Has("tasks/min 12.0")
		p.engine.mu.Lock()
		p.engine.state.Metrics.Throughput = 0 // which nobody is told of
		p.engine.mu.Unlock()
		time.Sleep(70 * time.Second)
		p.Has("tasks/min 0.0")
	})
}
