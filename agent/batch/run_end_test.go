package batch

import (
	"bytes"
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"drover/agent"
	"drover/agent/engine"
	"drover/dispatcher"
)

// These are the ways in which a run ends before its time.

func TestRunInterrupted(t *testing.T) {
	withBench(t, 2, work, func(b *bench) {
		ctx, interrupt := context.WithCancel(b.Context())
		time.AfterFunc(1500*time.Millisecond, interrupt)
		b.options.JSON = true
		b.options.Tasks = items("1", "60", "60", "60")
		summary, err := Run(ctx, b.options)
		b.want("error", err, error(nil))
		b.want("summary", summary, Summary{Completed: 1, Cancelled: 3, Interrupted: true})
		b.want("exit code", summary.ExitCode(), 130)
		told := b.told()
		b.want("first", told[0], "task-1 completed")
		slices.Sort(told)
		b.want("results", told, []string{"task-1 completed", "task-2 cancelled", "task-3 cancelled", "task-4 cancelled"})
		for _, r := range b.records() {
			if r.Attempts > 0 && r.Status == "cancelled" && r.Result != "half of 60" {
				b.Errorf("the partial result of %s is %q", r.ID, r.Result)
			}
		}
		if !strings.Contains(b.progress.String(), "interrupted: cancelling what has not ended\n") {
			b.Errorf("progress: %s", b.progress.String())
		}
	})
}

// TestRunInterruptedAtOnce has a context that has ended before: whatever was accepted is told, the rest counted.
func TestRunInterruptedAtOnce(t *testing.T) {
	withBench(t, 2, work, func(b *bench) {
		ctx, interrupt := context.WithCancel(b.Context())
		interrupt()
		b.options.JSON = true
		b.options.Tasks = items("60", "60", "60")
		summary, err := Run(ctx, b.options)
		b.want("error", err, error(nil))
		b.want("all items", summary.Cancelled+summary.NotStarted, 3)
		b.want("results", len(b.told()), summary.Cancelled)
		b.want("exit code", summary.ExitCode(), 130)
	})
}

// TestRunInterruptedWhileBlocked interrupts while the next task waits for room in the queue.
func TestRunInterruptedWhileBlocked(t *testing.T) {
	withBench(t, 1, work, func(b *bench) {
		ctx, interrupt := context.WithCancel(b.Context())
		time.AfterFunc(time.Second, interrupt)
		b.options.JSON = true
		b.options.Tasks = items(slices.Repeat([]string{"60"}, 150)...)
		summary, err := Run(ctx, b.options)
		b.want("error", err, error(nil))
		b.want("summary", summary, Summary{Cancelled: 101, NotStarted: 49, Interrupted: true})
		b.want("results", len(b.told()), 101)
	})
}

// TestRunCancelsLateArrivals tells of a task that was accepted just before the intake was stopped: it was
// not known when everything was cancelled.
func TestRunCancelsLateArrivals(t *testing.T) {
	withBench(t, 1, work, func(b *bench) {
		r := &run{Options: b.options, inbox: newInbox(b.options.Engine), alive: map[string]bool{}, report: newReport(b.options), cancels: true}
		defer b.options.Engine.Observe(engine.Observer{Progress: r.inbox.progress, Ended: r.inbox.ended})()
		if err := b.dispatcher.SubmitTask(&dispatcher.Task{ID: "late", Payload: agent.Request{Prompt: "60"}}); err != nil {
			b.Fatal(err)
		}
		synctest.Wait()
		r.look()
		status, err := b.dispatcher.GetTaskStatus("late")
		b.want("error", err, error(nil))
		b.want("status", status, dispatcher.StatusCancelled)
	})
}

// TestRunStuckAgent has an agent that ignores its context for a minute. Its task is written when its lane is
// called stuck.
func TestRunStuckAgent(t *testing.T) {
	deaf := func(context.Context, string) (string, error) { time.Sleep(50 * time.Second); return "late", nil }
	withBench(t, 1, deaf, func(b *bench) {
		ctx, interrupt := context.WithCancel(b.Context())
		time.AfterFunc(time.Second, interrupt)
		b.options.JSON = true
		b.options.Tasks = items("x")
		begun := time.Now()
		summary, err := Run(ctx, b.options)
		b.want("error", err, error(nil))
		b.want("summary", summary, Summary{Cancelled: 1, Interrupted: true})
		b.want("results", b.told(), []string{"task-1 cancelled"})
		b.want("time", time.Since(begun), time.Second+dispatcher.DefaultStuckAfter)
	})
}

type writer func(p []byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

func TestRunOutputBreaks(t *testing.T) {
	withBench(t, 1, work, func(b *bench) {
		broken := errors.New("broken pipe")
		calls := 0
		b.options.Out = writer(func([]byte) (int, error) { calls++; return 0, broken })
		b.options.Tasks = items("1", "60", "60")
		begun := time.Now()
		summary, err := Run(b.Context(), b.options)
		if !errors.Is(err, broken) || err.Error() != "the results cannot be written: broken pipe" {
			b.Errorf("got error %v", err)
		}
		b.want("summary", summary, Summary{Completed: 1, Cancelled: 2, Unwritten: 3})
		b.want("writes", calls, 1)
		b.want("time", time.Since(begun), time.Second)
	})
}

// TestRunOutputBreaksEarly has more tasks than the queue: those behind are not handed over any more.
func TestRunOutputBreaksEarly(t *testing.T) {
	withBench(t, 1, work, func(b *bench) {
		b.options.Out = writer(func([]byte) (int, error) { return 0, os.ErrClosed })
		b.options.Tasks = items(append([]string{"1"}, slices.Repeat([]string{"60"}, 999)...)...)
		summary, err := Run(b.Context(), b.options)
		if !errors.Is(err, os.ErrClosed) {
			b.Errorf("got error %v", err)
		}
		b.want("all items", summary.Completed+summary.Cancelled+summary.NotStarted, 1000)
		if summary.NotStarted < 500 {
			b.Errorf("got %v", summary)
		}
	})
}

// TestRunSaysWhatItHasWritten has a disk that is full after two results, of which an earlier run left the first.
func TestRunSaysWhatItHasWritten(t *testing.T) {
	withBench(t, 1, work, func(b *bench) {
		full := errors.New("no space left")
		b.options.JSON = true
		b.options.Out = writer(func(p []byte) (int, error) {
			if bytes.Count(b.out.Bytes(), []byte("\n")) == 2 {
				return 0, full
			}
			return b.out.Write(p)
		})
		b.options.Ended = []agent.Task{{ID: "task-1", Serial: 77, Status: dispatcher.StatusCompleted}}
		var written []uint64
		b.options.Written = func(serial uint64) { written = append(written, serial) }
		b.options.Tasks = items("1", "2", "60")
		summary, err := Run(b.Context(), b.options)
		if !errors.Is(err, full) {
			b.Errorf("got error %v", err)
		}
		b.want("results", b.told(), []string{"task-1 completed", "task-2 completed"})
		b.want("written", written, []uint64{77, 1})
		b.want("summary", summary, Summary{Completed: 3, Cancelled: 1, Unwritten: 2})
	})
}

func TestRunProgressBreaks(t *testing.T) {
	withBench(t, 1, work, func(b *bench) {
		calls := 0
		b.options.Progress = writer(func([]byte) (int, error) { calls++; return 0, os.ErrClosed })
		b.options.Tasks = items("1", "1")
		summary, err := Run(b.Context(), b.options)
		b.want("error", err, error(nil))
		b.want("summary", summary, Summary{Completed: 2})
		b.want("writes", calls, 1)
	})
}
