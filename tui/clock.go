package tui

import (
	"time"

	tea "charm.land/bubbletea/v2"
)

// clock is a timer of the screen: one rings when something that is shown changes by itself, and is not there when
// nothing does. Each run of it has a generation, so that a ring of an earlier run does not count.
type clock struct {
	at   time.Time     // when it rings; zero when it does not run
	gen  int           // of the present run
	stop chan struct{} // ends the present run
}

type clockMsg struct {
	clock *clock
	gen   int
}

// arm has the clock ring at a time, zero for not at all. One that rings earlier anyway is left alone: whoever it
// wakes up arms it again. (tea.Tick would do but for done: its command outlives the program.)
func (c *clock) arm(at time.Time, done <-chan struct{}) tea.Cmd {
	if at.IsZero() || !c.at.IsZero() && !at.Before(c.at) {
		return nil
	}
	if c.stop != nil {
		close(c.stop)
	}
	c.at, c.stop = at, make(chan struct{})
	c.gen++
	gen, stop := c.gen, c.stop
	return func() tea.Msg {
		t := time.NewTimer(time.Until(at))
		defer t.Stop()
		select {
		case <-t.C:
			return clockMsg{c, gen}
		case <-stop:
		case <-done:
		}
		return nil
	}
}

// rang takes a ring and reports whether it counts. The next one has to be armed again.
func (c *clock) rang(msg clockMsg) bool {
	if msg.clock != c || msg.gen != c.gen {
		return false
	}
	c.at, c.stop = time.Time{}, nil
	return true
}
