package history

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"drover/agent"
	"drover/agent/forecast"
	"drover/agent/safetext"
	"drover/dispatcher/journal"
)

// originRun is the origin of tasks of a run without a screen.
const originRun = "run"

// Task returns the task that is named by its number, as agent.TaskNumber has it, or by its ID, of several with the same the
// latest.
func (p Place) Task(ctx context.Context, name string) (agent.Task, error) {
	_, row, err := p.named(ctx, name)
	if err != nil {
		return agent.Task{}, err
	}
	return taskOf(row), nil
}

// Why says why a task has not ended, as far as the journal knows: nobody works on it who could be asked.
func Why(ctx context.Context, p Place, name string, now time.Time) (forecast.Answer, error) {
	_, row, err := p.named(ctx, name)
	if err != nil {
		return forecast.Answer{}, err
	}
	task := taskOf(row)
	a := forecast.Explain(&forecast.Case{Now: now, Task: &task})
	a.Before = nil // somebody may have changed the order
	holder, held := journal.HeldBy(p.Journal)
	resume := "open the screen with drover, or start drover serve --detach"
	if row.Origin == originRun {
		resume = "finish it with drover run --resume"
	}
	switch {
	case row.State == journal.Interrupted && !row.Ended:
		a.Status, a.Next = row.State.String(), resume
	case task.Status.Ended():
	case held:
		a.Reason, a.Next = forecast.BecauseElsewhere, ""
		a.Text = fmt.Sprintf("%s (process %d) has it, and answers no questions",
			safetext.Line(cmp.Or(holder.Command, "another drover"), 100), holder.PID)
	default:
		a.Reason, a.Next = forecast.BecauseNoProcess, resume
		a.Text = "no drover is running that could work on it"
		if task.NotBefore.After(now) {
			a.Text += ", and its next attempt is not before " + task.NotBefore.Local().Format(time.DateTime)
		}
	}
	return a, nil
}
