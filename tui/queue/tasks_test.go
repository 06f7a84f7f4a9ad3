package queue

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/colorprofile"

	"drover/agent"
	"drover/agent/forecast"
	"drover/dispatcher"
	"drover/tui/keys"
	"drover/tui/overlay"
	"drover/tui/theme"
)

// newPending is a list of two tasks of many, in 60 cells without colours.
func newPending(d Data) *Tasks {
	p := NewPending(&overlay.Look{Theme: theme.New(theme.Look{Profile: colorprofile.NoTTY}, theme.ASCII())})
	d.Marked, d.Now = func(id string) bool { return id == "b" }, time.Unix(0, 0)
	p.SetSize(60, 3)
	p.Sync(len(d.Tasks), dispatcher.Window{Limit: len(d.Tasks)}, []string{"a", "b"}[:len(d.Tasks)], -1)
	p.SetData(d)
	return p
}

func TestTitle(t *testing.T) {
	t.Parallel()
	two := []agent.Task{{ID: "a"}, {ID: "b"}}
	for name, test := range map[string]struct {
		data   Data
		filter string
		whole  bool
		want   string
	}{
		"all":           {data: Data{Tasks: two, Total: 2}, want: " 2 "},
		"delayed":       {data: Data{Tasks: two, Total: 2, Delayed: 1, Paused: true}, want: " 2, 1 delayed, paused "},
		"filtered":      {Data{Tasks: two, Total: 9}, "x", true, " 2 of 9 match: x "},
		"being looked":  {Data{Tasks: two, Total: 9}, "x", false, " 2 of 9 match so far: x "},
		"nothing":       {want: "Nothing waits."},
		"nothing found": {Data{Total: 9}, "x", true, "Nothing matches."},
	} {
		p := newPending(test.data)
		p.Filter, p.Whole = test.filter, test.whole
		if got := strings.Join(p.View(), "\n"); !strings.Contains(got, test.want) {
			t.Errorf("%s: there is no %q in\n%s", name, test.want, got)
		}
	}
}

func TestScroll(t *testing.T) {
	t.Parallel()
	p := newPending(Data{Tasks: []agent.Task{{ID: "a"}, {ID: "b"}}, Total: 2})
	p.Handlers()[keys.Down].Do()
	if p.ID != "b" {
		t.Errorf("%q is selected", p.ID)
	}
}

// There is a column for when tasks will have ended, if that is known of any.
func TestUntil(t *testing.T) {
	t.Parallel()
	at := func(t time.Time) forecast.Estimate {
		return forecast.Estimate{End: forecast.Span{Early: t, Likely: t, Late: t}}
	}
	now := time.Unix(0, 0)
	two := []agent.Task{{ID: "a", Serial: 1, CreatedAt: now}, {ID: "b", Serial: 2, CreatedAt: now}}
	for _, test := range []struct {
		known map[uint64]forecast.Estimate
		want  []string
	}{
		{map[uint64]forecast.Estimate{1: at(now.Add(90 * time.Minute)), 2: at(now.AddDate(0, 0, 3))}, []string{"since    until", "00:00    01:30", "00:00   Jan  4"}},
		{map[uint64]forecast.Estimate{2: at(now.Add(62 * time.Second))}, []string{"since    until", "00:00         ", "00:00 00:01:00"}},
		{nil, []string{"since", "00:00", "00:00"}},
	} {
		p := newPending(Data{Tasks: two, Total: 2, Forecast: forecast.View{Tasks: test.known}})
		p.SetSize(80, 3)
		for i, row := range p.View() {
			if row = strings.TrimRight(row, "-"); !strings.HasSuffix(strings.TrimRight(row, " "), strings.TrimRight(test.want[i], " ")) {
				t.Errorf("row %d is %q, not … %q", i, row, test.want[i])
			}
		}
	}
}

// A task that does not start when its turn comes says why.
func TestWhy(t *testing.T) {
	t.Parallel()
	p := newPending(Data{Tasks: []agent.Task{{ID: "a", Request: agent.Request{Prompt: "first"}}, {ID: "b"}}, Total: 2, Why: map[string]string{"a": "no model"}})
	if got := p.View()[1]; !strings.Contains(got, "(no model) first") {
		t.Error(got)
	}
}
