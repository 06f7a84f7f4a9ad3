package leave

import (
	"errors"
	"strings"
	"testing"

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

func view(d *Dialog) string { return strings.Join(d.View(), "\n") }

func TestOnlyTheLatestReplyCounts(t *testing.T) {
	t.Parallel()
	d := working(2)
	if d.Free() || !d.HasWork() || d.Waits() {
		t.Error("there is no work, or it is waited for")
	}
	drain := d.Handlers()[keys.LeaveDrain].Do().(Wait)
	stop := d.Handlers()[keys.LeaveStop].Do().(Wait)
	if drain.Stop || !stop.Stop || d.Handlers()[keys.Back].Why() == "" || d.Handlers()[keys.LeaveStop].Why() == "" {
		t.Errorf("the waits are %v and %v", drain, stop)
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
	drain := d.Handlers()[keys.Choose].Do().(Wait)
	said, ok := d.Left(drain.Number, errors.New("no\x1b[2J way")).(notice.Notice)
	if !ok || said.Text != "Finishing failed: no way." || d.Waits() {
		t.Errorf("it says %v", said)
	}
}

func TestFinishingCanBeGivenUp(t *testing.T) {
	t.Parallel()
	d := working(2)
	if got := d.Handlers()[keys.LeaveFinish].Do(); got != (Finish{}) || !d.Waits() || d.Finished() {
		t.Errorf("finishing wants %v", got)
	}
	if got, ok := d.Handlers()[keys.Back].Do().(overlay.Close); !ok || got.Overlay != overlay.Overlay(d) || d.Waits() {
		t.Errorf("staying wants %v", got)
	}
	d.Handlers()[keys.LeaveFinish].Do()
	d.SetData(&engine.State{})
	if !d.Finished() || !d.Free() {
		t.Error("the queue has run empty, which is not noticed")
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
