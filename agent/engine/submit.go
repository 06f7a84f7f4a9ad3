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
	failed := errorsOf(d.SubmitBatch(tasks), len(tasks))
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

// SubmitFailed keeps tasks that are not to run, each with the reason, as tasks that have failed. It returns an error for each
// task, nil for one that is kept.
func SubmitFailed(d *dispatcher.TaskDispatcher, submissions []agent.Submission, why []error) []error {
	tasks := make([]*dispatcher.Task, len(submissions))
	for i, s := range submissions {
		tasks[i] = &dispatcher.Task{ID: s.ID, Priority: s.Priority, Payload: s.Request, Error: why[i]}
	}
	return errorsOf(d.SubmitFailed(tasks), len(tasks))
}

// errorsOf returns an error for each of n tasks from what a dispatcher said of all of them.
func errorsOf(err error, n int) []error {
	list := make([]error, n)
	for _, e := range batchErrors(err) {
		list[e.Index] = e.Err
	}
	return list
}

// batchErrors lists what such a call returned.
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
