package acceptance

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"

	"drover/agent/ollamatest"
	"drover/agent/ollamatest/realserver"
)

// TestRunGivesEveryField checks the JSON of one task against what programs may rely on.
func TestRunGivesEveryField(t *testing.T) {
	t.Parallel()
	server := modelServer(t)
	command := exec.CommandContext(t.Context(), programPath, "run", "--json", "--priority=high", "--model=count", "how far?")
	command.Env = environment(t.TempDir(), server.URL)
	output, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Count(output, []byte("\n")) != 1 {
		t.Errorf("not one line: %q", output)
	}
	r := records(t, string(output))[0]
	if r.ID != "task-1" || r.Status != "completed" || r.Priority != "high" || r.Prompt != "how far?" || r.Error != "" ||
		!strings.HasPrefix(r.Model, "count") || r.Result != ollamatest.CountAnswer() || r.Worker < 1 || r.Worker > 10 {
		t.Errorf("got %+v", r)
	}
	if r.CreatedAt.IsZero() || r.StartedAt.Before(r.CreatedAt) || r.CompletedAt.Before(r.StartedAt) {
		t.Errorf("the times are %v, %v, %v", r.CreatedAt, r.StartedAt, r.CompletedAt)
	}
	if m := r.Metrics; m.Tokens != 400 || m.PromptTokens < 1 || m.TokensPerSecond <= 0 || m.FirstToken <= 0 {
		t.Errorf("the metrics are %+v", m)
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(output, &object); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"id", "status", "priority", "model", "prompt", "result", "thinking", "error", "error_kind",
		"worker", "attempts", "created_at", "started_at", "completed_at", "metrics"} {
		if _, ok := object[name]; !ok {
			t.Errorf("there is no field %s", name)
		}
	}
}

// TestRunInterrupted interrupts a batch half-way that nobody is to go on with: every task that was accepted is still stderr
// of, once.
func TestRunInterrupted(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("no signals there")
	}
	server := modelServer(t)
	command := exec.CommandContext(t.Context(), programPath, "run", "--journal=false", "--json", "--workers=2", "--model=loop",
		"a", "b", "c", "d")
	command.Env = environment(t.TempDir(), server.URL)
	var output bytes.Buffer
	command.Stdout = &output
	progress, err := command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	var stderr strings.Builder
	running := 0
	for lines := bufio.NewScanner(progress); lines.Scan(); {
		fmt.Fprintln(&stderr, lines.Text())
		if strings.Contains(lines.Text(), "  running ") {
			if running++; running == 2 {
				if err := command.Process.Signal(os.Interrupt); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	err = command.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 130 {
		t.Errorf("it ended with %v, want exit code 130; it said\n%s", err, stderr.String())
	}
	var ended []string
	for _, r := range records(t, output.String()) {
		ended = append(ended, r.ID+" "+r.Status)
	}
	slices.Sort(ended)
	if want := []string{"task-1 cancelled", "task-2 cancelled", "task-3 cancelled", "task-4 cancelled"}; !slices.Equal(ended, want) {
		t.Errorf("got %q, want %q", ended, want)
	}
}

// TestRunReaderGoesAway closes standard output after the first result, as head does: the rest is not done for
// nobody.
func TestRunReaderGoesAway(t *testing.T) {
	t.Parallel()
	server := modelServer(t)
	const tasks = 500
	command := exec.CommandContext(t.Context(), programPath, "run", "--json", "--workers=1", "--model=count", "-f", "-")
	command.Env = environment(t.TempDir(), server.URL)
	command.Stdin = strings.NewReader(strings.Repeat("x\n", tasks))
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := output.Read(make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	_ = output.Close()
	if err := command.Wait(); err == nil {
		t.Error("it ended as if all results had been read")
	}
	if n := server.chats(); n > tasks/2 {
		t.Errorf("%d of %d tasks were done for nobody", n, tasks)
	}
}

// TestRealBatch is the main job against a real Ollama server: more tasks than lanes, more lanes than the server
// works on at a time, mixed priorities; every answer is whole, and no task began before one of higher priority.
func TestRealBatch(t *testing.T) {
	t.Parallel()
	server := realserver.Start(t, "OLLAMA_NUM_PARALLEL=4")
	var batch strings.Builder
	priorities := []string{"low", "normal", "high"}
	const tasks = 30
	for i := range tasks {
		fmt.Fprintf(&batch, `{"id":"%d","prompt":"count","model":"count","priority":%q}`+"\n", i, priorities[i%3])
	}
	command := exec.CommandContext(t.Context(), programPath, "run", "--json", "-f", "-")
	command.Env = environment(t.TempDir(), server.URL.String())
	command.Stdin = strings.NewReader(batch.String())
	output, err := command.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	list := records(t, string(output))
	if len(list) != tasks {
		t.Fatalf("%d results", len(list))
	}
	for _, r := range list {
		if r.Status != "completed" || r.Result != realserver.CountAnswer {
			t.Errorf("task %s is %s: %q", r.ID, r.Status, r.Result)
		}
	}
	slices.SortFunc(list, func(a, b record) int { return a.StartedAt.Compare(b.StartedAt) })
	for i, r := range list {
		if want := priorities[2-i*len(priorities)/tasks]; r.Priority != want {
			t.Errorf("the task that started as number %d is %s, want %s", i+1, r.Priority, want)
		}
	}
}
