package tui

import (
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"drover/tui/theme"
)

func TestKeyMapWithoutSettingsIsRight(t *testing.T) {
	t.Parallel()
	keys, err := DefaultKeyMap().With(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range keys.bindings {
		for _, key := range b.Keys() {
			if !pressable(key) {
				t.Errorf("%q of %q cannot be pressed", key, b.action)
			}
			if key == "ctrl+b" || key == "ctrl+a" {
				t.Errorf("%q of %q is the prefix of tmux or screen", key, b.action)
			}
		}
		if b.Help().Desc == "" || b.scopes == nowhere {
			t.Errorf("%q has no help or no place", b.action)
		}
	}
}

func TestKeyMapOverrides(t *testing.T) {
	t.Parallel()
	keys, err := DefaultKeyMap().With(map[string][]string{"cancel": {"delete", "X"}, "copy": {}})
	if err != nil {
		t.Fatal(err)
	}
	for pressed, want := range map[string]Action{"delete": ActionCancel, "X": ActionCancel, "x": "", "y": "", "n": ActionNew} {
		if got := keys.action(inPanes, pressed); got != want {
			t.Errorf("%q does %q, not %q", pressed, got, want)
		}
	}
	if got := keys.name(ActionCancel); got != "delete" {
		t.Errorf("the help names %q", got)
	}
	if got := DefaultKeyMap().action(inPanes, "x"); got != ActionCancel {
		t.Errorf("the default key map was changed: x does %q", got)
	}
}

func TestKeyMapRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		overrides map[string][]string
		want      string
	}{
		{map[string][]string{"fly": {"f"}}, `there is no action "fly"`},
		{map[string][]string{"cancel": {"n"}}, `"n" is the key of both "new" and "cancel"`},
		{map[string][]string{"cancel": {"crtl+x"}}, `"crtl+x" is not the name of a key`},
		{map[string][]string{"cancel": {" "}}, `" " is not the name of a key`},
		{map[string][]string{"submit": {"s"}}, `"s" would be typed into the form`},
		{map[string][]string{"interrupt": {}}, `the action "interrupt" needs a key`},
		{map[string][]string{"next-choice": {"enter"}}, `"enter" is the key of both`},
	} {
		_, err := DefaultKeyMap().With(c.overrides)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: the error is %v, it should contain %s", c.overrides, err, c.want)
		}
	}
}

func TestEveryBindingHasADeedAndAPlaceInTheHelp(t *testing.T) {
	t.Parallel()
	keys := DefaultKeyMap()
	m := newModel(t.Context(), newFake(), keys, theme.Unicode())
	help := ansi.Strip(strings.Join(m.scene.helpRows(200), "\n"))
	for _, b := range keys.bindings {
		if _, ok := m.deeds[b.action]; !ok && b.action != ActionNewline {
			t.Errorf("nothing is done for %q", b.action)
		}
		if strings.HasPrefix(string(b.action), "lane-") {
			continue
		}
		if !strings.Contains(help, b.Help().Desc) {
			t.Errorf("%q is not in the help", b.action)
		}
	}
	if !strings.Contains(help, "1234567890") {
		t.Error("the keys of the lanes are not in the help")
	}
	for a := range m.deeds {
		if !slices.ContainsFunc(keys.bindings, func(b binding) bool { return b.action == a }) {
			t.Errorf("%q has no binding", a)
		}
	}
}

// TestEveryKeyDoesSomethingOrSaysWhyNot presses every key in every place.
func TestEveryKeyDoesSomethingOrSaysWhyNot(t *testing.T) {
	t.Parallel()
	places := []struct {
		name  string
		scope scope
		keys  []string // the way there
	}{
		{"panes", inPanes, []string{"tab", "j", "j"}},
		{"output", inOutput, []string{"enter", "pgup"}},
		{"found", inFound, []string{"enter", "/", "1", "enter"}},
		{"help", inHelp, []string{"?", "j"}},
		{"servers", inHelp, []string{"S"}},
		{"templates", inPick, []string{"n", "H", "ctrl+t"}},
		{"form", inForm, []string{"n", "H", "i"}},
		{"fields", inFields, []string{"n", "H", "i", "tab"}},
		{"dialog", inDialog, []string{"q"}},
		{"leave", inLeave, []string{"q", "d"}},
		{"bar", inBar, []string{"tab", "/", "w"}},
		{"question", inAsk, []string{"tab", "space", "space", "x"}},
	}
	for _, place := range places {
		for _, b := range DefaultKeyMap().bindings {
			if b.action == ActionPager { // it takes the terminal away, which this one cannot give; see TestPager
				continue
			}
			if !overlap(b.scopes, place.scope) || place.scope == inForm && b.scopes&inForm == 0 {
				continue
			}
			t.Run(place.name+"/"+string(b.action), func(t *testing.T) {
				t.Parallel()
				options := Options{Templates: []Template{{"a", "b"}, {"c", "d"}}}
				startWith(t, 80, 20, options, func(e *fakeEngine) {
					several(e)
					talkative(e)
					e.hold["drain"] = make(chan struct{})
				}, func(p *program) {
					p.Press(place.keys...)
					before := p.Screen()
					x, y, _ := p.Cursor()
					p.engine.took()
					p.Written()
					p.Press(b.Keys()[0])
					select {
					case <-p.done:
						p.ended = true
						return
					default:
					}
					x2, y2, _ := p.Cursor()
					if p.Screen() == before && x == x2 && y == y2 && len(p.engine.took()) == 0 {
						t.Errorf("%q does nothing and says nothing:\n%s", b.Keys()[0], before)
					}
				})
			})
		}
	}
}

func TestUnboundKeySaysSo(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, nil, func(p *program) {
		p.Press("Z")
		p.Has(`"Z" does nothing here.`)
		p.Press("j")
		p.Lacks("does nothing here")
	})
}

func TestGlyphsAreOneCellWideAndDiffer(t *testing.T) {
	t.Parallel()
	for name, g := range map[string]theme.Glyphs{"Unicode": theme.Unicode(), "ASCII": theme.ASCII()} {
		kinds := [][]string{
			{g.Running, g.Thinking, g.Waiting, g.Idle, g.Cancelling, g.Stuck},
			{g.Completed, g.Failed, g.Cancelled}, {g.High, g.Normal, g.Low}, {g.Up, g.Down}, {g.Rule, g.StrongRule},
			{g.Cursor, g.Marked, g.Split}, {g.Ellipsis, g.Arrow, g.Dot},
		}
		for _, kind := range kinds {
			for i, s := range kind {
				if ansi.StringWidth(s) != 1 || ansi.StringWidthWc(s) != 1 {
					t.Errorf("%s: %q is not one cell wide", name, s)
				}
				if slices.Contains(kind[:i], s) {
					t.Errorf("%s: %q stands for two things of one kind", name, s)
				}
			}
		}
	}
}
