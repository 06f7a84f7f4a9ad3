package output

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"drover/agent"
	"drover/agent/engine"
	"drover/agent/transcript"
	"drover/dispatcher"
	"drover/tui/keys"
)

func TestFollowsTheStream(t *testing.T) {
	t.Parallel()
	p := show(t, 80, 20, running(), talkative()...)
	live := agent.Live{Tokens: 410, Sent: begun.Add(time.Minute), FirstToken: begun.Add(time.Minute + time.Second), LastToken: begun.Add(time.Hour)}
	p.SetLane(&engine.Lane{State: dispatcher.LaneRunning, Task: p.task, Live: live}, begun.Add(time.Hour))
	p.Has("line 40", "live", "running", "lane 1", "normal priority", "410 tokens")
	p.Lacks("line 20\n")
	p.say(text("line 4"), text("1\nli"))
	p.Has("line 41\nli\n")
	p.say(text("ne 42"))
	p.Has("line 42")
	p.Do(keys.Up) // leaves the end
	p.Lacks("live")
	p.Has("G follows")
	p.say(text("\nline 43"))
	p.Lacks("line 43")
	p.Do(keys.Last)
	p.Has("line 43", "live")
	p.Do(keys.First)
	p.Has("▌ Count to forty.", "▌ One number a line", "first installed model", "▸ thinking, 2 lines; t shows it", "line 1\n")
	p.Do(keys.Thinking, keys.First)
	p.Has("│ The user wants forty lines.")
	p.Do(keys.PageDown, keys.PageDown, keys.PageDown, keys.PageDown)
	p.Has("line 43", "live") // its end reached, it follows again
	p.Do(keys.Back)
	if p.intent != (Leave{}) {
		t.Errorf("back means %v", p.intent)
	}
}

func TestHowItEnded(t *testing.T) {
	t.Parallel()
	p := show(t, 80, 20, running(), talkative()...)
	p.end(dispatcher.StatusCompleted, nil)
	p.Has("✓ completed in 12s", "ran 12s", "480 tokens", "41.3 tok/s", "first token after 700ms")
	p.end(dispatcher.StatusFailed, &agent.Error{Ending: agent.EndTokenLimit, What: "the answer was cut at 400 tokens", Next: "raise num_predict"})
	p.Has("✗ token limit: the answer was cut at 400 tokens", "→ Raise num_predict.")
	p.task.Attempts++
	p.end(dispatcher.StatusFailed, errors.New("it broke\nagain "+strings.Repeat("and again ", 200)+"at last")) // all of it
	p.Has("at last")
	p.task.Attempts++
	p.end(dispatcher.StatusFailed, errors.New("it broke"))
	p.Has("✗ failed: it broke")
	p.end(dispatcher.StatusCancelled, dispatcher.ErrTaskCancelled)
	p.Has("– cancelled after 12s")
	p.unknown, p.task = true, agent.Task{}
	p.fetch()
	p.Has("Task 1 is no longer known")
	if task, why := p.Task(); task.ID != "task-1" || why != "Task 1 is no longer known." {
		t.Errorf("it is %q, and %q", task.ID, why)
	}
	p.Do(keys.Save)
	p.Has("Task 1 is no longer known.\n")
}

func TestPendingTask(t *testing.T) {
	t.Parallel()
	p := show(t, 80, 20, agent.Task{ID: "task-3", Request: agent.Request{Prompt: "Third"}, CreatedAt: begun})
	p.Has("Task 3", "▌ Third", "It waits in the queue.", "pending")
	for _, a := range []keys.Action{keys.Save, keys.Pager} {
		p.Do(a)
		p.Has("Task 3 has not said anything yet.")
	}
	p.Do(keys.Markdown)
	p.Has("There is no answer to lay out.")
}

func TestResultWhenTheTranscriptIsGone(t *testing.T) {
	t.Parallel()
	task, _ := answered()
	p := show(t, 80, 20, task)
	p.Has("some strong words", "✓ completed")
	p.Lacks("**")
	p.Do(keys.Markdown)
	p.Has("some **strong**")
}

func TestAnotherAttemptBeginsAnew(t *testing.T) {
	t.Parallel()
	p := show(t, 80, 20, running(), talkative()...)
	p.Has("line 40")
	p.forget()
	p.say(text("afresh"))
	p.Has("afresh", "▌ Count to forty.")
	p.Lacks("line 40", "It has not said anything")
}

// Data that were asked for before something else was wanted are dropped.
func TestOldDataAreDropped(t *testing.T) {
	t.Parallel()
	p := show(t, 80, 20, running(), text("first\n"))
	before := p.data(p.Request())
	p.say(text("second\n"))
	before.Entries = []transcript.Entry{text("never\n")}
	p.SetData(before)
	p.Has("first\nsecond\n")
	p.Lacks("never")
	p.SetTask(agent.Task{ID: "task-2"})
	before.From = 0
	p.SetData(before)
	p.Lacks("never", "first")
	p.Has("Task 2")
}

func TestTextIsWrappedAgainAfterAResize(t *testing.T) {
	t.Parallel()
	p := show(t, 80, 20, running(), text(strings.Repeat("many words in one line ", 12)))
	count := func() (rows int) {
		for _, row := range p.Rows() {
			if strings.Contains(row, "words") || strings.Contains(row, "line ") {
				rows++
			}
		}
		return rows
	}
	wide := count()
	p.width = 40
	p.SetSize(40, 20)
	p.fetch()
	if narrow := count(); narrow < wide*2-1 || wide == 0 {
		t.Errorf("%d rows at 80 columns, %d at 40:\n%s", wide, narrow, p.Screen())
	}
}

func TestALongTranscriptIsLoadedInPartsAndBounded(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for i := range 40_000 {
		fmt.Fprintf(&b, "row %d\n", i)
	}
	p := show(t, 80, 20, running(), text(b.String()))
	p.Has("row 39999")
	p.Do(keys.First)
	p.Lacks("row 0\n")
	if n := len(p.rows); n > maxRows+maxRows/4 || n < maxRows {
		t.Errorf("%d rows are kept", n)
	}
}

// It can stand beside something else, as small as that leaves it.
func TestAnySize(t *testing.T) {
	t.Parallel()
	task, said := answered()
	for w := range 30 {
		for h := range 8 {
			p := show(t, w, h, task, said...)
			p.height, p.offset = max(0, h-headRows), 0
			p.Rows()
		}
	}
}

func TestNoTask(t *testing.T) {
	t.Parallel()
	p := show(t, 50, 8, running(), text("something\n"))
	p.SetNone("Nothing is selected: lane 3 is idle.")
	p.Has("Output ", "Nothing is selected: lane 3 is idle.")
	p.Lacks("something", "Count to forty")
	if _, why := p.Task(); p.ID() != "" || why != "Nothing is selected: lane 3 is idle." {
		t.Errorf("it shows %q, and says %q", p.ID(), why)
	}
	if r := p.Request(); r.ID != "" {
		t.Errorf("the task %q is asked for", r.ID)
	}
	p.Do(keys.Save)
	p.Has("Nothing is selected: lane 3 is idle.\n")
	p.SetTask(running())
	p.fetch()
	p.Has("Task 1", "something")
}

func TestWhatAPendingTaskWaitsFor(t *testing.T) {
	t.Parallel()
	p := show(t, 50, 10, agent.Task{ID: "task-3", Request: agent.Request{Prompt: "Third"}, CreatedAt: begun})
	p.SetWaits("It waits for a lane.", "use more lanes")
	p.Has("▌ Third", "It waits for a lane.", "→ Use more lanes.")
	p.Lacks("in the queue", "has not said anything")
	p.SetWaits("It is the next one.", "")
	p.Has("It is the next one.")
	p.Lacks("→", "for a lane")
}

func TestATaskThatSaidNothing(t *testing.T) {
	t.Parallel()
	p := show(t, 50, 10, running())
	p.Has("It has not said anything yet.")
	p.end(dispatcher.StatusCompleted, nil)
	p.Has("It said nothing.", "✓ completed")
	p.Lacks("yet")
	p = show(t, 50, 10, running(), text("a word\n"))
	p.end(dispatcher.StatusCompleted, nil)
	p.Has("a word")
	p.Lacks("It said nothing.")
}
