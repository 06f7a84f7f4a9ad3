package tui

import (
	"context"
	"time"

	"drover/agent/engine"
	"drover/tui/actions"
	"drover/tui/keys"
	"drover/tui/leave"
	"drover/tui/notice"

	tea "charm.land/bubbletea/v2"
)

// stopLimit is how long "stop now" waits for agents to return before the screen goes anyway.
const stopLimit = 10 * time.Second

// drainLimit is how long finishing what runs may take: as long as the user likes.
const drainLimit = 1000 * time.Hour

// leftMsg is the reply of a drain or a stop.
type leftMsg struct {
	wait int // see leave.Wait
	err  error
}

// quit leaves at once when nothing would be lost, and asks otherwise.
func (m *model) quit() tea.Cmd {
	if !m.leaving.Waits() && m.leaving.Free() {
		return tea.Quit
	}
	return m.carryOut(m.leaving.Ask())
}

// waitFor lets running tasks end and starts no others, or cancels what runs.
func (m *model) waitFor(i leave.Wait) tea.Cmd {
	how, limit := engine.Engine.Drain, drainLimit
	if i.Stop {
		how, limit = engine.Engine.Stop, stopLimit
	}
	parent, e := m.ctx, m.engine
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(parent, limit)
		defer cancel()
		return leftMsg{i.Number, how(e, ctx)}
	}
}

// finish has everything that is queued run; the dialog notices when that is so.
func (m *model) finish() tea.Cmd {
	if !m.state.Paused {
		return nil
	}
	engine := m.engine
	return actions.Perform(func() error { return engine.SetPaused(false) },
		"Resumed, so that the queue can run empty.", "Could not resume")
}

// interrupt is ctrl+c: the first one asks, the second one in a row leaves at once.
func (m *model) interrupt() tea.Cmd {
	if m.interrupted || m.leaving.Waits() {
		return tea.Quit
	}
	m.interrupted = true
	m.notify(notice.Warn, "Press "+m.look.Keys.Name(keys.Interrupt)+" again to leave at once.")
	if m.leaving.HasWork() && !m.overlays.Has(m.leaving) {
		return m.carryOut(m.leaving.Ask())
	}
	return nil
}

func (m *model) whyNotSuspend() string {
	if m.options.Input != nil {
		return "This screen is not the job of a shell that could go on with it."
	}
	return ""
}

// suspend stops the whole process until the shell goes on with it; what runs in it stands still as well.
func (m *model) suspend() tea.Cmd {
	return actions.Perform(suspendSelf, "", "Could not suspend")
}
