//go:build unix

package command

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/signal"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"drover/agent/descriptors"
)

// supervisorWord is the first argument of a process that is a supervisor. The second is the grace, the third the path
// of the program to run, and the others are its arguments, from its name on.
const supervisorWord = "__supervise"

// The files of a supervisor beside the standard ones, which are those of the command.
const (
	controlFile = 3 // its end says that the command is to end
	reportFile  = 4 // takes reports, a JSON object a line
)

// report is what a supervisor tells. The first one says that the command runs, or why it does not; the second, which
// is the last, how it ended.
type report struct {
	Group  int    `json:"group,omitempty"`  // the process group of the command that runs
	Error  string `json:"error,omitempty"`  // why it could not be started
	Status *int   `json:"status,omitempty"` // how it ended, a syscall.WaitStatus
	Left   bool   `json:"left,omitempty"`   // it had left something running, which has been ended
	Alive  bool   `json:"alive,omitempty"`  // something could not be ended
}

const (
	// lingering is how long what a command has left running may take to end by itself: time for the end of a pipeline
	// to write what it has.
	lingering = 500 * time.Millisecond

	// killing is how long the system may take to kill, which takes long only for what waits for a broken disk.
	killing = 5 * time.Second

	// looking is how often is looked whether everything has ended, once it is to end.
	looking = 10 * time.Millisecond
)

// Supervise takes over the process if it was started as a supervisor: then it does not return. Every program in which
// commands run calls it first of all.
func Supervise() {
	if len(os.Args) < 5 || os.Args[1] != supervisorWord {
		return
	}
	grace, err := time.ParseDuration(os.Args[2])
	if err != nil {
		grace = Grace
	}
	// The command is killed when the thread that has started it ends. This one lasts as long as the process.
	runtime.LockOSThread()
	keepFiles()
	s := supervisor{grace: grace, reports: os.NewFile(reportFile, "reports")}
	s.run(os.Args[3], os.Args[4:])
	os.Exit(0)
}

// keepFiles makes no file but the standard ones go to the command, whatever drover was started with.
func keepFiles() {
	descriptors.Keep()
	syscall.CloseOnExec(controlFile)
	syscall.CloseOnExec(reportFile)
}

// supervisor runs one command and ends all that comes of it.
type supervisor struct {
	grace   time.Duration
	reports *os.File
	command int          // its process ID, and its process group
	status  atomic.Int64 // how it ended, written by reap before ended is closed
	ended   chan struct{}
}

// run returns when the command and all that it has started has ended.
func (s *supervisor) run(path string, words []string) {
	stop := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, os.NewFile(controlFile, "control"))
		close(stop)
	}()
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGTERM)

	err := adopt()
	if err == nil {
		s.command, err = syscall.ForkExec(path, words, &syscall.ProcAttr{ //nolint:gosec // what it is for
			Env: os.Environ(), Files: []uintptr{0, 1, 2}, Sys: processAttributes(),
		})
	}
	if err != nil {
		s.send(report{Error: err.Error()})
		return
	}
	s.send(report{Group: s.command})
	letGoOfStandardFiles()
	s.ended = make(chan struct{})
	go s.reap()

	left := false
	select {
	case <-s.ended:
		if left = !s.gone(lingering); left {
			s.end()
		}
	case <-stop:
		s.end()
	case <-asked:
		s.end()
	}
	last := report{Left: left, Alive: !s.gone(0)}
	select {
	case <-s.ended:
		status := int(s.status.Load())
		last.Status = &status
	default:
	}
	s.send(last)
}

// send writes a report. If that fails nobody listens any more.
func (s *supervisor) send(r report) {
	if line, err := json.Marshal(r); err == nil {
		_, _ = s.reports.Write(append(line, '\n'))
	}
}

// letGoOfStandardFiles closes the supervisor's own ends of the command's pipes.
func letGoOfStandardFiles() {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return
	}
	for fd := range 3 {
		_ = unix.Dup2(int(null.Fd()), fd)
	}
	_ = null.Close()
}

// reap waits for the command, and for what is adopted and ends before it does.
func (s *supervisor) reap() {
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, 0, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil:
			return
		case pid == s.command:
			s.status.Store(int64(status))
			close(s.ended)
			return // endedAll waits for what is adopted from now on
		}
	}
}

// end ends everything.
func (s *supervisor) end() {
	s.signal(syscall.SIGTERM)
	s.signal(syscall.SIGCONT) // what is stopped hears nothing
	if s.gone(s.grace) {
		return
	}
	// What is killed may have started more meanwhile, and what loses its parent is adopted: again until all is gone.
	for deadline := time.Now().Add(killing); time.Now().Before(deadline); {
		s.signal(syscall.SIGKILL)
		if s.gone(looking) {
			return
		}
	}
}

// gone reports whether everything has ended, and waits for that for so long at most.
func (s *supervisor) gone(patience time.Duration) bool {
	for deadline := time.Now().Add(patience); ; {
		if s.endedAll() {
			return true
		}
		if !time.Now().Before(deadline) {
			return false
		}
		time.Sleep(looking)
	}
}

// endedAll reports whether neither the command nor anything that it has started is there.
func (s *supervisor) endedAll() bool {
	select {
	case <-s.ended:
	default:
		return false
	}
	for { // what was adopted and has ended; the command has been waited for
		if pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); err != nil || pid <= 0 {
			break
		}
	}
	return errors.Is(syscall.Kill(-s.command, 0), syscall.ESRCH) && len(descendants()) == 0
}

// signal sends a signal to everything.
func (s *supervisor) signal(sig syscall.Signal) {
	_ = syscall.Kill(-s.command, sig)
	for _, pid := range descendants() {
		_ = syscall.Kill(pid, sig)
	}
}
