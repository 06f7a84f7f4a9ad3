package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"drover/agent"
	"drover/agent/engine/enginetest"
	"drover/dispatcher"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// watch runs tasks whose prompt says how they end under a Watch whose commands write their environment into files.
func watch(t *testing.T, prompts ...string) (folder string) {
	t.Helper()
	if _, err := os.Stat("/bin/sh"); err != nil {
		t.Skip("there is no shell")
	}
	folder = t.TempDir()
	d, err := dispatcher.NewTaskDispatcher(t.Context(), func(_ context.Context, task *dispatcher.Task) error {
		switch r := task.Payload.(agent.Request); {
		case strings.HasPrefix(r.Prompt, "fail"):
			task.Result = agent.Result{Model: "m:1"}
			return &agent.Error{Ending: agent.EndTimedOut, What: "too \x1b[2Jlate $(touch " + folder + "/broken)"}
		case r.Prompt == "odd":
			return errors.New("odd")
		}
		return nil
	}, 1, dispatcher.WithRetention(0)) // what has failed need not be known any more
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string) string { return "env | grep ^DROVER_ | sort >> '" + filepath.Join(folder, name) + "'" }
	w := New(enginetest.New(d), write("failed"), write("empty"), nil)
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
	d.Pause()
	for i, prompt := range prompts {
		if err := d.SubmitTask(&dispatcher.Task{ID: fmt.Sprint("task-", i), Priority: 1, Payload: agent.Request{Prompt: prompt}}); err != nil {
			t.Fatal(err)
		}
	}
	d.Resume()
	if err := d.Wait(); err != nil {
		t.Fatal(err)
	}
	w.runner.done.Wait()
	w.Close()
	return folder
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return string(text)
}

func TestCommandsGetTheirEnvironment(t *testing.T) {
	t.Setenv("DROVER_TASK_ID", "of somebody else")
	t.Setenv("OLLAMA_API_KEY", "secret")
	folder := watch(t, "well", "fail `touch broken`\nand more")
	failed, empty := read(t, filepath.Join(folder, "failed")), read(t, filepath.Join(folder, "empty"))
	for _, want := range []string{
		"DROVER_EVENT=failed\n", "DROVER_TASK_ID=task-1\n", "DROVER_TASK_STATUS=failed\n", "DROVER_TASK_PRIORITY=normal\n",
		"DROVER_TASK_MODEL=m:1\n", "DROVER_ERROR_KIND=timed_out\n", "DROVER_TASK_ATTEMPTS=1\n", "DROVER_TASK_LANE=1\n",
		"DROVER_ERROR=too late $(touch ", "DROVER_TASK_PROMPT=fail `touch broken` and more\n",
	} {
		if !strings.Contains(failed, want) {
			t.Errorf("no %q in\n%s", want, failed)
		}
	}
	for _, want := range []string{"DROVER_EVENT=empty\n", "DROVER_TASKS_COMPLETED=1\n", "DROVER_TASKS_FAILED=1\n", "DROVER_FAILED_SINCE=1\n"} {
		if !strings.Contains(empty, want) {
			t.Errorf("no %q in\n%s", want, empty)
		}
	}
	if strings.Count(empty, "DROVER_EVENT") != 1 || strings.Count(failed, "DROVER_EVENT") != 1 {
		t.Errorf("told more than once:\n%s\n%s", failed, empty)
	}
	for _, text := range []string{failed, empty} {
		if strings.Contains(text, "somebody") || strings.Contains(text, "secret") || strings.Contains(text, "\x1b") {
			t.Errorf("what does not belong there is in\n%s", text)
		}
	}
	if _, err := os.Stat(filepath.Join(folder, "broken")); err == nil {
		t.Error("a text of a task was run")
	}
}

func TestNothingIsRunWithoutCommands(t *testing.T) {
	t.Parallel()
	d, err := dispatcher.NewTaskDispatcher(t.Context(), func(context.Context, *dispatcher.Task) error { return nil }, 1)
	if err != nil {
		t.Fatal(err)
	}
	w := New(enginetest.New(d), "", "  ", nil)
	defer w.Close()
	w.progress("x", dispatcher.StatusRunning, "")
	w.ended(&agent.Task{ID: "x", Status: dispatcher.StatusFailed})
	if w.runner.busy || len(w.runner.jobs) > 0 {
		t.Error("something is run")
	}
}

// records collects what is logged.
type records struct {
	slog.Handler
	lines chan string
}

func (r records) Enabled(context.Context, slog.Level) bool { return true }
func (r records) Handle(_ context.Context, record slog.Record) error {
	text := record.Message
	record.Attrs(func(a slog.Attr) bool { text += " " + a.String(); return true })
	r.lines <- text
	return nil
}

func TestCommandsThatFailAreLogged(t *testing.T) {
	t.Parallel()
	lines := make(chan string, 100)
	var r runner
	r.init(slog.New(records{lines: lines}))
	r.run(job{"failed", "echo out; echo err >&2; head -c 100000 /dev/zero | tr '\\0' x; exit 3", nil})
	text := <-lines
	if !strings.Contains(text, "exit status 3") || !strings.Contains(text, "out\nerr\nxxx") || len(text) > 2*outputLimit {
		t.Errorf("logged is %.300q (%d bytes)", text, len(text))
	}
	r.close()
	r.run(job{"failed", "echo late", nil})
	if len(lines) > 0 {
		t.Errorf("run after the end: %q", <-lines)
	}
}

func TestOnlySomeCommandsWait(t *testing.T) {
	t.Parallel()
	lines := make(chan string, 100)
	var r runner
	r.init(slog.New(records{lines: lines}))
	for range waiting + 5 {
		r.run(job{"failed", "sleep 10", nil})
	}
	dropped := 0
	for len(lines) > 0 {
		if strings.Contains(<-lines, "too many") {
			dropped++
		}
	}
	if dropped < 4 || dropped > 5 { // the first one may have begun
		t.Errorf("%d were dropped", dropped)
	}
	begun := time.Now()
	r.close()
	if took := time.Since(begun); took > 2*closeGrace+limit/5 {
		t.Errorf("closing took %v", took)
	}
}

func TestEnvironment(t *testing.T) {
	t.Parallel()
	got := environment([]string{"A=1", "DROVER_API_KEY=x", "OLLAMA_API_KEY=y", "DROVER_EVENT=z"}, []string{"DROVER_EVENT=failed"})
	if !slices.Equal(got, []string{"A=1", "DROVER_EVENT=failed"}) {
		t.Errorf("%q", got)
	}
}

// A command that hangs holds up no other, and is ended with what it has started.
func TestHangingCommand(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/bin/sh"); err != nil {
		t.Skip("there is no shell")
	}
	lines := make(chan string, 100)
	var r runner
	r.init(slog.New(records{lines: lines}))
	r.limit = patience + 500*time.Millisecond
	begun := time.Now()
	r.run(job{"failed", "sleep 60 & echo $!; wait", nil})
	r.run(job{"failed", "echo quick", nil})
	if text := <-lines; !strings.Contains(text, "quick") {
		t.Errorf("first came %q", text)
	}
	text := <-lines
	if !strings.Contains(text, "it took more than 1.5s and was ended") || time.Since(begun) > 20*time.Second {
		t.Errorf("after %v came %q", time.Since(begun), text)
	}
	_, pid, _ := strings.Cut(text, "output=")
	if _, err := os.Stat("/proc/" + strings.TrimSpace(pid) + "/fd/0"); err == nil {
		t.Errorf("what it has started lives: %q", text)
	}
	r.close()
}
