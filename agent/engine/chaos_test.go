package engine_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"drover/agent"
	"drover/agent/engine"
	"drover/agent/ollamatest"
	"drover/agent/pool"
	"drover/dispatcher"
)

// Whenever servers go away, come back or refuse requests, in the end every task has its whole answer, nothing was said
// twice, and nobody is left with any server. Each task loses its server in the middle at most twice, for no more
// servers die.
func TestServersComeAndGo(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { comeAndGo(t, rand.New(rand.NewPCG(seed, 7))) })
		})
	}
}

func comeAndGo(t *testing.T, random *rand.Rand) {
	const tasks, names = 40, "abc"
	answer := strings.Repeat("word ", 50)
	model, cloud := ollamatest.Saying("local", answer), ollamatest.Saying("some:cloud", answer)
	model.Load, model.TokensPerSecond, cloud.TokensPerSecond = time.Second, 10, 10
	servers := map[byte]*ollamatest.Server{}
	for i := range len(names) {
		servers[names[i]] = ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{model, cloud}, Parallel: 1 + random.IntN(4)})
	}
	var mu sync.Mutex
	running := map[byte]*ollamatest.Running{}
	plug := func(name byte) {
		mu.Lock()
		defer mu.Unlock()
		if running[name] == nil {
			running[name] = ollamatest.StartPipe(servers[name])
		}
	}
	unplug := func(name byte) {
		mu.Lock()
		r := running[name]
		delete(running, name)
		mu.Unlock()
		if r != nil {
			r.Close()
		}
	}
	for i := range len(names) {
		plug(names[i])
	}
	o := engine.Options{Workers: 10, Tasks: agent.FuncOptions{Retry: agent.DefaultRetryPolicy}}
	o.Server.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		mu.Lock()
		r := running[address[0]]
		mu.Unlock()
		if r == nil {
			return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ECONNREFUSED}
		}
		return r.Dial(ctx, network, address)
	}
	var err error
	if o.Servers, err = pool.ParseServers([]string{"a.internal", "b.internal", "c.internal"}); err != nil {
		t.Fatal(err)
	}
	s, err := engine.New(o)
	if err != nil {
		t.Fatal(err)
	}
	for i := range tasks {
		request := agent.Request{Prompt: "x", Model: []string{"", "local", "some:cloud"}[random.IntN(3)]}
		if err := s.Dispatcher().SubmitTask(&dispatcher.Task{ID: fmt.Sprint(i), Priority: random.IntN(3), Payload: request}); err != nil {
			t.Fatal(err)
		}
	}
	deaths := 0
	for range 30 {
		time.Sleep(time.Duration(random.IntN(3000)) * time.Millisecond)
		name := names[random.IntN(len(names))]
		switch n := random.IntN(10); {
		case n < 2 && deaths < 2:
			deaths++
			unplug(name)
		case n < 6:
			plug(name)
		default:
			servers[name].Fail("", []*ollamatest.Fault{ollamatest.Busy(), ollamatest.RateLimited("3")}[random.IntN(2)])
		}
	}
	for i := range len(names) {
		plug(names[i])
	}
	if err := s.Dispatcher().Wait(); err != nil {
		t.Fatal(err)
	}
	for i := range tasks {
		task, err := s.Dispatcher().GetTask(fmt.Sprint(i))
		if err != nil {
			t.Fatal(err)
		}
		if r, _ := task.Result.(agent.Result); task.Status != dispatcher.StatusCompleted || r.Text != answer {
			t.Errorf("task %d: %v, %v, %d bytes", i, task.Status, task.Error, len(r.Text))
		}
	}
	server := s.Server()
	for _, info := range server.Servers {
		if info.Lanes != 0 || info.Queued != 0 {
			t.Errorf("left behind: %+v", info)
		}
	}
	if server.Cloud.Lanes != 0 {
		t.Errorf("left behind: %+v", server.Cloud)
	}
	s.Close()
	for i := range len(names) {
		unplug(names[i])
	}
}

// All lanes send the same runner options: other ones would make the server load the model anew for everybody.
func TestLanesSendTheSameOptions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{ollamatest.Count()}})
		s := openAt(t, server, engine.Options{Workers: 10})
		submitMany(t, s, 30)
		if err := s.Dispatcher().Wait(); err != nil {
			t.Fatal(err)
		}
		bodies := map[string]int{}
		for _, r := range server.Requests() {
			if r.Path == "/api/chat" {
				bodies[string(r.Body)]++
			}
		}
		if len(bodies) != 1 {
			t.Errorf("%d different requests for the same prompt: %v", len(bodies), bodies)
		}
	})
}
