package tui

import (
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"drover/agent"
	"drover/dispatcher"
	"drover/tui/keys"
)

// clipboard returns what was sent to the terminal's clipboard.
func clipboard(t *testing.T, written string) string {
	t.Helper()
	found := regexp.MustCompile("\x1b]52;c;([A-Za-z0-9+/=]*)\a").FindAllStringSubmatch(written, -1)
	if len(found) != 1 {
		t.Fatalf("%d texts were copied", len(found))
	}
	b, err := base64.StdEncoding.DecodeString(found[0][1])
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestKeysOfLanes(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, busy, func(p *program) {
		p.Do(keys.Lane(2), keys.Cancel)
		p.called("cancel task-23")
		p.Do(keys.Lane(5), keys.Cancel)
		p.Has("Task 26 is already being cancelled.")
		p.Do(keys.Lane(9), keys.Cancel)
		p.Has("Nothing is selected: lane 10 is idle.")
		p.Do(keys.Open)
		p.Has("Nothing is selected: lane 10 is idle.")
		p.Do(keys.Lane(0), keys.Retry)
		p.Has("Task 21 is still running; only a task that has ended can be tried again.")
		p.Do(keys.Raise)
		p.Has("Task 21 is already running; its priority no longer matters.")
		p.called()
	})
}

func TestKeysOfTheQueue(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, busy, func(p *program) {
		p.Do(keys.NextPane, keys.Down, keys.Cancel)
		p.called("cancel task-31")
		p.Do(keys.Lower)
		p.called("priority task-31 normal")
		p.Has("Task 31 has normal priority now.")
		p.Do(keys.Raise)
		p.Has("Task 31 already has the highest priority.")
		p.Do(keys.Last, keys.Lower)
		p.Has("Task 53 already has the lowest priority.")
		p.Do(keys.Retry)
		p.Has("Task 53 is still pending; only a task that has ended can be tried again.")
		p.Do(keys.First, keys.Open)
		p.Has("Task 30")
	})
}

func TestKeysOfFinishedTasks(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, busy, func(p *program) {
		p.Do(keys.NextPane, keys.NextPane, keys.Down, keys.Cancel)
		p.Has("Task 20 is already cancelled.", "━ Finished 1-", "queue 24")
		p.Do(keys.Retry)
		p.called("retry task-20")
		p.Do(keys.Down, keys.Down, keys.Cancel)
		p.Has("Task 18 has already")
		p.Do(keys.Lower)
		p.Has("Task 18 has already")
	})
}

func TestKeysOfErrors(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, busy, func(p *program) {
		p.Do(keys.Dismiss)
		p.Has("Go to the errors first (tab)")
		p.Do(keys.PreviousPane, keys.Down, keys.Dismiss)
		p.called("dismiss [1]")
		p.Do(keys.Dismiss)
		p.called("dismiss [1]")
		p.Do(keys.Retry)
		p.called("retry task-19")
		p.Do(keys.DismissAll)
		p.called("dismiss []")
		p.engine.change(func(s *State) { s.Errors = nil })
		p.Wait()
		p.Has("Errors none")
		p.Do(keys.Dismiss)
		p.Has("There are no errors.")
		p.Do(keys.DismissAll)
		p.Has("There are no errors.")
		p.Do(keys.Retry)
		p.Has("Nothing is selected: there are no errors.")
		p.called()
	})
}

func TestErrorsStay(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, busy, func(p *program) {
		time.Sleep(2 * time.Minute)
		p.Wait()
		p.Has("something broke", "2 errors")
	})
}

func TestPauseAndLanes(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, func(e *fakeEngine) { e.lanes(2) }, func(p *program) {
		p.Do(keys.Pause)
		p.called("paused true")
		p.Has("Paused: what runs goes on, nothing else is started. p resumes.", "idle, paused")
		p.Do(keys.Pause)
		p.called("paused false")
		p.Has("Resumed: tasks are started again.")
		p.Do(keys.MoreLanes)
		p.called("workers 3")
		p.Has("There are 3 lanes now.")
		p.Do(keys.Lane(2))
		p.Has("There is no lane 3; there are 2.")
		p.Do(keys.FewerLanes)
		p.called("workers 1")
		p.engine.change(func(*State) { p.engine.lanes(1) })
		p.Wait()
		p.Do(keys.FewerLanes)
		p.Has("There is one lane; fewer are not possible.")
		p.engine.change(func(*State) { p.engine.lanes(10) })
		p.Wait()
		p.Do(keys.MoreLanes)
		p.Has("There are 10 lanes already; more are not possible.")
		p.called()
	})
}

func TestEmptyPanesSayWhy(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, nil, func(p *program) {
		for _, c := range []struct {
			action keys.Action
			why    string
		}{
			{keys.Cancel, "lane 1 is idle"}, {keys.NextPane, ""}, {keys.Cancel, "the queue is empty"}, {keys.Open, "the queue is empty"},
			{keys.NextPane, ""}, {keys.Retry, "nothing has ended yet"}, {keys.NextPane, ""}, {keys.Open, "there are no errors"},
		} {
			p.Do(c.action)
			if c.why != "" {
				p.Has("Nothing is selected: " + c.why + ".")
			}
		}
		p.called()
	})
}

func TestAFailedActionSaysSo(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, func(e *fakeEngine) {
		working(e)
		e.fail["cancel"] = errors.New("cannot cancel task task-1 with status completed")
	}, func(p *program) {
		p.Do(keys.Cancel)
		p.Has("Could not cancel task 1: Cannot cancel task task-1 with status completed.")
	})
}

func TestServerDown(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, down, func(p *program) {
		p.Has("127.0.0.1:11434 does not answer", "No model server at http://127.0.0.1:11434", "connect", "asked again by itself at 00:00:05",
			"2 tasks stay in the queue.", "M opens the demo meanwhile")
		time.Sleep(6 * time.Second)
		p.Has("It is being asked again.")
		p.engine.change(func(s *State) {
			s.Server = agent.Server{Host: "http://127.0.0.1:55555", State: agent.ServerUp, Demo: true, DefaultModel: "demo", DefaultFrom: "first installed"}
			s.Holds = nil
		})
		p.Wait()
		p.Has("demo model, not a real one · demo")
		p.Lacks("No model server", "M opens")
		p.Do(keys.Demo)
		p.Has("This is the demo.")
		p.called()
	})
}

// The demo is another screen on another engine: this one is left for it, and its tasks stay where they are.
func TestDemoLeavesTheScreen(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, down, func(p *program) {
		p.Do(keys.Demo)
		p.left()
		if p.called(); !p.model.demo {
			t.Error("it is not left for the demo")
		}
	})
}

func TestDemoIsOnlyOfferedWhenTheServerIsDown(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, nil, func(p *program) {
		p.Lacks("open the demo")
		p.Do(keys.Demo)
		p.Has("The demo is only offered while the model server does not answer.")
		p.called()
	})
}

func TestSelectionMovesWithItsTask(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, busy, func(p *program) {
		p.Do(keys.NextPane, keys.Down, keys.Down, keys.Down) // task-33
		p.engine.change(func(s *State) { s.Pending = s.Pending[2:] })
		p.Wait()
		p.Do(keys.Cancel)
		p.called("cancel task-33")
		// Its priority is lowered: it goes far down, and the selection with it.
		p.engine.change(func(s *State) {
			task := s.Pending[1]
			s.Pending = append(append(s.Pending[:1:1], s.Pending[2:]...), task)
		})
		p.Wait()
		p.Has("task-33")
		p.Do(keys.Cancel)
		p.called("cancel task-33")
	})
}

func TestCancelIsRefusedRightAfterTheSelectionHasShifted(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, busy, func(p *program) {
		p.Do(keys.NextPane, keys.Down)
		p.engine.change(func(s *State) { s.Pending = s.Pending[2:] }) // the selected one has gone
		time.Sleep(50 * time.Millisecond)
		p.Do(keys.Cancel) // waits 150 ms itself
		p.Has("The selection has only just moved to task 33; press it again if you mean that")
		p.called()
		time.Sleep(shiftGrace)
		p.Do(keys.Cancel)
		p.called("cancel task-33")
	})
}

func TestALongQueueIsAskedForInWindows(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, func(e *fakeEngine) {
		for i := range 100_000 {
			e.state.Pending = append(e.state.Pending, agent.Task{ID: fmt.Sprint(i), Priority: 1, Request: agent.Request{Prompt: "p"}, CreatedAt: e.begun})
		}
		e.count()
	}, func(p *program) {
		p.Do(keys.NextPane, keys.Last)
		p.Has("99999", "of 100k")
		p.Do(keys.PageUp, keys.PageUp, keys.Up)
		p.Has("9998")
		p.engine.mu.Lock()
		defer p.engine.mu.Unlock()
		for _, r := range p.engine.asked {
			if r.Pending.Limit > 50 || r.Ended.Limit > 50 || r.Errors.Limit > 50 {
				t.Fatalf("the engine was asked for %+v", r)
			}
		}
	})
}

func TestWindowTitle(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, busy, func(p *program) {
		if got := p.Title(); got != "drover · 5 running · 24 queued" {
			t.Errorf("the title is %q", got)
		}
	})
}

func TestHelpScrollsAndReturns(t *testing.T) {
	t.Parallel()
	start(t, 60, 12, talkative, func(p *program) {
		p.Do(keys.Open, keys.Help)
		p.Has("All keys", "new task")
		p.Do(keys.Last)
		p.Has("twice: leave now")
		p.Lacks("new task")
		p.Do(keys.Help)
		p.Has("Task 1 Count")
		p.Do(keys.Back)
		p.Has("Lanes")
	})
}

func TestIdleCostsNothing(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, nil, func(p *program) {
		p.Written()
		p.engine.mu.Lock()
		p.engine.asked = nil
		p.engine.mu.Unlock()
		time.Sleep(time.Minute)
		p.Wait()
		if out := p.Written(); out != "" {
			t.Errorf("an idle screen wrote %q", out)
		}
		p.engine.mu.Lock()
		defer p.engine.mu.Unlock()
		if n := len(p.engine.asked); n != 0 {
			t.Errorf("an idle screen asked for the state %d times", n)
		}
	})
}

func TestAFloodOfChangesIsFortySnapshotsASecond(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, nil, func(p *program) {
		p.engine.mu.Lock()
		p.engine.asked = nil
		p.engine.mu.Unlock()
		for range 10_000 {
			p.engine.wake()
			time.Sleep(100 * time.Microsecond)
		}
		p.engine.mu.Lock()
		n := len(p.engine.asked)
		p.engine.mu.Unlock()
		if n < 34 || n > 41 {
			t.Errorf("%d snapshots in a second", n)
		}
		p.engine.change(func(s *State) { s.Server.Version = "9.9.9" }) // the last change is never lost
		p.Wait()
		p.Has("9.9.9")
	})
}

func TestAKeyDoesNotWaitForTheEngine(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, func(e *fakeEngine) { working(e); e.hold["cancel"] = make(chan struct{}) }, func(p *program) {
		p.Do(keys.Cancel, keys.NextPane)
		p.Has("━ Queue")
		close(p.engine.hold["cancel"])
		p.Wait()
		p.Has("Task 1 is being cancelled.")
	})
}

func TestResizeStorm(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, busy, func(p *program) {
		actions := []keys.Action{keys.New, keys.Back, keys.NextPane, keys.Down, keys.Open, keys.Back, keys.Help, keys.Back, keys.Quit, keys.Back,
			keys.PreviousPane, keys.Last}
		for i := range 50 {
			w, h := (i*37)%210, (i*13)%60
			p.resize(max(w, 1), max(h, 1))
			p.Do(actions[i%len(actions)])
			p.stays()
		}
		p.Do(keys.Back, keys.Back, keys.Back)
		p.resize(80, 24)
		p.Has("drover", "Lanes", "Errors")
		for y, row := range p.Rows() {
			if n := len([]rune(strings.TrimRight(row, " "))); n > 80 {
				t.Errorf("row %d has %d cells", y, n)
			}
		}
	})
}

func TestCancelIsRefusedRightAfterALaneHasTakenUpAnotherTask(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, working, func(p *program) {
		p.engine.change(idleLanes)
		time.Sleep(50 * time.Millisecond)
		p.engine.change(func(*State) { p.engine.run(0, p.engine.task(2, 1, "Second", "", 0), 0, agent.Live{}) })
		time.Sleep(50 * time.Millisecond)
		p.Do(keys.Cancel)
		p.Has("The selection has only just moved to task 2")
		p.called()
		time.Sleep(shiftGrace)
		p.Do(keys.Cancel)
		p.called("cancel task-2")
	})
}

// What has ended is shown with the time of day: an idle screen does not move, so how long ago it was would soon
// be wrong.
func TestFinishedStaysTrueWhileNothingHappens(t *testing.T) {
	ended := func(e *fakeEngine) {
		e.end(agent.Task{ID: "done"}, dispatcher.StatusCompleted, 5*time.Minute, time.Second, nil)
	}
	start(t, 100, 30, ended, func(p *program) {
		p.Has(p.engine.state.Ended[0].CompletedAt.Local().Format("15:04"))
		before := p.Screen()
		time.Sleep(10 * time.Minute)
		p.Wait()
		if after := p.Screen(); after != before {
			t.Errorf("ten minutes later:\n%s", after)
		}
	})
}
