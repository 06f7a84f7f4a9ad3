package batch

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"drover/agent"
)

func TestKeepOrder(t *testing.T) {
	withBench(t, 3, work, func(b *bench) {
		b.options.JSON, b.options.KeepOrder = true, true
		b.options.Tasks = items("3", "1", "2 fail", "1", "refused")
		b.options.Check = func(_ context.Context, r agent.Request) error {
			if r.Prompt == "refused" {
				return errors.New("no")
			}
			return nil
		}
		_, err := Run(b.Context(), b.options)
		b.want("error", err, error(nil))
		b.want("results", b.told(),
			[]string{"task-1 completed", "task-2 completed", "task-3 failed", "task-4 completed", "task-5 failed"})
	})
}

// What ended before an interrupt is written although tasks before it never end.
func TestKeepOrderInterrupted(t *testing.T) {
	withBench(t, 2, work, func(b *bench) {
		ctx, interrupt := context.WithCancel(b.Context())
		b.options.JSON, b.options.KeepOrder, b.options.Kept = true, true, true
		b.options.Tasks = items("100", "1", "2")
		time.AfterFunc(4*time.Second, interrupt)
		summary, _ := Run(ctx, b.options)
		b.want("summary", summary, Summary{Completed: 2, Kept: 1, Interrupted: true})
		b.want("results", b.told(), []string{"task-2 completed", "task-3 completed"})
	})
}

func TestFailFast(t *testing.T) {
	withBench(t, 1, work, func(b *bench) {
		b.options.JSON, b.options.FailFast = true, true
		b.options.Tasks = items("1", "1 fail", "1", "1")
		summary, err := Run(b.Context(), b.options)
		b.want("error", err, error(nil))
		b.want("summary", summary, Summary{Completed: 1, Failed: 1, Cancelled: 2})
		b.want("exit code", summary.ExitCode(), 1)
		if !strings.Contains(b.progress.String(), "a task has failed: nothing more is started") {
			b.Errorf("it does not say why: %s", b.progress.String())
		}
	})
}

func TestOutputDir(t *testing.T) {
	withBench(t, 1, work, func(b *bench) {
		b.options.Dir = filepath.Join(b.TempDir(), "results")
		b.options.Tasks = items("1", "1 fail", "1")
		b.options.Tasks[0].ID, b.options.Tasks[1].ID, b.options.Tasks[2].ID = "a/../b", "Same", "same"
		if _, err := Run(b.Context(), b.options); err != nil {
			b.Fatal(err)
		}
		b.want("standard output", b.out.String(), "")
		for name, want := range map[string]string{
			"a%2F..%2Fb.txt": "answer to 1\n",
			"Same.txt":       "partly\nfailed: it broke\n",
			"same-2.txt":     "answer to 1\n",
		} {
			got, err := os.ReadFile(filepath.Join(b.options.Dir, name))
			if err != nil || string(got) != want {
				b.Errorf("%s: got %q, %v", name, got, err)
			}
		}
	})
}

func TestFileName(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		"task-1": "task-1", "a b": "a%20b", "a+b": "a+b", "..": "%2E.", "con.x": "_con.x", "世": "%E4%B8%96", "%41": "%2541",
		strings.Repeat("a", 256): strings.Repeat("a", maxFileName),
	} {
		if got := fileName(id); got != want {
			t.Errorf("%q: got %q", id, got)
		}
	}
}

func TestEvents(t *testing.T) {
	withBench(t, 1, work, func(b *bench) {
		b.options.Events = true
		b.options.Tasks = items("1", "2 fail")
		if _, err := Run(b.Context(), b.options); err != nil {
			b.Fatal(err)
		}
		var got []string
		var last Event
		for line := range strings.Lines(b.out.String()) {
			last = Event{}
			if err := json.Unmarshal([]byte(line), &last); err != nil {
				b.Fatalf("%v in %q", err, line)
			}
			text := strings.TrimSpace(last.Event + " " + last.ID)
			if last.Task != nil {
				text += " " + last.Task.Status
			}
			got = append(got, text)
		}
		b.want("events", got, []string{
			"queued task-1", "queued task-2", "started task-1", "result task-1 completed", "started task-2", "result task-2 failed", "end",
		})
		if s := last.Summary; s == nil || s.Completed != 1 || s.Failed != 1 || s.RunP50MS != 1000 || s.FailedBy[agent.EndFailed] != 1 {
			b.Errorf("the summary is %+v", s)
		}
	})
}
