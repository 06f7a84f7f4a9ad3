package ollama

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"drover/agent"
	"drover/agent/ollamatest"
	"drover/agent/transcript"
	"drover/dispatcher"
)

// The way through the house: tasks for a server that is not there stay in the queue without a stir, run when
// it comes, are disturbed by its going no more than they must, and go on when it is back.
func TestTasksWaitForTheServer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		model := ollamatest.Count()
		model.TokensPerSecond = 40 // ten seconds
		s := ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{model}})
		running := ollamatest.StartPipe(s)
		defer running.Close()
		host, err := ParseHost(running.URL)
		if err != nil {
			t.Fatal(err)
		}
		var up atomic.Bool
		var dials atomic.Int64
		c, err := New(Config{Host: host, Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			dials.Add(1)
			if !up.Load() {
				return nil, &net.OpError{Op: "dial", Net: network, Err: errors.New("connection refused")}
			}
			return running.Dial(ctx, network, address)
		}})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		transcripts := transcript.NewStore(0, 0)
		d, err := dispatcher.NewTaskDispatcher(ctx, agent.Func(agent.Kinds{{Name: agent.KindChat, Agent: c}}, transcripts, agent.FuncOptions{}), 3)
		if err != nil {
			t.Fatal(err)
		}
		c.Monitor().OnChange(func(s agent.Server) {
			if s.State == agent.ServerDown {
				d.Hold("no server")
			} else {
				d.Release("no server")
			}
		})
		go c.Monitor().Run(ctx)
		if err := d.Start(); err != nil {
			t.Fatal(err)
		}
		for i := range 9 {
			if err := d.SubmitTask(&dispatcher.Task{ID: fmt.Sprint(i), Priority: dispatcher.PriorityNormal, Payload: agent.Request{Prompt: "x"}}); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if m := d.GetMetrics(); m.PendingTasks != 9 || m.FailedTasks != 0 {
			t.Errorf("without a server: %+v", m)
		}
		if n := dials.Load(); n > 20 {
			t.Errorf("dialled %d times in a minute without a server", n)
		}
		up.Store(true)
		time.Sleep(lastRetry + 5*time.Second) // the first three run
		synctest.Wait()
		if m := d.GetMetrics(); m.RunningTasks != 3 {
			t.Errorf("with a server: %+v", m)
		}
		// The server goes away between tasks: what has its connection goes on, what needs a new one waits.
		up.Store(false)
		c.Close()
		time.Sleep(time.Minute)
		synctest.Wait()
		up.Store(true)
		if err := d.Wait(); err != nil {
			t.Fatal(err)
		}
		if m := d.GetMetrics(); m.CompletedTasks != 9 || m.FailedTasks != 0 {
			t.Errorf("at the end: %+v", m)
		}
		for i := range 9 {
			task, err := d.GetTask(fmt.Sprint(i))
			if err != nil {
				t.Fatal(err)
			}
			if result, ok := task.Result.(agent.Result); !ok || result.Text != ollamatest.CountAnswer() {
				t.Errorf("task %d answered %q", i, result.Text)
			}
		}
		if n := dials.Load(); n > 60 {
			t.Errorf("dialled %d times in all", n)
		}
		if err := d.Shutdown(time.Minute); err != nil {
			t.Error(err)
		}
		cancel()
		synctest.Wait()
	})
}
