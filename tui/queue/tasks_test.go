package queue

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/colorprofile"

	"drover/agent"
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
