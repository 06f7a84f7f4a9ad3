package tui

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"drover/agent"
	"drover/dispatcher"

	"drover/tui/cells"
	"drover/tui/keys"
	"drover/tui/notice"
	"drover/tui/overlay"
	"drover/tui/theme"
	"drover/tui/tuitest"
)

// A small pane has a row for each lane and one for the numbers, and everything works in it.
func TestSmallPane(t *testing.T) {
	t.Parallel()
	start(t, 80, 8, busy, func(p *program) {
		if rows := p.Rows(); !strings.HasPrefix(rows[0], "▌●  1 task-21") || !strings.HasPrefix(rows[6], " !  7 task-27 stuck") ||
			!strings.HasPrefix(rows[7], " pending 24 ") {
			t.Errorf("the screen is\n%s", p.Screen())
		}
		p.Do(keys.Last)
		p.Has("▌○ 10 idle")
		p.Do(keys.Cancel)
		p.Has("Nothing is selected: lane 10 is idle.")
		p.Do(keys.First, keys.Cancel)
		p.called("cancel task-21")
		p.Do(keys.NextPane)
		p.Has("━ Queue 1-6 of 24")
		p.Do(keys.New)
		p.Type("small")
		p.Has("small", "New task")
		p.Do(keys.Back, keys.PreviousPane, keys.Help)
		p.Has("All keys")
		p.Do(keys.Back, keys.Quit)
		p.Has("Leaving drover")
	})
	start(t, 40, 30, down, func(p *program) { p.Has("○  1 idle, held up", "✗ the model server does not answer") })
	start(t, 20, 3, busy, func(p *program) { p.Has("▌●  1", "◌ 24") })
	start(t, 19, 3, busy, func(p *program) { p.Has("too small") })
}

func TestAwayFromTheTerminal(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, working, func(p *program) {
		if !strings.Contains(p.Written(), "\x1b[?1004h") {
			t.Error("the terminal is not asked to tell of the focus")
		}
		snapshots := func() int {
			p.engine.mu.Lock()
			p.engine.asked = nil
			p.engine.mu.Unlock()
			for range 1000 {
				p.engine.wake()
				time.Sleep(time.Millisecond)
			}
			p.engine.mu.Lock()
			defer p.engine.mu.Unlock()
			return len(p.engine.asked)
		}
		if n := snapshots(); n < 30 {
			t.Errorf("%d snapshots in a second", n)
		}
		p.Send("\x1b[O")
		if n := snapshots(); n > 8 || n < 3 {
			t.Errorf("%d snapshots in a second without the focus", n)
		}
		p.Do(keys.Down) // keys are never waited for
		p.Has("▌○  2 idle")
		p.Send("\x1b[I")
		if n := snapshots(); n < 30 {
			t.Errorf("%d snapshots in a second with the focus again", n)
		}
	})
}

func TestMouse(t *testing.T) {
	t.Parallel()
	press := func(p *program, button, x, y int) {
		p.Send("\x1b[<" + itoa(button) + ";" + itoa(x+1) + ";" + itoa(y+1) + "M")
		p.Send("\x1b[<" + itoa(button) + ";" + itoa(x+1) + ";" + itoa(y+1) + "m")
	}
	startWith(t, 80, 24, Options{Mouse: true}, busy, func(p *program) {
		press(p, 0, 30, 4)
		p.Has("▌●  3 task-23")
		press(p, 0, 30, 15)
		p.Has("━ Queue", "▌")
		if row := p.Rows()[15]; !strings.HasPrefix(row, "▌") {
			t.Errorf("row 15 is not selected: %s", row)
		}
		press(p, 65, 30, 15) // the wheel, down
		if row := p.Rows()[15]; !strings.Contains(row, "task-3") || strings.Contains(row, "task-33") && strings.HasPrefix(row, "▌") {
			t.Errorf("the wheel moved nothing: %s", row)
		}
		press(p, 0, 2, 3)
		press(p, 0, 2, 3)
		p.Has("━ Task 22")
		press(p, 64, 2, 3)
		press(p, 0, 2, 3) // does nothing here
		p.Has("━ Task 22")
		p.Do(keys.Back, keys.New)
		press(p, 0, 2, 3)
		p.Has("New task")
		press(p, 0, 200, 200)
	})
	start(t, 80, 24, busy, func(p *program) {
		if out := p.Written(); strings.Contains(out, "\x1b[?1002h") || strings.Contains(out, "\x1b[?1000h") {
			t.Error("the mouse is taken although nobody asked for it")
		}
	})
}

func itoa(n int) string { return cells.Count(n) }

func TestOutputBeside(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	said := filepath.Join(dir, "said")
	start(t, 80, 24, working, func(p *program) {
		p.Do(keys.TmuxPane)
		p.Has("This is not tmux, so there is no pane to open; enter shows the output here.")
	})
	environment := append(slices.Clone(tuitest.Environment), "TMUX=/tmp/x,1,0")
	startWith(t, 80, 24, Options{Environment: environment}, working, func(p *program) {
		p.Do(keys.TmuxPane)
		p.Has("Tasks are not kept on disk")
		p.Do(keys.NextPane, keys.TmuxPane)
		p.Has("Tasks are not kept on disk")
	})
	m := newModel(t.Context(), newFake(), testKeys(), theme.Unicode())
	m.options.Environment = []string{"TMUX=tmux"}
	m.options.Logs = []string{"drover", "logs", "--follow"}
	m.page = pageOutput
	m.output.SetTask(agent.Task{ID: "-x; echo", Attempts: 1, Serial: 12})
	if why := m.whyNotTmuxPane(); why != "" {
		t.Fatal(why)
	}
	fake := filepath.Join(dir, "tmux")
	script := "#!/bin/sh\nfor a; do printf '%s\\n' \"$a\"; done > '" + said + "'\n"
	if err := os.WriteFile(fake, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	m.tmux = fake
	for _, want := range []string{"#12", "-x; echo"} { // the second time there is no serial
		msg, ok := m.openTmuxPane()().(notice.Notice)
		if !ok || msg.Kind != notice.Good {
			t.Fatalf("%+v", msg)
		}
		got, err := os.ReadFile(said)
		if err != nil {
			t.Fatal(err)
		}
		if args := "split-window\n-d\n-v\n--\nsh\n-c\n" + waitsForEnter + "\nsh\ndrover\nlogs\n--follow\n--\n" + want + "\n"; string(got) != args {
			t.Errorf("tmux was called with\n%s\nnot\n%s", got, args)
		}
		m.output.SetTask(agent.Task{ID: "-x; echo", Attempts: 1})
	}
	m.tmux = filepath.Join(dir, "nothing")
	if msg, ok := m.openTmuxPane()().(notice.Notice); !ok || msg.Kind != notice.Bad {
		t.Errorf("a tmux that is not there: %+v", msg)
	}
}

func TestTemplates(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, busy, func(p *program) {
		p.Do(keys.New, keys.Template)
		p.Has("There are no templates: write some under [templates] in the configuration file.")
	})
	templates := []Template{{Name: "plain", Text: "Be brief."}, {Name: "review", Text: "Review this:\n{{input}}\nBe strict."}}
	startWith(t, 80, 24, Options{Templates: templates}, busy, func(p *program) {
		p.Do(keys.New)
		p.Type("func main() {}")
		p.Do(keys.Template)
		p.Has("▌ plain   Be brief.", "review  Review this: {{input}} Be strict.", "enter take the template")
		p.Do(keys.Down, keys.Up, keys.Up, keys.PickTemplate)
		p.Has("  Review this:", "  func main() {}", "  Be strict.")
		p.Lacks("{{input}}")
		p.Type(" // here")
		p.Do(keys.Submit)
		p.called(`submit normal "" "Review this:\nfunc main() {} // here\nBe strict."`)
		p.Do(keys.New, keys.Template, keys.Back)
		p.Has("What is to be done?")
		p.Do(keys.Template, keys.PickTemplate, keys.Submit)
		p.called(`submit normal "" "Review this:\n\nBe strict."`)
		p.Do(keys.New, keys.Template, keys.Up, keys.PickTemplate, keys.Submit)
		p.called(`submit normal "" "Be brief."`)
	})
}

func TestModelPicker(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, func(e *fakeEngine) {
		several(e)
		e.state.Server.Models[0].Size, e.state.Server.Models[1].Size = 5_200_000_000, 639_000_000
	}, func(p *program) {
		p.Do(keys.New)
		p.Type("Hi")
		p.Do(keys.NextField, keys.NextField)
		p.Has("▌ default    qwen3:8b", "qwen3:8b   5.2 GB, 8.2B, Q4_K_M, in memory", "gemma3:4b  639 MB, 4.3B, in memory")
		p.Do(keys.Down, keys.AlsoModel, keys.Down, keys.AlsoModel, keys.Down)
		p.Has("◆ qwen3:8b", "◆ gemma3:4b", "▌ default", "Q4_K_M, tools, thinking, in memory", "4.3B, vision, in memory")
		p.engine.mu.Lock()
		wondered := slices.Clone(p.engine.wondered)
		p.engine.mu.Unlock()
		if want := []string{"qwen3:8b", "gemma3:4b"}; !slices.Equal(wondered, want) { // once each
			t.Errorf("asked what these can do: %q, want %q", wondered, want)
		}
		p.Do(keys.Up, keys.Submit)
		p.called(`submit normal "qwen3:8b" "Hi"`, `submit normal "gemma3:4b" "Hi"`)
	})
}

func TestTasksFromAFile(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, busy, func(p *program) {
		p.Do(keys.New, keys.Batch)
		p.Has("Files of tasks cannot be read here")
	})
	read := func(path string) ([]agent.Submission, []string, error) {
		switch filepath.Base(path) {
		case "bad.yaml":
			return nil, nil, errors.New("bad.yaml:3: \x1b[2Jthe prompt is missing")
		case "none.txt":
			return nil, nil, nil
		}
		return []agent.Submission{
			{Priority: dispatcher.PriorityHigh, Request: agent.Request{Prompt: "one", Model: "m"}},
			{Priority: dispatcher.PriorityLow, Request: agent.Request{Prompt: "two"}},
		}, []string{"none.txt2: 1 line that begins with # was left out: line 2\x1b[2J"}, nil
	}
	startWith(t, 80, 24, Options{ReadBatch: read}, busy, func(p *program) {
		p.Do(keys.New, keys.Batch)
		p.Has("Tasks from")
		p.Type("bad.yaml")
		p.Do(keys.Accept)
		p.Has("Nothing was submitted: bad.yaml:3: the prompt is missing.")
		p.Do(keys.Batch) // the name is still there
		for range len("bad.yaml") {
			p.Press("backspace")
		}
		p.Type("none.txt")
		p.Do(keys.Accept)
		p.Has("none.txt has no tasks in it.")
		p.Do(keys.Batch)
		p.Paste("2")
		p.Do(keys.Accept)
		p.Has("Submit 2 tasks from none.txt2?", " none.txt2: 1 line that begins with # was left out: line 2.")
		time.Sleep(overlay.Grace)
		p.Do(keys.Yes)
		p.called(`submit high "m" "one"`, `submit low "" "two"`)
		p.Has("2 tasks are in the queue.")
		p.Lacks("New task")
		p.engine.mu.Lock()
		p.engine.refuseAfter = 1
		p.engine.mu.Unlock()
		p.Do(keys.New)
		p.Type("a draft")
		p.Do(keys.Batch, keys.Accept)
		time.Sleep(overlay.Grace)
		p.Do(keys.Yes)
		p.Has("1 task is in the queue; 1 was refused: ")
		p.Lacks("New task")
		p.Do(keys.New)
		p.Has("a draft")
	})
}

func TestNotificationsOfAnotherKind(t *testing.T) {
	t.Parallel()
	startWith(t, 80, 24, Options{OnFailure: "notify", Notification: "osc777", NoProgressBar: true}, working, func(p *program) {
		p.Written()
		fails(p, 7, "x")
		if out := p.Written(); strings.Count(out, "\x1b]777;notify;drover;1 task failed\a") != 1 || strings.Contains(out, "\x1b]9;") {
			t.Errorf("it does not tell of the failure: %q", out)
		}
	})
}
