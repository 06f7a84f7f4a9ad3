package workspace

import (
	"os"

	"golang.org/x/sys/unix"
)

// shareBlocks makes an empty file have the content of another one without copying it, if the file system can.
func shareBlocks(to, from *os.File) bool {
	return unix.IoctlFileClone(int(to.Fd()), int(from.Fd())) == nil
}
