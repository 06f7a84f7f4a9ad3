package tui

import (
	"strings"
	"testing"
	"time"

	"drover/agent"
	"drover/agent/transcript"
	"drover/dispatcher"
	"drover/tui/keys"
)

// A command shows what it runs and what it says, and no numbers that it does not have.
func TestCommand(t *testing.T) {
	t.Parallel()
	start(t, 120, 24, func(e *fakeEngine) {
		task := e.task(1, 1, "Mend it", "", time.Minute)
		task.Request.Command = []string{"/usr/bin/mender", "-p"}
		e.run(0, task, time.Second, agent.Live{})
		e.state.Lanes[0].Live = agent.Live{Phase: agent.PhaseRunning, LastLine: "halfway", Sent: e.begun, FirstToken: e.begun, LastToken: e.begun}
		task.ID = "task-2"
		e.run(1, task, time.Second, agent.Live{})
		e.state.Lanes[1].Live = agent.Live{Phase: agent.PhaseRunning, Sent: e.begun}
		task.ID = "task-3"
		e.end(task, dispatcher.StatusCompleted, 0, time.Second, nil)
		e.state.Ended[0].Result = agent.Result{Text: "done"}
		e.output["task-3"] = []transcript.Entry{text("done"), {Kind: transcript.Stderr, Text: "a warning\n"}}
	}, func(p *program) {
		p.Has("mender", "halfway", "no output yet")
		p.Lacks("default", "waiting", "tok/s    0")
		p.Do(keys.Lane(0), keys.Open)
		p.Has("mender", "running")
		p.Lacks("tokens", "first token")
		p.Do(keys.Back, keys.NextPane, keys.NextPane, keys.Open)
		p.Has("done", "│ a warning", "completed in 1.0s")
		for row := range strings.Lines(p.Screen()) {
			if strings.Contains(row, "completed in") && strings.Contains(row, "token") {
				t.Errorf("it says %q", row)
			}
		}
	})
}
