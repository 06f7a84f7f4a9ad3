package engine_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"drover/agent"
	"drover/agent/engine"
	"drover/agent/ollama"
	"drover/agent/ollamatest"
	"drover/agent/pool"
	"drover/agent/work"
	"drover/agent/workspace"
	"drover/dispatcher"
)

// workers is an engine with ten lanes whose model answers as rounds say, in a git repository. The server works on two at once.
func workers(t *testing.T, answer func(ollamatest.Prompt) ollamatest.Script) (l *engine.Local, request agent.Request) {
	t.Helper()
	dir, state := t.TempDir(), t.TempDir()
	for _, args := range [][]string{{"init", "-q"}, {"-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "x"}} {
		cmd := exec.CommandContext(t.Context(), "git", args...)
		if cmd.Dir = dir; cmd.Run() != nil {
			t.Skip("there is no git here")
		}
	}
	m := ollamatest.Saying("m", "")
	m.Capabilities, m.Answer = append(m.Capabilities, "completion", "tools"), answer
	server := ollamatest.StartPipe(ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{m, ollamatest.Saying("other", "yes")}}))
	t.Cleanup(server.Close)
	host, err := ollama.ParseHost(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	l, err = engine.New(engine.Options{
		Workers: 10, Server: ollama.Config{Host: host, Dial: server.Dial, DefaultModel: "m"}, Servers: []pool.Server{{Host: host, Slots: 2}}, Asks: true,
		Work: &work.Config{
			Options: work.Options{Mode: "edits", Rounds: 50, Context: 32 << 10, CommandTimeout: time.Minute},
			Store:   workspace.New(filepath.Join(state, "worktrees")), Dir: filepath.Join(state, "work"), Environ: os.Environ(),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l, agent.Request{Kind: agent.KindWork, Prompt: "x", Dir: dir, Work: agent.Work{Verify: agent.VerifyNone}}
}

// await waits for a state.
func await(t *testing.T, l *engine.Local, what string, is func(*engine.State) bool) engine.State {
	t.Helper()
	wake, stop := l.Subscribe()
	defer stop()
	for deadline := time.After(time.Minute); ; {
		s := l.State(dispatcher.SnapshotRequest{Pending: dispatcher.Window{Limit: 100}, Ended: dispatcher.Window{Limit: 100}})
		if is(&s) {
			return s
		}
		select {
		case <-wake:
		case <-deadline:
			t.Fatalf("%s: %d pending, %d ended, holds %v, inbox %v", what, s.PendingTotal, s.EndedTotal, s.Holds, s.Inbox)
		}
	}
}

// As many agents work with a model as its server works on at once. One that waits for a person makes room for another.
func TestConversationsKeepTheirSlots(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var now, most int
	ask := ollamatest.Rounds(ollamatest.Call("run", `{"command": "true"}`), ollamatest.Call("done", `{"summary": "ok"}`))
	l, request := workers(t, func(p ollamatest.Prompt) ollamatest.Script {
		mu.Lock()
		now++
		most = max(most, now)
		mu.Unlock()
		time.AfterFunc(20*time.Millisecond, func() {
			mu.Lock()
			now--
			mu.Unlock()
		})
		script := ask(p)
		script.TokensPerSecond = 50
		return script
	})
	crowded := make(chan struct{})
	var once sync.Once
	wake, stop := l.Subscribe()
	defer stop()
	var watch sync.WaitGroup
	ended := make(chan struct{})
	watch.Go(func() {
		for {
			select {
			case <-ended:
				return
			case <-wake:
				s := l.State(dispatcher.SnapshotRequest{})
				if slices.ContainsFunc(s.Holds, func(h dispatcher.Hold) bool {
					return h.Reason == engine.HoldConversations && h.Covers("work/m:latest") && !h.Covers("chat/m:latest")
				}) {
					once.Do(func() { close(crowded) })
				}
			}
		}
	})
	const tasks = 6
	for range tasks {
		if _, err := l.Submit(t.Context(), request, dispatcher.PriorityNormal); err != nil {
			t.Fatal(err)
		}
	}
	// All of them come to ask, although two places are all there are.
	s := await(t, l, "all ask", func(s *engine.State) bool { return len(s.Inbox) == tasks })
	<-crowded
	for _, item := range s.Inbox {
		if item.Kind != agent.ItemApproval || item.Text != "run true" {
			t.Errorf("asked is %+v", item)
		}
		if err := l.Answer(item.ID, agent.Answer{Text: "no"}); err != nil {
			t.Error(err)
		}
	}
	s = await(t, l, "all end", func(s *engine.State) bool { return s.EndedTotal == tasks })
	close(ended)
	watch.Wait()
	for i := range s.Ended {
		if task := &s.Ended[i]; task.Status != dispatcher.StatusCompleted || task.Result.Text != "ok" {
			t.Errorf("%s: %v, %v", task.ID, task.Status, task.Error)
		}
	}
	if most > 2 {
		t.Errorf("%d were answered at once", most)
	}
	if len(s.Holds) > 0 {
		t.Errorf("at the end the queue is held: %v", s.Holds)
	}
}
