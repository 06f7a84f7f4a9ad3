package table

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"drover/tui/cells"
	"drover/tui/theme"
)

type task struct{ name, says, model, run string }

func columns() []Column[task] {
	show := func(of func(t *task) string) func(*task, *theme.Inks) (string, theme.Ink) {
		return func(t *task, in *theme.Inks) (string, theme.Ink) { return of(t), in.Text }
	}
	return []Column[task]{
		{Width: 10, Grow: true, Show: show(func(t *task) string { return t.name })},
		{Grow: true, Least: 16, Show: show(func(t *task) string { return t.says })},
		{Heading: "model", From: 40, Width: 6, Show: show(func(t *task) string { return t.model })},
		{Heading: "run", Width: 4, Right: true, Show: show(func(t *task) string { return t.run })},
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	th := theme.New(theme.Look{}, theme.Unicode())
	item := task{"Summarise the notes", "the first point", "qwen3", "1.2s"}
	for _, c := range []struct {
		w              int
		headings, want string
	}{
		{46, "model   run", "▌Summarise… the first point        qwen3  1.2s"},
		{36, " run", "▌Summarise… the first point     1.2s"},
		{20, " run", "▌Summarise the… 1.2s"},
		{6, " run", "▌ 1.2s"},
		{3, " run", "▌1…"},
		{0, " run", ""},
	} {
		table := Fit(columns(), c.w, 1)
		if got := table.Headings(); got != c.headings {
			t.Errorf("%d cells: the headings are %q, not %q", c.w, got, c.headings)
		}
		l := cells.NewRow(th, c.w, false).Mark(true)
		table.Row(l, &item)
		if got := ansi.Strip(l.End()); got != c.want {
			t.Errorf("%d cells:\n%q, not\n%q", c.w, got, c.want)
		}
	}
}

func TestEveryWidthIsFilled(t *testing.T) {
	t.Parallel()
	th := theme.New(theme.Look{}, theme.Unicode())
	item := task{strings.Repeat("日本語", 40), strings.Repeat("x", 200), "a model", "12"}
	for w := range 200 {
		l := cells.NewRow(th, w, false).Mark(false)
		Fit(columns(), w, 1).Row(l, &item)
		if got := ansi.StringWidth(l.End()); got != w {
			t.Errorf("a row of %d cells is %d wide", w, got)
		}
	}
}
