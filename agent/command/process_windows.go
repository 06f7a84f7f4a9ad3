package command

import (
	"context"
	"errors"
	"io"
	"os/exec"
	"strings"
	"time"
)

// drainTime is how long what the command has left running may hold its output open.
const drainTime = time.Second

// Supervise does nothing: there is no supervisor on this system.
func Supervise() {}

// run lets a job run to its end, or until ctx ends and the command has been ended; what it has started goes on. What it
// writes goes to stdout and stderr, each from a goroutine of its own, and no more once run has returned. An error says
// that it did not start, or that it is not known how it ended.
func (j *job) run(ctx context.Context, stdout, stderr io.Writer) (outcome, error) {
	command := exec.CommandContext(ctx, j.path)
	command.Args, command.Dir, command.Env = j.words, j.dir, j.env
	command.Stdout, command.Stderr, command.WaitDelay = stdout, stderr, drainTime
	if j.input != "" {
		command.Stdin = strings.NewReader(j.input)
	}
	err := command.Run()
	if command.ProcessState == nil {
		return outcome{}, err
	}
	return outcome{code: command.ProcessState.ExitCode(), left: errors.Is(err, exec.ErrWaitDelay)}, nil
}
