package form

import (
	"errors"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"drover/agent"
	"drover/tui/keys"
	"drover/tui/notice"
	"drover/tui/overlay"
	"drover/tui/theme"
)

// user has a form open, and is the root to it.
type user struct {
	*Form
	t      *testing.T
	open   []overlay.Overlay
	told   string        // the latest notice
	wanted []keys.Intent // of the root, since it was last looked at
}

// opens returns a user with an empty form before them.
func opens(t *testing.T, options Options) *user {
	look := &overlay.Look{Theme: theme.New(theme.Look{}, theme.ASCII()), Keys: keys.Default()}
	u := &user{Form: New(look), t: t}
	u.SetOptions(options)
	u.SetData(&agent.Server{DefaultModel: "qwen3:8b", Models: []agent.Model{{Name: "qwen3:8b"}, {Name: "gemma3:4b"}}})
	u.SetSize(80, 22)
	u.carryOut(u.Show())
	return u
}

func (u *user) carryOut(i keys.Intent) {
	switch i := i.(type) {
	case nil, tea.Cmd:
	case notice.Notice:
		u.told = i.Text
	case overlay.Open:
		u.open = append(u.open, i.Overlay)
	case overlay.Close:
		if at := slices.Index(u.open, i.Overlay); at >= 0 {
			u.open = slices.Delete(u.open, at, at+1)
		}
		if i.Then != nil {
			u.carryOut(i.Then())
		}
	default:
		u.wanted = append(u.wanted, i)
	}
}

// do presses the keys of actions.
func (u *user) do(actions ...keys.Action) {
	u.t.Helper()
	for _, a := range actions {
		h, ok := u.open[len(u.open)-1].Handlers()[a]
		if !ok {
			u.t.Fatalf("nothing is done for %q", a)
		}
		if u.told = h.Why(); u.told == "" {
			u.carryOut(h.Do())
		}
	}
}

func (u *user) types(text string) {
	for _, r := range text {
		u.carryOut(u.Type(tea.KeyPressMsg{Code: r, Text: string(r)}))
	}
}

// want checks what was asked of the root since the last time.
func (u *user) want(what keys.Intent) {
	u.t.Helper()
	if !slices.ContainsFunc(u.wanted, func(i keys.Intent) bool { return i == what }) {
		u.t.Errorf("wanted %v, not %v", u.wanted, what)
	}
	u.wanted = nil
}

// submits takes the tasks that were handed over.
func (u *user) submits() Submit {
	u.t.Helper()
	u.wanted = slices.DeleteFunc(u.wanted, func(i keys.Intent) bool { _, ok := i.(AskAbilities); return ok })
	u.do(keys.Submit)
	if len(u.wanted) != 1 {
		u.t.Fatalf("wanted %v", u.wanted)
	}
	s := u.wanted[0].(Submit)
	u.wanted = nil
	return s
}

func (u *user) has(texts ...string) {
	u.t.Helper()
	view := ansi.Strip(strings.Join(u.View(), "\n"))
	for _, text := range texts {
		if !strings.Contains(view, text) && u.told != text {
			u.t.Errorf("%q is missing:\n%s\n%s", text, view, u.told)
		}
	}
}

func TestChoices(t *testing.T) {
	t.Parallel()
	u := opens(t, Options{})
	u.do(keys.Priority, keys.Priority)
	u.has("[v low]")
	u.do(keys.Model, keys.Model)
	u.has("[gemma3:4b]", "3 of 3")
	u.do(keys.Model)
	u.has("[default (qwen3:8b)]")
	u.do(keys.PreviousField, keys.PreviousField, keys.PreviousChoice) // the model, backwards
	u.has("[gemma3:4b]")
	u.want(AskAbilities{"gemma3:4b"})
	u.TakeAbilities("gemma3:4b", []string{"completion", "vision"})
	u.has("gemma3:4b  vision")
	u.do(keys.NextField, keys.PreviousChoice)
	u.has("A prompt makes 1 to 100 tasks.")
}

func TestOnlyWhatIsAcceptedEmptiesTheForm(t *testing.T) {
	t.Parallel()
	u := opens(t, Options{})
	u.types("  ")
	u.do(keys.Submit)
	u.has("The prompt is empty: say what is to be done.")
	u.types("many")
	u.do(keys.NextField, keys.NextField, keys.NextField, keys.NextChoice, keys.NextChoice)
	if s := u.submits(); len(s.Requests) != 3 || s.Requests[2].Prompt != "  many" {
		t.Errorf("handed over: %v", s)
	}
	u.do(keys.Submit)
	u.has("The task is being handed over; wait for the reply.", "is being handed over")
	u.carryOut(u.Submitted([]string{"task-1"}, errors.New("task queue is full")))
	u.has("1 of 3 tasks are in the queue: Task queue is full. enter submits the other", "many")
	if s := u.submits(); len(s.Requests) != 2 {
		t.Errorf("handed over the second time: %v", s)
	}
	u.carryOut(u.Submitted([]string{"task-2", "task-3"}, nil))
	u.has("2 tasks are in the queue, from task 2 to task 3.", "What is to be done?")
	if len(u.open) > 0 {
		t.Error("the form stays open")
	}
}

func TestARefusalThatComesAfterTheFormWasClosed(t *testing.T) {
	t.Parallel()
	u := opens(t, Options{})
	u.types("a")
	u.submits()
	u.do(keys.Back)
	u.carryOut(u.Submitted(nil, errors.New("the disk is full")))
	u.has("The task was not accepted: the disk is full. It is still in the form.", "The disk is full.")
}

// What is handed over stays in the form until the reply, whatever is pressed meanwhile: nothing that is written is lost to a late one.
func TestNothingIsWrittenDuringASubmission(t *testing.T) {
	t.Parallel()
	const wait = "The task is being handed over; wait for the reply."
	u := opens(t, Options{})
	u.types("new")
	u.submits()
	for name, i := range map[string]keys.Intent{
		"a paste": u.Paste("x"), "a key": u.Type(tea.KeyPressMsg{Code: 'x', Text: "x"}), "an edit": u.Edit(&agent.Task{ID: "1"}),
	} {
		if i != (notice.Notice{Kind: notice.Warn, Text: wait}) || u.prompt() != "new" {
			t.Errorf("after %s there is %q in the form, and it says %v", name, u.prompt(), i)
		}
	}
	u.carryOut(u.Submitted([]string{"task-1"}, nil))
	u.carryOut(u.Edit(&agent.Task{ID: "1", Request: agent.Request{Prompt: "old"}}))
	u.do(keys.Submit, keys.Back)
	u.carryOut(u.Show())
	if u.prompt() != "old" || u.editing == nil {
		t.Errorf("there is %q in the form while an edit is handed over", u.prompt())
	}
	u.carryOut(u.Edited("1", nil))
	if u.prompt() != "" || u.editing != nil || len(u.open) > 0 {
		t.Errorf("there is %q in the form after the edit", u.prompt())
	}
}

func TestLongPaste(t *testing.T) {
	t.Parallel()
	u := opens(t, Options{})
	long := strings.Repeat("a line of forty bytes, tab \t and more..\n", 5000) + "end"
	u.types("sum this up")
	u.Paste(long)
	u.has("+ pasted text of 5,001 lines, 195 KiB", "sum this up")
	u.Paste(strings.Repeat("x", maxPrompt))
	u.has("The pasted text is too long: the prompt would have 1.2 MiB, the most is 1.0", "+ pasted text of 5,001 lines")
	if s := u.submits(); s.Requests[0].Prompt != "sum this up\n"+long {
		t.Error("the pasted text does not arrive whole")
	}
	u.Paste("while it is handed over")
	u.Submitted([]string{"task-1"}, nil)
	u.Paste(strings.Repeat("x\n", 200))
	u.has("+ pasted text of 201 lines")
	u.carryOut(u.Type(tea.KeyPressMsg{Code: tea.KeyBackspace}))
	if u.prompt() != "" {
		t.Errorf("the form still has %q", u.prompt())
	}
}

func TestManyLinesTyped(t *testing.T) {
	t.Parallel()
	u := opens(t, Options{})
	newline := tea.KeyPressMsg{Code: 'j', Mod: tea.ModCtrl}
	for range manyLines + 5 {
		u.carryOut(u.Type(newline))
	}
	u.has("The text field holds 100 lines; paste a longer text instead.")
}

func TestTemplatesOverTheText(t *testing.T) {
	t.Parallel()
	u := opens(t, Options{Templates: []Template{{"plain", "Be brief."}, {"review", "Review:\n{{input}}\nBe strict."}}})
	u.types("f()")
	u.do(keys.Template, keys.Up)
	u.has("plain   Be brief.", "review  Review: {{input}} Be strict.")
	u.do(keys.PickTemplate)
	if want := "Review:\nf()\nBe strict."; u.prompt() != want {
		t.Errorf("the template makes %q", u.prompt())
	}
	u.do(keys.Template)
	u.carryOut(u.TemplateList().Paste("!")) // goes back to the text
	if want := "Review:\nf()!\nBe strict."; u.prompt() != want || len(u.open) != 1 {
		t.Errorf("pasting makes %q", u.prompt())
	}
}
