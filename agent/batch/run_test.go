package batch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"drover/agent"
	"drover/agent/engine/enginetest"
	"drover/dispatcher"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bench is a dispatcher with an agent function of the test's, and a run on it.
type bench struct {
	*testing.T
	dispatcher    *dispatcher.TaskDispatcher
	out, progress bytes.Buffer
	options       Options
}

// withBench runs a test in a bubble of virtual time.
func withBench(
	t *testing.T, workers int, work func(ctx context.Context, prompt string) (string, error), test func(b *bench),
	options ...dispatcher.Option,
) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &bench{T: t}
		run := func(ctx context.Context, task *dispatcher.Task) error {
			request, _ := task.Payload.(agent.Request)
			text, err := work(ctx, request.Prompt)
			task.Result = agent.Result{Model: "m", Text: text, Metrics: agent.Metrics{Tokens: 7, Rate: 3.5}}
			return err
		}
		// Not t.Context: the dispatcher must outlive it to be shut down.
		d, err := dispatcher.NewTaskDispatcher(context.Background(), run, workers, options...)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Start(); err != nil {
			t.Fatal(err)
		}
		b.dispatcher = d
		b.options = Options{Engine: enginetest.New(d), Out: &b.out, Progress: &b.progress}
		test(b)
		if err := d.Shutdown(time.Minute); err != nil {
			t.Errorf("shutdown: %v", err)
		}
	})
}

func items(prompts ...string) []agent.Submission {
	list, err := Prompts(prompts, dispatcher.PriorityNormal)
	if err != nil {
		panic(err)
	}
	return list
}

// records decodes JSON output.
func (b *bench) records() []agent.Record {
	b.Helper()
	var list []agent.Record
	for line := range strings.Lines(b.out.String()) {
		var r agent.Record
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			b.Fatalf("%v in %q", err, line)
		}
		list = append(list, r)
	}
	return list
}

// told returns "id status" of each record.
func (b *bench) told() []string {
	b.Helper()
	var list []string
	for _, r := range b.records() {
		list = append(list, r.ID+" "+r.Status)
	}
	return list
}

func (b *bench) want(what string, got, want any) {
	b.Helper()
	if !reflect.DeepEqual(got, want) {
		b.Errorf("%s: got %v\nwant %v", what, got, want)
	}
}

// work answers after as many seconds as the prompt says, and fails when it says so.
func work(ctx context.Context, prompt string) (string, error) {
	var seconds int
	_, _ = fmt.Sscan(prompt, &seconds)
	select {
	case <-time.After(time.Duration(seconds) * time.Second):
	case <-ctx.Done():
		return "half of " + prompt, context.Cause(ctx)
	}
	if strings.Contains(prompt, "fail") {
		return "partly", errors.New("it\x1b[2J broke")
	}
	return "answer to " + prompt, nil
}

func TestRunWritesInTheOrderOfEnds(t *testing.T) {
	withBench(t, 3, work, func(b *bench) {
		b.options.JSON = true
		b.options.Tasks = items("3", "1", "2 fail")
		summary, err := Run(b.Context(), b.options)
		b.want("error", err, error(nil))
		b.want("summary", summary, Summary{Completed: 2, Failed: 1})
		b.want("exit code", summary.ExitCode(), 1)
		b.want("results", b.told(), []string{"task-2 completed", "task-3 failed", "task-1 completed"})
		first, second := b.records()[0], b.records()[1]
		b.want("result", first.Result, "answer to 1")
		b.want("result of the failed one", second.Result, "partly")
		if second.Error == nil || !strings.Contains(*second.Error, "broke") {
			b.Errorf("the error is %v", second.Error)
		}
	})
}

func TestRunText(t *testing.T) {
	withBench(t, 1, work, func(b *bench) {
		b.options.Tasks = items("1", "2 fail")
		if _, err := Run(b.Context(), b.options); err != nil {
			b.Fatal(err)
		}
		b.want("results", b.out.String(), "── task-1  m  1s\nanswer to 1\n\n── task-2  m  failed  2s\npartly\nfailed: it broke\n")
		b.want("progress", b.progress.String(), `0/2  pending    task-1  normal
0/2  pending    task-2  normal
0/2  running    task-1  lane 1
1/2  completed  task-1  1s  7 tokens  3.5 tokens/s
1/2  running    task-2  lane 1
2/2  failed     task-2  it broke
1 completed, 1 failed in 3s
`)
	})
}

// TestRunAlone runs one prompt: its answer alone is what can be put into a file.
func TestRunAlone(t *testing.T) {
	withBench(t, 1, work, func(b *bench) {
		b.options.Tasks = items("0")
		b.options.Progress = nil
		summary, err := Run(b.Context(), b.options)
		if err != nil || summary.ExitCode() != 0 {
			b.Errorf("got %v, %v", summary, err)
		}
		b.want("results", b.out.String(), "answer to 0\n")
	})
}

// slowSubmits is a log handler that makes each submission take a second.
type slowSubmits struct{ slog.Handler }

func (s slowSubmits) Enabled(context.Context, slog.Level) bool { return true }

func (s slowSubmits) Handle(_ context.Context, r slog.Record) error {
	if strings.Contains(r.Message, "submitted") {
		time.Sleep(time.Second)
	}
	return nil
}

// TestRunPriority hands over the one high task last, and expects it to run first all the same.
func TestRunPriority(t *testing.T) {
	withBench(t, 1, work, func(b *bench) {
		b.options.JSON = true
		b.options.Tasks = items("0", "0", "0", "0")
		b.options.Tasks[0].Priority = dispatcher.PriorityLow
		b.options.Tasks[3].Priority = dispatcher.PriorityHigh
		if _, err := Run(b.Context(), b.options); err != nil {
			b.Fatal(err)
		}
		b.want("results", b.told(), []string{"task-4 completed", "task-2 completed", "task-3 completed", "task-1 completed"})
	}, dispatcher.WithLogger(slog.New(slowSubmits{slog.DiscardHandler})))
}

// TestRunManyMore runs more tasks than the queue and the run's window hold.
func TestRunManyMore(t *testing.T) {
	withBench(t, 10, func(context.Context, string) (string, error) { return "", nil }, func(b *bench) {
		const n = window + 1500
		b.options.JSON = true
		b.options.Progress = nil
		b.options.Tasks = items(slices.Repeat([]string{"x"}, n)...)
		summary, err := Run(b.Context(), b.options)
		b.want("error", err, error(nil))
		b.want("summary", summary, Summary{Completed: n})
		seen := map[string]int{}
		for _, told := range b.told() {
			seen[told]++
		}
		for i := range n {
			if id := fmt.Sprintf("task-%d completed", i+1); seen[id] != 1 {
				b.Fatalf("%s was written %d times", id, seen[id])
			}
		}
	})
}

// TestRunSlowReader lets the reader of results take longer than the tasks: not many more than a window of them may
// have ended unread, and none may be lost.
func TestRunSlowReader(t *testing.T) {
	withBench(t, 10, work, func(b *bench) {
		const n = 2 * window
		most := 0
		b.options.JSON = true
		b.options.Progress = nil
		b.options.Tasks = items(slices.Repeat([]string{"1"}, n)...)
		written := 0
		b.options.Out = writer(func(p []byte) (int, error) {
			time.Sleep(time.Second) // meanwhile ten tasks end
			most = max(most, b.dispatcher.GetMetrics().CompletedTasks-written)
			written++
			return b.out.Write(p)
		})
		summary, err := Run(b.Context(), b.options)
		b.want("error", err, error(nil))
		b.want("summary", summary, Summary{Completed: n})
		for _, r := range b.records() {
			if r.Result != "answer to 1" { // also of those that the dispatcher has forgotten
				b.Fatalf("%+v", r)
			}
		}
		if most < window || most > window+2*dispatcher.MaxWorkers {
			b.Errorf("%d tasks had ended unread", most)
		}
	})
}

func TestRunRefused(t *testing.T) {
	withBench(t, 1, work, func(b *bench) {
		b.options.JSON = true
		b.options.Tasks = items("0", "0", "0")
		b.options.Tasks[0].ID, b.options.Tasks[2].ID = "a", "a"
		b.dispatcher.Hold("test")
		time.AfterFunc(time.Second, func() { b.dispatcher.Release("test") })
		summary, err := Run(b.Context(), b.options)
		b.want("error", err, error(nil))
		b.want("summary", summary, Summary{Completed: 2, Refused: 1})
		b.want("exit code", summary.ExitCode(), 1)
		if want := "task a was not taken: task ID is already known: a\n"; !strings.Contains(b.progress.String(), want) {
			b.Errorf("progress: %s", b.progress.String())
		}
	})
}

// TestRunRefusesMany has more refused tasks than are handed over at a time.
func TestRunRefusesMany(t *testing.T) {
	withBench(t, 1, work, func(b *bench) {
		b.options.Tasks = slices.Repeat([]agent.Submission{{ID: "a", Priority: dispatcher.PriorityNormal, Request: agent.Request{Prompt: "0"}}}, window+10)
		b.dispatcher.Hold("test")
		time.AfterFunc(time.Second, func() { b.dispatcher.Release("test") })
		summary, err := Run(b.Context(), b.options)
		b.want("error", err, error(nil))
		b.want("summary", summary, Summary{Completed: 1, Refused: window + 9})
	})
}

// TestRunAdopts runs tasks that the dispatcher has already.
func TestRunAdopts(t *testing.T) {
	withBench(t, 1, work, func(b *bench) {
		b.options.JSON = true
		b.options.Tasks = items("0")
		b.dispatcher.Hold("test")
		numbered := items("1", "2")
		number(numbered, nil, "task-")
		for _, item := range numbered {
			task := &dispatcher.Task{ID: item.ID, Priority: item.Priority, Payload: item.Request}
			if err := b.dispatcher.SubmitTask(task); err != nil {
				b.Fatal(err)
			}
			b.options.Adopt = append(b.options.Adopt, task.ID)
		}
		b.dispatcher.Release("test")
		summary, err := Run(b.Context(), b.options)
		b.want("error", err, error(nil))
		b.want("summary", summary, Summary{Completed: 3})
		b.want("told", b.told(), []string{"task-1 completed", "task-2 completed", "task-3 completed"})
	})
}

// TestRunKeeps ends a run whose tasks another process is to go on with: what has not ended is no result.
func TestRunKeeps(t *testing.T) {
	withBench(t, 1, work, func(b *bench) {
		b.options.JSON, b.options.Kept = true, true
		b.options.Tasks = items("0", "60", "60")
		ctx, cancel := context.WithCancel(b.Context())
		time.AfterFunc(time.Second, cancel)
		summary, err := Run(ctx, b.options)
		b.want("error", err, error(nil))
		b.want("summary", summary, Summary{Completed: 1, Kept: 2, Interrupted: true})
		b.want("told", b.told(), []string{"task-1 completed"})
		if progress := b.progress.String(); !strings.Contains(progress, "interrupted: keeping what has not ended\n1 completed, 2 kept") {
			b.Errorf("progress: %s", progress)
		}
		for _, id := range []string{"task-2", "task-3"} {
			if task, err := b.dispatcher.GetTask(id); err != nil || !errors.Is(task.Error, dispatcher.ErrStopped) {
				b.Errorf("%s: %+v, %v", id, task, err)
			}
		}
	})
}

func TestRunDispatcherStops(t *testing.T) {
	withBench(t, 1, work, func(b *bench) {
		b.options.JSON = true
		b.options.Tasks = items(slices.Repeat([]string{"60"}, 150)...)
		time.AfterFunc(time.Second, func() { _ = b.dispatcher.Shutdown(0) })
		summary, err := Run(b.Context(), b.options)
		if !errors.Is(err, dispatcher.ErrNotRunning) {
			b.Errorf("got error %v", err)
		}
		b.want("summary", summary, Summary{Cancelled: 101, NotStarted: 49})
		b.want("results", len(b.told()), 101)
	})
}

// TestRunRequeued has a task that is given back to the queue once: its steps are all told, its result once.
func TestRunRequeued(t *testing.T) {
	attempts := 0
	again := func(ctx context.Context, _ string) (string, error) {
		dispatcher.Report(ctx, dispatcher.Progress{Percent: 50, Message: "half"})
		time.Sleep(time.Millisecond) // the report is delivered
		if attempts++; attempts == 1 {
			return "", dispatcher.Requeue(errors.New("server is busy"), time.Second)
		}
		return "second", nil
	}
	withBench(t, 1, again, func(b *bench) {
		b.options.Tasks = items("x")
		if _, err := Run(b.Context(), b.options); err != nil {
			b.Fatal(err)
		}
		b.want("results", b.out.String(), "second\n")
		b.want("progress", b.progress.String(), `0/1  pending    task-1  normal
0/1  running    task-1  lane 1
0/1  pending    task-1  attempt 2 in 1s: server is busy
0/1  running    task-1  lane 1
1/1  completed  task-1  1ms  7 tokens  3.5 tokens/s
1 completed in 1s
`)
	})
}

func TestRunNothing(t *testing.T) {
	withBench(t, 1, work, func(b *bench) {
		summary, err := Run(b.Context(), b.options)
		if err != nil || summary != (Summary{}) {
			b.Errorf("got %v, %v", summary, err)
		}
	})
}

func TestSummary(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		summary Summary
		code    int
		text    string
	}{
		{Summary{}, 0, "0 completed"},
		{Summary{Completed: 3}, 0, "3 completed"},
		{Summary{Completed: 3, Failed: 1}, 1, "3 completed, 1 failed"},
		{Summary{Cancelled: 1}, 1, "0 completed, 1 cancelled"},
		{Summary{Refused: 1}, 1, "0 completed, 1 refused"},
		{Summary{NotStarted: 1}, 1, "0 completed, 1 not started"},
		{Summary{Interrupted: true}, 130, "0 completed"},
	} {
		if got := test.summary.ExitCode(); got != test.code || test.summary.String() != test.text {
			t.Errorf("%+v: got %d, %q", test.summary, got, test.summary.String())
		}
	}
}
