package errorlist

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"drover/agent"
	"drover/dispatcher"
	"drover/tui/facts"
	"drover/tui/keys"
	"drover/tui/notice"
	"drover/tui/overlay"
	"drover/tui/theme"
)

// newErrors is a list of three errors of two kinds in w×h cells, without colours.
func newErrors(w, h int) *Errors {
	p := New(&overlay.Look{Theme: theme.New(theme.Look{Profile: colorprofile.NoTTY}, theme.ASCII()), Keys: keys.Default()})
	missing := &agent.Error{Ending: agent.EndModelMissing, What: "no model\x1b[2J x", Next: "pull it"}
	errs := []dispatcher.TaskExecutionError{
		{Seq: 3, TaskID: "c", Error: missing}, {Seq: 2, TaskID: "b", Error: errors.New("broke")}, {Seq: 1, TaskID: "c", Error: missing},
	}
	p.SetData(Data{Errors: errs, Total: len(errs), Marked: func(task string) bool { return task == "b" }})
	p.SetFocus(true)
	p.SetSize(w, h)
	p.Sync(3, dispatcher.Window{Limit: 3}, []string{"3", "2", "1"}, -1)
	return p
}

func has(t *testing.T, p *Errors, want ...string) {
	t.Helper()
	got := ansi.Strip(strings.Join(p.View(), "\n"))
	for _, w := range want {
		if !strings.Contains(got, w) {
			t.Errorf("there is no %q in\n%s", w, got)
		}
	}
}

func TestOneByOne(t *testing.T) {
	t.Parallel()
	p := newErrors(80, 7)
	has(t, p, "Errors 3 ", "d dismiss", "c    lane 1  model missing: no model x", "> pull it", "r tries it again")
	p.Handlers()[keys.Down].Do()
	if got := p.Handlers()[keys.Dismiss].Do().(Dismiss); !slices.Equal(got.Seqs, []uint64{2}) || got.Done != "Dismissed the error of task b." {
		t.Errorf("dismissing wants %v", got)
	}
	p.Sync(0, dispatcher.Window{Limit: 3}, nil, -1)
	p.SetData(Data{})
	has(t, p, "Errors none")
	if why := p.Handlers()[keys.Dismiss].Why(); why != "There are no errors." {
		t.Error(why)
	}
}

func TestByKind(t *testing.T) {
	t.Parallel()
	p := newErrors(80, 7)
	p.SetFilter("x")
	said := p.Handlers()[keys.GroupErrors].Do().(Filter)
	if p.SetFilter(said.Text); !p.ByKind() || !strings.HasPrefix(said.Then.(notice.Notice).Text, "Errors by kind: enter shows") {
		t.Fatalf("it says %v", said)
	}
	p.SetGroups(facts.GroupErrors(p.data.Errors))
	has(t, p, "Errors 3 errors of 2 kinds", "2 model missing - last at", "task c: no model x", "enter shows them one by one")
	if got := p.Handlers()[keys.Dismiss].Do().(Dismiss); !slices.Equal(got.Seqs, []uint64{3, 1}) || p.Wants() != 2 {
		t.Errorf("dismissing a kind wants %v", got)
	}
	g := p.Group()
	if got := p.Handlers()[keys.Open].Do().(Filter); got.Text != "status:model_missing" || !slices.Equal(g.Tasks, []string{"c"}) {
		t.Errorf("opening a kind wants %v, its tasks are %v", got, g.Tasks)
	}
	if p.Handlers()[keys.GroupErrors].Do(); p.ByKind() {
		t.Error("they are still shown by kind")
	}
}

// A zoomed error has its whole text below the list, wrapped, however long it is.
func TestZoomed(t *testing.T) {
	t.Parallel()
	p := newErrors(40, 12)
	p.data.Errors[0].Error = errors.New("first\x1b[2J line\n" + strings.Repeat("word ", 500) + "the end")
	p.SetZoomed(true)
	p.SetSize(40, 12)
	has(t, p, "failed: first line", "- Task c 00:00:00 ")
	if rows := p.View(); len(rows) != 12 {
		t.Errorf("it has %d rows", len(rows))
	}
	seen, said := "", keys.Intent(nil)
	for range 100 {
		seen += ansi.Strip(strings.Join(p.View(), "\n"))
		if said = p.Handlers()[keys.PageDown].Do(); said != nil {
			break
		}
	}
	if !strings.Contains(seen, "the end") || said.(notice.Notice).Text != "There is no more to be seen that way." {
		t.Errorf("the end is not to be seen; it says %v", said)
	}
	p.Handlers()[keys.Down].Do()
	has(t, p, "- Task b", "failed: broke")
	if hit, _ := p.Click(6); hit {
		t.Error("a click in the text selects an error")
	}
	if p.Handlers()[keys.PageUp].Do() == nil {
		t.Error("there is more above a text that fits")
	}
	p.Handlers()[keys.Down].Do()
	has(t, p, "model missing: no model x", "> pull it")
}
