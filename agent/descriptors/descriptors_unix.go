//go:build unix

package descriptors

import (
	"os"
	"strconv"
	"syscall"
)

// Keep keeps all that is open now to this process: commands that it starts from now on get standard input and output,
// and nothing else. What Go opens is kept anyway; what this process was given by its parent, and what libraries open
// without Go, is not.
func Keep() {
	open, err := os.ReadDir("/dev/fd")
	if err != nil {
		return // there is no such list here
	}
	for _, entry := range open {
		if fd, err := strconv.Atoi(entry.Name()); err == nil && fd > 2 {
			syscall.CloseOnExec(fd)
		}
	}
}
