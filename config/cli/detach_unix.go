//go:build unix

package cli

import "syscall"

// detached makes a process the first of a session of its own, which the end of the terminal does not reach.
func detached() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
