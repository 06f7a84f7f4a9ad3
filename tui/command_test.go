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
		e.output["task-3"] = []transcript.Entry{text("working\ndone"), {Kind: transcript.Stderr, Text: "a warning"}}
	}, func(p *program) {
		p.Has("mender", "halfway", "no output yet")
		p.Lacks("default", "waiting", "tok/s    0")
		p.Do(keys.Lane(0), keys.Open)
		p.Has("mender", "running")
		p.Lacks("tokens", "first token")
		p.Do(keys.Back, keys.NextPane, keys.NextPane, keys.Open)
		p.Has("working\ndone\n│ a warning\n", "completed in 1.0s")
		p.Do(keys.Markdown)
		p.Has("What a command writes is shown as it was written.", "working\ndone\n")
		for row := range strings.Lines(p.Screen()) {
			if strings.Contains(row, "completed in") && strings.Contains(row, "token") {
				t.Errorf("it says %q", row)
			}
		}
	})
}

// Commands of the settings are chosen where models are.
func TestFormWithCommands(t *testing.T) {
	t.Parallel()
	options := Options{Commands: []Command{{Name: "claude", Dir: "/src", Line: "claude -p {{prompt}}"}, {Name: "make", Dir: "/src", Line: "make"}}}
	startWith(t, 80, 24, options, func(e *fakeEngine) {
		task := e.task(7, 1, "Build it", "", time.Minute)
		task.Request.Command, task.Request.Dir = []string{"/bin/make", "all"}, "/own"
		e.state.Pending = append(e.state.Pending, task)
	}, func(p *program) {
		p.Do(keys.New)
		p.Type("Mend it")
		p.Do(keys.Model, keys.Model, keys.Model)
		p.Has("[claude]", "runs claude -p {{prompt}}", "4 of 5")
		p.Do(keys.Submit)
		p.called(`submit normal command[claude]/src "Mend it"`)
		p.Do(keys.New)
		p.Type("Again")
		p.Do(keys.Model, keys.Model)
		p.Has("[default (qwen3:8b)]", "1 of 5")
		p.Do(keys.Submit)
		p.called(`submit normal "" "Again"`)

		// What a task in the queue runs stays, unless another one is chosen.
		p.Do(keys.NextPane, keys.Edit)
		p.Has("[make]")
		p.Type("!")
		p.Do(keys.Submit)
		p.called(`edit task-7 [/bin/make all]/own "Build it!"`)
		p.Do(keys.Edit, keys.Model)
		p.Has("[default (qwen3:8b)]")
		p.Do(keys.Submit)
		p.called(`edit task-7 "" "Build it"`)
	})
}

// A server without models leaves the commands to choose from.
func TestFormWithCommandsAlone(t *testing.T) {
	t.Parallel()
	startWith(t, 80, 24, Options{Commands: []Command{{Name: "make"}}}, func(e *fakeEngine) {
		e.state.Server.Models, e.state.Server.DefaultModel = nil, ""
	}, func(p *program) {
		p.Do(keys.New)
		p.Type("x")
		p.Do(keys.Model)
		p.Has("[make]", "2 of 2")
		p.Do(keys.Submit)
		p.called(`submit normal command[make] "x"`)
	})
}
