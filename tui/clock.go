package tui

import (
	"time"

	tea "charm.land/bubbletea/v2"
)

// clock is the one timer of the screen: once a second, and only while a time that is shown goes on. Each
// run of it has a generation, so that a tick of an earlier run cannot start a second chain.
type clock struct {
	running bool
	gen     int
}

type clockMsg struct{ gen int }

// arm starts the clock, or lets it end, as it is needed or not. (tea.Tick would do but for done: its command
// outlives the program.)
func (c *clock) arm(needed bool, done <-chan struct{}) tea.Cmd {
	if !needed || c.running {
		return nil
	}
	c.running = true
	c.gen++
	gen := c.gen
	return func() tea.Msg {
		t := time.NewTimer(time.Second)
		defer t.Stop()
		select {
		case <-t.C:
			return clockMsg{gen}
		case <-done:
			return nil
		}
	}
}

// rang takes a tick and reports whether it counts. The next one has to be armed again.
func (c *clock) rang(msg clockMsg) bool {
	if msg.gen != c.gen {
		return false
	}
	c.running = false
	return true
}

// ticks reports whether a time on the screen goes on.
func (m *model) ticks() bool {
	s := &m.scene.state
	return s.Metrics.RunningTasks > 0 || s.PendingTotal > 0 || m.busy() > 0 || !s.Server.NextCheck.IsZero() ||
		m.leaving.waits()
}
