//go:build !unix

package workspace

import "os/exec"

// There are no process groups here: a command is killed alone.

func ownGroup(*exec.Cmd) {}

func endGroup(*exec.Cmd) {}
