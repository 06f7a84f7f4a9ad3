package output

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"drover/dispatcher"
	"drover/tui/keys"
	"drover/tui/theme"
)

func TestSearch(t *testing.T) {
	t.Parallel()
	p := show(t, 80, 20, running(), talkative()...)
	p.look.Theme = theme.New(theme.Look{Dark: true}, theme.Unicode())
	p.Do(keys.Search)
	p.Has("Search what is looked for")
	p.Type("LINE 1")
	p.Has(`"LINE 1" 1 of 11`, "line 1\n")
	if p.Place() != keys.InFound || p.Offers()[0] != keys.FindNext {
		t.Errorf("while something is looked for, the first action is %q", p.Offers()[0])
	}
	p.Do(keys.Accept, keys.FindNext)
	p.Has("2 of 11")
	p.Do(keys.FindPrevious, keys.FindPrevious)
	p.Has("11 of 11", "line 19")
	p.Do(keys.FindNext)
	p.Has("1 of 11")
	p.Do(keys.Search)
	p.Type("x")
	p.Has(`"LINE 1x" not found`)
	p.Do(keys.Accept, keys.FindNext)
	p.Has("Nothing matches LINE 1x.")
	p.Do(keys.Back)
	p.Lacks("LINE 1x")
	if p.Place() != keys.InOutput {
		t.Error("the search goes on")
	}
	p.Do(keys.FindNext)
	p.Has("Nothing is looked for.")
}

// A prompt of any length leaves room for where one is.
func TestLongPromptDoesNotHideThePlace(t *testing.T) {
	t.Parallel()
	for _, w := range []int{40, 60, 80, 200} {
		task := running()
		task.Request.Prompt = strings.Repeat("Count to forty, 長い. ", 20)
		p := show(t, w, 20, task, talkative()...)
		p.Has("━ Task 1 Count", "━ live\n")
		p.Do(keys.Search)
		p.Type("4")
		p.Do(keys.Accept)
		p.Has("━ Task 1", "━ \"4\" ")
	}
}

func TestThinkingIsFolded(t *testing.T) {
	t.Parallel()
	p := show(t, 80, 20, running(), thinking("one\ntwo\nth"))
	p.Has("▸ thinking: th\n")
	p.Lacks("two")
	p.say(thinking("ree\n"))
	p.Has("▸ thinking: three\n")
	p.say(text("answer\n"), thinking("more\n"), text("end\n"))
	p.Has("▸ thinking, 3 lines", "answer", "▸ thinking, 1 line;", "end")
	p.Do(keys.Thinking)
	p.Has("│ two", "│ three", "answer", "│ more", "end")
	p.Do(keys.Thinking)
	p.Has("▸ thinking, 3 lines")
}

func TestLinesThatAreNotWrapped(t *testing.T) {
	t.Parallel()
	p := show(t, 60, 16, running(), text("begin "+strings.Repeat("x", 70)+" middle "+strings.Repeat("y", 70)+" end\nsecond\n"))
	p.Do(keys.Right)
	p.Has("Lines are wrapped, so there is nothing at the side", "middle", " end")
	p.Do(keys.Wrap)
	p.Has("begin xxx", "second", "…")
	p.Lacks("middle")
	p.Do(keys.Right, keys.Right, keys.Right)
	p.Has("middle")
	p.Lacks("begin", "second")
	p.Do(keys.Left, keys.Left, keys.Left, keys.Left)
	p.Has("begin")
	p.Do(keys.Search)
	p.Type("end")
	p.Has(" end", `"end" 1 of 1`) // the search goes to the side
	p.Do(keys.Back, keys.Wrap)
	p.Has("middle", " end")
}

func TestMarkdownOfAnEndedTask(t *testing.T) {
	t.Parallel()
	task, said := answered()
	p := show(t, 80, 20, task, said...)
	p.Has("some strong words", "▸ thinking, 1 line", "✓ completed")
	p.Lacks("**")
	p.Do(keys.Markdown)
	p.Has("some **strong** words &#27;[2J", "The answer is shown as it was written.")
	p.Do(keys.Markdown)
	p.Has("some strong words", "Markdown is laid out.")
	p.width = 60
	p.SetSize(60, 16)
	p.fetch()
	p.Has("some strong words", "✓ completed")
	p.Do(keys.Search)
	p.Type("strong")
	p.Has(`"strong" 1 of 1`)
	p.Do(keys.Accept, keys.Back, keys.Wrap, keys.Markdown)
	p.Has("Markdown is laid out in wrapped lines only")
}

func TestAnAnswerThatEndsStaysAsItIsForAReader(t *testing.T) {
	t.Parallel()
	p := show(t, 80, 20, running(), talkative()...)
	p.Do(keys.Markdown)
	p.Has("Markdown is laid out while it comes.")
	p.Do(keys.PageUp)
	before := p.Rows()[4]
	p.task.Result.Text = "line 1\nline 2"
	p.end(dispatcher.StatusCompleted, nil)
	if now := p.Rows()[4]; now != before {
		t.Errorf("row 4 was %q and is %q", before, now)
	}
	p.Do(keys.Markdown)
	p.Has("line 1 line 2", "Markdown is laid out.")
}

func TestMarkdownWhileItComes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := show(t, 80, 20, running(), thinking("hm\n"), text("# Title\n\nsome **strong** words\n\n"))
		p.Has("some **strong** words")
		p.Do(keys.Markdown)
		p.Has("some strong words", "thinking, 1 line", "Markdown is laid out while it comes.")
		p.Lacks("**")
		p.say(text("- item **1**\n"))
		p.Lacks("item") // not so soon
		time.Sleep(earlyGap)
		p.say(text("- item **2**\n"))
		p.Has("• item 2")
		p.Lacks("**")
		p.Do(keys.Markdown)
		p.Has("- item **2**", "The answer is shown as it comes.")
		p.say(text(strings.Repeat("long ", earlyLimit/5)))
		p.Do(keys.Markdown, keys.Last)
		p.Has("long long")
	})
}
