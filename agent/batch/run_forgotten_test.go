package batch

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"drover/agent"
	"drover/agent/engine/enginetest"
	"drover/dispatcher"
)

// A run of far more tasks than the dispatcher remembers is interrupted: no line may depend on whether it still knows
// the task.

const (
	remembered = 10
	crowd      = 500
)

// checkReal wants each line to be that of a task that there was, and no task twice.
func (b *bench) checkReal() {
	b.Helper()
	seen := map[string]bool{}
	for _, r := range b.records() {
		if seen[r.ID] {
			b.Errorf("%s is written twice", r.ID)
		}
		seen[r.ID] = true
		if r.Serial == 0 || r.Prompt == "" || r.CreatedAt.Year() < 2000 || r.CompletedAt == nil {
			b.Fatalf("an invented line: %+v", r)
		}
	}
}

func TestRunInterruptedForgotten(t *testing.T) {
	withBench(t, 2, work, func(b *bench) {
		ctx, interrupt := context.WithCancel(b.Context())
		time.AfterFunc(1500*time.Millisecond, interrupt)
		b.options.JSON = true
		b.options.Tasks = items(append([]string{"1"}, slices.Repeat([]string{"60"}, crowd-1)...)...)
		summary, err := Run(ctx, b.options)
		b.want("error", err, error(nil))
		b.want("summary", summary, Summary{Completed: 1, Cancelled: crowd - 1, Interrupted: true})
		b.want("lines", len(b.records()), crowd)
		b.checkReal()
		partial := 0
		for _, r := range b.records() {
			if r.Status == "cancelled" && r.Attempts > 0 {
				b.want("what "+r.ID+" said until then", r.Result, "half of 60")
				partial++
			}
		}
		b.want("cancelled while they ran", partial, 2)
	}, dispatcher.WithCapacity(crowd), dispatcher.WithRetention(remembered))
}

// endJournal knows which tasks have ended other than with their process.
type endJournal map[string]bool

func (endJournal) Last() (serial, seq uint64) { return crowd, 0 }
func (endJournal) Sync(uint64)                {}
func (j endJournal) Append(e dispatcher.Entry) uint64 {
	if e.Kind == dispatcher.EntryEnded {
		j[e.Task.ID] = true
	}
	return 1
}

// TestRunKeptForgotten goes on with what an interrupted run has kept, is interrupted again, and so on: each run writes
// what ended in it, and nothing else.
func TestRunKeptForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var open []*dispatcher.Task
		for i := range crowd {
			open = append(open, &dispatcher.Task{
				ID: fmt.Sprintf("task-%d", i+1), Priority: dispatcher.PriorityNormal, Payload: agent.Request{Prompt: "1"},
				Serial: uint64(i + 1), CreatedAt: time.Now(),
			})
		}
		ended := endJournal{}
		for _, after := range []time.Duration{10*time.Second + 1, 20*time.Second + 1, time.Hour} {
			before := len(ended)
			b := &bench{T: t}
			b.resume(open, ended, after)
			b.checkReal()
			for _, r := range b.records() {
				if !ended[r.ID] || r.Status != "completed" {
					b.Errorf("%s is written as %s, and is kept", r.ID, r.Status)
				}
			}
			b.want("lines", len(b.records()), len(ended)-before)
			open = slices.DeleteFunc(open, func(task *dispatcher.Task) bool { return ended[task.ID] })
		}
		if len(open) > 0 {
			t.Errorf("%d tasks were never written", len(open))
		}
	})
}

// resume is a process that goes on with open tasks until it is interrupted.
func (b *bench) resume(open []*dispatcher.Task, journal dispatcher.Journal, interruptAfter time.Duration) {
	b.Helper()
	run := func(ctx context.Context, task *dispatcher.Task) error {
		text, err := work(ctx, task.Payload.(agent.Request).Prompt)
		task.Result = agent.Result{Text: text}
		return err
	}
	d, err := dispatcher.NewTaskDispatcher(context.Background(), run, 2,
		dispatcher.WithCapacity(crowd), dispatcher.WithRetention(remembered), dispatcher.WithJournal(journal))
	if err != nil {
		b.Fatal(err)
	}
	if err := d.Restore(open, nil); err != nil {
		b.Fatal(err)
	}
	d.Hold(HoldReading)
	if err := d.Start(); err != nil {
		b.Fatal(err)
	}
	ctx, interrupt := context.WithTimeout(context.Background(), interruptAfter)
	defer interrupt()
	b.options = Options{Engine: enginetest.New(d), Out: &b.out, Progress: &bytes.Buffer{}, JSON: true, Kept: true}
	for _, task := range open {
		b.options.Adopt = append(b.options.Adopt, task.ID)
	}
	summary, err := Run(ctx, b.options)
	b.want("error", err, error(nil))
	b.want("all of them", summary.Completed+summary.Kept, len(open))
	_ = d.Shutdown(0)
}
