package command

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// adopt makes this process the parent of whatever descends from it and loses its own.
func adopt() error { return unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) }

// processAttributes makes a process group of the command, and has it killed with the thread that starts it.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// descendants returns what descends from this process, but for what has ended and waits to be waited for.
func descendants() []int {
	children := make(map[int][]int)
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, name := range stats {
		stat, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended meanwhile
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(name)))
		if parent, ok := parentIn(stat); ok {
			children[parent] = append(children[parent], pid)
		}
	}
	found := []int{os.Getpid()}
	for i := 0; i < len(found); i++ {
		found = append(found, children[found[i]]...)
	}
	return found[1:]
}

// parentIn returns the parent in the text of a /proc/PID/stat: 12 (name) state parent …. It reports false for a process
// that has ended. The name is whatever the process likes.
func parentIn(stat []byte) (int, bool) {
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 2 || bytes.Equal(fields[0], []byte("Z")) || bytes.Equal(fields[0], []byte("X")) {
		return 0, false
	}
	parent, err := strconv.Atoi(string(fields[1]))
	return parent, err == nil
}
