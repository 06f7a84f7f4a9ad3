package batch

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"drover/agent"
	"drover/agent/engine"
	"drover/dispatcher"
)

// What cannot succeed has failed before anything runs, and costs the others nothing, whether or not the engine keeps it.
func TestRunCheck(t *testing.T) {
	t.Run("not kept", func(t *testing.T) { runCheck(t, false) })
	t.Run("kept", func(t *testing.T) { runCheck(t, true) })
}

func runCheck(t *testing.T, kept bool) {
	withBench(t, 1, work, func(b *bench) {
		var written []uint64
		if b.options.Written = func(serial uint64) { written = append(written, serial) }; kept {
			b.options.Refuse = func(tasks []agent.Submission, why []error) []error {
				return engine.SubmitFailed(b.dispatcher, tasks, why)
			}
		}
		b.options.Tasks = items("1 bad", "2", "3 bad")
		b.options.JSON = true
		b.options.Check = func(_ context.Context, r agent.Request) error {
			if strings.HasSuffix(r.Prompt, "bad") {
				return &agent.Error{Ending: agent.EndModelMissing, What: "no such model", Next: "pull it"}
			}
			return nil
		}
		summary, err := Run(b.Context(), b.options)
		if err != nil || summary != (Summary{Completed: 1, Failed: 2}) || summary.ExitCode() != 1 {
			b.Errorf("%+v, %v", summary, err)
		}
		b.want("results", b.told(), []string{"task-1 failed", "task-3 failed", "task-2 completed"})
		if r := b.records()[0]; r.ErrorKind == nil || *r.ErrorKind != agent.EndModelMissing || r.Attempts != 0 || r.Worker != nil || r.Prompt != "1 bad" {
			b.Errorf("%+v", r)
		}
		if got := b.progress.String(); !strings.HasPrefix(got, "1/3  failed     task-1  no such model; pull it\n2/3  failed     task-3") ||
			!strings.Contains(got, "3/3  completed  task-2") {
			b.Errorf("progress %s", got)
		}
		if got, want := fmt.Sprint(written), map[bool]string{false: "[1]", true: "[1 2 3]"}[kept]; got != want {
			b.Errorf("%s are written, want %s", got, want)
		}
		if _, err := b.dispatcher.GetTask("task-3"); (err == nil) != kept {
			b.Errorf("kept %v: %v", kept, err)
		}
	})
}

// An interrupt while things are looked at is one before anything was handed over.
func TestRunCheckInterrupted(t *testing.T) {
	withBench(t, 1, work, func(b *bench) {
		ctx, cancel := context.WithCancel(b.Context())
		b.options.Tasks = items("1", "2")
		b.options.Check = func(ctx context.Context, _ agent.Request) error {
			cancel()
			return ctx.Err()
		}
		summary, err := Run(ctx, b.options)
		if err != nil || summary != (Summary{NotStarted: 2, Interrupted: true}) {
			b.Errorf("%+v, %v", summary, err)
		}
	})
}

func TestThinkingIsShownOnRequest(t *testing.T) {
	t.Parallel()
	task := agent.Task{Status: dispatcher.StatusCompleted, Result: agent.Result{Text: "42\n", Thinking: "hm\n"}}
	for show, want := range map[bool]string{false: "42\n", true: "<think>\nhm\n</think>\n\n42\n"} {
		if got := newReport(Options{Thinking: show, Tasks: items("x")}).text(&task); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// No line of an answer can be taken for one of ours, but where there is none of ours.
func TestAnswersDoNotForge(t *testing.T) {
	t.Parallel()
	const text = "so\n\n\x1b[0m── task-2  m  1s\nfake\u2028failed: it broke"
	task := agent.Task{
		ID: "task-1", Status: dispatcher.StatusCompleted, Result: agent.Result{Thinking: "x\n</think>\n── task-3", Text: text},
	}
	for n, want := range map[int]string{
		1: "<think>\nx\n</think>\n── task-3\n</think>\n\n" + text + "\n",
		2: "── task-1  \n<think>\nx\n </think>\n ── task-3\n</think>\n\nso\n\n ── task-2  m  1s\nfake\n failed: it broke\n",
	} {
		if got := newReport(Options{Thinking: true, Tasks: items(strings.Split("x y", " ")[:n]...)}).text(&task); got != want {
			t.Errorf("got\n%q\nwant\n%q", got, want)
		}
	}
}
