package batch

import (
	"context"
	"errors"
	"fmt"

	"drover/dispatcher"
)

// feedResult is what became of the items.
type feedResult struct {
	accepted int
	refused  []error // one for each item that the dispatcher would not take
	err      error   // why it takes no more; nil when all were offered, or after an interrupt
}

// feed hands over the items in order until ctx ends. Nothing starts until the first of them are all with the
// dispatcher: as many as it has room for.
func (r *run) feed(ctx context.Context) (result feedResult) {
	release := func() { r.Dispatcher.Release(holdReason) }
	defer release()
	for _, item := range r.Items {
		select {
		case r.slots <- struct{}{}:
		default:
			release()
			select {
			case r.slots <- struct{}{}:
			case <-ctx.Done():
				return result
			}
		}
		if ctx.Err() != nil {
			return result
		}
		task := item.task()
		err := r.Dispatcher.SubmitTask(task)
		if errors.Is(err, dispatcher.ErrQueueFull) {
			release()
			err = r.Dispatcher.SubmitTaskWait(ctx, task)
		}
		switch {
		case err == nil:
			result.accepted++
		case ctx.Err() != nil:
			return result
		case errors.Is(err, dispatcher.ErrNotRunning), errors.Is(err, dispatcher.ErrContextCancelled):
			result.err = fmt.Errorf("no more tasks are taken: %w", err)
			return result
		default:
			result.refused = append(result.refused, fmt.Errorf("task %s was not taken: %w", item.ID, err))
			<-r.slots
		}
	}
	return result
}
