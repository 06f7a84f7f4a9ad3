//go:build unix

package rescue

import (
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
)

const supported = true

// ignoreJobControl lets a process of the background write to the terminal and set its mode. The commands that it starts inherit
// that.
func ignoreJobControl() { signal.Ignore(syscall.SIGTSTP, syscall.SIGTTIN, syscall.SIGTTOU) }

// restore sets the modes of a terminal and of its line discipline. The latter is left to stty, which every system with
// terminals has, and which knows the flags of each.
func restore(terminal *os.File) {
	_, _ = io.WriteString(terminal, reset) // who has closed the terminal needs none
	sane := exec.Command("stty", "sane")   //nolint:noctx // nothing is left that could end it
	if tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0); err == nil {
		defer tty.Close()
		sane.Stdin = tty
		_ = sane.Run()
	}
}
