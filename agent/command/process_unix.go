//go:build unix

package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

const (
	// drainTime is how long output may still come once everything has ended. It comes only from what has left the
	// command's process group and holds the pipe open, where that is not found and ended.
	drainTime = time.Second

	// stopTime is how long, beside the grace, a supervisor may take to end the command and all that comes of it.
	stopTime = killing + 2*time.Second
)

// run lets a job run to its end; if ctx ends before, all of it is ended. What it writes goes to stdout and stderr, each
// from a goroutine of its own, and no more once run has returned. An error says that it did not start, or that it is
// not known how it ended.
func (j *job) run(ctx context.Context, stdout, stderr io.Writer) (outcome, error) {
	control, stop, err := os.Pipe()
	if err != nil {
		return outcome{}, err
	}
	defer control.Close()
	defer stop.Close()
	reports, reportTo, err := os.Pipe()
	if err != nil {
		return outcome{}, err
	}
	defer reports.Close()
	defer reportTo.Close()

	supervisor := &exec.Cmd{
		Path: Program(), Args: append([]string{"drover", supervisorWord, j.grace.String(), j.path}, j.words...),
		Dir: j.dir, Env: j.env, Stdout: stdout, Stderr: stderr,
		ExtraFiles:  []*os.File{control, reportTo},
		SysProcAttr: &syscall.SysProcAttr{Setsid: true},
		WaitDelay:   drainTime,
	}
	if j.input != "" {
		supervisor.Stdin = strings.NewReader(j.input)
	}
	if err := supervisor.Start(); err != nil {
		return outcome{}, err
	}
	_ = control.Close()
	_ = reportTo.Close()
	defer context.AfterFunc(ctx, func() {
		_ = stop.Close()
		_ = reports.SetReadDeadline(time.Now().Add(j.grace + stopTime))
	})()
	o, err := listen(reports)
	_ = supervisor.Process.Kill() // does nothing to one that has ended, which it does after its last report
	if errors.Is(supervisor.Wait(), exec.ErrWaitDelay) {
		o.alive = true
	}
	return o, err
}

// listen takes the reports of a supervisor to the last.
func listen(reports io.Reader) (outcome, error) {
	group := 0
	decoder := json.NewDecoder(reports)
	for {
		var r report
		err := decoder.Decode(&r)
		switch {
		case err != nil && group != 0:
			_ = syscall.Kill(-group, syscall.SIGKILL)
			return outcome{alive: true}, errors.New("the process that watches over it was killed")
		case err != nil:
			return outcome{}, fmt.Errorf("the process that is to watch over it did not start: %w", err)
		case r.Error != "":
			return outcome{}, errors.New(r.Error)
		case r.Group != 0:
			group = r.Group
		default:
			return r.outcome(), nil
		}
	}
}

func (r report) outcome() outcome {
	o := outcome{left: r.Left, alive: r.Alive}
	if r.Status != nil {
		status := syscall.WaitStatus(*r.Status)
		o.code = status.ExitStatus()
		if status.Signaled() { //nolint:misspell // its name
			o.signal = status.Signal().String()
		}
	}
	return o
}
