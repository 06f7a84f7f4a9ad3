package engine_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"drover/agent"
	"drover/agent/engine"
	"drover/agent/ollamatest"
	"drover/dispatcher"
)

// A storm of refusals ends with no task failed: neither one of a server that is always full, nor one of a
// server that refuses everything for a while. There is never more than a request for each lane.
func TestStorm(t *testing.T) {
	const lanes, tasks = 10, 100
	slow := ollamatest.Saying("parrot", "hello there, this takes a while")
	slow.TokensPerSecond = 2
	for name, tt := range map[string]struct {
		config  ollamatest.Config
		down    time.Duration // for how long everything is refused
		refused int           // how many are refused at least, or it is no storm; how goroutines take turns decides on more
	}{
		// With a place and a half for each lane, the others are refused again and again.
		"full": {config: ollamatest.Config{Models: []ollamatest.Model{slow}, Parallel: 2, MaxQueue: 2}, refused: 30},
		// Each refusal leaves the server alone for up to ten seconds, whichever lane hears of it.
		"down": {config: ollamatest.Config{Models: []ollamatest.Model{slow}}, down: 5 * time.Minute, refused: 30},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := ollamatest.New(tt.config)
				if tt.down > 0 {
					server.Fail("parrot", slices.Repeat([]*ollamatest.Fault{ollamatest.Busy()}, 10_000)...)
					time.AfterFunc(tt.down, server.Mend)
				}
				s := openAt(t, server, engine.Options{Workers: lanes, Tasks: agent.FuncOptions{Retry: agent.DefaultRetryPolicy}})
				start := time.Now()
				submitMany(t, s, tasks)
				if err := s.Dispatcher().Wait(); err != nil {
					t.Fatal(err)
				}
				took := time.Since(start)
				m := s.Dispatcher().GetMetrics()
				if m.CompletedTasks != tasks || m.FailedTasks != 0 || len(s.Dispatcher().GetErrors()) != 0 || took > 10*time.Minute {
					t.Errorf("after %v: %+v", took, m)
				}
				refused, most := refusals(server)
				t.Logf("%v, %d requests were refused, up to %d at once", took, refused, most)
				if refused < tt.refused || most > lanes {
					t.Errorf("%d requests were refused, up to %d were worked on at once", refused, most)
				}
				for _, task := range s.Dispatcher().Snapshot(dispatcher.SnapshotRequest{Ended: dispatcher.Window{Limit: tasks}}).Ended {
					if result, ok := task.Result.(agent.Result); !ok || result.Text != "hello there, this takes a while" {
						t.Errorf("%+v", task)
					}
				}
			})
		})
	}
}

// refusals counts the latest requests that were refused, and the most that were worked on at the same time.
func refusals(server *ollamatest.Server) (refused, most int) {
	requests := server.Requests()
	for i, r := range requests {
		if r.Status == 503 {
			refused++
		}
		n := 0
		for _, other := range requests[:i+1] {
			if other.Path == "/api/chat" && other.Ended.After(r.Started) {
				n++
			}
		}
		most = max(most, n)
	}
	return refused, most
}

// The wait that a server asks for is the least.
func TestRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{ollamatest.Count()}})
		server.Fail("count", ollamatest.RateLimited("90"))
		s := openAt(t, server, engine.Options{Workers: 1, Tasks: agent.FuncOptions{Retry: agent.DefaultRetryPolicy}})
		start := time.Now()
		submitMany(t, s, 1)
		if err := s.Dispatcher().Wait(); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took < 90*time.Second || took > 91*time.Second {
			t.Errorf("it took %v", took)
		}
		if task, err := s.Dispatcher().GetTask("0"); err != nil || task.Status != dispatcher.StatusCompleted || task.Attempts != 2 {
			t.Errorf("%+v, %v", task, err)
		}
	})
}
