package acceptance

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// runMark stands in front of a block of the README that is run as its reader would.
const runMark = "<!-- test: run -->"

// block is a block of shell commands in the README.
type block struct {
	line     int
	run      bool
	commands []string // one a line; without the "$ " in front of commands that are shown with their output
}

// blocks finds them.
func blocks(text string) []block {
	var found []block
	var open *block
	shows := false // the block has lines with "$ ", so the others are output
	marked := false
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimRight(line, "\r\n")
		switch {
		case open == nil && strings.HasPrefix(line, "```sh"):
			open, shows = &block{line: n, run: marked}, false
		case open == nil && strings.TrimSpace(line) != "":
			marked = line == runMark
		case open != nil && line == "```":
			found = append(found, *open)
			open, marked = nil, false
		case open != nil:
			command, isCommand := strings.CutPrefix(line, "$ ")
			if isCommand && !shows {
				open.commands, shows = nil, true
			}
			if isCommand || !shows {
				open.commands = append(open.commands, command)
			}
		}
	}
	return found
}

func TestBlocks(t *testing.T) {
	t.Parallel()
	got := blocks("a\n" + runMark + "\n\n```sh\none\ntwo\n```\n```sh\n$ three\noutput\n$ four\n```\n" + runMark + "\nb\n```sh\nfive\n```\n```go\nsix\n```\n")
	want := []block{{4, true, []string{"one", "two"}}, {8, false, []string{"three", "four"}}, {15, false, []string{"five"}}}
	if !slices.EqualFunc(got, want, func(a, b block) bool {
		return a.line == b.line && a.run == b.run && slices.Equal(a.commands, b.commands)
	}) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// TestReadme runs the marked blocks of the documents, and asks for the help of every drover command line in the
// others, which fails for a command or a flag that does not exist.
func TestReadme(t *testing.T) {
	t.Parallel()
	server := modelServer(t)
	for _, name := range []string{"README.md", "CONTRIBUTING.md"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			runDocument(t, server, name)
		})
	}
}

func runDocument(t *testing.T, server models, name string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root(t), name))
	if err != nil {
		t.Fatal(err)
	}
	all := blocks(string(text))
	runs := 0
	for _, b := range all {
		script := strings.Join(b.commands, "\n")
		if b.run {
			runs++
			t.Run("run", func(t *testing.T) {
				t.Parallel()
				shell(t, server.URL, fmt.Sprintf("%s:%d", name, b.line), script)
			})
			continue
		}
		for _, command := range b.commands {
			if help := helpFor(command); help != "" {
				t.Run("help", func(t *testing.T) {
					t.Parallel()
					shell(t, server.URL, fmt.Sprintf("%s:%d", name, b.line), help)
				})
			}
		}
	}
	if runs == 0 || len(all) < 2 {
		t.Errorf("%s has %d blocks, %d of them marked with %s", name, len(all), runs, runMark)
	}
}

// helpFor returns the command line with --help behind it if it is one of drover, or "".
func helpFor(command string) string {
	command, _, _ = strings.Cut(command, "#")
	for _, end := range []string{"|", ">", "&&", ";"} {
		if before, after, found := strings.Cut(command, end); found {
			command = before
			if end == "|" && !isDrover(before) {
				command = after // drover at the end of a pipe
			}
		}
	}
	command = strings.TrimSpace(command)
	if !isDrover(command) {
		return ""
	}
	if rest, found := strings.CutPrefix(command, "go run ."); found {
		command = "drover" + rest
	}
	return command + " --help"
}

func isDrover(command string) bool {
	command = strings.TrimSpace(command)
	return command == "drover" || strings.HasPrefix(command, "drover ") ||
		command == "go run ." || strings.HasPrefix(command, "go run . ")
}

func TestHelpFor(t *testing.T) {
	t.Parallel()
	for command, want := range map[string]string{
		"drover": "drover --help", "go run . demo # try it": "drover demo --help", "go test ./...": "",
		"printf 'a' | drover run -f -": "drover run -f - --help", "drover run --json x | jq": "drover run --json x --help",
		"ollama pull x": "", "drover run x > out.txt": "drover run x --help",
	} {
		if got := helpFor(command); got != want {
			t.Errorf("%q gives %q, want %q", command, got, want)
		}
	}
}

// shell runs a script at the root of the tree, with a home of its own.
func shell(t *testing.T, host, place, script string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 4*limit)
	defer cancel()
	command := exec.CommandContext(ctx, "sh", "-eu", "-c", script)
	command.Dir = root(t)
	command.WaitDelay = time.Second
	command.Env = append(environment(t.TempDir(), host), "PATH="+filepath.Dir(programPath)+":"+os.Getenv("PATH"))
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPATH"} { // they lie in the home
		value, err := exec.CommandContext(ctx, "go", "env", name).Output()
		if err != nil {
			t.Fatal(err)
		}
		command.Env = append(command.Env, name+"="+strings.TrimSpace(string(value)))
	}
	if output, err := command.CombinedOutput(); err != nil {
		t.Errorf("%s: %v in\n%s\n%s", place, err, script, output)
	}
}
