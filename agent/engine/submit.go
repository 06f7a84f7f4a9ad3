package engine

import (
	"context"
	"errors"

	"drover/agent"
	"drover/dispatcher"
)

// SubmitAll is [Engine.SubmitAll] of a dispatcher.
func SubmitAll(ctx context.Context, d *dispatcher.TaskDispatcher, submissions []agent.Submission, full func()) []error {
	tasks := make([]*dispatcher.Task, len(submissions))
	for i, s := range submissions {
		tasks[i] = &dispatcher.Task{ID: s.ID, Priority: s.Priority, Payload: s.Request}
	}
	failed := make([]error, len(tasks))
	for _, e := range batchErrors(d.SubmitBatch(tasks)) {
		failed[e.Index] = e.Err
	}
	for i, err := range failed {
		if errors.Is(err, dispatcher.ErrQueueFull) && ctx.Err() == nil {
			if full != nil {
				full()
			}
			failed[i] = d.SubmitTaskWait(ctx, tasks[i])
		}
	}
	return failed
}

// batchErrors lists what SubmitBatch returned.
func batchErrors(err error) (list []*dispatcher.BatchError) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			list = append(list, batchErrors(e)...)
		}
		return list
	}
	if failed, ok := errors.AsType[*dispatcher.BatchError](err); ok {
		list = append(list, failed)
	}
	return list
}
