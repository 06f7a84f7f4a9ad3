//go:build unix

package command

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"drover/agent"
	"drover/agent/transcript"
)

// fifo is a pipe with a name. The processes of a command hold it open for writing, so that its end says that none of
// them is left.
type fifo struct {
	path string
	file *os.File
	in   *bufio.Reader
}

func newFIFO(t *testing.T) *fifo {
	t.Helper()
	f := &fifo{path: filepath.Join(t.TempDir(), "fifo")}
	if err := syscall.Mkfifo(f.path, 0o600); err != nil {
		t.Fatal(err)
	}
	return f
}

// read returns what comes until so many lines are there.
func (f *fifo) read(t *testing.T, lines int) []string {
	t.Helper()
	if f.file == nil {
		var err error
		if f.file, err = os.OpenFile(f.path, os.O_RDONLY, 0); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.file.Close() })
		f.in = bufio.NewReader(f.file)
	}
	var got []string
	for range lines {
		line, err := f.in.ReadString('\n')
		if err != nil {
			t.Fatalf("after %q: %v", got, err)
		}
		got = append(got, strings.TrimSpace(line))
	}
	return got
}

// write opens the pipe for writing, writes, and closes it.
func (f *fifo) write(t *testing.T, text string) {
	t.Helper()
	if err := os.WriteFile(f.path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// allGone waits until nobody holds the pipe open.
func (f *fifo) allGone(t *testing.T) {
	t.Helper()
	gone := make(chan error, 1)
	go func() {
		_, err := f.in.ReadString('\n')
		gone <- err
	}()
	select {
	case err := <-gone:
		if err == nil || err.Error() != "EOF" {
			t.Errorf("got %v", err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("something is left behind")
	}
}

// family is a line of the shell that starts a child, a grandchild whose parent has ended, one that hears no TERM and,
// where they are found too, one in a session of its own. Each says its name when it is there.
func family(f *fifo) (line string, members int) {
	line = "exec 9>" + f.path + "; " +
		"sh -c 'echo child >&9; sleep 1000' & " +
		"(sh -c 'echo orphan >&9; sleep 1000' &) ; " +
		`sh -c 'trap "" TERM; echo deaf >&9; while :; do sleep 1000; done' & `
	members = 3
	if _, err := exec.LookPath("setsid"); err == nil && runtime.GOOS == "linux" {
		line += "(setsid sh -c 'echo daemon >&9; exec sleep 1000' &) ; "
		members++
	}
	return line, members
}

func TestCancelEndsAll(t *testing.T) {
	t.Parallel()
	f := newFIFO(t)
	line, members := family(f)
	a := New(Config{Environ: os.Environ()})
	a.grace = 100 * time.Millisecond
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		_, err := a.Run(ctx, sh(line+"wait"), func(agent.Event) {})
		ended <- err
	}()
	f.read(t, members)
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	f.allGone(t)
}

// A command that has ended leaves nothing, and what it would leave does not hold the lane with its standard output.
func TestEndLeavesNothing(t *testing.T) {
	t.Parallel()
	f := newFIFO(t)
	line, members := family(f)
	a := New(Config{Environ: os.Environ()})
	a.grace = 100 * time.Millisecond
	var h recorder
	ended := make(chan error)
	go func() {
		result, err := a.Run(t.Context(), sh(line+"echo done"), h.emit)
		if result.Text != "done" {
			t.Errorf("the answer is %q", result.Text)
		}
		ended <- err
	}()
	f.read(t, members)
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if !strings.Contains(h.entries[transcript.Notice], "left something running") {
		t.Errorf("told %q", h.entries[transcript.Notice])
	}
	f.allGone(t)
}

// The test program plays drover with the line of the shell that driverEnv has, if it has one.
const driverEnv = "DROVER_TEST_DRIVER"

func drive() {
	a := New(Config{Environ: os.Environ()})
	a.grace = 100 * time.Millisecond
	_, err := a.Run(context.Background(), sh(os.Getenv(driverEnv)), func(agent.Event) {})
	_, _ = fmt.Fprint(os.Stderr, err)
	os.Exit(1)
}

// startDrover starts a process that runs a line of the shell as drover does.
func startDrover(t *testing.T, line string) *exec.Cmd {
	t.Helper()
	drover := exec.Command(os.Args[0])
	drover.Env = append(os.Environ(), driverEnv+"="+line)
	drover.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := drover.Start(); err != nil {
		t.Fatal(err)
	}
	return drover
}

func TestKilledDroverLeavesNothing(t *testing.T) {
	t.Parallel()
	f := newFIFO(t)
	line, members := family(f)
	drover := startDrover(t, line+"wait")
	f.read(t, members)
	if err := syscall.Kill(-drover.Process.Pid, syscall.SIGKILL); err != nil { // with its process group, as a shell does
		t.Fatal(err)
	}
	_ = drover.Wait()
	f.allGone(t)
}

// If the supervisor is killed with drover, the system kills the command.
func TestAllKilled(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux does so")
	}
	f := newFIFO(t)
	drover := startDrover(t, "exec 9>"+f.path+"; echo $PPID >&9; exec sleep 1000")
	supervisor, err := strconv.Atoi(f.read(t, 1)[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, pid := range []int{drover.Process.Pid, supervisor} {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
	}
	_ = drover.Wait()
	f.allGone(t)
}

// Whoever kills the supervisor kills the command.
func TestKilledSupervisor(t *testing.T) {
	t.Parallel()
	f := newFIFO(t)
	a := New(Config{Environ: os.Environ()})
	ended := make(chan error)
	go func() {
		_, err := a.Run(t.Context(), sh("exec 9>"+f.path+"; sleep 1000 & echo $PPID >&9; wait"), func(agent.Event) {})
		ended <- err
	}()
	supervisor, err := strconv.Atoi(f.read(t, 1)[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(supervisor, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "watches over it was killed") {
		t.Errorf("got %v", err)
	}
	f.allGone(t)
}

// A command has no files of drover but the standard ones, and is not in its session.
func TestIsolation(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("looks into /proc")
	}
	a := New(Config{Environ: os.Environ()})
	result, err := a.Run(t.Context(), sh("ls /proc/$$/fd; cut -d' ' -f6 /proc/$$/stat"), func(agent.Event) {})
	fds, session := "0\n1\n2\n", strings.TrimPrefix(result.Text, "0\n1\n2\n")
	own, _, _ := syscall.Syscall(syscall.SYS_GETSID, 0, 0, 0)
	if _, noNumber := strconv.Atoi(session); err != nil || !strings.HasPrefix(result.Text, fds) || noNumber != nil || session == strconv.Itoa(int(own)) {
		t.Errorf("got %q, %v", result.Text, err)
	}
}
