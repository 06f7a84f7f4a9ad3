package ollama

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"drover/agent"
	"drover/agent/ollamatest"
	"drover/agent/transcript"
	"drover/dispatcher"
)

// More tasks than a server takes at once: it refuses some, and in the end none has failed.
func TestRealBusyServerCostsNoTask(t *testing.T) {
	t.Run("scripted", func(t *testing.T) {
		count := ollamatest.Count()
		count.Load, count.TokensPerSecond = 200*time.Millisecond, 4000
		running, err := ollamatest.Start(ollamatest.New(ollamatest.Config{
			Models: []ollamatest.Model{count}, Parallel: 4, MaxQueue: 3,
		}))
		if err != nil {
			t.Fatal(err)
		}
		defer running.Close()
		outlast(t, running.URL, nil)
	})
	t.Run("ollama", func(t *testing.T) {
		if os.Getenv("DROVER_TEST_OLLAMA") != "1" {
			t.Skip("DROVER_TEST_OLLAMA is not 1, so there is no real Ollama to test against")
		}
		if os.Getenv("OLLAMA_MAX_QUEUE") == "" {
			t.Skip("OLLAMA_MAX_QUEUE is not set, so the real server refuses nothing")
		}
		outlast(t, os.Getenv("OLLAMA_HOST"), unload)
	})
}

// outlast runs twelve tasks in ten lanes against a server that does not take as many.
func outlast(t *testing.T, address string, prepare func(*testing.T, *Client)) {
	t.Helper()
	const tasks = 12
	host, err := ParseHost(address)
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(Config{Host: host})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if prepare != nil {
		prepare(t, c)
	}
	policy := agent.DefaultRetryPolicy
	policy.Delay = 100 * time.Millisecond // a test does not have the patience of people
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	run := agent.Func(agent.Kinds{{Name: agent.KindChat, Agent: c}}, transcript.NewStore(0, 0), agent.FuncOptions{Retry: policy})
	d, err := dispatcher.NewTaskDispatcher(ctx, run, dispatcher.MaxWorkers)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Shutdown(0) }()
	for i := range tasks {
		if err := d.SubmitTask(&dispatcher.Task{ID: fmt.Sprint(i), Payload: agent.Request{Model: "count", Prompt: "go"}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Wait(); err != nil {
		t.Fatal(err)
	}
	attempts := 0
	for i := range tasks {
		task, err := d.GetTask(fmt.Sprint(i))
		if err != nil {
			t.Fatal(err)
		}
		if result, _ := task.Result.(agent.Result); task.Status != dispatcher.StatusCompleted || result.Text != ollamatest.CountAnswer() {
			t.Errorf("%+v", task)
		}
		attempts += task.Attempts
	}
	t.Logf("%d attempts for %d tasks", attempts, tasks)
	if attempts == tasks {
		t.Error("the server refused nothing")
	}
}
