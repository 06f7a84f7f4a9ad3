package engine_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"drover/agent"
	"drover/agent/engine"
	"drover/agent/ollama"
	"drover/agent/ollamatest"
	"drover/dispatcher"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// place is a model server that can be unplugged, and an engine that speaks to it. It has to be made and closed
// in a synctest bubble.
type place struct {
	*engine.Local
	plugged atomic.Bool
}

func open(t *testing.T, plugged bool) *place {
	t.Helper()
	running := ollamatest.StartPipe(ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{
		ollamatest.Saying("parrot", "hello there"),
	}}))
	host, err := ollama.ParseHost(running.URL)
	if err != nil {
		t.Fatal(err)
	}
	p := &place{}
	p.plugged.Store(plugged)
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		if !p.plugged.Load() {
			return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ECONNREFUSED}
		}
		return running.Dial(ctx, network, address)
	}
	p.Local, err = engine.New(engine.Options{Workers: 2, Server: ollama.Config{Host: host, Dial: dial}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.Close()
		running.Close()
	})
	return p
}

func (p *place) submit(t *testing.T, id string) {
	t.Helper()
	if err := p.Dispatcher().SubmitTask(&dispatcher.Task{ID: id, Payload: agent.Request{Prompt: "say"}}); err != nil {
		t.Fatal(err)
	}
}

func (p *place) want(t *testing.T, id string, status dispatcher.TaskStatus) dispatcher.Task {
	t.Helper()
	task, err := p.Dispatcher().GetTask(id)
	if err != nil || task.Status != status {
		t.Fatalf("task %s: %+v, %v; want it %v", id, task, err, status)
	}
	return *task
}

// As long as the server does not answer tasks stay pending; it is asked again without anybody doing anything.
func TestTasksWaitForTheServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := open(t, false)
		var changes atomic.Int32
		p.OnServerChange(func() { changes.Add(1) })
		p.submit(t, "a")
		time.Sleep(time.Minute)
		p.want(t, "a", dispatcher.StatusPending)
		if s := p.Server(); s.State != agent.ServerDown || !strings.Contains(s.Err, "connection refused") {
			t.Errorf("%+v", s)
		}
		if holds := p.Dispatcher().Snapshot(dispatcher.SnapshotRequest{}).Holds; len(holds) != 1 || holds[0].Reason != engine.HoldNoServer {
			t.Errorf("holds %q", holds)
		}
		p.plugged.Store(true)
		time.Sleep(time.Minute)
		task := p.want(t, "a", dispatcher.StatusCompleted)
		if result, ok := task.Result.(agent.Result); !ok || result.Text != "hello there" || result.Model == "" {
			t.Errorf("result %+v", task.Result)
		}
		if changes.Load() < 3 { // now, down, up
			t.Errorf("%d changes told", changes.Load())
		}
		if p.Tokens() == 0 {
			t.Error("no tokens were counted")
		}
	})
}

// A server that goes away between two tasks costs neither of them anything.
func TestServerGoesAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := open(t, true)
		p.submit(t, "a")
		time.Sleep(5 * time.Second)
		p.want(t, "a", dispatcher.StatusCompleted)
		p.plugged.Store(false)
		time.Sleep(10 * time.Minute) // idle connections have been closed
		for _, id := range []string{"b", "c", "d"} {
			p.submit(t, id)
		}
		time.Sleep(time.Minute)
		for _, id := range []string{"b", "c", "d"} {
			p.want(t, id, dispatcher.StatusPending)
		}
		p.plugged.Store(true)
		time.Sleep(time.Minute)
		for _, id := range []string{"b", "c", "d"} {
			p.want(t, id, dispatcher.StatusCompleted)
		}
		if n := len(p.Dispatcher().GetErrors()); n != 0 {
			t.Errorf("%d errors", n)
		}
	})
}

// The demo has an engine of its own, which keeps nothing.
func TestTheDemoIsApart(t *testing.T) {
	dir := t.TempDir()
	_, err := engine.New(engine.Options{Workers: 1, Demo: true, Storage: &engine.StorageOptions{Dir: dir, Origin: engine.OriginScreen}})
	if entries, _ := os.ReadDir(dir); err == nil || len(entries) > 0 {
		t.Errorf("%v, it made %v", err, entries)
	}
}

func TestWatchServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := open(t, false)
		var out strings.Builder
		ctx, giveUp := context.WithCancelCause(t.Context())
		ready := p.WatchServer(ctx, &out, 30*time.Second, giveUp)
		time.Sleep(5 * time.Second) // it is asked again every two
		p.plugged.Store(true)
		<-ready
		p.plugged.Store(false)
		p.submit(t, "a")
		began := time.Now()
		<-ctx.Done()
		if took := time.Since(began); took < 29*time.Second || took > 40*time.Second {
			t.Errorf("gave up after %v", took)
		}
		if err := context.Cause(ctx); !strings.HasSuffix(err.Error(), "connection refused; gave up after 30s (--wait-server)") {
			t.Error(err)
		}
		synctest.Wait()
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		if len(lines) != 3 || !strings.Contains(lines[0], "waiting for up to 30s") || !strings.HasSuffix(lines[1], " answers") ||
			lines[2] != lines[0] {
			t.Errorf("said %q", lines)
		}
	})
}

// Whoever waits for a server hears of it within seconds, however long it was away, and at the limit it is looked for once
// more.
func TestWatchServerLooksWhileSomebodyWaits(t *testing.T) {
	for name, tt := range map[string]struct{ up, most time.Duration }{
		"after a while":          {40 * time.Second, 2 * time.Second},
		"just before the limit":  {59900 * time.Millisecond, 100 * time.Millisecond},
		"just before a long one": {59 * time.Minute, 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := open(t, false)
				ctx, giveUp := context.WithCancelCause(t.Context())
				limit := time.Minute
				if tt.up > limit {
					limit = time.Hour
				}
				ready := p.WatchServer(ctx, io.Discard, limit, giveUp)
				time.Sleep(tt.up)
				p.plugged.Store(true)
				began := time.Now()
				select {
				case <-ready:
				case <-ctx.Done():
				}
				if took := time.Since(began); took > tt.most || ctx.Err() != nil {
					t.Errorf("after %v: %v", took, context.Cause(ctx))
				}
			})
		})
	}
}

func TestWatchServerDoesNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := open(t, false)
		var out strings.Builder
		ctx, giveUp := context.WithCancelCause(t.Context())
		p.WatchServer(ctx, &out, 0, giveUp)
		began := time.Now()
		<-ctx.Done()
		if time.Since(began) > time.Second || out.Len() > 0 {
			t.Errorf("took %v and said %q", time.Since(began), out.String())
		}
	})
}

func TestNewRefuses(t *testing.T) {
	if _, err := engine.New(engine.Options{Workers: 11, Demo: true}); !errors.Is(err, dispatcher.ErrWorkerCount) {
		t.Error(err)
	}
	if _, err := engine.New(engine.Options{Workers: 1}); err == nil {
		t.Error("an engine without a server")
	}
}
