package acceptance

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"drover/tui/keys"
)

// TestAScreenOutlivesItsServer attaches to a server that is killed while something is typed: the screen says so, keeps what
// was typed, and goes on with the next server. Closing it leaves the server alone.
func TestAScreenOutlivesItsServer(t *testing.T) {
	t.Parallel()
	term := openTerminal(t, 100, 30, "127.0.0.1:1")
	term.run("drover attach")
	term.wait("no drover is running here", "drover serve --detach")
	term.run("clear; drover serve --detach")
	term.wait("as process")
	first := servedBy(t, term.screen())
	term.run("drover")
	term.wait("Lanes", "Queue", "127.0.0.1:1")
	term.do(keys.New)
	term.wait("New task")
	term.tmux("send-keys", "-l", "half a thought")
	term.wait("half a thought")

	kill(t, first)
	term.wait("connection lost", "half a thought")
	term.tmux("new-window", "-d", programPath+" serve --detach")
	term.waitFor("the connection", func(screen string) bool { return !strings.Contains(screen, "connection lost") })
	term.wait("half a thought")
	term.do(keys.Submit)
	term.wait("Queue 1")
	term.do(keys.Quit)
	term.wait(prompt)

	term.run("clear; drover serve")
	term.wait("serves this state directory already")
	term.run("clear; drover serve --replace --detach")
	term.wait("as process")
	second := servedBy(t, term.screen())
	term.run("clear; drover attach")
	term.wait("Queue 1")
	kill(t, second)
	term.wait("connection lost")
	term.do(keys.Quit)
	term.wantSane()
}

var process = regexp.MustCompile(`as process (\d+)`)

// servedBy returns the process that drover serve --detach has said last.
func servedBy(t *testing.T, screen string) int {
	t.Helper()
	all := process.FindAllStringSubmatch(screen, -1)
	if len(all) == 0 {
		t.Fatalf("there is no process in\n%s", screen)
	}
	pid, err := strconv.Atoi(all[len(all)-1][1])
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

func kill(t *testing.T, pid int) {
	t.Helper()
	p, err := os.FindProcess(pid)
	if err == nil {
		err = p.Kill()
	}
	if err != nil {
		t.Fatal(err)
	}
}
