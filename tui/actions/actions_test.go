package actions

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	tea "charm.land/bubbletea/v2"

	"drover/agent"
	"drover/agent/engine"
	"drover/dispatcher"
	"drover/tui/keys"
	"drover/tui/list"
	"drover/tui/notice"
	"drover/tui/overlay"
)

// queue is an engine in which only what waits can be cancelled, and put back.
type queue struct {
	engine.Engine
	pending []string
	calls   []string
}

func (e *queue) Task(id string) (agent.Task, bool) {
	if slices.Contains(e.pending, id) {
		return agent.Task{ID: id, Status: dispatcher.StatusPending}, true
	}
	return agent.Task{ID: id, Status: dispatcher.StatusCompleted}, true
}

func (e *queue) Cancel(id string) error { return e.call("cancel", id) }
func (e *queue) Retry(id string) error  { return e.call("retry", id) }

func (e *queue) call(name, id string) error {
	if id == "full" {
		return dispatcher.ErrQueueFull
	}
	e.calls = append(e.calls, name+" "+id)
	return nil
}

// user presses keys and does what they want, as the root would.
type user struct {
	*Actions
	e      *queue
	choice Choice
	said   string
}

func newUser(t *testing.T, pending ...string) *user {
	u := &user{e: &queue{pending: pending}, choice: Choice{List: &list.List{Each: 1}}}
	look := &overlay.Look{Keys: keys.Default()}
	u.Actions = New(t.Context(), u.e, look, &engine.State{}, func() Choice { return u.choice })
	return u
}

func (u *user) do(a keys.Action) {
	h := u.Handlers()[a]
	if u.said = h.Why(); u.said == "" {
		u.carryOut(h.Do())
	}
}

func (u *user) carryOut(i keys.Intent) {
	switch i := i.(type) {
	case notice.Notice:
		u.said = i.Text
	case overlay.Open: // a question, answered with yes
		u.carryOut(i.Overlay.Handlers()[keys.Yes].Do().(overlay.Close).Then())
	case tea.Cmd:
		msg := i()
		if n, _, ok := u.Reply(msg); ok {
			msg = n
		}
		u.said = msg.(notice.Notice).Text
	}
}

func TestMarkedTasksAreCancelledAndComeBack(t *testing.T) {
	t.Parallel()
	u := newUser(t, "a", "b")
	for _, id := range []string{"a", "gone", "b"} {
		u.choice.Task.ID = id
		u.do(keys.Mark)
	}
	if u.said != "3 tasks are marked: x cancels, r retries, esc takes the marks away." || !u.Marked("gone") {
		t.Errorf("it says %q", u.said)
	}
	u.do(keys.Cancel)
	if u.said != "Cancelled 2 of 3 tasks; it was not possible for the others." || u.HasMarks() {
		t.Errorf("it says %q", u.said)
	}
	u.do(keys.Undo)
	if want := []string{"cancel a", "cancel b", "retry a", "retry b"}; !slices.Equal(u.e.calls, want) {
		t.Errorf("the calls are %q, it says %q", u.e.calls, u.said)
	}
	if u.do(keys.Undo); u.said != "There is nothing to undo: only the cancelling of tasks that had not started can be." {
		t.Errorf("it says %q", u.said)
	}
}

func TestOnlySoManyCancelsCanBeUndone(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	for i := range undoDepth + 5 {
		u.cancelled(cancelled{waiting: []string{fmt.Sprint(i)}})
	}
	if len(u.undone) != undoDepth || u.undone[0][0] != "5" {
		t.Errorf("%d can be undone, the oldest is %q", len(u.undone), u.undone[0])
	}
}

func TestAQueueThatIsFullEndsAnAction(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.marks.add("a")
	u.marks.add("full")
	u.marks.add("c")
	if u.do(keys.Retry); u.said != "Queued again: 1 task. Task queue is full." || len(u.e.calls) != 1 {
		t.Errorf("it says %q after %q", u.said, u.e.calls)
	}
}

// A key that destroys something is not for a task that has only just come under it.
func TestCancelWaitsAfterTheSelectionHasMoved(t *testing.T) {
	t.Parallel()
	u := newUser(t, "a")
	u.choice.Task, u.choice.Shifted = agent.Task{ID: "a", Status: dispatcher.StatusPending}, "It has moved."
	if u.do(keys.Cancel); u.said != "It has moved." || len(u.e.calls) > 0 {
		t.Errorf("it says %q", u.said)
	}
	u.choice = Choice{Why: "Nothing is selected."}
	for _, a := range []keys.Action{keys.Cancel, keys.Retry, keys.Copy, keys.Raise, keys.MoveUp} {
		if u.do(a); u.said != "Nothing is selected." {
			t.Errorf("%s says %q", a, u.said)
		}
	}
}

func TestPerform(t *testing.T) {
	t.Parallel()
	for text, err := range map[string]error{
		"Could not: It is no longer known; only the latest tasks that have ended are kept.": fmt.Errorf("%w: x", dispatcher.ErrTaskNotFound),
		"Done.":                     nil,
		"Could not: Broken.":        errors.New("broken\x1b[2J"),
		"Could not: Gone. Pull it.": &agent.Error{Ending: agent.EndModelMissing, What: "gone", Next: "pull it"},
	} {
		if n := Perform(func() error { return err }, "Done.", "Could not")().(notice.Notice); n.Text != text {
			t.Errorf("%v: it says %q", err, n.Text)
		}
	}
}
