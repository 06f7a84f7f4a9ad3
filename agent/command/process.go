package command

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

// Process is a program to run for an agent that is no command itself. What it starts ends with it, as with a task.
type Process struct {
	Path  string   // absolute
	Words []string // its name and its arguments
	Dir   string   // absolute
	Env   []string
	Grace time.Duration // between TERM and KILL; 0 for [Grace]
}

// Exit is how a process has ended.
type Exit struct {
	Code   int    // 0 if it says that all is well; -1 if a signal ended it, or if it is not known
	Signal string // that ended it; empty for none
	Left   bool   // it had left something running, which was ended
}

// String returns how it ended in words: "exit code 1".
func (e Exit) String() string {
	if e.Signal != "" {
		return fmt.Sprintf("ended by a signal (%s)", e.Signal)
	}
	return fmt.Sprintf("exit code %d", e.Code)
}

// Run lets it run to its end; if ctx ends before, all of it is ended, and so is what it has left running. What it writes, on
// either stream, goes to output, never two calls at a time and none once Run has returned; it has no input. An error says that
// it did not start, that it is not known how it ended, or why ctx ended.
func (p Process) Run(ctx context.Context, output io.Writer) (Exit, error) {
	j := &job{path: p.Path, words: p.Words, dir: p.Dir, env: p.Env, grace: p.Grace}
	if j.grace == 0 {
		j.grace = Grace
	}
	out := &oneAtATime{to: output}
	o, err := j.run(ctx, out, out)
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return Exit{o.code, o.signal, o.left}, err
}

// Program returns the path of this program, for starting it again: on Linux of this very file, also when another version has been installed
// in its place meanwhile.
func Program() string {
	const self = "/proc/self/exe"
	if runtime.GOOS == "linux" {
		if _, err := os.Stat(self); err == nil {
			return self
		}
	}
	path, err := os.Executable()
	if err != nil {
		return os.Args[0]
	}
	return path
}

// IsSecret reports whether a variable looks as if it held a secret, by its name.
func IsSecret(name string) bool {
	last := strings.ToUpper(name[strings.LastIndexByte(name, '_')+1:])
	return slices.Contains(secretWords, last)
}

// oneAtATime is a writer for several goroutines.
type oneAtATime struct {
	mu sync.Mutex
	to io.Writer
}

func (w *oneAtATime) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.to.Write(p)
}
