package tui

import (
	"errors"
	"fmt"
	"image/color"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/exp/golden"

	"drover/agent"
	"drover/dispatcher"
	"drover/tui/cells"
	"drover/tui/keys"
)

// busy is a screen with something of everything.
func busy(e *fakeEngine) {
	prompts := []string{
		"Summarise the release notes in five points", "Translate chapter 3 into French",
		"Write unit tests for the parser", "Explain the borrow checker to a gopher",
		"Find the bug in this function", "Draft a reply to the customer",
		"List edge cases for the importer", "Compare B-trees with LSM trees",
	}
	lines := []string{
		"and so the first point is that queues are made of waiting", "« Le troupeau avançait lentement »",
		"func TestParseEmpty(t *testing.T) {", "", "The loop never reaches its end because i", "Dear Ms Brown,", "7. a file that ends in the middle of a line",
	}
	for i := range 7 {
		live := agent.Live{Tokens: 137 * (i + 1) * (i + 1), LastLine: lines[i]}
		if i == 3 {
			live = agent.Live{}
		}
		if i == 4 {
			live.Phase, live.LastLine = agent.PhaseThinking, ""
		}
		e.run(i, e.task(21+i, dispatcher.PriorityNormal, prompts[i], "", time.Minute), time.Duration(8+13*i)*time.Second, live)
	}
	e.state.Lanes[5].State = dispatcher.LaneCancelling
	e.state.Lanes[6].State, e.state.Lanes[6].Since = dispatcher.LaneStuck, e.begun.Add(-40*time.Second)
	for i := range 24 {
		priority := min(2, (i+4)/8)
		model := ""
		if i%5 == 2 {
			model = "gemma3:4b"
		}
		e.state.Pending = append(e.state.Pending, e.task(30+i, priority, prompts[(i*3)%8], model, time.Duration(20+i*17)*time.Second))
	}
	e.state.Pending[2].Attempts = 1
	e.state.Pending[2].Error = &agent.Error{Ending: agent.EndServerBusy, What: "the server is busy"}
	for i := range 18 {
		e.end(e.task(1+i, dispatcher.PriorityNormal, prompts[i%8], "", 9*time.Minute), dispatcher.StatusCompleted,
			time.Duration(400-20*i)*time.Second, time.Duration(3+i*2)*time.Second, nil)
	}
	e.end(e.task(19, 1, prompts[2], "llama3:70b", 5*time.Minute), dispatcher.StatusFailed, 50*time.Second, 12*time.Second,
		&agent.Error{Ending: agent.EndModelMissing, What: `the server does not have the model "llama3:70b"`, Next: "run: ollama pull llama3:70b"})
	e.end(e.task(20, 1, prompts[5], "", 4*time.Minute), dispatcher.StatusCancelled, 30*time.Second, 5*time.Second, dispatcher.ErrTaskCancelled)
	e.end(e.task(18, 1, prompts[6], "", 4*time.Minute), dispatcher.StatusFailed, 20*time.Second, 90*time.Second, errors.New("something broke"))
	e.state.OutputTokens = 48_213
	m := &e.state.Metrics
	m.WaitP50, m.WaitP95 = 2400*time.Millisecond, 48*time.Second
	m.RunP50, m.RunP95, m.Throughput, m.Uptime = 12*time.Second, 95*time.Second, 0.21, 754*time.Second
	e.count()
}

// The sizes of whole screens. What lies on them has goldens of itself alone, so that a change in one pane changes few.
var sizes = []struct{ w, h int }{{80, 24}, {100, 30}, {120, 30}, {200, 50}, {40, 12}}

func TestScreens(t *testing.T) {
	for _, size := range sizes {
		t.Run(fmt.Sprintf("%dx%d", size.w, size.h), func(t *testing.T) {
			start(t, size.w, size.h, limited, func(p *program) { golden.RequireEqual(p.t, p.Screen()) })
		})
	}
}

// all is the whole of a screen.
func all(rows []string) []string { return rows }

// from begins at the row with a title.
func from(title string) func(rows []string) []string {
	return func(rows []string) []string {
		return rows[slices.IndexFunc(rows, func(row string) bool { return strings.Contains(row, title) }):]
	}
}

// upTo ends before the row with a title.
func upTo(title string) func(rows []string) []string {
	return func(rows []string) []string { return rows[:len(rows)-len(from(title)(rows))] }
}

// bottom is the last n rows.
func bottom(n int) func(rows []string) []string {
	return func(rows []string) []string { return rows[len(rows)-n:] }
}

// titles are the beginnings of the titles of panes.
func titles(rows []string) (list []string) {
	for _, row := range rows {
		if strings.HasPrefix(row, "─") || strings.HasPrefix(row, "━") {
			list = append(list, string([]rune(row)[:12]))
		}
	}
	return list
}

// TestParts shows what is opened by a key, and the parts of a screen that the whole ones do not have.
func TestParts(t *testing.T) {
	for name, c := range map[string]struct {
		w, h  int
		setup func(*fakeEngine)
		goTo  func(p *program)
		part  func(rows []string) []string
	}{
		"empty":    {80, 24, nil, func(*program) {}, from("Nothing waits")},
		"down":     {80, 24, down, func(*program) {}, upTo("Lanes")},
		"output":   {80, 24, talkative, func(p *program) { p.Do(keys.Open) }, all},
		"early":    {60, 20, talkative, func(p *program) { p.Do(keys.Open, keys.Markdown) }, all},
		"markdown": {80, 24, ended, func(p *program) { p.Do(keys.NextPane, keys.NextPane, keys.Open) }, all},
		"save":     {80, 24, ended, func(p *program) { p.Do(keys.NextPane, keys.NextPane, keys.Open, keys.Save) }, bottom(2)},
		"search": {40, 12, talkative, func(p *program) {
			p.Do(keys.Open, keys.Search)
			p.Type("e 3")
		}, all},
		"help":           {80, 24, busy, func(p *program) { p.Do(keys.Help) }, all},
		"help-small":     {40, 12, busy, func(p *program) { p.Do(keys.Help) }, all},
		"help-large":     {200, 50, busy, func(p *program) { p.Do(keys.Help) }, all},
		"servers":        {80, 24, several, func(p *program) { p.Do(keys.Servers) }, all},
		"mini":           {80, 8, several, func(p *program) { p.Do(keys.Servers) }, all},
		"leave":          {80, 24, busy, func(p *program) { p.Do(keys.Quit) }, from("Leaving drover")},
		"leave-small":    {40, 12, busy, func(p *program) { p.Do(keys.Quit) }, from("Leaving drover")},
		"errors":         {80, 24, busy, func(p *program) { p.Do(keys.PreviousPane, keys.Down) }, from("Errors")},
		"groups":         {80, 24, troubles, func(p *program) { p.Do(keys.PreviousPane, keys.GroupErrors) }, from("Errors")},
		"zoomed":         {80, 24, busy, func(p *program) { p.Do(keys.NextPane, keys.NextPane, keys.Zoom) }, titles},
		"hidden":         {200, 50, busy, func(p *program) { p.Do(keys.Hide, keys.NextPane, keys.Hide) }, titles},
		"question":       {80, 24, busy, func(p *program) { p.Do(keys.NextPane, keys.Mark, keys.Down, keys.Mark, keys.Cancel) }, bottom(2)},
		"question-small": {40, 12, busy, func(p *program) { p.Do(keys.NextPane, keys.Mark, keys.Down, keys.Mark, keys.Cancel) }, bottom(1)},
		"filter": {80, 24, busy, func(p *program) {
			p.Do(keys.NextPane, keys.Filter)
			p.Type("borr")
		}, bottom(2)},
		"filtered": {80, 24, busy, func(p *program) {
			p.Do(keys.NextPane, keys.Filter)
			p.Type("borr")
			p.Do(keys.Accept, keys.Mark)
		}, from("Queue")},
		"form":       {80, 24, busy, haiku, from("New task")},
		"form-small": {40, 12, busy, haiku, all},
		"form-large": {200, 50, busy, haiku, from("New task")},
		"edit":       {80, 24, busy, func(p *program) { p.Do(keys.NextPane, keys.Edit) }, from("Edit task")},
		"picker": {80, 24, several, func(p *program) {
			p.Do(keys.New)
			p.Type("x")
			p.Do(keys.NextField, keys.NextField, keys.Down, keys.AlsoModel)
		}, from("New task")},
		"models": {80, 24, busy, func(p *program) {
			p.Do(keys.New)
			p.Type("x")
			p.Do(keys.NextField, keys.NextField, keys.NextChoice, keys.AlsoModel, keys.NextChoice, keys.AlsoModel, keys.NextField, keys.NextChoice)
		}, from("New task")},
	} {
		t.Run(name, func(t *testing.T) {
			start(t, c.w, c.h, c.setup, func(p *program) {
				c.goTo(p)
				golden.RequireEqual(p.t, strings.Join(c.part(p.Rows()), "\n")+"\n")
			})
		})
	}
}

// haiku writes a task of two lines.
func haiku(p *program) {
	p.Do(keys.New)
	p.Type("Write a haiku")
	p.Do(keys.Newline)
	p.Type("about a herd of llamas.")
}

// down is a screen without a model server.
func down(e *fakeEngine) {
	e.state.Server = agent.Server{Host: "http://127.0.0.1:11434", State: agent.ServerDown,
		Err: "dial tcp 127.0.0.1:11434: connect: connection refused", NextCheck: e.begun.Add(5 * time.Second)}
	e.state.Holds = []dispatcher.Hold{{Reason: "no model server"}}
	e.state.Pending = append(e.state.Pending, e.task(1, 0, "Write a haiku", "", 3*time.Second), e.task(2, 1, "Write a sonnet", "", 2*time.Second))
	e.count()
}

// limited is a busy screen on which most tasks have a limit of tokens, and one reports how far it is. All that tasks
// say on it is ASCII.
func limited(e *fakeEngine) {
	busy(e)
	for i := range e.state.Lanes[:7] {
		e.state.Lanes[i].Live.TokenLimit = 700
	}
	full := &e.state.Lanes[1].Live
	full.Tokens, full.LastLine = full.TokenLimit, "page 40 of 40"
	e.state.Lanes[2].Live.TokenLimit = 0 // nobody knows
	e.output["task-21"] = append(e.output["task-21"], text("The notes say a lot, but it comes down to this:\n\n"+
		"1. Queues are short now, since nothing waits for a lane that is free.\n2. "+e.state.Lanes[0].Live.LastLine))
}

// TestStyledScreen keeps the colours of one whole screen, and of its end in other colours.
func TestStyledScreen(t *testing.T) {
	for name, msg := range map[string]tea.Msg{"dark": nil, "light": tea.BackgroundColorMsg{Color: color.White},
		"nocolour": tea.ColorProfileMsg{Profile: colorprofile.ASCII}} {
		t.Run(name, func(t *testing.T) {
			var p *program
			start(t, 80, 24, busy, func(running *program) {
				p = running
				if msg == nil {
					p.Do(keys.NextPane, keys.Down)
					return
				}
				p.tea.Send(msg)
				p.Do(keys.PreviousPane, keys.Down)
			})
			rows := strings.Split(p.model.view.Content, "\n")
			if msg != nil {
				rows = from("Errors")(rows)
			}
			golden.RequireEqual(t, strings.Join(rows, "\n"))
		})
	}
}

func TestWithoutColoursTheSelectionIsReversed(t *testing.T) {
	t.Parallel()
	environment := []string{"TERM=xterm-256color", "NO_COLOR=1", "TTY_FORCE=1", "LANG=en_GB.UTF-8"}
	startWith(t, 80, 24, Options{Environment: environment}, busy, func(p *program) {
		p.Do(keys.NextPane, keys.Down)
		out := p.Written()
		if found := regexp.MustCompile(`\x1b\[([0-9;]*;)?(3[0-8]|4[0-8]|9[0-7]|10[0-7])(;[0-9;]*)?m`).FindString(out); found != "" {
			t.Errorf("there is a colour: %q", found)
		}
		for y, row := range p.Rows() {
			if selected := strings.HasPrefix(row, "▌"); selected != p.Reversed(20, y) {
				t.Errorf("row %d is selected: %v, reversed: %v: %s", y, selected, !selected, row)
			}
		}
		p.Has("▌2", "━ Queue", "─ Lanes")
	})
}

func TestASCIIScreen(t *testing.T) {
	t.Parallel()
	for _, environment := range [][]string{{"TERM=linux"}, {"TERM=xterm", "LANG=en_GB.ISO-8859-1"}, {"TERM=xterm", "LC_ALL=C", "LANG=en_GB.UTF-8"}} {
		startWith(t, 200, 50, Options{Environment: environment}, limited, func(p *program) {
			p.Has("==......")
			if screen := p.Screen(); !cells.IsASCII(screen) {
				t.Errorf("%q: the screen is not ASCII:\n%s", environment, screen)
			}
			p.Do(keys.New, keys.Back, keys.Quit)
			if screen := p.Screen(); !cells.IsASCII(screen) {
				t.Errorf("%q: the screen is not ASCII:\n%s", environment, screen)
			}
		})
	}
}
