package acceptance

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"drover/tui/keys"
)

// panes returns how many panes the window has.
func (term *terminal) panes() int {
	term.Helper()
	return strings.Count(term.tmux("list-panes"), "\n")
}

// TestScreenIsLeftAndComeBackTo detaches from the multiplexer while the program works, comes back in a window of
// another size, and shares it with another pane.
func TestScreenIsLeftAndComeBackTo(t *testing.T) {
	t.Parallel()
	term := openTerminal(t, 100, 30, "127.0.0.1:1")
	term.run("drover demo")
	term.wait("Lanes 10 of 10 busy")
	// A client of its own, in another terminal, which is what attaching and detaching is.
	client := openTerminal(t, 70, 22, "127.0.0.1:1")
	client.run("env -u TMUX tmux -S " + term.socket + " attach")
	client.wait("Lanes 10 of 10 busy")
	client.do(keys.Down, keys.Down)
	client.waitFor("the third lane selected", func(screen string) bool {
		for row := range strings.Lines(screen) {
			if strings.HasPrefix(row, "▌") && strings.HasPrefix(strings.TrimLeft(row, "▌●◐◌✕! "), "3 ") {
				return true
			}
		}
		return false
	})
	client.press("C-b", "d")
	client.wait("detached")
	client.wantSane()

	// A small pane below an editor.
	term.tmux("resize-window", "-x", "100", "-y", "30")
	term.tmux("split-window", "-v", "-l", "22", "sleep 1000")
	term.tmux("select-pane", "-t", "0")
	term.waitFor("a row for each lane", func(screen string) bool {
		return !strings.Contains(screen, "Lanes") && strings.Contains(screen, "pending")
	})
	term.do(keys.Help)
	term.wait("All keys")
	term.do(keys.Back)
	term.tmux("kill-pane", "-t", "1")
	term.wait("Lanes", "Queue", "Errors")
	term.do(keys.Quit)
	term.wait("Leaving drover")
	term.do(keys.LeaveStop)
	term.wantSane()
}

// TestOutputInAPaneOfItsOwn opens what a task says beside the screen, while it says it.
func TestOutputInAPaneOfItsOwn(t *testing.T) {
	t.Parallel()
	term := openTerminal(t, 100, 40, modelServer(t).URL)
	term.run("drover --model loop")
	term.wait("Lanes", "idle")
	term.do(keys.TmuxPane)
	term.wait("lane 1 is idle")
	term.do(keys.New)
	term.wait("New task")
	term.tmux("send-keys", "-l", "hello there")
	term.do(keys.Submit)
	term.wait("Lanes 1 of 10 busy")
	term.do(keys.TmuxPane)
	term.wait("is in a pane of its own")
	if n := term.panes(); n != 2 {
		t.Fatalf("there are %d panes", n)
	}
	other := func() string { return term.tmux("capture-pane", "-p", "-t", "1") }
	term.waitFor("what the task says in the other pane", func(string) bool { return strings.Contains(other(), "loop") })
	term.do(keys.Cancel)
	term.wait("is being cancelled")
	term.waitFor("the end of it in the other pane", func(string) bool { return strings.Contains(other(), "enter closes this pane") })
	term.tmux("send-keys", "-t", "1", "Enter")
	term.waitFor("the other pane gone", func(string) bool { return term.panes() == 1 })
	term.wait("Lanes 0 of 10 busy") // or it would ask how to leave
	term.do(keys.Quit)
	term.wantSane()
}

// TestCommandsOnEvents has the program run what the settings name, with the task in its environment.
func TestCommandsOnEvents(t *testing.T) {
	t.Parallel()
	said := filepath.Join(t.TempDir(), "said")
	term := openTerminal(t, 100, 30, modelServer(t).URL)
	script := filepath.Join(t.TempDir(), "start")
	if err := os.WriteFile(script, []byte("export DROVER_ON_FAILURE_COMMAND='echo $DROVER_EVENT $DROVER_ERROR_KIND $DROVER_TASK_PROMPT >> "+said+"'\n"+
		"export DROVER_ON_EMPTY_COMMAND='echo $DROVER_EVENT $DROVER_TASKS_FAILED >> "+said+"'\n"+
		"exec drover --model broken --retries 0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	term.run("sh " + script)
	term.wait("Lanes", "idle")
	term.do(keys.New)
	term.wait("New task")
	term.tmux("send-keys", "-l", "try it")
	term.do(keys.Submit)
	term.wait("1 error")
	want := "failed server_error try it\nempty 1\n"
	term.waitFor("what the commands wrote", func(string) bool {
		text, _ := os.ReadFile(said)
		return string(text) == want
	})
	term.do(keys.Quit)
	term.wantSane()
}
