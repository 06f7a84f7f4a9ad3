package tui

import (
	"testing"

	"drover/tui/keys"
)

func TestSeveralModelsAndCopies(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, nil, func(p *program) {
		p.Do(keys.New)
		p.Type("compare")
		p.Do(keys.NextField, keys.AlsoModel)
		p.Has("Go to the model first (tab), then add it.")
		p.Do(keys.NextField, keys.NextChoice, keys.AlsoModel, keys.NextChoice, keys.AlsoModel)
		p.Has("[gemma3:4b] for qwen3:8b, gemma3:4b")
		p.Do(keys.NextField, keys.NextChoice)
		p.Has("Copies    [2] makes 4 tasks")
		p.Do(keys.Submit)
		p.called(`submit normal "qwen3:8b" "compare"`, `submit normal "gemma3:4b" "compare"`,
			`submit normal "qwen3:8b" "compare"`, `submit normal "gemma3:4b" "compare"`)
		p.Has("4 tasks are in the queue, from task 99 to task 99.")
		p.Do(keys.New, keys.NextField, keys.NextField)
		p.Has("Copies    [1] makes 2 tasks")
		p.Do(keys.AlsoModel, keys.PreviousChoice, keys.AlsoModel)
		p.Lacks("for qwen3:8b", "makes")
		p.Do(keys.NextField, keys.PreviousChoice)
		p.Has("[1]", "A prompt makes 1 to 100 tasks.")
	})
}

// TestASubmissionThatBreaksOff: what has been accepted is not submitted a second time.
func TestASubmissionThatBreaksOff(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, func(e *fakeEngine) { e.refuseAfter = 2 }, func(p *program) {
		p.Do(keys.New)
		p.Type("many")
		p.Do(keys.NextField, keys.NextField, keys.NextField, keys.NextChoice, keys.NextChoice, keys.NextChoice, keys.Submit)
		p.Has("2 of 4 tasks are in the queue: Task queue is full. enter submits the other", "New task")
		if n := len(p.engine.took()); n != 3 {
			t.Errorf("%d tasks were handed over", n)
		}
		p.engine.mu.Lock()
		p.engine.refuseAfter = 0
		p.engine.mu.Unlock()
		p.Do(keys.Submit)
		p.called(`submit normal "" "many"`, `submit normal "" "many"`)
		p.Has("2 tasks are in the queue")
	})
}

func TestPromptsAreRemembered(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, nil, func(p *program) {
		p.Do(keys.New, keys.OlderPrompt)
		p.Has("No prompt has been submitted yet.")
		p.Press("up") // as ever
		for _, text := range []string{"first", "second"} {
			p.Type(text)
			p.Do(keys.Submit, keys.New)
		}
		p.Type("a draft")
		p.Do(keys.Newline)
		p.Type("of two lines")
		p.Press("up") // within the text
		p.Has("a draft")
		p.Press("up")
		p.Has("second")
		p.Lacks("a draft")
		p.Do(keys.OlderPrompt)
		p.Has("first")
		p.Press("up")
		p.Do(keys.OlderPrompt)
		p.Has("first", "This is the oldest prompt that is remembered.")
		p.Do(keys.LaterPrompt)
		p.Press("down")
		p.Has("a draft", "of two lines")
		p.Do(keys.LaterPrompt)
		p.Has("There is no later prompt.")
		p.engine.took()
		p.Do(keys.OlderPrompt, keys.Submit)
		p.called(`submit normal "" "second"`)
	})
}
