//go:build unix

package config

import (
	"io/fs"
	"os"
	"syscall"
)

// othersMatter is whether the mode of a file says what others may do with it.
const othersMatter = true

// isMine reports whether a file belongs to the user who runs the program.
func isMine(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return !ok || int64(stat.Uid) == int64(os.Geteuid())
}
