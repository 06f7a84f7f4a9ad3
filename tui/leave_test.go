package tui

import (
	"context"
	"errors"
	"image/color"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"

	"drover/agent"
	"drover/agent/engine"
	"drover/tui/keys"
	"drover/tui/theme"
	"drover/tui/tuitest"
)

// working has a task in lane 1 and two that wait.
func working(e *fakeEngine) {
	e.run(0, e.task(1, 1, "Count", "", time.Minute), 5*time.Second, agent.Live{Tokens: 3})
	e.state.Pending = append(e.state.Pending, e.task(2, 1, "Second", "", time.Second), e.task(3, 1, "Third", "", time.Second))
	e.count()
}

func idleLanes(s *State) {
	for i := range s.Lanes {
		s.Lanes[i] = engine.Lane{ID: i}
	}
}

func TestQuitWithoutWorkLeavesAtOnce(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, nil, func(p *program) {
		p.Do(keys.Quit)
		p.left()
		p.called()
	})
}

func TestQuitWithKeptTasksLeavesAtOnce(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, func(e *fakeEngine) {
		working(e)
		idleLanes(&e.state)
		e.state.KeepsPending = true
	}, func(p *program) {
		p.Do(keys.Quit)
		p.left()
	})
}

func TestQuitAsksAndStays(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, working, func(p *program) {
		p.Do(keys.Quit)
		p.Has("Leaving drover", "1 task is running, 2 wait.", "Finish 1 running task, then leave; 2 pending tasks are lost",
			"Run everything that is queued", "Stop now: cancel 1 running task; 2 pending tasks are lost")
		p.Do(keys.Back)
		p.stays()
		p.Lacks("Leaving drover")
		p.called()
	})
}

func TestQuitSaysWhatIsKept(t *testing.T) {
	t.Parallel()
	start(t, 100, 24, func(e *fakeEngine) { working(e); e.state.KeepsPending = true }, func(p *program) {
		p.Do(keys.Quit)
		p.Has("Finish 1 running task, then leave; 2 pending tasks are kept for the next time",
			"Stop now: interrupt 1 running task; they and 2 pending ones are kept")
		p.Lacks("lost")
		p.engine.change(func(s *State) { s.Pending = nil })
		p.Wait()
		p.Has("Stop now: interrupt 1 running task; what becomes of them is asked the next time")
	})
}

func TestQuitDrains(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, func(e *fakeEngine) { working(e); e.hold["drain"] = make(chan struct{}) }, func(p *program) {
		p.Do(keys.Quit, keys.Choose) // the first answer
		p.called("drain")
		p.Has("Finishing: 1 task still runs, since 00:00:00. q can stop them now.", "━ Lanes")
		p.Do(keys.Open) // all can be looked at meanwhile
		p.Has("━ Task 1", "Finishing: 1 task still runs")
		p.Do(keys.Help)
		p.Has("All keys", "Finishing: 1 task still runs")
		p.Do(keys.Back, keys.Back, keys.NextPane, keys.Down)
		p.Has("━ Queue 2", "Finishing: 1 task still runs")
		p.Do(keys.Quit)
		p.Has("Go on finishing 1 running task")
		p.Do(keys.Back)
		p.stays()
		close(p.engine.hold["drain"])
		p.Wait()
		p.left()
	})
}

func TestQuitDrainsThenStops(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, func(e *fakeEngine) { working(e); e.hold["drain"] = make(chan struct{}) }, func(p *program) {
		p.Do(keys.Quit, keys.LeaveDrain)
		p.stays()
		p.Do(keys.Quit, keys.LeaveStop)
		p.left()
		p.called("drain", "stop")
		close(p.engine.hold["drain"])
	})
}

func TestQuitDrainFailed(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, func(e *fakeEngine) { working(e); e.fail["drain"] = errors.New("no way") }, func(p *program) {
		p.Do(keys.Quit, keys.LeaveDrain)
		p.stays()
		p.Has("Finishing failed: No way. q asks again how to leave.")
		p.Do(keys.Quit, keys.LeaveStop)
		p.left()
	})
}

func TestQuitStops(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, func(e *fakeEngine) { working(e); e.hold["stop"] = make(chan struct{}) }, func(p *program) {
		p.Do(keys.Quit, keys.Down, keys.Down, keys.Choose)
		p.called("stop")
		p.Has("Stopping: 1 task has yet to return")
		p.Do(keys.Quit)
		p.Has("It is being stopped; ctrl+c leaves at once.")
		p.stays()
		time.Sleep(stopLimit) // an agent that never returns does not hold anybody back
		p.Wait()
		p.left()
		close(p.engine.hold["stop"])
	})
}

func TestQuitFinishesEverything(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, func(e *fakeEngine) { working(e); e.state.Paused = true }, func(p *program) {
		p.Do(keys.Quit, keys.LeaveFinish)
		p.called("paused false") // or it would wait for ever
		p.Has("Running the queue empty: 1 task runs, 2 wait")
		p.engine.change(func(s *State) { s.Pending = nil })
		p.Wait()
		p.stays()
		p.Do(keys.Quit, keys.Back) // this can still be given up
		p.Lacks("Running the queue empty")
		p.Do(keys.Quit, keys.Quit, keys.Back, keys.Quit)
		p.Has("Leaving drover")
		p.Do(keys.Back, keys.Quit)
		p.engine.change(func(s *State) { s.Pending = append(s.Pending, p.engine.task(9, 1, "x", "", 0)) })
		p.Wait()
		p.Do(keys.LeaveFinish)
		p.engine.change(func(s *State) { s.Pending = nil; idleLanes(s) })
		p.Wait()
		p.left()
	})
}

func TestFinishSaysWhatHoldsItUp(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, down, func(p *program) {
		p.Do(keys.Quit)
		p.Has("Leave now; 2 pending tasks are lost")
		p.Lacks("Finish ")
		p.Do(keys.LeaveDrain)
		p.Has("Nothing runs, so there is nothing to finish.")
		p.Do(keys.LeaveFinish)
		p.Has("Running the queue empty", "does not answer, so nothing is started.")
		p.Do(keys.Quit, keys.LeaveStop)
		p.left()
	})
}

func TestInterruptTwiceLeavesAtOnce(t *testing.T) {
	t.Parallel()
	for name, setup := range map[string]func(*fakeEngine){"idle": nil, "working": working} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			start(t, 80, 24, setup, func(p *program) {
				p.Do(keys.Interrupt)
				p.Has("Press ctrl+c again to leave at once.")
				p.Do(keys.Up, keys.Interrupt) // another key in between starts anew
				p.stays()
				p.Do(keys.Interrupt)
				p.left()
				p.called()
			})
		})
	}
}

func TestInterruptAsksWhileThereIsWork(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, working, func(p *program) {
		p.Do(keys.New)
		p.Type("a")
		p.Do(keys.Interrupt)
		p.Has("Leaving drover")
		p.Do(keys.Back)
		p.Has("New task")
	})
}

func TestInterruptOnceLeavesWhileDraining(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, func(e *fakeEngine) { working(e); e.hold["drain"] = make(chan struct{}) }, func(p *program) {
		p.Do(keys.Quit, keys.LeaveDrain, keys.Interrupt)
		p.left()
		close(p.engine.hold["drain"])
	})
}

func TestEndOfContextLeavesAndRestoresTheTerminal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		term := tuitest.New(t, 80, 24)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		e := newFake()
		working(e)
		go func() {
			done <- Run(ctx, e, Options{Keys: keyboard, Input: term.Input, Output: term.Output, Width: 80, Height: 24, Environment: tuitest.Environment})
		}()
		term.Wait()
		if !strings.Contains(term.Written(), "\x1b[?1049h") {
			t.Error("the alternate screen is not used")
		}
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run returned %v", err)
		}
		if out := term.Written(); !strings.Contains(out, "\x1b[?1049l") || !strings.Contains(out, "\x1b[?25h") {
			t.Errorf("the terminal is not restored: %q", out)
		}
		term.Close()
	})
}

// panicky panics when a task is cancelled.
type panicky struct{ *fakeEngine }

func (panicky) Cancel(string) error { panic("boom") }

func TestPanicRestoresTheTerminal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		term := tuitest.New(t, 80, 24)
		done := make(chan error, 1)
		e := newFake()
		working(e)
		go func() {
			done <- Run(t.Context(), panicky{e}, Options{Keys: keyboard, Input: term.Input, Output: term.Output, Width: 80, Height: 24, Environment: tuitest.Environment})
		}()
		term.Wait()
		if _, err := io.WriteString(term.Keyboard(), keyboard["cancel"][0]); err != nil {
			t.Fatal(err)
		}
		err := <-done
		if err == nil || !strings.Contains(err.Error(), "the terminal is restored") {
			t.Errorf("Run returned %v", err)
		}
		if !strings.Contains(term.Written(), "\x1b[?1049l") {
			t.Error("the terminal is not restored")
		}
		term.Close()
	})
}

func TestRunRefusesWrongKeys(t *testing.T) {
	t.Parallel()
	err := Run(t.Context(), newFake(), Options{Keys: map[string][]string{"fly": {"f"}}})
	if err == nil || !strings.Contains(err.Error(), `there is no action "fly"`) {
		t.Errorf("Run returned %v", err)
	}
}

func TestTheChosenAnswerStaysWhenTheAnswersChange(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, working, func(p *program) {
		p.Do(keys.Quit, keys.Down, keys.Down) // stop now, the third
		p.engine.change(idleLanes)
		p.Wait()
		p.Has("▌ s   Leave now; 2 pending tasks are lost") // the second
		p.engine.change(func(s *State) { s.Pending = nil })
		p.Wait()
		p.Has("▌ s   Leave now")
		p.Do(keys.Up, keys.Up, keys.Down)
		p.Has("▌ esc Stay")
		p.Do(keys.Choose)
		p.stays()
		p.Lacks("Leaving drover")
		p.called()
	})
}

func TestTheScreenFollowsItsOptions(t *testing.T) {
	t.Parallel()
	startWith(t, 80, 24, Options{Priority: "low", ASCII: true, Theme: "light", Keys: map[string][]string{"new": {"a"}}}, nil, func(p *program) {
		p.Has("Press a for a new task.", "= Lanes")
		p.Press("a")
		p.Has("[v low]")
		p.tea.Send(tea.BackgroundColorMsg{Color: color.Black}) // the settings have the last word
		p.Wait()
		p.tea.Quit()
		<-p.done
		p.ended = true
		if p.model.look.Theme.Tokens != theme.Light() {
			t.Error("the colours are not those of the light theme")
		}
	})
}

// What waits in memory for a disk is lost when one leaves now; what is on disk is not.
func TestQuitSaysWhatIsNotSaved(t *testing.T) {
	t.Parallel()
	start(t, 100, 24, func(e *fakeEngine) {
		working(e)
		e.state.KeepsPending, e.state.Unsaved = true, "the disk is full"
		e.state.UnsavedTasks = agent.Unsaved{Pending: 1, Ended: 3}
	}, func(p *program) {
		p.Press("q")
		p.Has("d, s: 1 pending task and 3 results are lost.", "then leave; 1 pending task is kept for the next time")
	})
	start(t, 100, 24, func(e *fakeEngine) {
		idleLanes(&e.state)
		e.state.KeepsPending = true
		e.state.UnsavedTasks = agent.Unsaved{Ended: 1}
	}, func(p *program) {
		p.Press("q")
		p.stays()
		p.Has("s: 1 result is lost.", "Leave now", "Stay")
	})
}
