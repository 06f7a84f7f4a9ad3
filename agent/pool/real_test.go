package pool

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"drover/agent"
	"drover/agent/ollamatest/realserver"
	"drover/agent/transcript"
	"drover/dispatcher"
)

// realPool starts a pool of real servers.
func realPool(t *testing.T, servers ...*realserver.Server) *Pool {
	t.Helper()
	var config Config
	for _, s := range servers {
		config.Servers = append(config.Servers, Server{Host: s.URL})
	}
	p, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var watch sync.WaitGroup
	watch.Go(func() { p.Watch(ctx) })
	t.Cleanup(func() {
		cancel()
		watch.Wait()
		p.Close()
	})
	p.checkAll(ctx, p.nodes)
	return p
}

// A real server that is ended while ten lanes are at work costs none of their tasks.
func TestRealServerDiesInTheMiddle(t *testing.T) {
	a, b := realserver.Start(t), realserver.Start(t)
	p := realPool(t, a, b)
	const tasks = 30
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	run := agent.Func(agent.Kinds{{Name: agent.KindChat, Agent: p}}, transcript.NewStore(0, 0), agent.FuncOptions{Retry: agent.DefaultRetryPolicy})
	d, err := dispatcher.NewTaskDispatcher(ctx, run, dispatcher.MaxWorkers)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Shutdown(0) }()
	for i := range tasks {
		if err := d.SubmitTask(&dispatcher.Task{ID: fmt.Sprint(i), Payload: agent.Request{Model: realserver.Count, Prompt: "go"}}); err != nil {
			t.Fatal(err)
		}
	}
	for p.Server().Servers[0].Generating == 0 {
		time.Sleep(time.Millisecond) // a server in another process
	}
	with := p.Server().Servers[0].Lanes
	a.Close()
	if err := d.Wait(); err != nil {
		t.Fatal(err)
	}
	attempts := 0
	for i := range tasks {
		task, err := d.GetTask(fmt.Sprint(i))
		if err != nil {
			t.Fatal(err)
		}
		if result, _ := task.Result.(agent.Result); task.Status != dispatcher.StatusCompleted || result.Text != realserver.CountAnswer {
			t.Errorf("task %d: %v, %v", i, task.Status, task.Error)
		}
		attempts += task.Attempts
	}
	t.Logf("%d lanes were with it; %d attempts for %d tasks", with, attempts, tasks)
	if s := p.Server(); s.Servers[0].State != agent.ServerDown || s.State != agent.ServerUp {
		t.Errorf("%+v", s)
	}
}

// What lanes wait for in a real server that works on one request at a time.
func TestRealPhases(t *testing.T) {
	p := realPool(t, realserver.Start(t, "OLLAMA_NUM_PARALLEL=1"))
	const lanes = 4
	var mu sync.Mutex
	phases := make([][]string, lanes)
	results := make([]agent.Result, lanes)
	var work sync.WaitGroup
	queued := 0
	for i := range lanes {
		work.Go(func() {
			result, err := p.Run(t.Context(), agent.Request{Model: realserver.Count, Prompt: "go"}, func(e agent.Event) {
				most := p.Server().Servers[0].Queued
				mu.Lock()
				defer mu.Unlock()
				queued = max(queued, most)
				if s := e.Live.Phase.String(); len(phases[i]) == 0 || phases[i][len(phases[i])-1] != s {
					phases[i] = append(phases[i], s)
				}
			})
			results[i] = result
			if err != nil {
				t.Error(err)
			}
		})
	}
	work.Wait()
	all := ""
	for i := range lanes {
		line := strings.Join(phases[i], ", ")
		t.Logf("lane %d: %s; context %d, %.1f %% of it used", i, line, results[i].Metrics.Context, 100*results[i].Metrics.ContextShare())
		if !strings.HasPrefix(line, "waiting, loading, ") && !strings.HasPrefix(line, "loading, ") || !strings.HasSuffix(line, "generating") {
			t.Errorf("lane %d: %s", i, line)
		}
		all += line
	}
	if !strings.Contains(all, "queued") || queued < 2 {
		t.Errorf("%d lanes queued", queued)
	}
	info := p.Server().Servers[0]
	if info.Slots != 1 || info.SlotsFrom != "learnt" || len(info.Loaded) != 1 || agent.FullName(realserver.Count) != info.Loaded[0].Name || info.Loaded[0].Context == 0 {
		t.Errorf("%+v", info)
	}
}

// A real server that works on four requests at once is seen to.
func TestRealSlotsAreLearnt(t *testing.T) {
	p := realPool(t, realserver.Start(t, "OLLAMA_NUM_PARALLEL=4"))
	var work sync.WaitGroup
	for range 8 {
		work.Go(func() {
			if _, err := p.Run(t.Context(), agent.Request{Model: realserver.Count, Prompt: "go"}, func(agent.Event) {}); err != nil {
				t.Error(err)
			}
		})
	}
	work.Wait()
	if info := p.Server().Servers[0]; info.Slots != 4 || info.SlotsFrom != "learnt" {
		t.Errorf("%+v", info)
	}
}

// A real server that loses the slot of a model to a cancelled request is found out, and the lane that waits goes on. That
// happens by chance, about once in a hundred cancels, so most runs of this test see only that a cancel disturbs nobody.
func TestRealLostSlot(t *testing.T) {
	p := realPool(t, realserver.Start(t, "OLLAMA_NUM_PARALLEL=1"))
	p.mu.Lock()
	p.stuckAfter = 3 * time.Second
	p.mu.Unlock()
	ask := func(tokens int) (notices string) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		_, err := p.Run(ctx, agent.Request{Model: realserver.Loop, Prompt: "go"}, func(e agent.Event) {
			if e.Entry.Kind == transcript.Notice {
				notices += e.Entry.Text
			}
			if e.Live.Tokens == tokens {
				cancel()
			}
		})
		if agent.EndingOf(err) != agent.EndCancelled {
			t.Fatal(err)
		}
		return notices
	}
	cancels, end := 0, time.Now().Add(15*time.Second)
	for ; time.Now().Before(end); cancels++ {
		began := time.Now()
		if said := ask(1 + 7*cancels%50); strings.Contains(said, errUnloading.What) {
			t.Logf("a slot was lost after %d cancels; the lane went on %v later", cancels, time.Since(began))
			return
		}
	}
	t.Logf("no slot was lost in %d cancels", cancels)
}
