package journal

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// hold is a process that holds the journal in its working directory until it is killed.
func hold() {
	j, err := Open(".", Options{Codec: words{}, Command: "the other one"})
	fmt.Println("opened:", err)
	_, _ = os.Stdin.Read(make([]byte, 1))
	fmt.Println("closed:", j.Close())
}

// another is a process of this test program.
type another struct {
	*exec.Cmd
	out *bufio.Scanner
}

// startAnother starts one that runs a helper in dir.
func startAnother(t *testing.T, helper, dir string, env ...string) *another {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program)
	cmd.Dir = dir
	cmd.Env = append(append(os.Environ(), helperVar+"="+helper), env...)
	cmd.Stderr = os.Stderr
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	a := &another{Cmd: cmd, out: bufio.NewScanner(out)}
	t.Cleanup(a.kill)
	return a
}

func (a *another) kill() {
	_ = a.Process.Kill()
	_ = a.Wait()
}

func TestSecondProcessLearnsWhoHoldsTheJournal(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if holder, held := HeldBy(dir); held {
		t.Errorf("nobody holds it, but %+v", holder)
	}
	before := time.Now().Add(-time.Second)
	other := startAnother(t, "hold", dir)
	if !other.out.Scan() || other.out.Text() != "opened: <nil>" {
		t.Fatal(other.out.Text())
	}
	_, err := Open(dir, Options{Codec: words{}})
	var held *HeldError
	if !errors.As(err, &held) || !errors.Is(err, ErrHeld) {
		t.Fatal(err)
	}
	if held.PID != other.Process.Pid || held.Command != "the other one" || held.Dir != dir ||
		held.Since.Before(before) || held.Since.After(time.Now().Add(time.Second)) {
		t.Errorf("%+v", held)
	}
	for _, part := range []string{dir, fmt.Sprint("process ", other.Process.Pid), "(the other one)", "since " + held.Since.Local().Format(time.DateTime), "another directory"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not in %q", part, err)
		}
	}
	if holder, ok := HeldBy(dir); !ok || holder.PID != other.Process.Pid {
		t.Errorf("%+v, %v", holder, ok)
	}
	// The lock dies with the process, and what it left does not mislead.
	other.kill()
	if _, err := os.Stat(filepath.Join(dir, holderName)); err != nil {
		t.Fatal(err)
	}
	if holder, ok := HeldBy(dir); ok {
		t.Errorf("still held by %+v", holder)
	}
	j := open(t, dir)
	if holder, ok := HeldBy(dir); !ok || holder.PID != os.Getpid() || holder.Command != "test" {
		t.Errorf("%+v, %v", holder, ok)
	}
	closed(t, j)
}

func TestHolderThatIsDeadIsNotBelieved(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	other := startAnother(t, "hold", t.TempDir())
	other.kill()
	// As if the process that holds the lock had not come to writing down who it is.
	l, err := takeLock(dir, "", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.release() }()
	for _, left := range []string{fmt.Sprintf(`{"pid":%d,"command":"dead"}`, other.Process.Pid), "", "{", `{"pid":-1}`, "[]"} {
		if err := os.WriteFile(filepath.Join(dir, holderName), []byte(left), 0o600); err != nil {
			t.Fatal(err)
		}
		var held *HeldError
		if _, err := Open(dir, Options{Codec: words{}}); !errors.As(err, &held) || held.PID != 0 {
			t.Errorf("%q: %v", left, err)
		} else if !strings.Contains(err.Error(), "held by another process: end that first") {
			t.Error(err)
		}
	}
}
