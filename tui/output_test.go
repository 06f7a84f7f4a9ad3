package tui

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"drover/agent"
	"drover/agent/transcript"
	"drover/dispatcher"
	"drover/tui/keys"
	"drover/tui/overlay"
)

func text(s string) transcript.Entry { return transcript.Entry{Kind: transcript.Text, Text: s} }

func TestOutputOfAPendingTask(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, working, func(p *program) {
		p.Do(keys.NextPane, keys.Down, keys.Open)
		p.Has("Task 3", "▌ Third", "It waits for a lane, with 1 task before it.", "pending")
		p.Do(keys.Copy)
		p.Has("Task 3 has not said anything yet.")
		p.Do(keys.Raise)
		p.called("priority task-3 high")
	})
}

func TestOutputOfLanes(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, func(e *fakeEngine) {
		talkative(e)
		e.run(1, e.task(2, 1, "Other", "", time.Minute), time.Second, agent.Live{})
	}, func(p *program) {
		p.Do(keys.Open, keys.Lane(1))
		p.Has("Task 2 Other", "It has not said anything yet.")
		p.Do(keys.Lane(2))
		p.Has("Lane 3 is idle.", "Task 2 Other")
		p.Do(keys.Cancel)
		p.called("cancel task-2")
		p.Has("Task 2 is being cancelled.")
	})
}

func TestCopy(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, func(e *fakeEngine) {
		talkative(e)
		e.output["task-1"] = append(e.output["task-1"], text("evil\x1b]0;title\a\x1b[31m red\x1b[m"))
		e.end(e.task(4, 1, "Ask", "", time.Minute), dispatcher.StatusCompleted, 0, time.Second, nil)
		e.end(e.task(5, 1, "Never", "", time.Minute), dispatcher.StatusCancelled, 0, 0, dispatcher.ErrTaskCancelled)
		e.state.Ended[0].Attempts, e.state.Ended[0].Result = 0, agent.Result{}
	}, func(p *program) {
		p.Written()
		p.Do(keys.Copy)
		p.Has("Copied the answer of task 1 (")
		said := clipboard(t, p.Written())
		if !strings.HasPrefix(said, "line 1\nline 2\n") || !strings.HasSuffix(said, "line 40\nevil red") {
			t.Errorf("copied %q", said)
		}
		p.Do(keys.NextPane, keys.NextPane, keys.Copy)
		p.Has("Task 5 has not said anything yet.")
		p.Do(keys.Down, keys.Copy)
		if said := clipboard(t, p.Written()); said != "The answer of task-4." {
			t.Errorf("copied %q", said)
		}
	})
}

func TestOutputOfAnErrorAndRetry(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, func(e *fakeEngine) {
		e.end(e.task(4, 1, "Ask", "", time.Minute), dispatcher.StatusFailed, 0, time.Second, errors.New("it broke"))
	}, func(p *program) {
		p.Do(keys.PreviousPane, keys.Open)
		p.Has("✗ failed: it broke")
		p.Do(keys.Retry)
		p.called("retry task-4")
		p.Has("Task 4 is in the queue again.")
	})
}

func TestSearchInAnOutput(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, talkative, func(p *program) {
		p.Do(keys.Open, keys.Search)
		p.Has("Search what is looked for")
		p.Type("LINE 1")
		p.Has(`"LINE 1" 1 of 11`, "line 1\n")
		p.Do(keys.Accept)
		p.Has("n next match  N match before")
		p.Do(keys.FindNext)
		p.Has("2 of 11")
		p.Do(keys.FindPrevious, keys.FindPrevious)
		p.Has("11 of 11", "line 19")
		p.Do(keys.FindNext)
		p.Has("1 of 11")
		for y, row := range p.Rows() {
			if hit := strings.Contains(row, "line 1"); hit != p.Reversed(0, y) || hit && p.Reversed(6, y) {
				t.Errorf("row %d is marked: %v: %s", y, p.Reversed(0, y), row)
			}
		}
		p.Do(keys.Search)
		p.Type("x")
		p.Has(`"LINE 1x" not found`)
		p.Do(keys.Accept, keys.FindNext)
		p.Has("Nothing matches LINE 1x.")
		p.Do(keys.Back)
		p.Lacks("LINE 1x")
		p.Do(keys.New)
		p.Has("New task") // without a search n is what it is elsewhere
	})
}

// ended is a task that has answered in Markdown.
func ended(e *fakeEngine) {
	e.end(e.task(4, 1, "Ask", "", time.Minute), dispatcher.StatusCompleted, 0, time.Second, nil)
	e.state.Ended[0].Result = agent.Result{Model: "m", Text: "# Title\n\nsome **strong** words &#27;[2J\n"}
	e.output["task-4"] = []transcript.Entry{{Kind: transcript.Thinking, Text: "hm\n"}, text("# Title\n\nsome **strong** words &#27;[2J\n")}
}

func TestSavingAnAnswer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "out.md")
	start(t, 100, 24, ended, func(p *program) {
		p.Do(keys.NextPane, keys.NextPane, keys.Open, keys.Save)
		p.Has("Save to drover-task-4.md")
		p.Press("ctrl+u")
		p.Do(keys.Accept)
		p.Has("Nothing was saved: there was no name.")
		p.Do(keys.Save)
		p.Press("ctrl+u")
		p.Type(path)
		p.Do(keys.Accept)
		p.Has("Saved to " + path)
		check := func(want string) {
			t.Helper()
			b, err := os.ReadFile(path)
			info, _ := os.Stat(path)
			if err != nil || string(b) != want || info.Mode().Perm() != 0o600 {
				t.Errorf("the file holds %q (%v, %v)", b, info.Mode(), err)
			}
		}
		check("# Title\n\nsome **strong** words &#27;[2J\n")
		if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
		p.Do(keys.Save)
		p.Press("ctrl+u")
		p.Type(path)
		p.Do(keys.Accept)
		p.Has("exists. Replace it?", "y yes  n no")
		p.Do(keys.Back)
		check("mine")
		p.Do(keys.Save)
		p.Press("ctrl+u")
		p.Type(path)
		p.Do(keys.Accept)
		time.Sleep(overlay.Grace)
		p.Do(keys.Yes)
		p.Has("Saved to")
		check("# Title\n\nsome **strong** words &#27;[2J\n")
		p.Do(keys.Save)
		p.Press("ctrl+u")
		p.Type(filepath.Join(dir, "none", "x"))
		p.Do(keys.Accept)
		p.Has("Could not save:")
	})
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("there are %d files", len(left))
	}
}
