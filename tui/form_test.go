package tui

import (
	"errors"
	"strings"
	"testing"

	"drover/tui/keys"
)

func TestFormSubmits(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, nil, func(p *program) {
		p.Do(keys.New)
		p.Type("first line")
		p.Do(keys.Newline)
		p.Type("second line ?q1 <>")          // none of these is an action in here
		p.Do(keys.NextField, keys.NextChoice) // normal → low
		p.Do(keys.NextField, keys.NextChoice) // default → qwen3:8b
		p.Has("[▽ low]", "[qwen3:8b] 8.2B Q4_K_M")
		p.Do(keys.Submit)
		p.called(`submit low "qwen3:8b" "first line\nsecond line ?q1 <>"`)
		p.Has("Task 99 is in the queue.")
		p.Lacks("New task ━")
		p.Do(keys.New)
		p.Has("What is to be done?")
		p.Lacks("first line")
		p.Has("[▽ low]") // the choices stay for the next one
	})
}

func TestFormKeepsTheTextOfARefusedTask(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, func(e *fakeEngine) { e.fail["submit"] = errors.New("task queue is full: 1000 pending") }, func(p *program) {
		p.Do(keys.New)
		p.Type("do not lose me")
		p.Do(keys.Submit)
		p.Has("do not lose me", "Task queue is full: 1000 pending.", "New task")
		p.engine.mu.Lock()
		delete(p.engine.fail, "submit")
		p.engine.mu.Unlock()
		p.engine.took()
		p.Do(keys.Submit)
		p.called(`submit normal "" "do not lose me"`)
		p.Lacks("do not lose me")
	})
}

func TestFormWaitsForTheReply(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, func(e *fakeEngine) { e.hold["submit"] = make(chan struct{}) }, func(p *program) {
		p.Do(keys.New)
		p.Type("a")
		p.Do(keys.Submit)
		p.Has("is being handed over")
		p.Do(keys.Submit)
		p.Type("b")
		p.Press("backspace")
		p.Paste("c")
		p.called(`submit normal "" "a"`)
		p.Do(keys.Back) // the keys stay free meanwhile
		p.Do(keys.NextPane)
		p.Lacks("New task ━")
		close(p.engine.hold["submit"])
		p.Wait()
		p.Has("Task 99 is in the queue.")
	})
}

func TestFormKeepsTheDraft(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, nil, func(p *program) {
		p.Do(keys.New)
		p.Type("half a thou")
		p.Do(keys.Back)
		p.Has("The draft is kept: n goes on with it.")
		p.Lacks("half a thou")
		p.Do(keys.New)
		p.Type("ght")
		p.Has("half a thought")
		p.Do(keys.ClearForm)
		p.Lacks("half a")
		p.Do(keys.Back)
		p.Lacks("The draft is kept")
	})
}

func TestFormPaste(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, nil, func(p *program) {
		p.Paste("lost?")
		p.Has("There is nothing to paste into")
		p.Do(keys.New)
		p.Type("say: ")
		p.Paste("one\r\ntwo\rthree\n")
		p.Do(keys.Submit)
		p.called(`submit normal "" "say: one\ntwo\nthree"`)
	})
}

func TestFormPasteGoesToTheTextFromAnyField(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, nil, func(p *program) {
		p.Do(keys.New, keys.NextField, keys.NextField)
		p.Paste("here")
		p.Type("!")
		p.Has("here!")
	})
}

func TestFormCursorStandsInTheText(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, nil, func(p *program) {
		if _, _, shown := p.Cursor(); shown {
			t.Error("there is a cursor without a text to edit")
		}
		p.Do(keys.New)
		p.Type("abc")
		p.Do(keys.Newline)
		p.Type("de")
		x, y, shown := p.Cursor()
		if !shown || x != 4 || !strings.HasPrefix(p.Rows()[y], "  de") {
			t.Errorf("the cursor is at %d,%d (shown: %v):\n%s", x, y, shown, p.Screen())
		}
		p.Do(keys.NextField)
		if _, _, shown := p.Cursor(); shown {
			t.Error("the cursor stays in the text although the keys go to another field")
		}
	})
}

func TestFormIsClosedWhileStopping(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, func(e *fakeEngine) { e.state.Stopping = true }, func(p *program) {
		p.Do(keys.New)
		p.Has("drover is about to stop and takes no more tasks.")
		p.Lacks("New task ━")
	})
}
