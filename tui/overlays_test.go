package tui

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"drover/agent"
	"drover/tui/keys"
	"drover/tui/overlay"
)

// TestAQuestionThatComesByItselfWaits: a file of tasks has been read while a filter is being written. The question is
// seen, what is typed goes where the cursor is, and the answer is only taken when it can have been meant.
func TestAQuestionThatComesByItselfWaits(t *testing.T) {
	t.Parallel()
	var read chan struct{} // made in the bubble, where time goes on while somebody waits for it
	options := Options{ReadBatch: func(string) ([]agent.Submission, []string, error) {
		<-read
		return []agent.Submission{{Request: agent.Request{Prompt: "one"}}, {Request: agent.Request{Prompt: "two"}}}, nil, nil
	}}
	for _, size := range []struct{ w, h int }{{80, 24}, {80, 12}} {
		setup := func(e *fakeEngine) {
			read = make(chan struct{})
			busy(e)
		}
		startWith(t, size.w, size.h, options, setup, func(p *program) {
			p.Do(keys.New, keys.Batch)
			p.Type("x")
			p.Do(keys.Accept, keys.Back, keys.NextPane, keys.Filter)
			close(read)
			p.Wait()
			p.Has("Submit 2 tasks from x?", "Filter")
			time.Sleep(10 * overlay.Grace)
			p.Type("y")
			p.called()
			p.Has("Submit 2 tasks from x?", "Filter y")
			if x, y, shown := p.Cursor(); !shown || !strings.HasPrefix(p.Rows()[y][:x], " Filter y") {
				t.Errorf("the cursor stands at %d,%d (%v):\n%s", x, y, shown, p.Screen())
			}
			p.Paste("es")
			p.Has("Filter yes")
			p.Do(keys.Accept)
			p.Lacks("Filter yes")
			p.Has("Submit 2 tasks from x?", p.keys.Name(keys.Yes)+" yes", p.keys.Name(keys.No)+" no")
			p.Type("y") // typed on
			p.called()
			p.Has(overlay.Unread, "Submit 2 tasks from x?")
			time.Sleep(overlay.Grace)
			p.Do(keys.Yes)
			p.called(`submit high "" "one"`, `submit high "" "two"`)
		})
	}
}

// TestAQuestionThatIsWaitedForComesAtOnce: nothing was pressed since the file was asked for, so its question is on top, also
// of the form that it was asked for in.
func TestAQuestionThatIsWaitedForComesAtOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x")
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, 200, 24, ended, func(p *program) {
		p.Do(keys.NextPane, keys.NextPane, keys.Open, keys.Save)
		p.Press("ctrl+u")
		p.Type(path)
		p.Do(keys.Accept)
		p.Has("Replace it?")
		if _, _, shown := p.Cursor(); shown {
			t.Error("there is a cursor although nothing can be typed")
		}
		p.Paste("y")
		p.Has("Replace it?")
		p.Do(keys.No)
		p.Has("Nothing was done.")
	})
}
