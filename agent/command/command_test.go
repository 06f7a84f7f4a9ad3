//go:build unix

package command

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"drover/agent"
	"drover/agent/transcript"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	Supervise()
	if os.Getenv(driverEnv) != "" {
		drive()
	}
	goleak.VerifyTestMain(m)
}

// recorder is what an agent has told.
type recorder struct {
	mu      sync.Mutex
	entries map[transcript.Kind]string
	live    agent.Live
	heard   func(agent.Event) // may be nil
}

func (h *recorder) emit(e agent.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.entries == nil {
		h.entries = make(map[transcript.Kind]string)
	}
	h.entries[e.Entry.Kind] += e.Entry.Text
	h.live = e.Live
	if h.heard != nil {
		h.heard(e)
	}
}

// sh returns a request for a line of the shell.
func sh(line string) agent.Request {
	return agent.Request{Kind: Name, Prompt: "the prompt", Command: []string{"sh", "-c", line}}
}

func TestRun(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a := New(Config{
		Environ: append(os.Environ(), "OLLAMA_API_KEY=secret", "FROM_DROVER=yes", "SHARED=drover"),
		Profiles: map[string]Profile{
			"words": {Run: []string{"printf", "<%s>", "a b", "{{prompt}}"}},
			"set": {
				Run: []string{"sh", "-c", `echo "$OLLAMA_API_KEY $FROM_DROVER $SHARED $OWN $(pwd) $PWD"`}, Dir: dir,
				Env: map[string]string{"SHARED": "profile", "OWN": "profile"}, PassEnv: []string{"OLLAMA_API_KEY"},
			},
		},
	})
	for name, tt := range map[string]struct {
		request agent.Request
		text    string
		stderr  string
		err     string // what the error says, empty for none
	}{
		"standard input":     {request: sh("cat"), text: "the prompt"},
		"argument":           {request: agent.Request{Prompt: "a 'b' $c\n{{prompt}}", Command: []string{"printf", "[%s]", "x{{prompt}}y{{prompt}}"}}, text: "[xa 'b' $c\n{{prompt}}ya 'b' $c\n{{prompt}}]"},
		"no input":           {request: agent.Request{Prompt: "x", Command: []string{"sh", "-c", "cat; echo $0", "{{prompt}}"}}, text: "x"},
		"input is not read":  {request: agent.Request{Prompt: strings.Repeat("x", 1<<20), Command: []string{"echo", "done"}}, text: "done"},
		"profile":            {request: agent.Request{Prompt: "p", Command: []string{"words"}}, text: "<a b><p>"},
		"profile's settings": {request: agent.Request{Prompt: "p", Command: []string{"set"}}, text: "secret yes profile profile " + dir + " " + dir},
		"task's settings": {
			request: agent.Request{Prompt: "p", Command: []string{"set"}, Dir: "/", Env: map[string]string{"OWN": "task"}},
			text:    "secret yes profile task / /",
		},
		"own key":         {request: sh(`echo "[$OLLAMA_API_KEY]"`), text: "[]"},
		"nothing said":    {request: sh("exit 0"), text: ""},
		"standard error":  {request: sh("echo out; echo warning >&2"), text: "out", stderr: "warning"},
		"exit code":       {request: sh("echo out; echo one >&2; printf 'two\\n\\n' >&2; exit 3"), text: "out", stderr: "one\ntwo", err: "sh ended with exit code 3: two"},
		"hostile error":   {request: sh(`printf '\033]0;title\007\033[31mred\r\n' >&2; exit 1`), stderr: "\x1b]0;title\a\x1b[31mred", err: "sh ended with exit code 1: red"},
		"silent failure":  {request: sh("exit 7"), err: "sh ended with exit code 7 and wrote nothing to its standard error; read what it said"},
		"signal":          {request: sh("kill -9 $$"), err: "sh was ended by a signal (killed) and wrote nothing to its standard error; read what it said"},
		"bytes":           {request: sh(`printf 'a\000\377b\r20\r40\n\n'`), text: "a\uFFFD\uFFFDb\n20\n40"},
		"background ends": {request: sh("(sleep 0.05; echo late) & echo early"), text: "early\nlate"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var h recorder
			result, err := a.Run(t.Context(), tt.request, h.emit)
			var text string
			if err != nil {
				text = err.Error()
				if ending := agent.EndingOf(err); ending != EndFailed {
					t.Errorf("the ending is %s", ending)
				}
			}
			if text != tt.err || result.Text != tt.text || h.entries[transcript.Text] != tt.text || h.entries[transcript.Stderr] != tt.stderr {
				t.Errorf("got %q, %q, %v, transcript %q", result.Text, text, result, h.entries)
			}
			if result.Metrics.Tokens != 0 || h.live.Tokens != 0 || h.live.Phase != agent.PhaseRunning || result.Model != "" {
				t.Errorf("numbers that a command does not have: %+v, %+v", result.Metrics, h.live)
			}
		})
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "drover-script")
	if err := os.WriteFile(file, []byte("echo"), 0o600); err != nil {
		t.Fatal(err)
	}
	a := New(Config{Environ: []string{"PATH=.:" + dir + ":/usr/bin:/bin"}, Profiles: map[string]Profile{
		"gone": {Run: []string{"drover-has-no-such-program"}},
		"away": {Run: []string{"true"}, Dir: dir + "/away"},
		"none": {},
	}})
	for name, tt := range map[string]struct {
		request agent.Request
		want    string // empty for none
	}{
		"fine":            {agent.Request{Command: []string{"sh"}}, ""},
		"path":            {agent.Request{Command: []string{"/bin/sh"}}, ""},
		"from the folder": {agent.Request{Command: []string{"../bin/sh"}, Dir: "/usr"}, ""},
		"no command":      {agent.Request{}, "the task names no command; write the program and its arguments, or the name of a profile"},
		"empty profile":   {agent.Request{Command: []string{"none"}}, "the task names no command"},
		"no program":      {agent.Request{Command: []string{"gone"}}, "there is no program drover-has-no-such-program in PATH; install it"},
		"a line":          {agent.Request{Command: []string{"claude -p"}}, "there is no program claude -p in PATH; write its words one by one"},
		"hostile name":    {agent.Request{Command: []string{"a\x1b[31m\nb"}}, "there is no program a b in PATH"},
		"no file":         {agent.Request{Command: []string{"./gone"}, Dir: dir}, "there is no program ./gone; see how it is written; it is looked for from " + dir},
		"not executable":  {agent.Request{Command: []string{"drover-script"}}, file + " cannot be executed; run chmod +x " + file},
		"a directory":     {agent.Request{Command: []string{dir}}, "there is no program " + dir},
		"no directory":    {agent.Request{Command: []string{"away"}}, "there is no directory " + dir + "/away; make it"},
		"not a directory": {agent.Request{Command: []string{"sh"}, Dir: file}, file + " is not a directory"},
		"long argument":   {agent.Request{Command: []string{"sh", "{{prompt}}"}, Prompt: strings.Repeat("x", 1<<17)}, "an argument of a command can have at most 128 KiB; leave out {{prompt}}"},
		"long input":      {agent.Request{Command: []string{"sh"}, Prompt: strings.Repeat("x", 1<<20)}, ""},
		"model":           {agent.Request{Command: []string{"sh"}, Model: "m"}, "a command has no model; take it out of the task"},
		"images":          {agent.Request{Command: []string{"sh"}, Images: []string{"/a"}}, "a command has no images"},
		"secret":          {agent.Request{Command: []string{"sh"}, Env: map[string]string{"MY_TOKEN": "abc"}}, `env: "MY_TOKEN" looks like a secret`},
		"NUL":             {agent.Request{Command: []string{"sh", "{{prompt}}"}, Prompt: "a\x00b"}, "a NUL character"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := a.Check(t.Context(), tt.request)
			switch {
			case tt.want == "" && err != nil:
				t.Error(err)
			case tt.want != "" && (err == nil || !strings.HasPrefix(err.Error(), tt.want) || agent.EndingOf(err) != agent.EndBadRequest):
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

// What comes is told when it comes.
func TestLive(t *testing.T) {
	t.Parallel()
	first, second := newFIFO(t), newFIFO(t) // which let the command go on
	seen := make(chan string)
	h := recorder{heard: func(e agent.Event) {
		if e.Entry.Kind == transcript.Text || e.Entry.Kind == transcript.Stderr {
			seen <- e.Live.LastLine
		}
	}}
	ended := make(chan error)
	go func() {
		_, err := New(Config{Environ: os.Environ()}).Run(t.Context(), sh("printf 'one\ntw'; read x <"+first.path+"; echo progress >&2; read x <"+second.path), h.emit)
		ended <- err
	}()
	for i, want := range []string{"tw", "progress"} {
		if got := <-seen; got != want {
			t.Errorf("the last line is %q instead of %q", got, want)
		}
		[]*fifo{first, second}[i].write(t, "go on\n")
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// What does not stop is stopped, and does not fill the memory.
func TestEndless(t *testing.T) {
	t.Parallel()
	var h recorder
	result, err := New(Config{Environ: os.Environ()}).Run(t.Context(), sh("yes"), h.emit)
	if err == nil || !strings.Contains(err.Error(), "sh wrote more than 16 MiB") || agent.EndingOf(err) != EndFailed {
		t.Errorf("got %v", err)
	}
	if len(result.Text) > maxOutput || len(result.Text) < maxOutput-2 {
		t.Errorf("%d bytes are kept", len(result.Text))
	}
	h = recorder{}
	if _, err = New(Config{Environ: os.Environ()}).Run(t.Context(), sh("yes | head -c 3000000 >&2"), h.emit); err != nil {
		t.Error(err)
	}
	if n := len(h.entries[transcript.Stderr]); n > maxErrors || n < maxErrors-2 {
		t.Errorf("%d bytes of standard error are kept", n)
	}
	if !strings.HasSuffix(h.entries[transcript.Notice], "what follows on standard error is left out") {
		t.Errorf("told %q", h.entries[transcript.Notice])
	}
}

func TestLimit(t *testing.T) {
	t.Parallel()
	a := New(Config{Environ: os.Environ()})
	cause := errors.New("its time is over")
	ctx, cancel := context.WithCancelCause(t.Context())
	h := recorder{heard: func(e agent.Event) {
		if e.Entry.Kind == transcript.Text {
			cancel(cause)
		}
	}}
	result, err := a.Run(ctx, sh("trap 'exit 0' TERM; echo begun; sleep 1000 & wait"), h.emit)
	if !errors.Is(err, cause) || result.Text != "begun" {
		t.Errorf("got %v, %v", result, err)
	}
}
