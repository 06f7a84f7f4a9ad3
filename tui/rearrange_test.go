package tui

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"drover/agent"
	"drover/dispatcher"
	"drover/tui/keys"
)

func TestMovingInTheQueue(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, busy, func(p *program) {
		p.Do(keys.MoveUp)
		p.Has("Task 21 is already running; only a pending task can be moved.")
		p.Do(keys.NextPane, keys.MoveUp)
		p.Has("Task 30 is already the first of high priority; > and < change that.")
		p.called()
		p.Do(keys.MoveDown)
		p.called("move task-30 1")
		p.Do(keys.Down, keys.MoveUp, keys.MoveFirst, keys.MoveLast)
		p.called("move task-31 -1", fmt.Sprint("move task-31 ", math.MinInt), fmt.Sprint("move task-31 ", math.MaxInt))
		p.Has("Task 31 is the last of high priority now.")
		p.Do(keys.Down, keys.Down, keys.MoveDown) // the last of its priority
		p.Has("Task 33 is already the last of high priority")
		p.called()
	})
}

func TestEditingAPendingTask(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, func(e *fakeEngine) {
		busy(e)
		e.state.Pending[0].Request = agent.Request{Prompt: "old", System: "kept", Model: "gemma3:4b"}
	}, func(p *program) {
		p.Do(keys.Edit)
		p.Has("Task 21 is already running; only a pending task can be edited.")
		p.Do(keys.New)
		p.Type("a draft")
		p.Do(keys.Back, keys.NextPane, keys.Edit)
		p.Has("Edit task 30", "[▲ high]", "[gemma3:4b]")
		p.Lacks("a draft")
		p.Type(" and new")
		p.Do(keys.NextField, keys.NextField, keys.NextField)
		p.Type("er")
		p.Do(keys.Priority, keys.Submit) // there are no copies to choose
		p.called(`edit task-30 "gemma3:4b" "old and newer" kept`, "priority task-30 normal")
		p.Has("Task 30 is changed.")
		p.Do(keys.Edit)
		p.Type("xyz")
		p.Do(keys.Back)
		p.Has("The task stays as it was.")
		p.Do(keys.New)
		p.Has("a draft", "New task", "[· normal]", "[default (qwen3:8b)]")
	})
}

// A name without a tag is that of the latest one, for the form as for the server.
func TestEditingATaskWhoseModelHasNoTag(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, func(e *fakeEngine) {
		busy(e)
		e.state.Server.Models = append(e.state.Server.Models, agent.Model{Name: "llama3.2:latest", Parameters: "3.2B"})
		e.state.Pending[0].Request = agent.Request{Prompt: "old", Model: "llama3.2"}
	}, func(p *program) {
		p.Do(keys.NextPane, keys.Edit)
		p.Has("[llama3.2] 3.2B 4 of 4")
		p.Do(keys.Model)
		p.Has("[default (qwen3:8b)]")
	})
}

func TestEditingATaskThatStartsMeanwhile(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, func(e *fakeEngine) {
		busy(e)
		e.fail["edit"] = fmt.Errorf("%w: task-30 is running", dispatcher.ErrNotPending)
	}, func(p *program) {
		p.Do(keys.NextPane, keys.Edit)
		p.Type(" my words")
		p.Do(keys.Submit)
		p.Has("Task 30 has started or ended meanwhile", "enter submits this as a new", "my words", "New task")
		p.engine.took()
		p.Do(keys.Submit)
		if calls := p.engine.took(); len(calls) != 1 || !strings.HasPrefix(calls[0], "submit high") || !strings.Contains(calls[0], "my words") {
			t.Errorf("the engine was called %q", calls)
		}
	})
}

func TestZoom(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, busy, func(p *program) {
		p.Do(keys.NextPane, keys.Zoom)
		p.Has("━ Queue")
		p.Lacks("Lanes", "Errors")
		p.Do(keys.NextPane)
		p.Has("━ Finished")
		p.Lacks("Lanes")
		p.Do(keys.NextPane)
		p.Has("━ Errors 2", "─ Task 18 ")
		p.Do(keys.PreviousPane)
		p.Do(keys.Back)
		p.Has("─ Lanes", "─ Errors")
		p.Do(keys.Zoom, keys.Zoom)
		p.Has("─ Lanes")
	})
}
