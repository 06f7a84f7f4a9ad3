package engine_test

import (
	"context"
	"errors"
	"net"
	"syscall"
	"testing"
	"testing/synctest"

	"drover/agent"
	"drover/agent/engine"
	"drover/agent/ollama"
	"drover/dispatcher"
)

// A server that does not answer holds what needs it, and nothing else.
func TestDeadServerHoldsItsKindOnly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		host, err := ollama.ParseHost("http://127.0.0.1:11434")
		if err != nil {
			t.Fatal(err)
		}
		dead := func(_ context.Context, network, _ string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ECONNREFUSED}
		}
		refused := errors.New("not so")
		l, err := engine.New(engine.Options{
			Workers: 2, Server: ollama.Config{Host: host, Dial: dead},
			Kinds: agent.Kinds{{
				Name: "other", Agent: agentFunc(func(context.Context, func(agent.Event)) error { return nil }),
				Check: func(_ context.Context, r agent.Request) error {
					if r.Prompt == "refused" {
						return refused
					}
					return nil
				},
			}},
		})
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		submit := func(kind string) string {
			id, err := l.Submit(t.Context(), agent.Request{Kind: kind, Prompt: "p"}, dispatcher.PriorityNormal)
			if err != nil {
				t.Fatal(err)
			}
			return id
		}
		old, other := submit("ollama"), submit("other")
		synctest.Wait()
		for id, want := range map[string]dispatcher.TaskStatus{old: dispatcher.StatusPending, other: dispatcher.StatusCompleted} {
			if task, ok := l.Task(id); !ok || task.Status != want {
				t.Errorf("task %s is %v instead of %v", id, task.Status, want)
			}
		}
		if _, err := l.Submit(t.Context(), agent.Request{Kind: "other", Prompt: "refused"}, dispatcher.PriorityNormal); !errors.Is(err, refused) {
			t.Errorf("the check of the kind says %v", err)
		}
	})
}
