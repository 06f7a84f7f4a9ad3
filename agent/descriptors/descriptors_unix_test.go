//go:build unix

package descriptors

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
)

func TestCommandsInheritNothing(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	if _, _, errno := syscall.Syscall(syscall.SYS_FCNTL, w.Fd(), syscall.F_SETFD, 0); errno != 0 { // as a shell leaves it
		t.Fatal(errno)
	}
	has := func() bool {
		return exec.Command("sh", "-c", fmt.Sprintf("[ -e /dev/fd/%d ]", w.Fd())).Run() == nil
	}
	if !has() {
		t.Skip("nothing is inherited here")
	}
	Keep()
	if has() {
		t.Error("a command has what this process was given")
	}
}
