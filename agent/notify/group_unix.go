//go:build unix

package notify

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
)

// inGroup gives a command a process group of its own, all of which is ended with it: a shell that is killed leaves what it
// has started, and what is typed at the terminal is for this program.
func inGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error {
		if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL); !errors.Is(err, syscall.ESRCH) {
			return err
		}
		return os.ErrProcessDone
	}
}
