package tui

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"drover/agent"
	"drover/agent/transcript"
	"drover/dispatcher"
	"drover/tui/keys"
)

func text(s string) transcript.Entry { return transcript.Entry{Kind: transcript.Text, Text: s} }

func TestOutputFollowsTheStream(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, talkative, func(p *program) {
		p.Do(keys.Open)
		p.Has("line 40", "live", "running", "lane 1", "normal priority", "410 tokens")
		p.Lacks("line 20\n")
		p.engine.say("task-1", text("line 4"), text("1\nli"))
		p.Wait()
		p.Has("line 41\nli\n")
		p.engine.say("task-1", text("ne 42"))
		p.Wait()
		p.Has("line 42")
		p.Do(keys.Up) // leaves the end
		p.Lacks("live")
		p.Has("G follows")
		p.engine.say("task-1", text("\nline 43"))
		p.Wait()
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
		p.Has("━ Lanes")
	})
}

func TestOutputShowsHowItEnded(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, talkative, func(p *program) {
		p.Do(keys.Open)
		end := func(status dispatcher.TaskStatus, err error) {
			p.engine.change(func(s *State) {
				idleLanes(s)
				s.Ended = nil
				p.engine.end(p.engine.task(1, 1, "Count to forty.", "", time.Minute), status, 0, 12*time.Second, err)
			})
			p.Wait()
		}
		end(dispatcher.StatusCompleted, nil)
		p.Has("✓ completed in 12s", "ran 12s", "480 tokens", "41.3 tok/s", "first token after 700ms")
		end(dispatcher.StatusFailed, &agent.Error{Ending: agent.EndTokenLimit, What: "the answer was cut at 400 tokens", Next: "raise num_predict"})
		p.Has("✗ token limit: the answer was cut at 400 tokens", "→ Raise num_predict.")
		end(dispatcher.StatusCancelled, dispatcher.ErrTaskCancelled)
		p.Has("– cancelled after 12s")
		p.engine.change(func(s *State) { s.Ended = nil })
		p.Wait()
		p.Has("Task 1 is no longer known")
	})
}

func TestOutputOfAPendingTask(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, working, func(p *program) {
		p.Do(keys.NextPane, keys.Down, keys.Open)
		p.Has("Task 3", "▌ Third", "It waits in the queue.", "pending")
		p.Do(keys.Copy)
		p.Has("Task 3 has not said anything yet.")
		p.Do(keys.Raise)
		p.called("priority task-3 high")
	})
}

func TestOutputShowsTheResultWhenTheTranscriptIsGone(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, func(e *fakeEngine) {
		e.end(e.task(4, 1, "Ask", "", time.Minute), dispatcher.StatusCompleted, 0, time.Second, nil)
	}, func(p *program) {
		p.Do(keys.NextPane, keys.NextPane, keys.Open)
		p.Has("The answer of task-4.", "✓ completed")
	})
}

func TestOutputBeginsAnewWithAnotherAttempt(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, talkative, func(p *program) {
		p.Do(keys.Open)
		p.Has("line 40")
		p.engine.mu.Lock()
		p.engine.forget("task-1")
		p.engine.mu.Unlock()
		p.engine.say("task-1", text("afresh"))
		p.Wait()
		p.Has("afresh", "▌ Count to forty.")
		p.Lacks("line 40", "It has not said anything")
	})
}

func TestOutputIsWrappedAgainAfterAResize(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, func(e *fakeEngine) {
		talkative(e)
		e.output["task-1"] = []transcript.Entry{text(strings.Repeat("many words in one line ", 12))}
	}, func(p *program) {
		p.Do(keys.Open)
		count := func() (rows int) {
			for _, row := range p.Rows() {
				if strings.Contains(row, "words") || strings.Contains(row, "line ") {
					rows++
				}
			}
			return rows
		}
		wide := count()
		p.resize(40, 24)
		if narrow := count(); narrow < wide*2-1 || wide == 0 {
			t.Errorf("%d rows at 80 columns, %d at 40:\n%s", wide, narrow, p.Screen())
		}
	})
}

func TestOutputOfALongTranscriptIsLoadedInPartsAndBounded(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, func(e *fakeEngine) {
		talkative(e)
		var b strings.Builder
		for i := range 40_000 {
			fmt.Fprintf(&b, "row %d\n", i)
		}
		e.output["task-1"] = []transcript.Entry{text(b.String())}
	}, func(p *program) {
		p.Do(keys.Open)
		p.Has("row 39999")
		p.Do(keys.First)
		p.Lacks("row 0\n")
		p.tea.Quit()
		<-p.done
		p.ended = true
		if n := len(p.model.output.rows); n > outputRows+outputRows/4 || n < outputRows {
			t.Errorf("%d rows are kept", n)
		}
	})
}

func TestOutputOfLanes(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, func(e *fakeEngine) {
		talkative(e)
		e.run(1, e.task(2, 1, "Other", "", time.Minute), time.Second, agent.Live{})
	}, func(p *program) {
		p.Do(keys.Open, keys.Lane(1))
		p.Has("Task 2 Other", "It has not said anything yet.")
		p.Do(keys.Lane(2))
		p.Has("Lane 3 is idle.", "Task 2 Other")
		p.Do(keys.Cancel)
		p.called("cancel task-2")
		p.Has("Task 2 is being cancelled.")
	})
}

func TestCopy(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, func(e *fakeEngine) {
		talkative(e)
		e.output["task-1"] = append(e.output["task-1"], text("evil\x1b]0;title\a\x1b[31m red\x1b[m"))
		e.end(e.task(4, 1, "Ask", "", time.Minute), dispatcher.StatusCompleted, 0, time.Second, nil)
		e.end(e.task(5, 1, "Never", "", time.Minute), dispatcher.StatusCancelled, 0, 0, dispatcher.ErrTaskCancelled)
		e.state.Ended[0].Attempts, e.state.Ended[0].Result = 0, agent.Result{}
	}, func(p *program) {
		p.Written()
		p.Do(keys.Copy)
		p.Has("Copied the answer of task 1 (")
		said := clipboard(t, p.Written())
		if !strings.HasPrefix(said, "line 1\nline 2\n") || !strings.HasSuffix(said, "line 40\nevil red") {
			t.Errorf("copied %q", said)
		}
		p.Do(keys.NextPane, keys.NextPane, keys.Copy)
		p.Has("Task 5 has not said anything yet.")
		p.Do(keys.Down, keys.Copy)
		if said := clipboard(t, p.Written()); said != "The answer of task-4." {
			t.Errorf("copied %q", said)
		}
	})
}

func TestOutputOfAnErrorAndRetry(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, func(e *fakeEngine) {
		e.end(e.task(4, 1, "Ask", "", time.Minute), dispatcher.StatusFailed, 0, time.Second, errors.New("it broke"))
	}, func(p *program) {
		p.Do(keys.PreviousPane, keys.Open)
		p.Has("✗ failed: it broke")
		p.Do(keys.Retry)
		p.called("retry task-4")
		p.Has("Task 4 is in the queue again.")
	})
}
