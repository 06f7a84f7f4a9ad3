//go:build unix && !linux

package command

import "syscall"

// adopt does nothing: only Linux has a process adopt what has lost its parent.
func adopt() error { return nil }

// processAttributes makes a process group of the command.
func processAttributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// descendants finds nothing: here the process group of the command is all that is known of it.
func descendants() []int { return nil }
