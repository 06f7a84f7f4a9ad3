package tui

import (
	"errors"
	"strings"
	"testing"

	"drover/agent"
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

func TestFormChoices(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, nil, func(p *program) {
		p.Do(keys.New, keys.Priority)
		p.Has("[▽ low]")
		p.Do(keys.Priority)
		p.Has("[▲ high]")
		p.Do(keys.Model, keys.Model)
		p.Has("[gemma3:4b]", "3 of 3")
		p.Do(keys.Model)
		p.Has("[default (qwen3:8b)]")
		p.Do(keys.PreviousField, keys.PreviousField, keys.PreviousChoice) // the model, backwards
		p.Has("[gemma3:4b]")
		p.Type("x")
		p.Has(`"x" does nothing here.`)
		p.Do(keys.PreviousField, keys.NextChoice) // the priority
		p.Has("[· normal]")
	})
}

func TestFormWithoutPrompt(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, nil, func(p *program) {
		p.Do(keys.New)
		p.Type("  ")
		p.Do(keys.Newline, keys.Submit)
		p.called()
		p.Has("The prompt is empty: say what is to be done.", "New task")
		p.Type("x")
		p.Lacks("The prompt is empty")
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

func TestFormSaysWhenARefusalComesAfterItWasClosed(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, func(e *fakeEngine) {
		e.hold["submit"] = make(chan struct{})
		e.fail["submit"] = &agent.Error{Ending: agent.EndBadRequest, What: "the disk is full", Next: "make room"}
	}, func(p *program) {
		p.Do(keys.New)
		p.Type("a")
		p.Do(keys.Submit, keys.Back)
		close(p.engine.hold["submit"])
		p.Wait()
		p.Has("The task was not accepted: the disk is full. It is still in the form.")
		p.Do(keys.New)
		p.Has("The disk is full. Make room.")
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

func TestFormLongPaste(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a line of forty bytes, tab \t and more..\n", 5000) + "end"
	start(t, 80, 24, nil, func(p *program) {
		p.Do(keys.New)
		p.Type("sum this up")
		p.Paste(long)
		p.Has("+ pasted text of 5,001 lines, 195 KiB", "sum this up")
		p.Paste(strings.Repeat("x", maxPrompt))
		p.Has("The pasted text is too long: the prompt would have 1.2 MiB, the most is 1.0", "+ pasted text of 5,001 lines")
		p.Do(keys.Submit)
		p.engine.mu.Lock()
		calls := p.engine.calls
		p.engine.mu.Unlock()
		if len(calls) != 1 || !strings.Contains(calls[0], `"sum this up\na line of forty bytes, tab \t and more..\n`) ||
			!strings.HasSuffix(calls[0], `..\nend"`) {
			t.Errorf("the pasted text did not arrive whole, %d calls", len(calls))
		}
	})
}

func TestFormTakesAPastedTextBack(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, nil, func(p *program) {
		p.Do(keys.New)
		p.Paste(strings.Repeat("x\n", 200))
		p.Has("+ pasted text of 201 lines")
		p.Press("backspace")
		p.Lacks("+ pasted text")
		p.Do(keys.Submit)
		p.called()
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

func TestFormWithManyLinesTyped(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, nil, func(p *program) {
		p.Do(keys.New)
		p.Type("a")
		p.Send(strings.Repeat("\n", manyLines+5))
		p.Has("The text field holds 100 lines; paste a longer text instead.")
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
