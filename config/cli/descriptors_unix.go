//go:build unix

package cli

import (
	"os"
	"strconv"
	"syscall"
)

// keepDescriptors keeps what this process was given open to itself: commands that it starts get standard input and
// output, and nothing else. What Go opens is its own anyway.
func keepDescriptors() {
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
