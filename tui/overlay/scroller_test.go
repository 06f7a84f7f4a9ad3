package overlay

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"drover/tui/keys"
	"drover/tui/notice"
	"drover/tui/theme"
)

func TestScroller(t *testing.T) {
	t.Parallel()
	n := 10
	look := &Look{Theme: theme.New(theme.Look{}, theme.Unicode()), Keys: keys.Default()}
	p := NewScroller(look, ScrollerOptions{Title: "Rows", Detail: func() string { return fmt.Sprint(n) }, Key: keys.Help,
		Rows: func(w int) (rows []string) {
			for i := range n {
				rows = append(rows, fmt.Sprintf("%-*d", w, i))
			}
			return rows
		}})
	p.SetSize(30, 5)
	seen := func() (s string) {
		t.Helper()
		rows := p.View()
		if len(rows) != 5 {
			t.Fatalf("there are %d rows", len(rows))
		}
		for _, row := range rows[1:] {
			s += strings.TrimSpace(row)
		}
		return s
	}
	do := func(a keys.Action) keys.Intent { return p.Handlers()[a].Do() }
	for _, step := range []struct {
		action keys.Action
		want   string
		end    bool // there is no more that way
	}{
		{keys.Up, "0123", true}, {keys.Down, "1234", false}, {keys.PageDown, "4567", false}, {keys.PageDown, "6789", false},
		{keys.Down, "6789", true}, {keys.PageUp, "3456", false}, {keys.First, "0123", false}, {keys.Last, "6789", false},
	} {
		said, warned := do(step.action).(notice.Notice)
		if got := seen(); got != step.want || warned != step.end || warned && said.Text != "There is no more to be seen that way." {
			t.Errorf("%s shows %q and says %q, not %q", step.action, got, said.Text, step.want)
		}
	}
	if title := ansi.Strip(p.View()[0]); !strings.HasPrefix(title, "━ Rows 10 ━") || !strings.Contains(title, "for more") {
		t.Errorf("the title is %q", title)
	}
	n = 2 // others are gone
	if got := seen(); got != "01" {
		t.Errorf("of two rows %q is shown", got)
	}
	n = 10
	p.Top()
	if got := seen(); got != "0123" {
		t.Errorf("from the top it shows %q", got)
	}
	for _, a := range []keys.Action{keys.Back, keys.Help} {
		if i, ok := do(a).(Close); !ok || i.Overlay != Overlay(p) {
			t.Errorf("%s means %v", a, i)
		}
	}
}
