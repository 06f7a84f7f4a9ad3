package tui

import (
	"slices"
	"testing"

	"drover/tui/keys"
	"drover/tui/overlay"
	"drover/tui/theme"
)

func TestEveryBindingHasAHandler(t *testing.T) {
	t.Parallel()
	bound := testKeys()
	m := newModel(t.Context(), newFake(), bound, theme.Unicode())
	handled := map[keys.Action]bool{keys.Newline: true} // which is typed
	bar, question := overlay.NewBar(&m.look, overlay.BarOptions{}), m.question("", nil)
	for _, handlers := range []keys.Handlers{m.handlers, m.help.Handlers(), m.servers.Page.Handlers(), m.leaving.Handlers(),
		m.form.Handlers(), m.form.TemplateList().Handlers(), m.recovery.Handlers(), bar.Handlers(), question.Handlers(), m.output.Handlers()} {
		for a := range handlers {
			handled[a] = true
		}
	}
	for _, b := range bound.Bindings() {
		if !handled[b.Action] {
			t.Errorf("nothing is done for %q", b.Action)
		}
	}
	for a := range handled {
		if !slices.ContainsFunc(bound.Bindings(), func(b keys.Binding) bool { return b.Action == a }) {
			t.Errorf("%q has no binding", a)
		}
	}
}

// TestEveryKeyDoesSomethingOrSaysWhyNot presses every key in every place.
func TestEveryKeyDoesSomethingOrSaysWhyNot(t *testing.T) {
	t.Parallel()
	places := []struct {
		name  string
		place keys.Place
		goTo  func(p *program)
	}{
		{"panes", keys.InPanes, func(p *program) { p.Do(keys.NextPane, keys.Down, keys.Down) }},
		{"output", keys.InOutput, func(p *program) { p.Do(keys.Open, keys.PageUp) }},
		{"found", keys.InFound, func(p *program) { p.Do(keys.Open, keys.Search); p.Type("1"); p.Do(keys.Accept) }},
		{"help", keys.InHelp, func(p *program) { p.Do(keys.Help, keys.Down) }},
		{"servers", keys.InHelp, func(p *program) { p.Do(keys.Servers) }},
		{"templates", keys.InTemplates, func(p *program) { p.Do(keys.New); p.Type("Hi"); p.Do(keys.Template) }},
		{"form", keys.InForm, func(p *program) { p.Do(keys.New); p.Type("Hi") }},
		{"fields", keys.InFields, func(p *program) { p.Do(keys.New); p.Type("Hi"); p.Do(keys.NextField) }},
		{"leaving", keys.InLeaving, func(p *program) { p.Do(keys.Quit) }},
		{"bar", keys.InBar, func(p *program) { p.Do(keys.NextPane, keys.Filter); p.Type("w") }},
		{"question", keys.InQuestion, func(p *program) { p.Do(keys.NextPane, keys.Mark, keys.Mark, keys.Cancel) }},
	}
	for _, place := range places {
		for _, b := range testKeys().Bindings() {
			if b.Action == keys.Pager { // it takes the terminal away, which this one cannot give; see TestPager
				continue
			}
			if b.Places&place.place == 0 {
				continue
			}
			t.Run(place.name+"/"+string(b.Action), func(t *testing.T) {
				t.Parallel()
				options := Options{Templates: []Template{{Name: "a", Text: "b"}, {Name: "c", Text: "d"}}}
				startWith(t, 80, 20, options, func(e *fakeEngine) {
					several(e)
					talkative(e)
					e.hold["drain"] = make(chan struct{})
				}, func(p *program) {
					place.goTo(p)
					before := p.Screen()
					x, y, _ := p.Cursor()
					p.engine.took()
					p.Written()
					p.Press(b.Keys[0])
					select {
					case <-p.done:
						p.ended = true
						return
					default:
					}
					x2, y2, _ := p.Cursor()
					if p.Screen() == before && x == x2 && y == y2 && len(p.engine.took()) == 0 {
						t.Errorf("%q does nothing and says nothing:\n%s", b.Keys[0], before)
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
		p.Do(keys.Down)
		p.Lacks("does nothing here")
	})
}
