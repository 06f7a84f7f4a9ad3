package notify

import (
	"os/exec"
	"syscall"
)

// inGroup gives a command a process group of its own: what is typed at the terminal is for this program.
func inGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}
