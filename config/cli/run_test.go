package cli

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"drover/agent/ollamatest"
)

// The commands for events act in a run as on a screen, and the run waits for them. It sets the log of the process, so
// it is not parallel.
func TestRunCommandsOnEvents(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the command lines are for sh")
	}
	model := ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{ollamatest.Count()}})
	server, err := ollamatest.Start(model)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	said := filepath.Join(t.TempDir(), "said")
	model.Fail("count", ollamatest.Error(400, "invalid option"))
	_, err = printed(t, "run", "--state-dir", t.TempDir(), "--host", server.URL, "--workers=1", "--retries=0", "--quiet",
		"--on-failure-command", "sleep 0.1; echo $DROVER_EVENT $DROVER_TASK_ID >> "+said,
		"--on-empty-command", "echo $DROVER_EVENT $DROVER_TASKS_COMPLETED $DROVER_TASKS_FAILED >> "+said, "one", "two")
	if ExitCode(err) != exitFailed {
		t.Errorf("%v", err)
	}
	if text, err := os.ReadFile(said); string(text) != "failed task-1\nempty 1 1\n" || err != nil {
		t.Errorf("the commands said %q, %v", text, err)
	}
}

// The first signal ends a run that still reads its tasks, from somebody who has not written all of them.
func TestASignalEndsTheReadingOfTasks(t *testing.T) {
	t.Parallel()
	in, out := io.Pipe()
	t.Cleanup(func() { _ = out.Close() })
	ctx, interrupt := context.WithCancel(t.Context())
	root := New()
	root.SetArgs([]string{"run", "--state-dir", t.TempDir(), "-f", "-"})
	root.SetIn(in)
	root.SetOut(io.Discard)
	root.SetErr(io.Discard)
	go func() {
		_, _ = io.WriteString(out, "first\n")
		interrupt()
	}()
	if code := ExitCode(root.ExecuteContext(ctx)); code != exitInterrupted {
		t.Errorf("exit code %d", code)
	}
}
