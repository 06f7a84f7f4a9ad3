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
	"drover/tui/theme"
)

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

// A prompt of any length leaves room for where one is.
func TestLongPromptDoesNotHideThePlace(t *testing.T) {
	t.Parallel()
	for _, w := range []int{40, 60, 80, 200} {
		start(t, w, 24, func(e *fakeEngine) {
			talkative(e)
			e.state.Lanes[0].Task.Request = agent.Request{Prompt: strings.Repeat("Count to forty, 長い. ", 20)}
		}, func(p *program) {
			p.Do(keys.Open)
			p.Has("━ Task 1 Count", "━ live\n")
			p.Do(keys.Search)
			p.Type("4")
			p.Do(keys.Accept)
			p.Has("━ Task 1", "━ \"4\" ")
		})
	}
}

func TestThinkingIsFolded(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, func(e *fakeEngine) {
		talkative(e)
		e.output["task-1"] = nil
	}, func(p *program) {
		p.Do(keys.Open)
		p.engine.say("task-1", transcript.Entry{Kind: transcript.Thinking, Text: "one\ntwo\nth"})
		p.Wait()
		p.Has("▸ thinking, 2 lines; t shows it")
		p.Lacks("two")
		p.engine.say("task-1", transcript.Entry{Kind: transcript.Thinking, Text: "ree\n"}, text("answer\n"),
			transcript.Entry{Kind: transcript.Thinking, Text: "more\n"}, text("end\n"))
		p.Wait()
		p.Has("▸ thinking, 3 lines", "answer", "▸ thinking, 1 line;", "end")
		p.Do(keys.Thinking)
		p.Has("│ two", "│ three", "answer", "│ more", "end")
		p.Do(keys.Thinking)
		p.Has("▸ thinking, 3 lines")
	})
}

func TestLinesThatAreNotWrapped(t *testing.T) {
	t.Parallel()
	start(t, 60, 20, func(e *fakeEngine) {
		talkative(e)
		e.output["task-1"] = []transcript.Entry{text("begin " + strings.Repeat("x", 70) + " middle " + strings.Repeat("y", 70) + " end\nsecond\n")}
	}, func(p *program) {
		p.Do(keys.Open, keys.Right)
		p.Has("Lines are wrapped, so there is nothing at the side", "middle", " end")
		p.Do(keys.Wrap)
		p.Has("begin xxx", "second", "…")
		p.Lacks("middle")
		p.Do(keys.Right, keys.Right, keys.Right)
		p.Has("middle")
		p.Lacks("begin", "second")
		p.Do(keys.Left, keys.Left, keys.Left, keys.Left)
		p.Has("begin")
		p.Do(keys.Search)
		p.Type("end")
		p.Has(" end", `"end" 1 of 1`) // the search goes to the side
		p.Do(keys.Back, keys.Wrap)
		p.Has("middle", " end")
	})
}

// ended is a task that has answered in Markdown.
func ended(e *fakeEngine) {
	e.end(e.task(4, 1, "Ask", "", time.Minute), dispatcher.StatusCompleted, 0, time.Second, nil)
	e.state.Ended[0].Result = agent.Result{Model: "m", Text: "# Title\n\nsome **strong** words &#27;[2J\n"}
	e.output["task-4"] = []transcript.Entry{{Kind: transcript.Thinking, Text: "hm\n"}, text("# Title\n\nsome **strong** words &#27;[2J\n")}
}

func TestMarkdownOfAnEndedTask(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, ended, func(p *program) {
		p.Do(keys.NextPane, keys.NextPane, keys.Open)
		p.Has("some strong words", "▸ thinking, 1 line", "✓ completed")
		p.Lacks("**")
		p.Do(keys.Markdown)
		p.Has("some **strong** words &#27;[2J", "The answer is shown as it was written.")
		p.Do(keys.Markdown)
		p.Has("some strong words", "Markdown is laid out.")
		p.resize(60, 20)
		p.Wait()
		p.Has("some strong words", "✓ completed")
		p.Do(keys.Search)
		p.Type("strong")
		p.Has(`"strong" 1 of 1`)
		p.Do(keys.Accept, keys.Back, keys.Wrap, keys.Markdown)
		p.Has("Markdown is laid out in wrapped lines only")
	})
}

func TestMarkdownWhenTheTranscriptIsGone(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, func(e *fakeEngine) { ended(e); delete(e.output, "task-4") }, func(p *program) {
		p.Do(keys.NextPane, keys.NextPane, keys.Open)
		p.Has("some strong words", "✓ completed")
		p.Lacks("**")
		p.Do(keys.Markdown)
		p.Has("some **strong**")
	})
}

func TestAnAnswerThatEndsStaysAsItIsForAReader(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, talkative, func(p *program) {
		p.Do(keys.Open, keys.Markdown)
		p.Has("Markdown is laid out while it comes.")
		p.Do(keys.PageUp)
		before := p.Rows()[4]
		p.engine.change(func(s *State) {
			idleLanes(s)
			p.engine.end(p.engine.task(1, 1, "Count to forty.", "", time.Minute), dispatcher.StatusCompleted, 0, 12*time.Second, nil)
			s.Ended[0].Result = agent.Result{Text: "line 1\nline 2"}
		})
		p.Wait()
		if now := p.Rows()[4]; now != before {
			t.Errorf("row 4 was %q and is %q", before, now)
		}
		p.Do(keys.Markdown)
		p.Has("line 1 line 2", "Markdown is laid out.")
	})
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

func TestFileNames(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{"7": "drover-7.md", "../x/y": "drover----x-y.md", "a\x1b[2J": "drover-a--2J.md", "": "drover-.md"} {
		if got := fileName(id); got != want {
			t.Errorf("%q becomes %q, not %q", id, got, want)
		}
	}
}

// TestPager runs the program that $PAGER names with the file that it gets, without the terminal.
func TestPager(t *testing.T) {
	t.Parallel()
	e := newFake()
	ended(e)
	e.state.Ended[0].Result = agent.Result{Text: "an answer\x1b[2J"}
	m := newModel(t.Context(), e, testKeys(), theme.Unicode())
	m.output.id, m.output.task, m.output.known, m.page = "task-4", e.state.Ended[0], true, pageOutput
	m.getenv = func(name string) string {
		return map[string]string{"PAGER": "ls -l '/dev/null' && cat"}[name]
	}
	msg := m.openPager()().(pagerMsg)
	if msg.err != nil {
		t.Fatal(msg.err)
	}
	out, err := msg.cmd.Output()
	if err != nil || !strings.Contains(string(out), "/dev/null") || !strings.HasSuffix(string(out), "an answer\n") &&
		!strings.HasSuffix(string(out), "an answer") {
		t.Errorf("the pager showed %q (%v)", out, err)
	}
	entries, _ := os.ReadDir(msg.dir)
	info, _ := os.Stat(msg.dir)
	if len(entries) != 1 || info.Mode().Perm() != 0o700 {
		t.Errorf("%s has %d files and mode %v", msg.dir, len(entries), info.Mode())
	}
	if f, err := entries[0].Info(); err != nil || f.Mode().Perm() != 0o600 {
		t.Errorf("the file has mode %v (%v)", f.Mode(), err)
	}
	msg.err = errors.New("there is no pager")
	if done := m.paged(msg)().(doneMsg); done.text != "Could not show it: there is no pager." {
		t.Errorf("it says %q", done.text)
	}
	if _, err := os.Stat(msg.dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is still there (%v)", msg.dir, err)
	}
}
