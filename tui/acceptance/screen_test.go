package acceptance

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	"drover/tui/keys"
)

// TestScreenInTmux is a first visit: the demo, a look at the help, a task of one's own, other sizes, and out.
func TestScreenInTmux(t *testing.T) {
	t.Parallel()
	term := openTerminal(t, 80, 24, "127.0.0.1:1")
	term.run("drover demo")
	term.wait("demo model, not a real one", "Lanes 10 of 10 busy", "demo-steady", "● ")
	if n := strings.Count(term.screen(), "\n"); n != 24 {
		t.Errorf("%d rows, want 24", n)
	}

	term.do(keys.Help)
	term.wait("All keys", "new task", "lower priority")
	term.do(keys.Back)
	term.wait("Lanes 10 of 10 busy")

	term.do(keys.New)
	term.wait("New task")
	term.tmux("send-keys", "-l", "count the sheep")
	term.wait("count the sheep")
	term.do(keys.Submit)
	term.waitFor("the form gone", func(screen string) bool { return !strings.Contains(screen, "New task") })

	// The new task is the last of the queue, which is longer than a small screen.
	term.tmux("resize-window", "-x", "200", "-y", "50")
	term.wait("count the sheep", "Lanes")
	for _, size := range [][2]string{{"60", "20"}, {"20", "6"}, {"3", "2"}, {"80", "24"}} {
		term.tmux("resize-window", "-x", size[0], "-y", size[1])
	}
	term.wait("Lanes", "Queue", "Errors", "quit")

	term.do(keys.Quit)
	term.wait("Leaving drover", "Stop now")
	term.do(keys.Back)
	term.waitFor("the question gone", func(screen string) bool { return !strings.Contains(screen, "Leaving drover") })
	term.do(keys.Quit)
	term.wait("Leaving drover")
	term.do(keys.LeaveStop)
	term.wantSane()
}

// TestScreenWithoutServer opens without a server, says so, and leaves at once, because nothing runs.
func TestScreenWithoutServer(t *testing.T) {
	t.Parallel()
	term := openTerminal(t, 100, 30, "127.0.0.1:1")
	term.run("drover")
	term.wait("127.0.0.1:1", "Lanes")
	term.do(keys.Quit)
	term.wantSane()
}

// TestDemoIsApart opens the demo from a screen whose server does not answer, and comes back: the task there waits as before, and
// nothing of the demo is kept.
func TestDemoIsApart(t *testing.T) {
	t.Parallel()
	term := openTerminal(t, 100, 30, "127.0.0.1:1")
	term.run("drover")
	term.wait("127.0.0.1:1", "opens the demo meanwhile")
	term.do(keys.New)
	term.wait("New task")
	term.tmux("send-keys", "-l", "my question")
	term.do(keys.Submit)
	term.wait("1 task stays in the queue")
	term.do(keys.Demo)
	term.wait("demo model, not a real one", "Lanes 10 of 10 busy")
	if screen := term.screen(); strings.Contains(screen, "my question") {
		t.Errorf("the real task is in the demo:\n%s", screen)
	}
	term.do(keys.Quit)
	term.wait("Leaving drover", "Stop now")
	term.do(keys.LeaveStop)
	term.wait("1 task stays in the queue", "my question")
	term.do(keys.Quit)
	term.waitFor("the prompt", func(screen string) bool { return lastLine(screen) == prompt })
	term.run("drover list --all --json | wc -l; drover list")
	term.wait("\n1\n", "my question")
	term.wantSane()
}

// TestScreenShowsHostileTextHarmlessly works with a model that tries to take over the terminal.
func TestScreenShowsHostileTextHarmlessly(t *testing.T) {
	t.Parallel()
	term := openTerminal(t, 80, 24, modelServer(t).URL)
	term.run("drover --model hostile; echo over")
	term.wait("Lanes", "idle")
	term.do(keys.New)
	term.wait("New task")
	term.tmux("send-keys", "-l", "hello")
	term.do(keys.Submit)
	term.wait("✓ 1")
	if screen := term.screen(); !strings.Contains(screen, "Lanes") || !strings.Contains(screen, "Queue") {
		t.Errorf("the screen was wiped:\n%s", screen)
	}
	term.do(keys.Quit)
	term.wait("over")
	if strings.TrimSpace(term.tmux("display-message", "-p", "#{pane_title}")) == "title" {
		t.Error("the model set the title of the terminal")
	}
	term.wantSane()
}

// TestScreenKilled ends the program from outside while it works, and twice from inside. The terminal is as it was, and
// the next program knows what was going on.
func TestScreenKilled(t *testing.T) {
	t.Parallel()
	endings := map[string]func(term *terminal){
		"SIGTERM": func(term *terminal) { term.signal("TERM") },
		"SIGHUP":  func(term *terminal) { term.signal("HUP") },
		"SIGINT":  func(term *terminal) { term.signal("INT") },
		"ctrl+c twice": func(term *terminal) {
			term.do(keys.Interrupt)
			term.wait(keys.Default().Name(keys.Interrupt) + " again")
			term.do(keys.Interrupt)
		},
	}
	for name, end := range endings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			term := openTerminal(t, 80, 24, modelServer(t).URL)
			term.run("drover --model loop")
			term.wait("Lanes", "idle")
			term.do(keys.New)
			term.wait("New task")
			term.tmux("send-keys", "-l", "hello")
			term.do(keys.Submit)
			term.wait("Lanes 1 of 10 busy")
			begun := time.Now()
			end(term)
			term.wantSane()
			if took := time.Since(begun); took > 10*time.Second {
				t.Errorf("it took %v", took)
			}
			term.run("clear; drover --model loop")
			term.wait("1 interrupted task", "Queue it again")
		})
	}
}

// TestScreenDies ends the program in ways in which it cannot give the terminal back itself. Somebody else does, and says what
// has happened.
func TestScreenDies(t *testing.T) {
	t.Parallel()
	for signal, said := range map[string]string{
		"KILL": "ended from outside", "QUIT": "ended by SIGQUIT", "ABRT": "ended by SIGABRT", // as a panic does, with all stacks
	} {
		t.Run(signal, func(t *testing.T) {
			t.Parallel()
			term := openTerminal(t, 100, 24, modelServer(t).URL)
			term.run("drover --model loop")
			term.wait("Lanes", "idle")
			term.do(keys.New)
			term.wait("New task")
			term.tmux("send-keys", "-l", "hello")
			term.do(keys.Submit)
			term.wait("Lanes 1 of 10 busy")
			term.signal(signal)
			term.wait(said)
			// The shell's prompt may have come before what is said, so it is asked for again. Not earlier: the stacks go to the
			// terminal too, and until that is given back it hands on an enter that ends no line.
			term.press("Enter")
			term.wantSane()
			term.run("clear; drover --model loop")
			term.wait("1 interrupted task", "Queue it again")
		})
	}
}

// TestScreenSuspends stops the program in three ways and goes on with it: the terminal is the shell's meanwhile, and the
// screen's again afterwards.
func TestScreenSuspends(t *testing.T) {
	t.Parallel()
	for name, stop := range map[string]func(term *terminal){
		"key":     func(term *terminal) { term.do(keys.Suspend) },
		"SIGTSTP": func(term *terminal) { term.signal("TSTP") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			term := openTerminal(t, 80, 24, "127.0.0.1:1")
			term.run("exec env PS1='" + prompt + " ' bash --norc --noprofile -i") // a shell with job control
			term.waitFor("the prompt", func(screen string) bool { return lastLine(screen) == prompt })
			term.run("drover demo")
			term.wait("Lanes 10 of 10 busy")
			for range 2 {
				stop(term)
				term.waitFor("the shell", func(screen string) bool { return lastLine(screen) == prompt })
				term.wantSane()
				term.run("fg")
				term.wait("Lanes ", "quit")
			}
			term.do(keys.Help) // it reads keys, and draws
			term.wait("All keys")
			term.do(keys.Quit)
			term.wait("Leaving drover")
			term.do(keys.LeaveStop)
			term.wantSane()
		})
	}
}

// TestScreenKilledHard ends the program in ways that it cannot notice, or not answer.
func TestScreenKilledHard(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(term *terminal){
		"SIGKILL":         func(term *terminal) { term.signal("KILL") },
		"closed terminal": func(*terminal) {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			term := openTerminal(t, 80, 24, modelServer(t).URL)
			term.run("drover --model loop --workers 1")
			term.wait("Lanes", "idle")
			for _, prompt := range []string{"first", "second"} {
				term.do(keys.New)
				term.wait("New task")
				term.tmux("send-keys", "-l", prompt)
				term.do(keys.Submit)
				term.wait(prompt, "in the queue")
			}
			process := term.program()
			end(term)
			term.tmux("respawn-pane", "-k") // whatever is left of the old terminal goes
			term.waitFor("the program gone", func(string) bool { return exec.Command("kill", "-0", process).Run() != nil })
			// With its path: what the first shell of a terminal has in its PATH, a new one need not have.
			term.run("clear; " + programPath + " --model loop")
			term.wait("1 interrupted task", "second")
			term.do(keys.Back) // to look around first
			term.wait("Nothing is started yet", "finished 1")
			term.do(keys.Pause)
			term.wait("Queue it again")
			term.waitFor("both tasks at work", func(screen string) bool {
				if strings.Contains(screen, "Queue it again") {
					term.do(keys.QueueAgain) // again and again: a question takes no answer in its first moment
				}
				return strings.Contains(screen, "Lanes 2 of 10 busy")
			})
		})
	}
}

// program returns the process ID of the program that runs in the shell.
func (term *terminal) program() string {
	term.Helper()
	shell := strings.TrimSpace(term.tmux("display-message", "-p", "#{pane_pid}"))
	id, err := exec.Command("pgrep", "-P", shell, "drover").Output()
	if err != nil {
		term.Fatalf("there is no program in the shell: %v", err)
	}
	return strings.TrimSpace(string(id))
}

// signal sends a signal to the program that runs in the shell.
func (term *terminal) signal(name string) {
	term.Helper()
	shell := strings.TrimSpace(term.tmux("display-message", "-p", "#{pane_pid}"))
	// By its parent, so that no other program of that name is hit.
	term.tmux("run-shell", "pkill -"+name+" -P "+shell+" drover")
}

// TestScreenSurvivesWhatIsPasted pastes a line of a log whose colours have more parameters than the decoder of the terminal's
// input has room for, as text and as keys.
func TestScreenSurvivesWhatIsPasted(t *testing.T) {
	t.Parallel()
	term := openTerminal(t, 80, 24, "127.0.0.1:1")
	term.run("drover demo; echo over")
	term.wait("Lanes 10 of 10 busy")
	term.do(keys.New)
	term.wait("New task")
	colour := "\x1b[" + strings.Repeat("1;", 40) + "1m"
	term.tmux("set-buffer", "before "+colour+"red\x1b]0;"+strings.Repeat("x", 10)+" after")
	term.tmux("paste-buffer", "-p", "-r") // as a terminal pastes
	term.wait("before red", "after")
	term.tmux("set-buffer", " typed \x1b[M"+colour+"red")
	term.tmux("paste-buffer", "-r") // as if it were typed
	term.tmux("send-keys", "-l", " and more")
	term.wait("typed red and more")
	term.do(keys.Back)
	term.waitFor("the form gone", func(screen string) bool { return !strings.Contains(screen, "New task") })
	term.do(keys.Quit)
	term.wait("Leaving drover")
	term.do(keys.LeaveStop)
	term.wait("over")
	term.wantSane()
}
