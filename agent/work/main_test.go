package work

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"drover/agent"
	"drover/agent/command"
	"drover/agent/ollama"
	"drover/agent/ollamatest"
	"drover/agent/sandbox"
	"drover/agent/transcript"
	"drover/agent/workspace"

	"github.com/ollama/ollama/types/model"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	command.Supervise()
	sandbox.Enter()
	goleak.VerifyTestMain(m)
}

// bench is an agent with a scripted model and a small git repository.
type bench struct {
	*testing.T
	dir    string // the repository
	config Config
	task   agent.Current
	asked  []ollamatest.Prompt // of each round

	mu      sync.Mutex
	notices []string
	heard   func(agent.Event) // may be nil
}

// talk is a conversation without a place.
type talk struct{ *ollama.Client }

func (t talk) Abilities(ctx context.Context) []string { return t.Client.Abilities(ctx, "m") }
func (talk) Rest()                                    {}
func (talk) Resume(context.Context) error             { return nil }
func (talk) End()                                     {}

// newBench makes one whose model answers as rounds say; tools is whether it has tools.
func newBench(t *testing.T, tools bool, rounds ...ollamatest.Script) *bench {
	t.Helper()
	b := &bench{T: t, dir: filepath.Join(t.TempDir(), "project"), task: agent.Current{ID: "7", Serial: 7, Created: time.Now()}}
	b.git("init", "-q", "-b", "main")
	b.write("main.go", "package main\n\nfunc main() {\n\tprintln(\"hello\")\n}\n")
	b.write("go.mod", "module project\n\ngo 1.26\n")
	b.git("add", ".")
	b.git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "first")

	m := ollamatest.Model{Name: "m", Size: 1, Family: "llama", Capabilities: []model.Capability{model.CapabilityCompletion}}
	if tools {
		m.Capabilities = append(m.Capabilities, model.CapabilityTools)
	}
	answer := ollamatest.Rounds(rounds...)
	m.Answer = func(p ollamatest.Prompt) ollamatest.Script {
		b.mu.Lock()
		b.asked = append(b.asked, p)
		b.mu.Unlock()
		return answer(p)
	}
	server := ollamatest.StartPipe(ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{m}}))
	t.Cleanup(server.Close)
	host, err := ollama.ParseHost(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	client, err := ollama.New(ollama.Config{Host: host, Dial: server.Dial, DefaultModel: "m"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	state := t.TempDir()
	b.config = Config{
		Options: Options{Mode: modeAuto, Rounds: 50, Context: 32 << 10, CommandTimeout: time.Minute},
		Begin:   func(string) (Conversation, error) { return talk{client}, nil },
		Store:   workspace.New(filepath.Join(state, "worktrees")), Dir: filepath.Join(state, "work"), Environ: os.Environ(), Sandbox: sandbox.Available(),
	}
	return b
}

func (b *bench) git(args ...string) string {
	b.Helper()
	if err := os.MkdirAll(b.dir, 0o700); err != nil {
		b.Fatal(err)
	}
	cmd := exec.CommandContext(b.Context(), "git", args...)
	cmd.Dir = b.dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		b.Fatalf("git %v: %v: %s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

func (b *bench) write(name, text string) {
	b.Helper()
	if err := os.WriteFile(filepath.Join(b.dir, name), []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
}

// request is a task in the repository.
func (b *bench) request() agent.Request {
	return agent.Request{Kind: Name, Prompt: "say bye", Dir: b.dir, Work: agent.Work{Verify: agent.VerifyNone}}
}

// run works on a request.
func (b *bench) run(ctx context.Context, request agent.Request) (agent.Result, error) {
	b.Helper()
	if err := request.Validate(); err != nil {
		b.Fatal(err)
	}
	return New(b.config).Run(agent.WithTask(ctx, b.task), request, func(e agent.Event) {
		b.mu.Lock()
		if e.Entry.Kind == transcript.Notice {
			b.notices = append(b.notices, e.Entry.Text)
		}
		b.mu.Unlock()
		if b.heard != nil {
			b.heard(e)
		}
	})
}

// said reports whether a notice has a text.
func (b *bench) said(text string) bool { return strings.Contains(strings.Join(b.notices, "\n"), text) }

// file returns a file of the workspace.
func (b *bench) file(result agent.Result, name string) string {
	b.Helper()
	data, err := os.ReadFile(filepath.Join(result.Work.Dir, name))
	if err != nil {
		b.Error(err)
	}
	return string(data)
}

// last returns the last message of the latest round.
func (b *bench) last() string {
	p := b.asked[len(b.asked)-1]
	return p.Messages[len(p.Messages)-1].Content
}

// encoded returns messages as they are sent.
func encoded(t *testing.T, messages []ollama.Message) string {
	t.Helper()
	data, err := json.Marshal(messages)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func say(text string) ollamatest.Script              { return ollamatest.Say(text) }
func calls(tool, arguments string) ollamatest.Script { return ollamatest.Call(tool, arguments) }
