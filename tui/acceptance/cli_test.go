package acceptance

import (
	"encoding/json"
	"errors"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestScripts runs the scripts of testdata/scripts against the built program and a server with scripted models.
// Besides the commands of testscript they have
//
//	exits CODE PROGRAM ARGUMENTS…   run it and expect that exit code
//	eventually PROGRAM ARGUMENTS…   run it again and again until it succeeds
//	results FIELD WORD…             the last standard output is JSON lines; this field of them, sorted, is these
func TestScripts(t *testing.T) {
	t.Parallel()
	server := modelServer(t)
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "scripts"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Vars = append(env.Vars, environment(env.WorkDir, server.URL)...)
			env.Setenv("PATH", filepath.Dir(programPath)+string(filepath.ListSeparator)+env.Getenv("PATH"))
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits": exits, "eventually": eventually, "results": results,
		},
	})
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARGUMENTS...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	code := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("it does not run: %v", err)
		}
		code = exit.ExitCode()
	}
	if code != want {
		ts.Fatalf("exit code %d, want %d", code, want)
	}
}

// eventually waits for another process, of which nothing else can be waited for.
func eventually(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: eventually PROGRAM ARGUMENTS...")
	}
	for begun := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		err := ts.Exec(args[0], args[1:]...)
		if err == nil {
			return
		}
		if time.Since(begun) > 20*time.Second {
			ts.Fatalf("it never succeeds: %v", err)
		}
	}
}

func results(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: results FIELD WORD...")
	}
	var got []string
	for line := range strings.Lines(ts.ReadFile("stdout")) {
		var object map[string]any
		if err := json.Unmarshal([]byte(line), &object); err != nil {
			ts.Fatalf("%v in %q", err, line)
		}
		value, there := object[args[0]]
		if !there {
			ts.Fatalf("there is no %s in %s", args[0], line)
		}
		text, ok := value.(string)
		if !ok {
			encoded, err := json.Marshal(value)
			ts.Check(err)
			text = string(encoded)
		}
		got = append(got, text)
	}
	slices.Sort(got)
	if !slices.Equal(got, args[1:]) {
		ts.Fatalf("%s is %q, want %q", args[0], got, args[1:])
	}
}

// record is a result as a program that drives drover reads it, written down again on purpose: a field that is
// renamed breaks programs.
type record struct {
	ID          string    `json:"id"`
	Status      string    `json:"status"`
	Priority    string    `json:"priority"`
	Model       string    `json:"model"`
	Prompt      string    `json:"prompt"`
	Result      string    `json:"result"`
	Error       string    `json:"error"`
	Worker      int       `json:"worker"`
	CreatedAt   time.Time `json:"created_at"`
	StartedAt   time.Time `json:"started_at"`
	CompletedAt time.Time `json:"completed_at"`
	Metrics     struct {
		PromptTokens    int     `json:"prompt_tokens"`
		Tokens          int     `json:"tokens"`
		TokensPerSecond float64 `json:"tokens_per_second"`
		FirstToken      float64 `json:"ttft_ms"`
		ServerWait      float64 `json:"server_wait_ms"`
		Load            float64 `json:"load_ms"`
	} `json:"metrics"`
}

// records decodes the output of drover run --json.
func records(t *testing.T, output string) []record {
	t.Helper()
	var list []record
	for line := range strings.Lines(output) {
		var r record
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("%v in %q", err, line)
		}
		list = append(list, r)
	}
	return list
}
