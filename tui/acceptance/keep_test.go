package acceptance

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// place is a home folder and a model server for several runs of the program, one after the other.
type place struct {
	*testing.T
	environment []string
	server      models
}

func newPlace(t *testing.T) *place {
	if runtime.GOOS == "windows" {
		t.Skip("no signals there")
	}
	server := modelServer(t)
	return &place{t, environment(t.TempDir(), server.URL), server}
}

// run runs the program to its end and returns what it wrote to both outputs.
func (p *place) run(code int, args ...string) (out, err string) {
	p.Helper()
	var stdout, stderr bytes.Buffer
	command := exec.CommandContext(p.Context(), programPath, args...)
	command.Env, command.Stdout, command.Stderr = p.environment, &stdout, &stderr
	var exit *exec.ExitError
	got := 0
	if err := command.Run(); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else if err != nil {
		p.Fatal(err)
	}
	if got != code {
		p.Fatalf("drover %v: exit code %d, want %d\n%s%s", args, got, code, &stdout, &stderr)
	}
	return stdout.String(), stderr.String()
}

// interrupt runs the program until it has said a line on stderr that contains text, and sends it a signal then. It
// returns everything that it wrote to stderr.
func (p *place) interrupt(signal os.Signal, text string, args ...string) string {
	p.Helper()
	command := exec.CommandContext(p.Context(), programPath, args...)
	command.Env = p.environment
	progress, err := command.StderrPipe()
	if err != nil {
		p.Fatal(err)
	}
	if err := command.Start(); err != nil {
		p.Fatal(err)
	}
	var stderr strings.Builder
	for lines := bufio.NewScanner(progress); lines.Scan(); {
		fmt.Fprintln(&stderr, lines.Text())
		if strings.Contains(lines.Text(), text) {
			text = "\x00"
			if err := command.Process.Signal(signal); err != nil {
				p.Fatal(err)
			}
		}
	}
	_ = command.Wait()
	return stderr.String()
}

// listed returns "id state" of what drover list has, sorted.
func (p *place) listed(args ...string) []string {
	p.Helper()
	out, _ := p.run(0, append([]string{"list", "--json"}, args...)...)
	var list []string
	for _, r := range records(p.T, out) {
		list = append(list, r.ID+" "+r.Status)
	}
	slices.Sort(list)
	return list
}

func (p *place) want(what string, got, want []string) {
	p.Helper()
	if !slices.Equal(got, want) {
		p.Errorf("%s: got %q, want %q", what, got, want)
	}
}

// What a run has not come to when it is interrupted or killed is there for the next one, and what ended is not done
// again.
func TestRunIsResumed(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	stderr := p.interrupt(os.Interrupt, "  running    loops", "run", "--workers=1", "-f", p.file(`
{"id": "first", "prompt": "x", "model": "count"}
{"id": "loops", "prompt": "x", "model": "loop"}
{"id": "waits", "prompt": "x", "model": "count", "priority": "low"}`))
	for _, text := range []string{"interrupted: keeping what has not ended", "1 completed, 2 kept", "drover run --resume goes on"} {
		if !strings.Contains(stderr, text) {
			t.Errorf("it does not say %q:\n%s", text, stderr)
		}
	}
	p.want("after an interrupt", p.listed(), []string{"loops interrupted", "waits pending"})
	p.interrupt(syscall.SIGKILL, "  running    loops", "run", "--resume", "--workers=1")
	p.want("after a kill", p.listed(), []string{"loops interrupted", "waits pending"})

	_, stderr = p.run(0, "run", "--json", "--model=count", "another")
	if !strings.Contains(stderr, "drover: 2 tasks of earlier runs are unfinished; drover run --resume goes on with them") {
		t.Errorf("it said\n%s", stderr)
	}
	// Now the model that never came to an end does.
	before := p.server.chats()
	p.interrupt(os.Interrupt, "completed  waits", "run", "--resume", "--workers=2")
	p.want("after the other", p.listed(), []string{"loops interrupted"})
	if n := p.server.chats() - before; n > 2 { // fewer if the interrupt came before the one of loops
		t.Errorf("%d requests instead of 2: something was done again", n)
	}
	p.want("all", p.listed("--all"), []string{"first completed", "loops interrupted", "task-1 completed", "waits completed"})
	p.run(0, "prune", "--all", "--unfinished")
	_, stderr = p.run(0, "run", "--resume")
	if !strings.Contains(stderr, "drover: no run is unfinished") {
		t.Errorf("it said\n%s", stderr)
	}
}

// Results that ended and could not be written are written by the next run, once, and no task runs again for it.
func TestRunWritesWhatWasNotWritten(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer full.Close()
	command := exec.CommandContext(t.Context(), programPath, "run", "--json", "--model=count", "--workers=1", "one", "two", "three")
	var progress strings.Builder
	command.Env, command.Stdout, command.Stderr = p.environment, full, &progress
	if err := command.Run(); err == nil || !strings.Contains(progress.String(), "not written; drover run --resume writes them") {
		t.Errorf("%v; it said\n%s", err, progress.String())
	}
	_, stderr := p.run(0, "run", "--json", "--model=count", "another")
	if !strings.Contains(stderr, "drover: 3 tasks of earlier runs are unfinished; drover run --resume goes on with them") {
		t.Errorf("it said\n%s", stderr)
	}
	out, _ := p.run(0, "run", "--resume", "--json")
	var got []string
	for _, r := range records(t, out) {
		got = append(got, r.ID+" "+r.Status)
	}
	slices.Sort(got)
	p.want("resumed", got, []string{"task-1 completed", "task-2 completed", "task-3 completed"})
	if n := p.server.chats(); n > 5 { // the second may have run when the first could not be written
		t.Errorf("%d requests for 4 tasks", n)
	}
	if out, stderr := p.run(0, "run", "--resume", "--json"); out != "" || !strings.Contains(stderr, "no run is unfinished") {
		t.Errorf("once more: %q; it said\n%s", out, stderr)
	}
}

// Going on with a run keeps the settings of its command line; what is given again is said.
func TestResumeKeepsTheSettings(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	begin := func() {
		p.interrupt(syscall.SIGKILL, "  running    loops", "run", "--workers=1", "--options", "num_ctx=4321 seed=9",
			"--keep-alive", "7m", "--task-timeout", "2s", "-f", p.file(`
{"id": "loops", "prompt": "x", "model": "loop"}
{"id": "waits", "prompt": "x", "model": "count"}`))
	}
	last := func() (body string) {
		for _, r := range p.server.Requests() {
			if r.Path == "/api/chat" {
				body = string(r.Body)
			}
		}
		return body
	}
	begin()
	_, stderr := p.run(1, "run", "--resume") // only the first timeout ends the model that goes on for ever
	if !strings.Contains(stderr, "0/2  running    loops  lane 1\n1/2  failed     loops") {
		t.Errorf("there is more than one lane:\n%s", stderr)
	}
	for _, part := range []string{`"num_ctx":4321`, `"seed":9`, `"keep_alive":"7m0s"`, `"model":"count"`} {
		if got := last(); !strings.Contains(got, part) {
			t.Errorf("%s is not in %s", part, got)
		}
	}
	begin()
	_, stderr = p.run(1, "run", "--resume", "--options", "num_ctx=77")
	if text := "--options is num_ctx=77 now; the earlier run had num_ctx=4321 seed=9"; !strings.Contains(stderr, text) {
		t.Errorf("it does not say %q:\n%s", text, stderr)
	}
	if got := last(); !strings.Contains(got, `"options":{"num_ctx":77}`) || !strings.Contains(got, `"keep_alive":"7m0s"`) {
		t.Errorf("the request is %s", got)
	}
	if _, stderr := p.run(0, "run", "--resume"); !strings.Contains(stderr, "no run is unfinished") {
		t.Errorf("it said\n%s", stderr)
	}
}

// A run that ends while it is handing over its tasks says which of them were never taken, and so does the next one.
func TestRunNamesWhatWasNeverTaken(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	const all = 60_000
	input := p.file(strings.Repeat(`{"prompt": "x", "model": "loop"}`+"\n", all))
	stderr := p.interrupt(syscall.SIGKILL, "  pending    task-", "run", "--workers=1", "-f", input)
	kept := len(p.listed("--limit", "0"))
	if kept == 0 || kept == all {
		t.Skipf("%d of %d were taken; it said\n%.300s", kept, all, stderr)
	}
	want := fmt.Sprintf("drover: of the %d tasks of %s, %d were never taken, from number %d on", all, input, all-kept, kept+1)
	stderr = p.interrupt(os.Interrupt, "  running    ", "run", "--resume")
	if !strings.Contains(stderr, want) {
		t.Errorf("it does not say %q:\n%.500s", want, stderr)
	}
}

// file writes a batch.
func (p *place) file(lines string) string {
	p.Helper()
	name := filepath.Join(p.TempDir(), "batch.jsonl")
	if err := os.WriteFile(name, []byte(strings.TrimSpace(lines)+"\n"), 0o600); err != nil {
		p.Fatal(err)
	}
	return name
}

// Two runs at a time: the second does its work all the same, and says that it is not kept.
func TestSecondRunDoesNotTouchTheFirst(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	command := exec.CommandContext(t.Context(), programPath, "run", "--model=loop", "x")
	command.Env = p.environment
	progress, err := command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(progress)
	for lines.Scan() && !strings.Contains(lines.Text(), "  running ") {
	}
	_, stderr := p.run(0, "run", "--model=count", "y")
	if !strings.Contains(stderr, fmt.Sprintf("is held by process %d (drover run) since", command.Process.Pid)) ||
		!strings.Contains(stderr, "what it does is not kept") {
		t.Errorf("it said\n%s", stderr)
	}
	_, stderr = p.run(1, "run", "--resume")
	if !strings.Contains(stderr, "is held by process") {
		t.Errorf("it said\n%s", stderr)
	}
	_, stderr = p.run(1, "prune", "--all")
	if !strings.Contains(stderr, "is held by process") {
		t.Errorf("it said\n%s", stderr)
	}
	p.want("of the first", p.listed(), []string{"task-1 running"})
	if err := command.Process.Kill(); err != nil {
		t.Error(err)
	}
	for lines.Scan() {
	}
	_ = command.Wait()
	p.want("later", p.listed("--all"), []string{"task-1 interrupted"})
}

// A journal that cannot be used stays as it is, and the work goes on.
func TestRunWithABrokenJournal(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.run(0, "run", "--model=count", "x")
	dir := p.stateDir()
	name := filepath.Join(dir, "journal.db")
	rubbish := bytes.Repeat([]byte("rubbish "), 1000)
	if err := os.WriteFile(name, rubbish, 0o600); err != nil {
		t.Fatal(err)
	}
	out, stderr := p.run(0, "run", "--quiet", "--model=count", "y")
	if !strings.Contains(out, "399 400") || !strings.Contains(stderr, "is damaged") || !strings.Contains(stderr, "is not kept") {
		t.Errorf("it said\n%s%s", out, stderr)
	}
	if after, err := os.ReadFile(name); err != nil || !bytes.Equal(after, rubbish) {
		t.Errorf("the file has changed: %v", err)
	}
	_, stderr = p.run(1, "list")
	if !strings.Contains(stderr, "is damaged") {
		t.Errorf("it said\n%s", stderr)
	}
}

// Where nothing can be written the work goes on all the same, and it is said once.
func TestRunWithoutAPlaceForState(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	nowhere := "--state-dir=" + filepath.Join(file, "drover")
	for _, keeps := range []string{"--journal=true", "--journal=false"} {
		out, stderr := p.run(0, "run", "--quiet", "--model=count", nowhere, keeps, "y")
		if !strings.Contains(out, "399 400") || strings.Count(stderr, "name another one with --state-dir") != 1 {
			t.Errorf("%s: it said\n%s%s", keeps, out, stderr)
		}
	}
	if out, stderr := p.run(1, "run", "--quiet", "--resume", nowhere); out != "" || !strings.Contains(stderr, "name another one") {
		t.Errorf("it said\n%s%s", out, stderr)
	}
}

func (p *place) stateDir() string {
	p.Helper()
	for _, v := range p.environment {
		if dir, ok := strings.CutPrefix(v, "XDG_STATE_HOME="); ok {
			return filepath.Join(dir, "drover")
		}
	}
	p.Fatal("no folder for state")
	return ""
}
