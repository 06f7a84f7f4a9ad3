package tui

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"drover/agent"
	"drover/dispatcher"
)

func TestMovingInTheQueue(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, busy, func(p *program) {
		p.Press("K")
		p.Has("Task 21 is already running; only a pending task can be moved.")
		p.Press("tab", "K")
		p.Has("Task 30 is already the first of high priority; > and < change that.")
		p.called()
		p.Press("J")
		p.called("move task-30 1")
		p.Press("j", "K", "T", "B")
		p.called("move task-31 -1", fmt.Sprint("move task-31 ", math.MinInt), fmt.Sprint("move task-31 ", math.MaxInt))
		p.Has("Task 31 is the last of high priority now.")
		p.Press("j", "j", "J") // the last of its priority
		p.Has("Task 33 is already the last of high priority")
		p.called()
	})
}

func TestEditingAPendingTask(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, func(e *fakeEngine) {
		busy(e)
		e.state.Pending[0].Payload = agent.Request{Prompt: "old", System: "kept", Model: "gemma3:4b"}
	}, func(p *program) {
		p.Press("e")
		p.Has("Task 21 is already running; only a pending task can be edited.")
		p.Press("n")
		p.Type("a draft")
		p.Press("esc", "tab", "e")
		p.Has("Edit task 30", "[▲ high]", "[gemma3:4b]")
		p.Lacks("a draft")
		p.Type(" and new")
		p.Press("tab", "tab", "tab")
		p.Type("er")
		p.Press("ctrl+p", "enter") // there are no copies to choose
		p.called(`edit task-30 "gemma3:4b" "old and newer" kept`, "priority task-30 normal")
		p.Has("Task 30 is changed.")
		p.Press("e")
		p.Type("xyz")
		p.Press("esc")
		p.Has("The task stays as it was.")
		p.Press("n")
		p.Has("a draft", "New task", "[· normal]", "[default (qwen3:8b)]")
	})
}

// A name without a tag is that of the latest one, for the form as for the server.
func TestEditingATaskWhoseModelHasNoTag(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, func(e *fakeEngine) {
		busy(e)
		e.state.Server.Models = append(e.state.Server.Models, agent.Model{Name: "llama3.2:latest", Parameters: "3.2B"})
		e.state.Pending[0].Payload = agent.Request{Prompt: "old", Model: "llama3.2"}
	}, func(p *program) {
		p.Press("tab", "e")
		p.Has("[llama3.2] 3.2B 4 of 4")
		p.Press("ctrl+o")
		p.Has("[default (qwen3:8b)]")
	})
}

func TestEditingATaskThatStartsMeanwhile(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, func(e *fakeEngine) {
		busy(e)
		e.fail["edit"] = fmt.Errorf("%w: task-30 is running", dispatcher.ErrNotPending)
	}, func(p *program) {
		p.Press("tab", "e")
		p.Type(" my words")
		p.Press("enter")
		p.Has("Task 30 has started or ended meanwhile", "enter submits this as a new", "my words", "New task")
		p.engine.took()
		p.Press("enter")
		if calls := p.engine.took(); len(calls) != 1 || !strings.HasPrefix(calls[0], "submit high") || !strings.Contains(calls[0], "my words") {
			t.Errorf("the engine was called %q", calls)
		}
	})
}

func TestZoom(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, busy, func(p *program) {
		p.Press("tab", "z")
		p.Has("━ Queue")
		p.Lacks("Lanes", "Errors")
		p.Press("tab")
		p.Has("━ Finished")
		p.Lacks("Lanes")
		p.Press("esc")
		p.Has("─ Lanes", "─ Errors")
		p.Press("z", "z")
		p.Has("─ Lanes")
	})
}
