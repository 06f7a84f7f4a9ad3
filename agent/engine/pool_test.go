package engine_test

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"drover/agent"
	"drover/agent/engine"
	"drover/agent/ollama"
	"drover/agent/ollamatest"
	"drover/agent/pool"
	"drover/dispatcher"
)

// openPool makes an engine of two servers, a and b, each of which can be ended.
func openPool(t *testing.T, a, b *ollamatest.Server, o engine.Options) (s *engine.Local, end func(name string)) {
	t.Helper()
	var mu sync.Mutex
	running := map[string]*ollamatest.Running{"a": ollamatest.StartPipe(a), "b": ollamatest.StartPipe(b)}
	o.Server.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		mu.Lock()
		defer mu.Unlock()
		if r := running[address[:1]]; r != nil {
			return r.Dial(ctx, network, address)
		}
		return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ECONNREFUSED}
	}
	var err error
	if o.Servers, err = pool.ParseServers([]string{"a.internal", "b.internal"}); err != nil {
		t.Fatal(err)
	}
	if s, err = engine.New(o); err != nil {
		t.Fatal(err)
	}
	end = func(name string) {
		mu.Lock()
		defer mu.Unlock()
		if r := running[name]; r != nil {
			r.Close()
		}
		delete(running, name)
	}
	t.Cleanup(func() {
		s.Close()
		end("a")
		end("b")
	})
	return s, end
}

// A server that dies in the middle costs no task, even of people who want no repetitions but one.
func TestServerDiesInTheMiddle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const tasks = 30
		model := ollamatest.Count()
		model.TokensPerSecond = 100
		servers := []*ollamatest.Server{
			ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{model}}), ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{model}}),
		}
		s, end := openPool(t, servers[0], servers[1], engine.Options{
			Workers: 10, Tasks: agent.FuncOptions{Retry: agent.RetryPolicy{Retries: 1, Delay: time.Second, MaxDelay: time.Second}},
		})
		submitMany(t, s, tasks)
		time.Sleep(2 * time.Second)
		if n := servers[0].Stats().Streaming; n != 5 {
			t.Errorf("%d lanes are with the first", n)
		}
		end("a")
		if err := s.Dispatcher().Wait(); err != nil {
			t.Fatal(err)
		}
		again := 0
		for i := range tasks {
			task, err := s.Dispatcher().GetTask(fmt.Sprint(i))
			if err != nil {
				t.Fatal(err)
			}
			result, _ := task.Result.(agent.Result)
			if task.Status != dispatcher.StatusCompleted || result.Text != ollamatest.CountAnswer() {
				t.Errorf("task %d: %+v", i, task)
			}
			if task.Attempts > 1 {
				again++
				entries, _, _ := s.Transcripts().Read(task.ID, 0, 0)
				var text strings.Builder
				for _, e := range entries {
					text.WriteString(e.Text)
				}
				if strings.Count(text.String(), " 17 ") != 1 {
					t.Errorf("the output did not start afresh: %s", text.String())
				}
			}
		}
		if again != 5 || len(s.Dispatcher().GetErrors()) != 0 {
			t.Errorf("%d tasks were tried again, errors %v", again, s.Dispatcher().GetErrors())
		}
	})
}

// A task that brings down every server it meets comes to an end.
func TestPoisonousTaskComesToAnEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		servers := make([]*ollamatest.Server, 2)
		for i := range servers {
			servers[i] = ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{ollamatest.Count()}})
			for range 100 {
				servers[i].Fail("count", ollamatest.Reset(10))
			}
		}
		s, _ := openPool(t, servers[0], servers[1], engine.Options{Workers: 10, Tasks: agent.FuncOptions{Retry: agent.DefaultRetryPolicy}})
		submitMany(t, s, 1)
		if err := s.Dispatcher().Wait(); err != nil {
			t.Fatal(err)
		}
		if task, err := s.Dispatcher().GetTask("0"); err != nil || task.Status != dispatcher.StatusFailed || task.Attempts != 3 || task.Requeues != 1 {
			t.Errorf("%+v, %v", task, err)
		}
	})
}

// While all servers refuse, the queue is held, so that no task is started in vain.
func TestQueueIsHeldWhileServersAreBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{ollamatest.Count()}})
		for range 10 {
			server.Fail("count", ollamatest.RateLimited("60"))
		}
		s := openAt(t, server, engine.Options{Workers: 10, Tasks: agent.FuncOptions{Retry: agent.DefaultRetryPolicy}})
		submitMany(t, s, 50)
		time.Sleep(30 * time.Second)
		snapshot := s.Dispatcher().Snapshot(dispatcher.SnapshotRequest{})
		if len(snapshot.Holds) != 1 || snapshot.Holds[0].Reason != engine.HoldBusy || snapshot.Metrics.PendingTasks != 50 || server.Stats().Chats > 10 {
			t.Errorf("holds %v, %+v, %d requests", snapshot.Holds, snapshot.Metrics, server.Stats().Chats)
		}
		if until := s.Server().PausedUntil; until.IsZero() {
			t.Error("nobody knows until when")
		}
		server.Mend()
		start := time.Now()
		if err := s.Dispatcher().Wait(); err != nil {
			t.Fatal(err)
		}
		if m := s.Dispatcher().GetMetrics(); m.CompletedTasks != 50 || time.Since(start) > 40*time.Second {
			t.Errorf("after %v: %+v", time.Since(start), m)
		}
		for i := range 50 {
			if task, err := s.Dispatcher().GetTask(fmt.Sprint(i)); err != nil || task.Attempts > 2 {
				t.Errorf("task %d: %d attempts, %v", i, task.Attempts, err)
			}
		}
	})
}

// A long line of tasks for the cloud does not keep the lanes from those for the server.
func TestCloudDoesNotBlockTheLanes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud, local := ollamatest.Saying("big:cloud", strings.Repeat("word ", 100)), ollamatest.Saying("local", strings.Repeat("word ", 100))
		cloud.TokensPerSecond, local.TokensPerSecond = 10, 10
		server := ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{cloud, local}})
		s := openAt(t, server, engine.Options{Workers: 10, Cloud: 2, Tasks: agent.FuncOptions{Retry: agent.RetryPolicy{}}})
		for i := range 40 {
			model := "big:cloud"
			if i >= 20 {
				model = "local"
			}
			if err := s.Dispatcher().SubmitTask(&dispatcher.Task{ID: fmt.Sprint(i), Payload: agent.Request{Prompt: "x", Model: model}}); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(35 * time.Second) // seven lanes do twenty tasks of ten seconds
		done := map[bool]int{}
		for i := range 40 {
			if task, err := s.Dispatcher().GetTask(fmt.Sprint(i)); err != nil || task.Status == dispatcher.StatusCompleted {
				done[i >= 20]++
			}
		}
		if done[true] != 20 || done[false] < 5 || done[false] > 6 {
			t.Errorf("%v are done", done)
		}
		if err := s.Dispatcher().Wait(); err != nil {
			t.Fatal(err)
		}
		if m := s.Dispatcher().GetMetrics(); m.CompletedTasks != 40 || server.Stats().MaxStreaming > 10 {
			t.Errorf("%+v", m)
		}
	})
}

// Tasks are started by what is in memory, so that few models are loaded.
func TestAffinity(t *testing.T) {
	for name, tt := range map[string]struct {
		patience    time.Duration
		most, least int
	}{
		"with":    {time.Minute, 3, 3},
		"without": {0, 100, 10},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var models []ollamatest.Model
				for _, name := range []string{"a", "b", "c"} {
					m := ollamatest.Saying(name, "one two three")
					m.Load, m.TokensPerSecond = 3*time.Second, 10
					models = append(models, m)
				}
				server := ollamatest.New(ollamatest.Config{Models: models, MaxLoaded: 1, Parallel: 1})
				s := openAt(t, server, engine.Options{Workers: 4, Patience: tt.patience})
				for i := range 60 {
					request := agent.Request{Prompt: "x", Model: models[i*7%3].Name}
					if err := s.Dispatcher().SubmitTask(&dispatcher.Task{ID: fmt.Sprint(i), Payload: request}); err != nil {
						t.Fatal(err)
					}
				}
				start := time.Now()
				if err := s.Dispatcher().Wait(); err != nil {
					t.Fatal(err)
				}
				n := server.Stats().Loads
				t.Logf("%d loads, %v", n, time.Since(start))
				if n < tt.least || n > tt.most || s.Dispatcher().GetMetrics().CompletedTasks != 60 {
					t.Errorf("%d loads, %+v", n, s.Dispatcher().GetMetrics())
				}
			})
		})
	}
}

// The demo takes the settings that it can.
func TestDemoSettings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := engine.New(engine.Options{Workers: 1, Demo: true, Server: ollama.Config{
			DefaultModel: ollamatest.DemoThink, Think: "false", Options: map[string]any{"num_predict": int64(5)},
		}})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		submitMany(t, s, 1)
		if err := s.Dispatcher().Wait(); err != nil {
			t.Fatal(err)
		}
		task, err := s.Dispatcher().GetTask("0")
		if err != nil {
			t.Fatal(err)
		}
		if r, _ := task.Result.(agent.Result); r.Model != ollamatest.DemoThink || r.Thinking != "" || agent.EndingOf(task.Error) != agent.EndTokenLimit {
			t.Errorf("%+v", task)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		s, err := engine.New(engine.Options{Workers: 1, Demo: true, Server: ollama.Config{DefaultModel: "llama3.2", Think: "high"}})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		submitMany(t, s, 1)
		if err := s.Dispatcher().Wait(); err != nil {
			t.Fatal(err)
		}
		if task, err := s.Dispatcher().GetTask("0"); err != nil || task.Status != dispatcher.StatusCompleted {
			t.Errorf("%+v, %v", task, err)
		}
	})
}
