//go:build linux

package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

// The size of the terminal.
const columns, rows = 200, 50

// patience is how long anything on the screen is waited for.
const patience = 30 * time.Second

// terminal is a program on a pseudo-terminal that is watched.
type terminal struct {
	cmd       *exec.Cmd
	pty       *os.File
	questions *os.File // where a child is asked
	answers   *json.Decoder
	begun     time.Time

	mu      sync.Mutex // guards what follows
	seen    *sync.Cond // something was drawn
	vt      *vt.Emulator
	bytes   int       // that were written
	at      time.Time // when the latest were
	closed  bool
	onFrame func(at time.Time) // called with mu held after each piece that was drawn; may be nil
}

// child starts this program as one that is measured.
func (b *bench) child(spec string) (*terminal, error) {
	return open([]string{childVariable + "=" + spec}, b.self)
}

// open starts a program on a terminal of its own.
func open(environment []string, path string, args ...string) (*terminal, error) {
	cmd := exec.Command(path, args...) //nolint:noctx // it is ended by close
	cmd.Env = append(os.Environ(), "TERM=xterm-256color", "COLORTERM=truecolor", "LANG=en_GB.UTF-8", "TMUX=", "NO_COLOR=")
	cmd.Env = append(cmd.Env, environment...)
	asked, questions, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	answers, answered, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd.ExtraFiles = []*os.File{asked, answered}
	t := &terminal{
		cmd: cmd, questions: questions, answers: json.NewDecoder(bufio.NewReader(answers)), begun: time.Now(),
		vt: vt.NewEmulator(columns, rows),
	}
	t.seen = sync.NewCond(&t.mu)
	t.pty, err = pty.StartWithSize(cmd, &pty.Winsize{Cols: columns, Rows: rows})
	_, _ = asked.Close(), answered.Close()
	if err != nil {
		return nil, err
	}
	go t.watch()
	go func() { _, _ = io.Copy(io.Discard, t.vt) }() // its answers to questions; unread, they would block it
	return t, nil
}

func (t *terminal) watch() {
	buffer := make([]byte, 64<<10)
	for {
		n, err := t.pty.Read(buffer)
		t.mu.Lock()
		t.at = time.Now()
		t.bytes += n
		_, _ = t.vt.Write(buffer[:n])
		if t.onFrame != nil {
			t.onFrame(t.at)
		}
		t.closed = err != nil
		t.seen.Broadcast()
		t.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// close ends the program.
func (t *terminal) close() {
	_ = t.cmd.Process.Signal(syscall.SIGKILL)
	_ = t.cmd.Wait() // says that it was killed
	_, _, _ = t.pty.Close(), t.questions.Close(), t.vt.Close()
}

// row is a row of the screen from some column on. Called with mu held.
func (t *terminal) row(y, from int) string {
	var b strings.Builder
	for x := from; x < columns; x++ {
		b.WriteString(t.vt.CellAt(x, y).Content)
	}
	return b.String()
}

// has reports whether the screen shows a text. Called with mu held.
func (t *terminal) has(text string) bool {
	for y := range rows {
		if strings.Contains(t.row(y, 0), text) {
			return true
		}
	}
	return false
}

// wait waits until what is seen is as it should be, and returns when that was.
func (t *terminal) wait(what string, ok func() bool) (time.Time, error) {
	late := false
	timer := time.AfterFunc(patience, func() {
		t.mu.Lock()
		late = true
		t.seen.Broadcast()
		t.mu.Unlock()
	})
	defer timer.Stop()
	t.mu.Lock()
	defer t.mu.Unlock()
	for !ok() {
		if late || t.closed {
			return time.Time{}, fmt.Errorf("the screen never showed %s:\n%s", what, t.vt.String())
		}
		t.seen.Wait()
	}
	return t.at, nil
}

// waitText waits for a text.
func (t *terminal) waitText(text string) (time.Time, error) {
	return t.wait(fmt.Sprintf("%q", text), func() bool { return t.has(text) })
}

// echo presses a key and returns how long it takes until the screen is as the key should make it.
func (t *terminal) echo(key string, ok func() bool) (time.Duration, error) {
	begun := time.Now()
	if _, err := t.pty.WriteString(key); err != nil {
		return 0, err
	}
	at, err := t.wait("what the key "+key+" does", ok)
	return at.Sub(begun), err
}

// ask has a child tell of itself.
func (t *terminal) ask(what string) (r report, err error) {
	if _, err := fmt.Fprintln(t.questions, what); err != nil {
		return r, err
	}
	return r, t.answers.Decode(&r)
}

// written is how many bytes were written so far.
func (t *terminal) written() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.bytes
}

// cpu is how much time of a processor the program has used, as the scheduler has measured it.
func (t *terminal) cpu() (sum time.Duration, err error) {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", t.cmd.Process.Pid))
	if err != nil || len(threads) == 0 {
		return 0, fmt.Errorf("nothing is known of the processor time of process %d", t.cmd.Process.Pid)
	}
	for _, thread := range threads {
		var n time.Duration
		text, err := os.ReadFile(thread)
		if err == nil { // otherwise it has ended meanwhile
			_, _ = fmt.Sscan(string(text), &n)
			sum += n
		}
	}
	return sum, nil
}

// stretch is what a program did in some time.
type stretch struct {
	cpu   float64 // of one processor, in percent
	bytes int
}

// during measures programs side by side for a while.
func during(d time.Duration, programs ...*terminal) ([]stretch, error) {
	list := make([]stretch, len(programs))
	begun := make([]time.Duration, len(programs))
	for i, t := range programs {
		var err error
		if begun[i], err = t.cpu(); err != nil {
			return nil, err
		}
		list[i].bytes = -t.written()
	}
	time.Sleep(d)
	for i, t := range programs {
		cpu, err := t.cpu()
		if err != nil {
			return nil, err
		}
		list[i].cpu = 100 * float64(cpu-begun[i]) / float64(d)
		list[i].bytes += t.written()
	}
	return list, nil
}
