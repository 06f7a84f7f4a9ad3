package ollama

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"drover/agent"
	"drover/agent/ollamatest"
	"drover/agent/transcript"
)

func TestUnreachable(t *testing.T) {
	t.Parallel()
	s := ollamatest.New(ollamatest.Config{})
	running, err := ollamatest.Start(s)
	if err != nil {
		t.Fatal(err)
	}
	running.Close()
	host, err := ParseHost(running.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, model := range []string{"named", ""} {
		c, err := New(Config{Host: host})
		if err != nil {
			t.Fatal(err)
		}
		var seen []agent.Server
		c.Monitor().OnChange(func(s agent.Server) { seen = append(seen, s) })
		_, _, err = run(t.Context(), c, agent.Request{Model: model, Prompt: "x"})
		want := "no connection to the model server at " + running.URL + ": connection refused"
		if !errors.Is(err, agent.ErrUnreachable) || agent.EndingOf(err) != agent.EndConnectionLost || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("model %q: %v", model, err)
		}
		// Told before Run returns, so that the queue is held before the task is back in it.
		if len(seen) != 2 || seen[1].State != agent.ServerDown || !strings.HasPrefix(seen[1].Err, want) || seen[1].NextCheck.IsZero() {
			t.Errorf("model %q: told %+v", model, seen)
		}
		c.Close()
	}
}

func TestDefaultModel(t *testing.T) {
	t.Parallel()
	embed := ollamatest.Saying("embed", "")
	embed.Family = "nomic-bert"
	s := ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{embed, ollamatest.Saying("first", "1"), ollamatest.Saying("second", "2")}})
	ask := func(c *Client, model string) (agent.Result, string, error) {
		result, events, err := run(t.Context(), c, agent.Request{Model: model, Prompt: "x"})
		return result, said(events, transcript.Notice), err
	}
	c := newClient(t, s, nil)
	if result, notice, err := ask(c, ""); err != nil || result.Text != "1" || result.Model != "first:latest" || notice != "model first:latest (first installed)" {
		t.Errorf("none named: %+v, %q, %v", result, notice, err)
	}
	if result, notice, err := ask(c, "second"); err != nil || result.Text != "2" || notice != "" {
		t.Errorf("named: %+v, %q, %v", result, notice, err)
	}
	looked := func() (n int) {
		for _, r := range s.Requests() {
			if r.Path == "/api/tags" {
				n++
			}
		}
		return n
	}
	_, _, _ = ask(c, "")
	if looked() != 1 {
		t.Errorf("asked %d times what is installed", looked())
	}
	configured := newClient(t, s, func(c *Config) { c.DefaultModel = "second" })
	if result, notice, err := ask(configured, ""); err != nil || result.Text != "2" || notice != "model second (settings)" || looked() != 1 {
		t.Errorf("in the settings: %+v, %q, %v", result, notice, err)
	}
	s.SetModels()
	empty := newClient(t, s, nil)
	if _, _, err := ask(empty, ""); agent.EndingOf(err) != agent.EndModelMissing ||
		err.Error() != "the model server at http://demo.internal:11434 has no model installed; run `ollama pull llama3.2`" {
		t.Errorf("none installed: %v", err)
	}
	s.SetModels(ollamatest.Saying("later", "3"))
	if result, _, err := ask(empty, ""); err != nil || result.Text != "3" {
		t.Errorf("installed later: %+v, %v", result, err)
	}
}

// Ten lanes that make thirty requests open at most ten connections, and use them again.
func TestConnectionsAreReused(t *testing.T) {
	t.Parallel()
	const lanes = 10
	s := ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{ollamatest.Count()}})
	running, err := ollamatest.Start(s)
	if err != nil {
		t.Fatal(err)
	}
	defer running.Close()
	host, err := ParseHost(running.URL)
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(Config{Host: host, Connections: lanes})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var wg sync.WaitGroup
	for range lanes {
		wg.Go(func() {
			for range 3 {
				if result, _, err := run(t.Context(), c, agent.Request{Model: "count", Prompt: "x"}); err != nil || result.Text != ollamatest.CountAnswer() {
					t.Errorf("%q, %v", result.Text, err)
				}
			}
		})
	}
	wg.Wait()
	if stats := s.Stats(); stats.Connections > lanes || stats.Chats != 3*lanes {
		t.Errorf("%+v", stats)
	}
	// A look at the server uses one more for as long as it takes.
	c.Monitor().Check(t.Context())
	if err := s.Wait(t.Context(), func(s ollamatest.Stats) bool { return s.Open <= lanes }); err != nil {
		t.Error(err)
	}
	if stats := s.Stats(); stats.Connections > lanes+1 {
		t.Errorf("after a look: %+v", stats)
	}
}

// With every lane busy a look at the server does not wait for one of them.
func TestCheckDoesNotStarve(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{ollamatest.Loop(1)}})
		c := newClient(t, s, func(c *Config) { c.Connections = 2 })
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() { _, _, _ = run(ctx, c, agent.Request{Model: "loop", Prompt: "x"}) })
		}
		time.Sleep(time.Second)
		if server := c.Monitor().Check(ctx); server.State != agent.ServerUp {
			t.Errorf("%+v", server)
		}
		if stats := s.Stats(); stats.Streaming != 2 {
			t.Errorf("%d streams over two connections", stats.Streaming)
		}
		cancel()
		wg.Wait()
	})
}
