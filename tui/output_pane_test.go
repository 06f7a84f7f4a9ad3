package tui

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"drover/agent"
	"drover/dispatcher"
	"drover/tui/keys"
)

// eloquent is a busy screen on which the tasks of two lists have said something, and one has ended without a word.
func eloquent(e *fakeEngine) {
	busy(e)
	for i := range 60 {
		e.output["task-21"] = append(e.output["task-21"], text(fmt.Sprintf("point %d of the notes\n", i+1)))
	}
	e.output["task-22"] = append(e.output["task-22"], text("Le troupeau\n"))
	i := slices.IndexFunc(e.state.Ended, func(t agent.Task) bool { return t.ID == "task-19" })
	e.state.Ended[i].Result = agent.Result{}
}

func TestOutputPaneFollowsTheSelection(t *testing.T) {
	t.Parallel()
	start(t, 200, 50, eloquent, func(p *program) {
		p.Has("─ Task 21 Summarise the release notes in five points", "point 60 of the notes", "━ Lanes")
		p.Do(keys.Down)
		p.Has("─ Task 22 Translate chapter 3", "Le troupeau")
		p.Do(keys.Lane(9))
		p.Has("─ Output ─", "Nothing is selected: lane 10 is idle.")
		p.Do(keys.NextPane)
		p.Has("─ Task 30 Summarise", "▌ Summarise the release notes", "It is the next one, and starts as soon as a lane is free.", "━ Queue")
		p.engine.change(func(s *State) { s.Holds = []dispatcher.Hold{{Reason: dispatcher.HoldPaused}} })
		p.Wait()
		p.Has("The queue is paused.", "→ P resumes it.")
		p.Do(keys.NextPane, keys.Down)
		p.Has("─ Task 20 Draft a reply", "The answer of task-20.", "– cancelled after 5.0s")
		p.Do(keys.Down)
		p.Has("─ Task 19", "It said nothing.", "✗ model missing")
		p.Do(keys.NextPane)
		p.Has("─ Task 18 ", "━ Errors 2")
		p.engine.change(func(s *State) { s.Errors = nil })
		p.Wait()
		p.Has("Nothing is selected: there are no errors.")
	})
}

// A lane that has become idle leaves what its task said where it is.
func TestOutputPaneKeepsWhatALaneSaid(t *testing.T) {
	t.Parallel()
	start(t, 120, 30, eloquent, func(p *program) {
		p.Has("point 60 of the notes")
		p.engine.change(func(s *State) {
			done := s.Lanes[0].Task
			done.Status, done.CompletedAt = dispatcher.StatusCompleted, time.Now()
			s.Lanes[0].State, s.Lanes[0].Task = dispatcher.LaneIdle, agent.Task{}
			s.Ended = slices.Insert(s.Ended, 0, done)
		})
		p.Wait()
		p.Has("point 60 of the notes", "✓ completed in", "▌○  1 idle")
		p.Do(keys.Down, keys.Up)
		p.Has("Nothing is selected: lane 1 is idle.")
	})
}

func TestOutputPaneIsRead(t *testing.T) {
	t.Parallel()
	start(t, 160, 45, eloquent, func(p *program) {
		p.Do(keys.NextPane, keys.PreviousPane, keys.Right)
		p.Has("━ Task 21", "─ Lanes", "●  1 task-21")
		p.Do(keys.First)
		p.Has("point 1 of the notes", "G follows")
		p.Do(keys.Search)
		p.Type("point 33")
		p.Do(keys.Accept)
		p.Has(`"point 33" 1 of 1`, "point 33 of the notes")
		// What is read stays, whatever becomes of the selection.
		p.engine.change(func(s *State) { s.Lanes[0].Task.ID = "task-99" })
		p.Wait()
		p.Has("━ Task 21", "point 33 of the notes")
		p.Do(keys.Back, keys.Lane(1))
		p.Has("━ Task 22", "Le troupeau")
		p.engine.took()
		p.Do(keys.Cancel)
		p.called("cancel task-22")
		p.Do(keys.Open) // the page, and back to where it was opened
		p.Has("━ Task 22")
		p.Lacks("Lanes")
		p.Do(keys.Open)
		p.Has("The output has the whole page; esc goes back to the lists.")
		p.Do(keys.Zoom)
		p.Has("━ Task 22", "─ Lanes")
		p.Do(keys.Left)
		p.Has("─ Task 22", "━ Lanes")
		p.Do(keys.PreviousPane) // comes before the first list, and after the last
		p.Has("━ Task 22")
		p.Do(keys.PreviousPane)
		p.Has("━ Errors")
		p.Do(keys.NextPane, keys.NextPane)
		p.Has("━ Lanes")
	})
}

// On a screen that is too narrow, hidden, or zoomed away, the output of the selected task is not asked for.
func TestHiddenOutputPaneAsksNothing(t *testing.T) {
	t.Parallel()
	quiet := func(p *program, why string) {
		p.t.Helper()
		p.Wait()
		before := p.engine.read()
		p.engine.change(func(s *State) { s.Lanes[0].Live.Tokens++ })
		p.Do(keys.Down, keys.Up)
		p.Wait()
		if n := p.engine.read() - before; n != 0 {
			p.t.Errorf("%s: outputs were asked for %d times", why, n)
		}
		p.Lacks("point 60")
	}
	start(t, 119, 30, eloquent, func(p *program) {
		quiet(p, "119 columns")
		p.Do(keys.OutputPane)
		p.Has("The output stands next to the lists from 120 columns on; this screen has 119. enter shows it here.")
		p.resize(120, 30)
		p.Has("point 60", "─ Task 21")
		p.Do(keys.Right)
		p.Has("━ Task 21")
		p.resize(119, 30) // the lists have the keys again
		p.Has("━ Lanes")
		p.resize(120, 30)
		p.Do(keys.OutputPane)
		p.Has("The output is hidden; O shows it next to the lists.")
		quiet(p, "hidden")
		p.Do(keys.Right)
		p.Has("There is nothing at the right; O shows the output there.")
		p.Do(keys.OutputPane)
		p.Has("point 60")
		p.Do(keys.Zoom)
		quiet(p, "zoomed")
	})
	startWith(t, 120, 30, Options{OutputPane: "off"}, eloquent, func(p *program) { quiet(p, "off") })
}

func TestOutputPaneCostsNothingWhenNothingHappens(t *testing.T) {
	t.Parallel()
	start(t, 200, 50, eloquent, func(p *program) {
		p.Do(keys.NextPane, keys.NextPane, keys.Down)
		p.engine.change(idleLanes)
		time.Sleep(settled + 2*time.Minute) // tasks are no longer counted by the minute
		p.Written()
		before := p.engine.read()
		time.Sleep(time.Hour)
		if out := p.Written(); out != "" || p.engine.read() != before {
			t.Errorf("%d outputs were asked for, and written was %q", p.engine.read()-before, out)
		}
	})
}

func TestMouseInTheOutputPane(t *testing.T) {
	t.Parallel()
	startWith(t, 120, 30, Options{Mouse: true}, eloquent, func(p *program) {
		p.Has("point 60")
		for range 3 {
			p.Send("\x1b[<64;100;10M")
		}
		p.Has("point 40", "━ Lanes", "─ Task 21")
		p.Lacks("point 60")
		p.Send("\x1b[<0;100;10M")
		p.Has("━ Task 21", "─ Lanes")
		p.Send("\x1b[<0;10;4M")
		p.Has("━ Lanes", "─ Task 22", "Le troupeau")
	})
}

// Whatever a task says, the pane is as wide as it is.
func TestHostileOutputStaysInItsPane(t *testing.T) {
	t.Parallel()
	start(t, 120, 30, func(e *fakeEngine) {
		busy(e)
		e.output["task-21"] = append(e.output["task-21"], text(strings.Repeat("群れを守る羊飼いの犬 ", 40)+"\x1b[2J\x1b[H\x1b]0;owned\a🐑👩‍👩‍👧‍👦\u202e"+
			strings.Repeat("e\u0301", 200)+"\t\x9b31m"+strings.Repeat("x", 5000)+"\n"))
	}, func(p *program) {
		for _, width := range []int{120, 160, 123, 150} {
			p.resize(width, 30)
			for i, row := range p.Rows()[1:27] {
				if strings.Count(row, "│") != 1 {
					t.Errorf("%d columns: row %d is %q", width, i+1, row)
				}
			}
			p.Do(keys.Right, keys.First)
			p.Has("群れを守る")
			p.Do(keys.Last, keys.Back)
		}
	})
}
