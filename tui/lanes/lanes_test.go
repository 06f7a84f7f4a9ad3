package lanes

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"drover/agent"
	"drover/agent/engine"
	"drover/dispatcher"
	"drover/tui/keys"
	"drover/tui/overlay"
	"drover/tui/theme"
)

// data are lanes with these tasks; an empty ID is of an idle lane.
func data(tasks ...string) Data {
	d := Data{Now: time.Unix(0, 0)}
	for i, id := range tasks {
		lane := engine.Lane{ID: i, Task: agent.Task{ID: id}}
		if id != "" {
			lane.State = dispatcher.LaneRunning
		}
		d.Lanes = append(d.Lanes, lane)
	}
	return d
}

func newLanes(d Data, w, h int, mini bool) *Lanes {
	p := New(&overlay.Look{Theme: theme.New(theme.Look{Dark: true, Profile: colorprofile.TrueColor}, theme.Unicode())})
	p.SetData(d)
	p.SetMini(mini)
	p.SetSize(w, h)
	return p
}

func TestSelection(t *testing.T) {
	t.Parallel()
	p := newLanes(data("a", "", "c"), 80, 10, false)
	do := func(a keys.Action, want int) {
		t.Helper()
		p.Handlers()[a].Do()
		if got := p.Selected().ID; got != want {
			t.Errorf("after %v lane %d is selected, not %d", a, got, want)
		}
	}
	do(keys.Up, 0)
	do(keys.PageDown, 2)
	do(keys.Down, 2)
	do(keys.Up, 1)
	do(keys.First, 0)
	for _, step := range []struct {
		tasks []string
		moved bool
	}{{[]string{"a", ""}, false}, {[]string{"", ""}, false}, {[]string{"b", ""}, true}, {[]string{"b", ""}, false}, {nil, false}} {
		if p.SetData(data(step.tasks...)); p.Moved() != step.moved {
			t.Errorf("with the tasks %q another one was selected: %v", step.tasks, p.Moved())
		}
	}
	if p.Selected() != nil {
		t.Error("a lane is selected where there is none")
	}
}

func TestClick(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		h    int
		mini bool
		want []int // the lane in each row, -1 for none
	}{
		"two rows if it works": {7, false, []int{-1, 0, 0, 1, 2, 2, -1}},
		"one row each":         {5, false, []int{-1, 0, 1, 2, -1}},
		"mini":                 {4, true, []int{0, 1, 2, -1}},
	} {
		p := newLanes(data("a", "", "c"), 80, test.h, test.mini)
		if rows := p.View(); len(rows) != test.h {
			t.Errorf("%s: there are %d rows", name, len(rows))
		}
		for row, want := range test.want {
			if hit, _ := p.Click(row); hit != (want >= 0) || hit && p.Selected().ID != want {
				t.Errorf("%s: a click in row %d selects %d (%v), not %d", name, row, p.Selected().ID, hit, want)
			}
		}
	}
}

func TestTitleSaysWhichLanesAreSeen(t *testing.T) {
	t.Parallel()
	for h, want := range map[int]string{3: "2 busy, 1-2 of 3", 4: "2 of 3 busy"} {
		if title := ansi.Strip(newLanes(data("a", "", "c"), 80, h, false).View()[0]); !strings.Contains(title, want) {
			t.Errorf("in %d rows the title is %q", h, title)
		}
	}
}

// What is a number has a heading, or says itself what it is.
func TestHeadingOfThePercentage(t *testing.T) {
	t.Parallel()
	d := data("a", "b")
	d.Lanes[0].Live = agent.Live{Tokens: 42, TokenLimit: 100}
	for _, w := range []int{50, 80, 200} {
		rows := newLanes(d, w, 3, false).View()
		heading, row, _ := strings.Cut(ansi.Strip(strings.Join(rows, "\n")), "\n")
		before, _, found := strings.Cut(heading, "limit")
		if number, _, ok := strings.Cut(row, "42%"); !found || !ok || ansi.StringWidth(number)+len("42%") != ansi.StringWidth(before)+len("limit") {
			t.Errorf("in %d cells:\n%s\n%s", w, heading, row)
		}
	}
	d.Lanes[0].Live = agent.Live{Tokens: 42}
	if heading := newLanes(d, 80, 3, false).View()[0]; strings.Contains(heading, "limit") {
		t.Errorf("there is a column of nothing: %s", heading)
	}
}
