package acceptance

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"drover/tui/keys"
)

// terminal is a window of a real terminal multiplexer with a shell in it, as a user has it.
type terminal struct {
	*testing.T
	socket string
}

const prompt = "ready>"

// openTerminal starts a tmux server of its own for the test, which knows nothing of the user's, and waits for
// the prompt of the shell.
func openTerminal(t *testing.T, width, height int, host string) *terminal {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Skip("there is no tmux to drive the program in")
	}
	dir, err := os.MkdirTemp("", "drover-tmux-") //nolint:usetesting // the path of a socket may have a hundred bytes
	if err != nil {
		t.Fatal(err)
	}
	term := &terminal{T: t, socket: filepath.Join(dir, "s")}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the screen at the end:\n%s", term.screen())
		}
		_ = exec.Command("tmux", "-S", term.socket, "kill-server").Run()
		_ = os.RemoveAll(dir)
	})
	variables := append(environment(t.TempDir(), host), "PATH="+filepath.Dir(programPath)+":"+os.Getenv("PATH"), "LC_ALL=C.UTF-8")
	start := exec.CommandContext(t.Context(), "tmux", "-S", term.socket, "-f", "/dev/null", "-u",
		"new-session", "-d", "-x", strconv.Itoa(width), "-y", strconv.Itoa(height),
		// The prompt is set here because the shell with which tmux runs this would not pass it on.
		"exec env PS1='"+prompt+" ' sh")
	start.Env = variables
	if output, err := start.CombinedOutput(); err != nil {
		t.Fatalf("tmux does not start: %v: %s", err, output)
	}
	term.waitFor("the prompt", func(screen string) bool { return strings.Contains(screen, prompt) })
	return term
}

// tmux runs one command of tmux and returns what it printed.
func (term *terminal) tmux(args ...string) string {
	term.Helper()
	output, err := exec.Command("tmux", append([]string{"-S", term.socket}, args...)...).CombinedOutput()
	if err != nil {
		term.Fatalf("tmux %q: %v: %s", args, err, output)
	}
	return string(output)
}

// screen returns what is to be seen.
func (term *terminal) screen() string {
	output, _ := exec.Command("tmux", "-S", term.socket, "capture-pane", "-p").CombinedOutput()
	return string(output)
}

// run types a command line.
func (term *terminal) run(line string) {
	term.Helper()
	term.tmux("send-keys", "-l", line)
	term.press("Enter")
}

// press presses keys by the names that tmux has for them.
func (term *terminal) press(keys ...string) {
	term.Helper()
	term.tmux(append([]string{"send-keys"}, keys...)...)
}

// do carries out actions with the first key that each has, as tmux names it.
func (term *terminal) do(actions ...keys.Action) {
	term.Helper()
	bound := keys.Default()
	for _, a := range actions {
		key := bound.Binding(a).Keys[0]
		if name, ok := map[string]string{"esc": "Escape", "enter": "Enter", "space": "Space", "tab": "Tab"}[key]; ok {
			key = name
		}
		term.press(strings.Replace(key, "ctrl+", "C-", 1))
	}
}

// wait waits until the screen shows all of these.
func (term *terminal) wait(texts ...string) {
	term.Helper()
	term.waitFor(fmt.Sprintf("%q", texts), func(screen string) bool {
		for _, text := range texts {
			if !strings.Contains(screen, text) {
				return false
			}
		}
		return true
	})
}

// waitFor looks at the screen until it is as it should be. The terminal tells nobody when it changes, so this is
// the one place that looks again and again.
func (term *terminal) waitFor(what string, ok func(screen string) bool) {
	term.Helper()
	until := time.Now().Add(limit)
	for !ok(term.screen()) {
		if time.Now().After(until) {
			term.Fatalf("the screen never showed %s", what)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// wantSane expects a terminal as the shell had left it: the normal screen, a cursor, no mouse, and a shell that
// takes a line and echoes it.
func (term *terminal) wantSane() {
	term.Helper()
	term.waitFor("the shell's prompt again", func(screen string) bool {
		return lastLine(screen) == prompt
	})
	state := strings.TrimSpace(term.tmux("display-message", "-p", "alternate=#{alternate_on} cursor=#{cursor_flag} mouse=#{mouse_any_flag} keypad=#{keypad_flag}"))
	if want := "alternate=0 cursor=1 mouse=0 keypad=0"; state != want {
		term.Errorf("the terminal is left with %s, want %s", state, want)
	}
	term.run("echo alive=$((20+3))")
	term.wait("alive=23", "echo alive=$((20+3))")
}

func lastLine(screen string) string {
	screen = strings.TrimRight(screen, "\n ")
	return screen[strings.LastIndexByte(screen, '\n')+1:]
}
