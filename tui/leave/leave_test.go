package leave

import (
	"errors"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"drover/agent"
	"drover/agent/engine"
	"drover/dispatcher"
	"drover/tui/keys"
	"drover/tui/notice"
	"drover/tui/overlay"
	"drover/tui/theme"
)

// working is a dialog while a task runs and so many wait.
func working(pending int) *Dialog {
	d := New(&overlay.Look{Theme: theme.New(theme.Look{}, theme.ASCII()), Keys: keys.Default()})
	d.SetSize(80, 22)
	d.SetData(&engine.State{Lanes: []engine.Lane{{State: dispatcher.LaneRunning}}, PendingTotal: pending})
	return d
}

// do presses a key and returns what is asked of the root once the question is closed.
func do(t *testing.T, d *Dialog, a keys.Action) keys.Intent {
	t.Helper()
	c, ok := d.Handlers()[a].Do().(overlay.Close)
	if !ok || c.Overlay != overlay.Overlay(d) {
		t.Fatalf("%s does not close the question", a)
	}
	if c.Then == nil {
		return nil
	}
	return c.Then()
}

func view(d *Dialog) string { return strings.Join(d.View(), "\n") }

func TestOnlyTheLatestReplyCounts(t *testing.T) {
	t.Parallel()
	d := working(2)
	if d.Free() || !d.HasWork() || d.Waits() {
		t.Error("there is no work, or it is waited for")
	}
	drain := do(t, d, keys.LeaveDrain).(Wait)
	stop := do(t, d, keys.LeaveStop).(Wait)
	if drain.Stop || !stop.Stop {
		t.Errorf("the waits are %v and %v", drain, stop)
	}
	if _, ok := d.Ask().(overlay.Open); ok || !strings.HasPrefix(d.Status(), "Stopping: 1 task has yet to return") {
		t.Errorf("it asks although it is being stopped; it says %q", d.Status())
	}
	if got := d.Left(drain.Number, errors.New("stopped")); got != nil {
		t.Errorf("the reply of the drain before the stop wants %v", got)
	}
	if quit, ok := d.Left(stop.Number, errors.New("late")).(tea.Cmd); !ok || quit() != tea.Quit() {
		t.Error("a stop that fails holds somebody back")
	}
}

func TestADrainThatFailsAsksAgain(t *testing.T) {
	t.Parallel()
	d := working(0)
	drain := do(t, d, keys.Choose).(Wait)
	said, ok := d.Left(drain.Number, errors.New("no\x1b[2J way")).(notice.Notice)
	if !ok || said.Text != "Finishing failed: No way. q asks again how to leave." || d.Waits() {
		t.Errorf("it says %v", said)
	}
}

func TestFinishingCanBeGivenUp(t *testing.T) {
	t.Parallel()
	d := working(2)
	if got := do(t, d, keys.LeaveFinish); got != (Finish{}) || !d.Waits() || d.Finished() {
		t.Errorf("finishing wants %v", got)
	}
	d.Ask()
	if !strings.Contains(view(d), "Running the queue empty: 1 task runs, 2 wait") {
		t.Errorf("it does not say how far it is:\n%s", view(d))
	}
	if do(t, d, keys.Choose); !d.Waits() {
		t.Error("the first answer gives up")
	}
	d.Ask()
	if got := do(t, d, keys.Back); got != nil || d.Waits() || d.Status() != "" {
		t.Errorf("staying wants %v", got)
	}
	do(t, d, keys.LeaveFinish)
	d.SetData(&engine.State{})
	if !d.Finished() || !d.Free() {
		t.Error("the queue has run empty, which is not noticed")
	}
}

// Draining cannot be given up: going back goes on with it.
func TestDrainingGoesOn(t *testing.T) {
	t.Parallel()
	d := working(2)
	do(t, d, keys.LeaveDrain)
	if got := d.Status(); !strings.HasPrefix(got, "Finishing: 1 task still runs, since") || !strings.HasSuffix(got, "q can stop them now.") {
		t.Errorf("it says %q", got)
	}
	d.Ask()
	if got := view(d); !strings.Contains(got, "Go on finishing 1 running task") || strings.Contains(got, "Stay") || strings.Contains(got, "Run everything") {
		t.Errorf("the answers are\n%s", got)
	}
	if do(t, d, keys.Choose) != nil || !d.Waits() || d.Handlers()[keys.LeaveDrain].Why() == "" || d.Handlers()[keys.LeaveFinish].Why() == "" {
		t.Error("the first answer does something else")
	}
}

func TestWhatIsLost(t *testing.T) {
	t.Parallel()
	d := working(2)
	for want, state := range map[string]engine.State{
		"Leave now; 2 pending tasks are lost":                   {PendingTotal: 2},
		"Leave now; 2 pending tasks are kept for the next time": {PendingTotal: 2, KeepsPending: true},
		"s: 1 pending task and 3 results are lost.":             {PendingTotal: 2, KeepsPending: true, UnsavedTasks: agent.Unsaved{Pending: 1, Ended: 3}},
		"0 tasks are running, 1 waits.":                         {PendingTotal: 1},
		"Run everything that is queued, then leave":             {PendingTotal: 1},
	} {
		d.SetData(&state)
		if got := view(d); !strings.Contains(got, want) {
			t.Errorf("%q is missing:\n%s", want, got)
		}
	}
}

// A screen on an engine elsewhere offers to close first, which costs nothing; where that cannot be reached it just closes.
func TestClosingAScreenOnAnEngineElsewhere(t *testing.T) {
	t.Parallel()
	d := working(2)
	if why := d.Handlers()[keys.LeaveClose].Why(); why == "" {
		t.Error("a screen that does the work itself can be closed without an end of it")
	}
	state := engine.State{Lanes: []engine.Lane{{State: dispatcher.LaneRunning}}, PendingTotal: 2, Link: engine.Link{Server: "drover, process 7"}}
	d.SetData(&state)
	for _, want := range []string{"Close this screen; the work goes on", "Finish 1 running task, then end drover for all screens"} {
		if got := view(d); !strings.Contains(got, want) {
			t.Errorf("%q is missing:\n%s", want, got)
		}
	}
	if quit, ok := d.Handlers()[keys.Choose].Do().(tea.Cmd); !ok || quit() != tea.Quit() || d.Free() {
		t.Error("closing is not the first answer")
	}
	state.Link.Lost = time.Now()
	if d.SetData(&state); !d.Free() {
		t.Error("a screen whose engine cannot be reached asks what is to become of its work")
	}
}
