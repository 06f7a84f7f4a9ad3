package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"drover/agent"
	"drover/agent/engine"
	"drover/agent/ollamatest"
	"drover/dispatcher"
)

// A server that is away for a while costs no task and no attempt that counts, however that is said: the queue is held
// for it, and the header says why. Not even people who want no repetitions lose one.
func TestNothingIsLostWhileSomebodyElseAnswers(t *testing.T) {
	const lanes, tasks = 10, 80
	model := ollamatest.Saying("parrot", "hello there, this takes a while")
	model.TokensPerSecond = 20
	for name, front := range map[string]*ollamatest.Fault{
		"502":            ollamatest.BadGateway(),
		"504":            ollamatest.Reply(504, nil, ""),
		"404":            ollamatest.Reply(404, nil, "404 page not found"),
		"500":            ollamatest.Reply(500, nil, "<h1>"),
		"login":          ollamatest.Reply(302, map[string][]string{"Location": {"https://login.example/"}}, ""),
		"captive portal": ollamatest.Reply(200, map[string][]string{"Content-Type": {"text/html"}}, "<h1>"),
		"nothing":        ollamatest.Reply(200, nil, ""),
		"closed":         ollamatest.Reset(0),
	} {
		for _, away := range []time.Duration{3 * time.Second, time.Hour} {
			t.Run(fmt.Sprint(name, " for ", away), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					server := ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{model}})
					s := openAt(t, server, engine.Options{Workers: lanes}) // no repetitions
					synctest.Wait()
					server.SetFront(front) // while nothing goes on, so that nobody knows
					submitMany(t, s, tasks)
					synctest.Wait()
					if got := s.Server(); got.State != agent.ServerDown || got.Err == "" {
						t.Errorf("%v: %q", got.State, got.Err)
					}
					if snapshot := s.Dispatcher().Snapshot(dispatcher.SnapshotRequest{}); len(snapshot.Holds) != 1 ||
						snapshot.Holds[0].Reason != engine.HoldNoServer || snapshot.Metrics.PendingTasks != tasks {
						t.Errorf("%v, %+v", snapshot.Holds, snapshot.Metrics)
					}
					time.Sleep(away)
					if n := server.Stats().Requests; n > 4*lanes+int(away/time.Second) {
						t.Errorf("%d requests", n)
					}
					server.SetFront(nil)
					if err := s.Dispatcher().Wait(); err != nil {
						t.Fatal(err)
					}
					m := s.Dispatcher().GetMetrics()
					if m.CompletedTasks != tasks || m.FailedTasks != 0 || len(s.Dispatcher().GetErrors()) != 0 {
						t.Errorf("%+v, %v", m, s.Dispatcher().GetErrors())
					}
					for _, task := range s.Dispatcher().Snapshot(dispatcher.SnapshotRequest{Ended: dispatcher.Window{Limit: tasks}}).Ended {
						if result, ok := task.Result.(agent.Result); !ok || result.Text != "hello there, this takes a while" || task.Requeues != 0 || task.Attempts > 2 {
							t.Errorf("%+v", task)
						}
					}
				})
			})
		}
	}
}

// A request that brings the server down comes to an end behind a proxy too, where it looks like an absence.
func TestPoisonBehindAProxyComesToAnEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var server *ollamatest.Server
		poison := ollamatest.Model{Name: "poison", Answer: func(ollamatest.Prompt) ollamatest.Script {
			server.SetFront(ollamatest.BadGateway())
			time.AfterFunc(3*time.Second, func() { server.SetFront(nil) }) // somebody starts it again
			return ollamatest.Script{Fault: ollamatest.BadGateway()}
		}}
		server = ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{poison}})
		s := openAt(t, server, engine.Options{Workers: 1, Tasks: agent.FuncOptions{Retry: agent.DefaultRetryPolicy}})
		submitMany(t, s, 1)
		if err := s.Dispatcher().Wait(); err != nil {
			t.Fatal(err)
		}
		if task, err := s.Dispatcher().GetTask("0"); err != nil || task.Status != dispatcher.StatusFailed || task.Attempts != 13 ||
			task.Requeues != 2 || !strings.Contains(task.Error.Error(), "502 Bad Gateway") {
			t.Errorf("%+v, %v", task, err)
		}
	})
}

// A runner that dies once costs nothing; one that dies each time, or a model that does not fit, comes to an end.
func TestRunnerDies(t *testing.T) {
	stopped := ollamatest.Error(500, "model runner has unexpectedly stopped, this may be due to resource limitations or an internal error")
	memory := ollamatest.Error(500, "model requires more system memory (9 GiB) than is available")
	for name, tt := range map[string]struct {
		faults   []*ollamatest.Fault
		status   dispatcher.TaskStatus
		attempts int
		ending   agent.Ending
	}{
		"once":      {[]*ollamatest.Fault{stopped}, dispatcher.StatusCompleted, 2, agent.EndCompleted},
		"twice":     {[]*ollamatest.Fault{stopped, stopped}, dispatcher.StatusCompleted, 3, agent.EndCompleted},
		"each time": {[]*ollamatest.Fault{stopped, stopped, stopped, stopped}, dispatcher.StatusFailed, 3, agent.EndRunnerStopped},
		"memory":    {[]*ollamatest.Fault{memory}, dispatcher.StatusFailed, 1, agent.EndOutOfMemory},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{ollamatest.Count()}})
				server.Fail("count", tt.faults...)
				s := openAt(t, server, engine.Options{Workers: 1, Tasks: agent.FuncOptions{Retry: agent.DefaultRetryPolicy}})
				submitMany(t, s, 1)
				if err := s.Dispatcher().Wait(); err != nil {
					t.Fatal(err)
				}
				task, err := s.Dispatcher().GetTask("0")
				if err != nil || task.Status != tt.status || task.Attempts != tt.attempts || task.Requeues != tt.attempts-1 || agent.EndingOf(task.Error) != tt.ending {
					t.Errorf("%+v, %v", task, err)
				}
			})
		})
	}
}
