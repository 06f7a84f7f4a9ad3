package cli

import (
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
