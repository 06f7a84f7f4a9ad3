package batch

import (
	"context"
	"regexp"
	"testing"
	"testing/synctest"
	"time"

	"drover/dispatcher"
)

// A run on an engine that others use holds nothing, hears of its own tasks alone, and leaves them there when it ends early.
func TestShared(t *testing.T) {
	withBench(t, 2, work, func(b *bench) {
		submit := func(id, prompt string) {
			if err := b.dispatcher.SubmitTask(&dispatcher.Task{ID: id, Payload: items(prompt)[0].Request}); err != nil {
				b.Fatal(err)
			}
		}
		submit("task-1", "1")
		ctx, interrupt := context.WithCancel(b.Context())
		b.options.Shared, b.options.JSON = true, true
		b.options.Tasks = items("1", "30")
		time.AfterFunc(3*time.Second, func() { submit("theirs", "1"); interrupt() })
		summary, err := Run(ctx, b.options)
		b.want("error", err, error(nil))
		b.want("summary", summary, Summary{Completed: 1, Kept: 1, Interrupted: true})
		records := b.records()
		if len(records) != 1 || !regexp.MustCompile(`^run-[0-9a-f]{6}-1$`).MatchString(records[0].ID) {
			b.Errorf("results: %+v", records)
		}
		synctest.Wait()
		if m := b.dispatcher.GetMetrics(); m.RunningTasks != 2 || m.CancelledTasks != 0 {
			b.Errorf("the engine was touched: %+v", m)
		}
	})
}

// When a task fails, a run that ends then cancels its own tasks and no others.
func TestSharedFailFast(t *testing.T) {
	withBench(t, 3, work, func(b *bench) {
		if err := b.dispatcher.SubmitTask(&dispatcher.Task{ID: "theirs", Payload: items("30")[0].Request}); err != nil {
			b.Fatal(err)
		}
		b.options.Shared, b.options.FailFast = true, true
		b.options.Tasks = items("1 fail", "20")
		summary, err := Run(b.Context(), b.options)
		b.want("error", err, error(nil))
		b.want("summary", summary, Summary{Failed: 1, Cancelled: 1})
		if status, _ := b.dispatcher.GetTaskStatus("theirs"); status != dispatcher.StatusRunning {
			b.Errorf("the other one is %v", status)
		}
	})
}
