package acceptance

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"drover/agent/ollamatest"
)

// TestOnlyTheScreenAsksTheTerminal runs commands on a terminal that answers nothing: none of them sends it a control
// sequence, whatever they have to say.
func TestOnlyTheScreenAsksTheTerminal(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("there is no pseudo-terminal")
	}
	for _, args := range [][]string{
		{"--help"}, {"nosuch"}, {"run"}, {"run", "--help"}, {"run", "--nosuch"}, {"list"}, {"logs", "7"}, {"doctor"}, {"--version"},
	} {
		command := exec.CommandContext(t.Context(), programPath, args...)
		command.Env = append(environment(t.TempDir(), "127.0.0.1:1"), "TERM=xterm-256color", "COLORTERM=truecolor")
		terminal, err := pty.StartWithSize(command, &pty.Winsize{Rows: 24, Cols: 80})
		if err != nil {
			t.Fatal(err)
		}
		var said bytes.Buffer
		_, _ = io.Copy(&said, terminal) // it ends with an error when the program does
		_ = command.Wait()              // most of them fail, which is not what this is about
		_ = terminal.Close()
		if said.Len() == 0 || strings.Contains(said.String(), "\x1b") {
			t.Errorf("drover %q says %q", args, said.String())
		}
	}
}

// TestIgnoredSignalsStayIgnored hangs up on a run that was started with nohup.
func TestIgnoredSignalsStayIgnored(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("there are no such signals")
	}
	slow := ollamatest.Count()
	slow.TokensPerSecond = 400
	server := ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{slow}})
	running, err := ollamatest.Start(server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(running.Close)
	command := exec.CommandContext(t.Context(), "sh", "-c", `trap '' HUP INT; exec "$0" run --json a`, programPath)
	command.Env = environment(t.TempDir(), running.URL)
	var said bytes.Buffer
	command.Stdout = &said
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	for (models{server, running.URL}).chats() == 0 && t.Context().Err() == nil {
		time.Sleep(time.Millisecond) // the server tells nobody
	}
	for _, signal := range []os.Signal{syscall.SIGHUP, os.Interrupt} {
		if err := command.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
	}
	if err := command.Wait(); err != nil || !strings.Contains(said.String(), `"status":"completed"`) {
		t.Errorf("%v: %s", err, said.String())
	}
}
