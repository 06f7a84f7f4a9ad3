package engine_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"drover/agent"
	"drover/agent/engine"
	"drover/agent/ollamatest"
	"drover/dispatcher"
)

// A model that a cancel has stopped from answering costs no task: with nobody at a key it is unloaded after a while, which
// is said, and with somebody at once. What is held back by it counts no attempt.
func TestStuckModelCostsNoTask(t *testing.T) {
	for name, byHand := range map[string]bool{"by itself": false, "by hand": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				count := ollamatest.Count()
				count.TokensPerSecond = 100
				a := ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{count}, Parallel: 1})
				s, end := openPool(t, a, ollamatest.New(ollamatest.Config{}), engine.Options{Workers: 3})
				end("b")
				synctest.Wait()
				var said strings.Builder
				ctx, giveUp := context.WithCancelCause(t.Context())
				s.WatchServer(ctx, &said, 0, giveUp)
				a.Fail("count", ollamatest.LostSlot(3))
				if errs := s.SubmitAll(t.Context(), []agent.Submission{{ID: "first", Request: agent.Request{Prompt: "x", Model: "count"}}}, nil); errs[0] != nil {
					t.Fatal(errs)
				}
				time.Sleep(2 * time.Second)
				if err := s.Cancel("first"); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Second)
				submitMany(t, s, 5)
				began := time.Now()
				time.Sleep(30 * time.Second)
				server := s.Server().Servers[0]
				if len(server.Stuck) != 1 || server.Hint == "" {
					t.Errorf("%+v", server)
				}
				if byHand {
					if err := s.Unload(t.Context(), server.Host, server.Stuck[0]); err != nil {
						t.Error(err)
					}
				}
				if err := s.Dispatcher().Wait(); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(began); byHand == (took > time.Minute) {
					t.Errorf("it took %v", took)
				}
				for _, task := range s.State(dispatcher.SnapshotRequest{Ended: dispatcher.Window{Limit: 10}}).Ended {
					if task.ID != "first" && (task.Status != dispatcher.StatusCompleted || task.Attempts != 1) {
						t.Errorf("%s: %v after %d attempts", task.ID, task.Status, task.Attempts)
					}
				}
				giveUp(nil)
				synctest.Wait()
				if text := said.String(); !strings.Contains(text, "drover: the model count:latest at http://a.internal:11434 answers nobody; the server may") ||
					strings.Count(text, "is no longer stuck") != 1 {
					t.Errorf("it said %q", text)
				}
			})
		})
	}
}
