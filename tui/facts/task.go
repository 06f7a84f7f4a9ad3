package facts

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"drover/agent"
	"drover/agent/forecast"
	"drover/dispatcher"
	"drover/tui/cells"
	"drover/tui/theme"
)

// Model is the model that works on a task, or the one that was asked for, as it was written; of a command what it
// runs.
func Model(t *agent.Task, live agent.Live) string {
	return cmp.Or(live.Model, t.Model(), t.Request.Program(), "default")
}

// Prompt is the first line of the prompt that says anything.
func Prompt(t *agent.Task) string {
	prompt := t.Request.Prompt
	prompt = prompt[:min(len(prompt), 4*cells.MaxLine)]
	for row := range strings.Lines(prompt) {
		if row = strings.TrimSpace(row); row != "" {
			return cells.OneLine(row)
		}
	}
	return ""
}

// AttemptPrompt is the prompt of a running task behind the number of its attempt, unless that is the first.
func AttemptPrompt(t *agent.Task) string {
	if t.Attempts < 2 {
		return Prompt(t)
	}
	return fmt.Sprintf("(attempt %d) %s", t.Attempts, Prompt(t))
}

// Name is how a sentence names a task: "task 7", also when its ID is "task-7".
func Name(id string) string {
	id = cells.OneLine(id)
	for _, prefix := range []string{"task-", "task ", "task_"} {
		if rest, ok := strings.CutPrefix(id, prefix); ok && rest != "" {
			return "task " + rest
		}
	}
	return "task " + id
}

// Failure says of an error of what kind it is, what happened and what to do next, each cleaned, without a line break and cut
// to what a row can hold.
func Failure(err error) (kind, what, next string) {
	kind, what, next = failure(err)
	return cells.OneLine(kind), cells.OneLine(what), cells.OneLine(next)
}

// WholeFailure is a Failure with all of its lines, however long they are.
func WholeFailure(err error) (kind, what, next string) {
	kind, what, next = failure(err)
	return cells.OneLine(kind), cells.Block(what), cells.Block(next)
}

func failure(err error) (kind, what, next string) {
	if err == nil {
		return "", "", ""
	}
	ending := agent.EndingOf(err)
	kind, what, next = strings.ReplaceAll(string(ending), "_", " "), err.Error(), ""
	if ending != agent.EndFailed { // of which nothing is known
		next = ending.Next()
	}
	if e, ok := errors.AsType[*agent.Error](err); ok {
		what = e.What
		if e.Next != "" {
			next = e.Next
		}
	}
	return kind, what, next
}

// Until is about when a task will have ended; nothing where that is not known.
func Until(v *forecast.View, serial uint64, now time.Time) string {
	return cells.About(now, v.Tasks[serial].End.Likely)
}

// PriorityMark is the shape and the ink of a priority.
func PriorityMark(p int, in *theme.Inks, g *theme.Glyphs) (string, theme.Ink) {
	switch {
	case p <= dispatcher.PriorityHigh:
		return g.High, in.Warn
	case p >= dispatcher.PriorityLow:
		return g.Low, in.Dim
	}
	return g.Normal, in.Dim
}

// StatusMark is the shape and the ink of how a task ended, or of its not having ended yet.
func StatusMark(s dispatcher.TaskStatus, in *theme.Inks, g *theme.Glyphs) (string, theme.Ink) {
	switch s {
	case dispatcher.StatusCompleted:
		return g.Completed, in.Good
	case dispatcher.StatusFailed:
		return g.Failed, in.Bad
	case dispatcher.StatusCancelled:
		return g.Cancelled, in.Warn
	case dispatcher.StatusRunning:
		return g.Running, in.Accent
	default:
		return g.Waiting, in.Dim
	}
}

// Title is how a title names a task.
func Title(id string) string { return strings.TrimSuffix(cells.Sentence(Name(id)), ".") }

// UnlessProgram is the text, or nothing for the task of a program, which has no such number.
func UnlessProgram(t *agent.Task, text string) string {
	if t.Request.Program() != "" {
		return ""
	}
	return text
}

// WhyNoAnswer says that a task has no answer yet, empty when it has some of it.
func WhyNoAnswer(t *agent.Task) string {
	if t.Result.Text != "" || t.Attempts > 0 {
		return ""
	}
	return cells.Sentence(Name(t.ID) + " has not said anything yet")
}
