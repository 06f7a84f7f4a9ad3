package acceptance

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"drover/agent/ollamatest"
)

// limit is how long a test waits for anything that the program should do at once.
const limit = 30 * time.Second

// programPath is the built program. Set by TestMain before any test runs.
var programPath string

func TestMain(m *testing.M) { os.Exit(withProgram(m.Run)) }

// withProgram builds the program for the tests that drive it: with the race detector if they have it, so that
// a race in the whole is found as one in a package is.
func withProgram(run func() int) int {
	dir, err := os.MkdirTemp("", "drover-acceptance-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	programPath = filepath.Join(dir, "drover")
	if runtime.GOOS == "windows" {
		programPath += ".exe"
	}
	arguments := []string{"build", "-o", programPath}
	if raceEnabled {
		arguments = append(arguments, "-race")
	}
	build := exec.CommandContext(context.Background(), "go", append(arguments, "drover")...)
	if output, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "the program does not build: %v\n%s", err, output)
		return 1
	}
	return run()
}

// environment returns the variables for a run of the program that sees nothing of its user: folders of its own
// in dir, no settings, and a server at host.
func environment(dir, host string) []string {
	kept := slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "DROVER_") || strings.HasPrefix(v, "OLLAMA_") || strings.HasPrefix(v, "XDG_") ||
			strings.HasPrefix(v, "TMUX") || strings.HasPrefix(v, "NO_COLOR=")
	})
	return append(kept,
		"HOME="+dir, "XDG_CONFIG_HOME="+filepath.Join(dir, "config"), "XDG_STATE_HOME="+filepath.Join(dir, "state"),
		"OLLAMA_HOST="+host,
		// What the race detector finds is told by the exit code too.
		"GORACE=halt_on_error=1 exitcode=66",
	)
}

// modelServer starts a server with fast scripted models for as long as the test runs: count, loop, and broken,
// which answers every request with an error of the server.
func modelServer(t *testing.T) models {
	t.Helper()
	broken := ollamatest.Model{Name: "broken", Answer: func(ollamatest.Prompt) ollamatest.Script {
		return ollamatest.Script{Text: []string{"so far"}, Fault: ollamatest.ErrorLine(1, "llama runner \x1b[2Jfell over")}
	}}
	server := ollamatest.New(ollamatest.Config{
		Models: []ollamatest.Model{
			ollamatest.Count(), ollamatest.Loop(100), broken,
			ollamatest.Saying("hostile", "before\x1b]0;title\a\x1b[2Jafter\n"),
			ollamatest.Saying("people", `{"items": [{"name": "Ada"}, {"n\u001b]0;x\u0007ame": "Bob"}]}`),
		},
	})
	running, err := ollamatest.Start(server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(running.Close)
	return models{server, running.URL}
}

// models is a running server with scripted models.
type models struct {
	*ollamatest.Server
	URL string
}

// chats returns how many chats the server was asked for.
func (m models) chats() int {
	n := 0
	for _, r := range m.Requests() {
		if r.Path == "/api/chat" {
			n++
		}
	}
	return n
}
