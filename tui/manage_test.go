package tui

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"drover/agent"
	"drover/dispatcher"
	"drover/tui/keys"
	"drover/tui/overlay"
)

func TestPanesAreHidden(t *testing.T) {
	t.Parallel()
	for _, size := range []struct{ w, h int }{{80, 24}, {120, 30}, {200, 50}} {
		start(t, size.w, size.h, busy, func(p *program) {
			p.Do(keys.Hide)
			p.Has("The lanes are hidden; H brings them back.", "━ Queue")
			p.Lacks("Lanes 7 of 10", "task-21")
			p.Do(keys.Hide, keys.Hide)
			p.Has("The finished tasks are hidden", "━ Errors")
			p.Lacks("─ Queue", "─ Finished")
			p.Do(keys.Hide)
			p.Has("This is the only pane that is left; H brings the others back.")
			p.Do(keys.NextPane, keys.NextPane)
			p.Has("━ Errors")
			p.Do(keys.Lane(2))
			p.Has("━ Lanes", "▌●  3")
			p.Lacks("Queue 24")
			p.Do(keys.ShowAll)
			p.Has("━ Lanes", "ueue", "─ Errors", "All panes are shown.")
			p.Do(keys.ShowAll)
			p.Has("No pane is hidden.")
		})
	}
}

// troubles are twenty errors of three kinds.
func troubles(e *fakeEngine) {
	working(e)
	for i := range 20 {
		var err error = &agent.Error{Ending: agent.EndServerBusy, What: "the queue is full", Next: "try later"}
		switch {
		case i%5 == 1:
			err = &agent.Error{Ending: agent.EndServerError, What: "the runner fell over"}
		case i == 10:
			err = errors.New("odd")
		}
		e.end(e.task(100+i, 1, fmt.Sprint("prompt ", i), "", time.Minute), dispatcher.StatusFailed, time.Second, time.Second, err)
	}
}

func TestErrorsByKind(t *testing.T) {
	t.Parallel()
	start(t, 100, 30, troubles, func(p *program) {
		p.Do(keys.GroupErrors)
		p.Has("Go to the errors first")
		p.Do(keys.PreviousPane, keys.GroupErrors)
		p.Has("Errors 20 errors of 3 kinds", "▌✗    15 server busy · last at", "✗     4 server error", "try later")
		p.Do(keys.Mark)
		p.Has("Kinds of errors cannot be marked; enter shows the errors of one.")
		p.Do(keys.Down, keys.Open)
		p.Has("Errors 4 of 20 match: status:server_error", "task-116")
		p.Do(keys.Back)
		p.Has("20 errors of 3 kinds")
		p.engine.took()
		p.Do(keys.First, keys.Down, keys.Retry)
		p.called("retry task-101", "retry task-106", "retry task-111", "retry task-116")
		p.Has("Queued again: 4 tasks")
		p.Do(keys.Last, keys.Dismiss)
		p.called("dismiss [11]")
		p.Has("Dismissed 1 error (failed).")
		p.engine.change(func(s *State) { s.Errors = s.Errors[1:] })
		p.Wait()
		p.Has("19 errors of 3 kinds")
		p.Do(keys.GroupErrors)
		p.Has("Errors one by one.", "task-118")
	})
}

func TestFinishedTasksAreCleared(t *testing.T) {
	t.Parallel()
	start(t, 100, 30, busy, func(p *program) {
		p.Do(keys.ClearFinished)
		p.Has("Clear all 21 finished tasks?")
		p.Do(keys.Yes)
		p.Has("That was typed before the question could be read")
		time.Sleep(overlay.Grace)
		p.Do(keys.No)
		p.called()
		p.Do(keys.NextPane, keys.NextPane, keys.Filter)
		p.Type("status:failed")
		p.Do(keys.Accept, keys.ClearFinished)
		p.Has("Clear the finished tasks that match the filter?")
		time.Sleep(overlay.Grace)
		p.Do(keys.Yes)
		p.called("forget [task-18 task-19]")
		p.Do(keys.Back, keys.Mark, keys.ClearFinished)
		p.Has("Clear 1 marked task, as far as they have ended?")
		time.Sleep(overlay.Grace)
		p.Do(keys.Yes)
		p.called("forget [task-20]")
		p.Do(keys.ClearFinished)
		time.Sleep(overlay.Grace)
		p.Do(keys.Yes)
		p.called("forget []")
		p.Has("Nothing has ended yet.", "Cleared 17 finished tasks.")
		p.Do(keys.ClearFinished)
		p.Has("There are no finished tasks to clear.")
	})
}

// Errors that nothing is known of in the engine any more, and filters without a match, clear nothing by accident.
func TestClearingWithoutAMatchClearsNothing(t *testing.T) {
	t.Parallel()
	start(t, 100, 30, busy, func(p *program) {
		p.Do(keys.NextPane, keys.NextPane, keys.Filter)
		p.Type("nothing-like-this")
		p.Do(keys.Accept, keys.ClearFinished)
		time.Sleep(overlay.Grace)
		p.Do(keys.Yes)
		p.called()
		p.Has("Nothing matches the filter.")
	})
}

// several are two servers, of which one is busy and one is down.
func several(e *fakeEngine) {
	busy(e)
	e.state.Server.Servers = []agent.ServerInfo{
		{
			Host: "http://127.0.0.1:11434", State: agent.ServerUp, Version: "0.17.4", Models: e.state.Server.Models,
			Loaded: []agent.LoadedModel{
				{Name: "qwen3:8b", Size: 6_500_000_000, SizeVRAM: 6_500_000_000, Context: 8192, Expires: e.begun.Add(5 * time.Minute)},
				{Name: "gemma3:4b", Size: 4_100_000_000, SizeVRAM: 1_000_000_000, Expires: e.begun.Add(1000 * 24 * time.Hour)},
			},
			LoadedAt: e.begun, Slots: 1, SlotsFrom: "learnt", Lanes: 7, Generating: 1, Queued: 4, Loading: 2,
			Hint: "start the server with OLLAMA_NUM_PARALLEL=4 to let it work on four requests at once",
		},
		{Host: "http://gpu.example:11434", State: agent.ServerDown, Err: "connection refused", NextCheck: e.begun.Add(7 * time.Second),
			PausedUntil: e.begun.Add(20 * time.Second)},
	}
	e.state.Server.Cloud = agent.CloudInfo{Slots: 3, Lanes: 2, PausedUntil: e.begun.Add(30 * time.Second)}
}

func TestServersAreShown(t *testing.T) {
	t.Parallel()
	start(t, 100, 30, several, func(p *program) {
		p.Has("● 127.0.0.1:11434 0.17.4 ✗ 1 of 2 servers down", "1 of 7 lanes generate: S")
		p.Do(keys.Servers)
		p.Has("Servers 2 servers", "7 lanes: 1 generating")
		p.called("look")
		time.Sleep(3*time.Second + time.Second)
		p.called("look") // while it is shown it stays up to date
		p.Do(keys.Help, keys.Back)
		p.Has("Servers 2 servers")
		p.Do(keys.Servers, keys.Open, keys.Servers, keys.Servers)
		p.Has("━ Task 21")
		p.Do(keys.Back)
		p.Has("Lanes 7 of 10 busy")
		p.engine.took()
		time.Sleep(10 * time.Second)
		p.called()
	})
}

// Models that answer nobody are said to be stuck where they are seen, and a key unloads them; without any it asks first.
func TestUnload(t *testing.T) {
	t.Parallel()
	stuck := func(e *fakeEngine) {
		several(e)
		e.state.Server.Servers[0].Stuck = []string{"qwen3:8b", "ge\x1b[2Jmma3:4b"}
		e.run(0, e.task(1, 1, "Ask", "", time.Minute), time.Second, agent.Live{Phase: agent.PhaseStuck})
	}
	startWith(t, 120, 30, Options{OutputPane: "off"}, stuck, func(p *program) {
		p.Has("qwen3:8b answers nobody: S", "stuck: the model answers nobody")
		p.Do(keys.Servers)
		p.engine.took()
		p.Do(keys.Unload)
		p.called("unload qwen3:8b at http://127.0.0.1:11434", "unload ge\x1b[2Jmma3:4b at http://127.0.0.1:11434")
		p.Has("Unloaded 2 models.")
	})
	start(t, 100, 30, several, func(p *program) {
		p.Do(keys.Servers)
		p.engine.took()
		p.Do(keys.Unload)
		p.called()
		p.Has("No model is stuck. Unload the 2 models in memory?")
		time.Sleep(overlay.Grace)
		p.engine.took()
		p.Do(keys.Yes)
		p.called("unload qwen3:8b at http://127.0.0.1:11434", "unload gemma3:4b at http://127.0.0.1:11434")
	})
	start(t, 100, 30, busy, func(p *program) {
		p.Do(keys.Servers)
		p.engine.took()
		p.Do(keys.Unload)
		p.called()
		p.Has("No model is in memory, as far as is known.")
	})
}
