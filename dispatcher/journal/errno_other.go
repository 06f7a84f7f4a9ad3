//go:build !unix

package journal

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// The numbers of Windows for "disk full", "handle disk full" and "write protect".
const (
	errorWriteProtect   = syscall.Errno(19)
	errorHandleDiskFull = syscall.Errno(39)
	errorDiskFull       = syscall.Errno(112)
)

func isDiskFull(err error) bool {
	return errors.Is(err, errorDiskFull) || errors.Is(err, errorHandleDiskFull)
}

func isReadOnly(err error) bool { return errors.Is(err, errorWriteProtect) }

// isGone reports whether there is nothing at a path.
func isGone(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// alive reports whether there is a process with this number.
func alive(pid int) bool {
	p, err := os.FindProcess(pid) // opens the process on Windows
	if err != nil {
		return false
	}
	_ = p.Release()
	return true
}
