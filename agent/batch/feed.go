package batch

import (
	"context"
	"errors"
	"fmt"

	"drover/agent"
	"drover/dispatcher"
)

// feedResult is what became of the tasks.
type feedResult struct {
	accepted int
	refused  []error // one for each task that the engine would not take
	err      error   // why it takes no more; nil when all were offered, or after an interrupt
}

// chunk is how many tasks are handed over at once at most: with a journal that is one write to the disk.
const chunk = 500

// head is how many tasks are handed over before anything starts: otherwise the first of the file would take the
// lanes before one of higher priority further down is known.
const head = 5000

// feed hands over the tasks in order until ctx ends. Nothing starts until the head of them is with the engine,
// or as many as it has room for.
func (r *run) feed(ctx context.Context) (result feedResult) {
	release := func() { r.Engine.Release(HoldReading) }
	defer release()
	for at := 0; at < len(r.Tasks) && ctx.Err() == nil && result.err == nil; at += chunk {
		if at >= head {
			release()
		}
		r.offer(ctx, r.Tasks[at:min(at+chunk, len(r.Tasks))], &result, release)
	}
	return result
}

// offer hands over some tasks, and adds to the result what became of them.
func (r *run) offer(ctx context.Context, tasks []agent.Submission, result *feedResult, full func()) {
	for i, err := range r.Engine.SubmitAll(ctx, tasks, full) {
		switch {
		case err == nil:
			result.accepted++
		case ctx.Err() != nil: // so do the others; they were not started
		case errors.Is(err, dispatcher.ErrNotRunning), errors.Is(err, dispatcher.ErrContextCancelled):
			result.err = fmt.Errorf("no more tasks are taken: %w", err)
		default:
			result.refused = append(result.refused, fmt.Errorf("task %s was not taken: %w", tasks[i].ID, err))
		}
	}
}
