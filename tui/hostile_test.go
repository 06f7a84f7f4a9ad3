package tui

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"drover/agent"
	"drover/agent/transcript"
	"drover/dispatcher"

	"drover/tui/form"
	"drover/tui/keys"
	"drover/tui/output"
	"drover/tui/theme"
)

// hostile are texts that want to do something to a terminal, or to a layout.
var hostile = []string{
	"\x1b[2J\x1b[H cleared", "\x1b]0;new title\a", "\x1b]52;c;ZXZpbA==\a copied", "\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\",
	"\x1b[201~ paste ends", "\x1bPq#0;2;0;0;0#0~~@@vv\x1b\\ sixel", "\x1b[31mred", "\x9b31m c1", "\u009b31m c1", "\x1b", "\x1b[", "\x1b]",
	"bidi \u202e\u2066 override \u2069", "zero\u200b\u200d\u2060 width\ufeff", "bell\a back\b\b\b", "cr\rover", "tab\tstop\vvt\ff",
	"line one\nline two\r\nline three", "日本語のとても長いテキスト", "👩\u200d👩\u200d👧\u200d👦 👍🏽 🇩🇪 ❤️ 1️⃣", "e\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301 zalgo",
	"invalid \xff\xfe\xc3 utf8", "\u1100\u1161\u11a8 jamo", "ﷺ wide ligature ꧅ 𒐫", strings.Repeat("x", 20_000), strings.Repeat("長", 5_000), "\u2028para\u2029", "\x00nul\x7fdel",
}

// everywhere puts a text into every place where something foreign is shown.
func everywhere(e *fakeEngine, s string) {
	e.lanes(4)
	task := func(n int) agent.Task {
		t := e.task(n, n%3, s+" in the prompt", s, time.Minute)
		if !strings.ContainsAny(s, "\x00") {
			t.ID = fmt.Sprint(n, s[:min(len(s), 40)])
		}
		return t
	}
	e.run(0, task(1), time.Second, agent.Live{Tokens: 5, LastLine: s, Model: s})
	e.run(1, task(2), time.Second, agent.Live{})
	e.state.Lanes[1].Live.LastLine = s
	e.state.Pending = append(e.state.Pending, task(3), task(4))
	e.state.Pending[0].Error, e.state.Pending[0].Attempts = fmt.Errorf("%s", s), 1
	e.end(task(5), dispatcher.StatusCompleted, time.Second, time.Second, nil)
	e.state.Ended[0].Result = agent.Result{Text: s, Model: s}
	e.end(task(6), dispatcher.StatusFailed, time.Second, time.Second, &agent.Error{Ending: agent.Ending(s), What: s, Next: s})
	e.state.Server = agent.Server{Host: s, State: agent.ServerUp, Version: s, DefaultModel: s, DefaultFrom: s,
		Models: []agent.Model{{Name: s, Parameters: s, Quantization: s, Size: 1}},
		Servers: []agent.ServerInfo{
			{Host: s, State: agent.ServerUp, Version: s, Hint: s, SlotsFrom: s, Slots: 1, Lanes: 1, LoadedAt: e.begun,
				Models: []agent.Model{{Name: s}}, Loaded: []agent.LoadedModel{{Name: s, Size: 1}}},
			{Host: s, State: agent.ServerDown, Err: s},
		}}
	e.state.Holds = []dispatcher.Hold{{Reason: s}}
	e.output[e.state.Lanes[0].Task.ID] = []transcript.Entry{
		{Kind: transcript.Notice, Text: s}, {Kind: transcript.Thinking, Text: s}, {Kind: transcript.Text, Text: s},
		{Kind: transcript.Text, Text: s[:len(s)/2]}, {Kind: transcript.Text, Text: s[len(s)/2:]}, {Kind: transcript.Failure, Text: s},
	}
	e.count()
}

// rowsSeen are rows that were found to be sound; most rows of a frame were in the one before.
type rowsSeen map[string]bool

// sound fails the test unless every row of the frame is exactly as wide as the screen, counted in both ways,
// there are exactly as many as it is high, and there is no control sequence in it but for colours.
func (seen rowsSeen) sound(t testing.TB, content string, w, h int, what string) {
	t.Helper()
	rows := strings.Split(content, "\n")
	if len(rows) != h {
		t.Fatalf("%s: %d rows at %d×%d", what, len(rows), w, h)
	}
	for y, row := range rows {
		if seen[row] {
			continue
		}
		seen[row] = true
		if got := ansi.StringWidth(row); got != w {
			t.Fatalf("%s: row %d of %d×%d is %d wide: %q", what, y, w, h, got, row)
		}
		if got := ansi.StringWidthWc(row); got != w {
			t.Fatalf("%s: row %d of %d×%d is %d wide counted by runes: %q", what, y, w, h, got, row)
		}
		plain := row
		for {
			before, rest, found := strings.Cut(plain, "\x1b")
			plain = before + rest
			if !found {
				break
			}
			end := strings.IndexFunc(rest, func(r rune) bool { return r != '[' && r != ';' && (r < '0' || r > '9') })
			if !strings.HasPrefix(rest, "[") || end < 0 || rest[end] != 'm' {
				t.Fatalf("%s: row %d has a sequence that is no colour: %q", what, y, row)
			}
			plain = before + rest[end+1:]
		}
		for _, r := range plain {
			if r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200d || r == '\u2028' {
				t.Fatalf("%s: row %d has the character %U: %q", what, y, r, row)
			}
		}
	}
}

// drive composes frames without a program: pages is what a user could look at.
func drive(t testing.TB, e *fakeEngine, w, h int, each func(m *model, what string)) {
	t.Helper()
	m := newModel(t.Context(), e, testKeys(), theme.Unicode())
	m.form.SetOptions(form.Options{Templates: []Template{{Name: e.state.Server.Host, Text: e.state.Server.Host}}})
	update := func(msg tea.Msg) {
		m.Update(msg)
		m.Update(m.watcher.Take())
		if m.output.More() || m.output.Request().From == 0 {
			m.Update(m.watcher.Take()) // what is needed has changed with what is shown
		}
	}
	update(tea.WindowSizeMsg{Width: w, Height: h})
	do := func(actions ...keys.Action) {
		for _, a := range actions {
			update(keyPress(a))
		}
	}
	each(m, "lanes")
	for _, pane := range []string{"queue", "finished", "errors"} {
		do(keys.NextPane)
		each(m, pane)
		do(keys.Down, keys.Open)
		each(m, "output from "+pane)
		do(keys.Retry, keys.Copy, keys.Cancel)
		each(m, "notice in "+pane)
		do(keys.Back)
	}
	do(keys.NextPane, keys.First, keys.Open)
	each(m, "output")
	do(keys.First)
	each(m, "output's beginning")
	do(keys.Back, keys.Help)
	each(m, "help")
	do(keys.Servers)
	each(m, "servers")
	do(keys.Back, keys.NextPane, keys.NextPane, keys.NextPane, keys.GroupErrors)
	each(m, "kinds of errors")
	do(keys.Open)
	each(m, "errors of a kind")
	do(keys.Back, keys.GroupErrors, keys.ClearFinished)
	each(m, "clear")
	do(keys.Back, keys.Hide)
	each(m, "hidden")
	do(keys.ShowAll, keys.NextPane)
	do(keys.Back, keys.New)
	update(tea.PasteMsg{Content: hostile[0] + hostile[19]})
	do(keys.NextField, keys.NextField, keys.NextChoice)
	each(m, "form")
	do(keys.Template)
	each(m, "templates")
	do(keys.PickTemplate)
	each(m, "template")
	update(batchMsg{path: hostile[0] + hostile[19], err: errors.New(m.state.Server.Host)})
	each(m, "bad file")
	update(batchMsg{path: m.state.Server.Host, tasks: make([]agent.Submission, 2)})
	each(m, "file")
	do(keys.Back, keys.NextField, keys.NextField)
	update(submittedMsg{err: &agent.Error{What: m.state.Server.Host, Next: m.state.Server.Host}})
	each(m, "form with a problem")
	do(keys.AlsoModel)
	each(m, "form for several models")
	do(keys.Back, keys.NextPane, keys.Filter)
	update(tea.PasteMsg{Content: hostile[0] + hostile[19]})
	each(m, "filter")
	do(keys.Accept)
	each(m, "filtered")
	do(keys.Back, keys.Edit)
	each(m, "edit")
	do(keys.Back, keys.Open, keys.Search)
	update(tea.PasteMsg{Content: hostile[0]})
	each(m, "search")
	do(keys.Back, keys.Save)
	update(tea.PasteMsg{Content: hostile[0] + hostile[19]})
	each(m, "save")
	do(keys.Back)
	update(savedMsg{save: output.Save{Path: hostile[0]}, err: fs.ErrExist})
	each(m, "question")
	do(keys.Back, keys.Back, keys.Quit)
	each(m, "leaving")
	do(keys.LeaveDrain)
	each(m, "draining")
}

func TestHostileTexts(t *testing.T) {
	t.Parallel()
	sizes := []struct{ w, h int }{{80, 24}, {200, 50}, {60, 20}, {33, 11}, {100, 30}} // the fuzz seeds are of other sizes
	for i, s := range hostile {
		size := sizes[i%len(sizes)]
		e := newFake()
		everywhere(e, s)
		for _, state := range []agent.ServerState{agent.ServerUp, agent.ServerDown} {
			e.state.Server.State, e.state.Server.Err = state, s
			seen := rowsSeen{}
			drive(t, e, size.w, size.h, func(m *model, what string) {
				seen.sound(t, m.view.Content, size.w, size.h, fmt.Sprintf("text %d, server %d, %s", i, state, what))
				if strings.ContainsAny(m.view.WindowTitle, "\x1b\a") {
					t.Errorf("text %d got into the title: %q", i, m.view.WindowTitle)
				}
			})
		}
	}
}

// FuzzScreen composes screens of any size with any text in every place.
func FuzzScreen(f *testing.F) {
	for i, s := range hostile {
		if len(s) < 1000 {
			f.Add(s, 20+i*7, 5+i*2)
		}
	}
	f.Fuzz(func(t *testing.T, s string, w, h int) {
		w, h = bound(w, 230), bound(h, 70)
		e := newFake()
		everywhere(e, s)
		seen := rowsSeen{}
		drive(t, e, w, h, func(m *model, what string) {
			if h > 0 {
				seen.sound(t, m.view.Content, w, h, what)
			}
		})
	})
}
