package ollama

import (
	"context"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"drover/agent"
	"drover/agent/ollamatest"
	"drover/agent/transcript"
)

// These tests run against a server, each with the same body: a real Ollama at OLLAMA_HOST when
// DROVER_TEST_OLLAMA is 1, which must have the models count and loop (and nothing newer), and the scripted one
// always, so that the two cannot drift apart unseen.

// trial is one run of a test against one server.
type trial struct {
	*testing.T
	client  *Client
	real    bool         // the server is a real Ollama
	dialled atomic.Int64 // connections made
}

func (t *trial) run(ctx context.Context, request agent.Request) (agent.Result, []agent.Event, error) {
	return run(ctx, t.client, request)
}

// onServers runs a test against the scripted server and, if there is one, against a real Ollama.
func onServers(t *testing.T, test func(t *trial)) {
	t.Helper()
	start := func(t *testing.T, host string, isReal bool) {
		t.Helper()
		u, err := ParseHost(host)
		if err != nil {
			t.Fatal(err)
		}
		trial := &trial{T: t, real: isReal}
		c, err := New(Config{Host: u, Connections: 10, Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			trial.dialled.Add(1)
			return (&net.Dialer{}).DialContext(ctx, network, address)
		}})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		trial.client = c
		test(trial)
	}
	t.Run("scripted", func(t *testing.T) {
		loop := ollamatest.Loop(200)
		count := ollamatest.Count()
		count.TokensPerSecond = 2000
		running, err := ollamatest.Start(ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{count, loop}, Parallel: 1}))
		if err != nil {
			t.Fatal(err)
		}
		defer running.Close()
		start(t, running.URL, false)
	})
	t.Run("ollama", func(t *testing.T) {
		if os.Getenv("DROVER_TEST_OLLAMA") != "1" {
			t.Skip("DROVER_TEST_OLLAMA is not 1, so there is no real Ollama to test against")
		}
		start(t, os.Getenv("OLLAMA_HOST"), true)
	})
}

func TestRealAnswer(t *testing.T) {
	onServers(t, func(t *trial) {
		result, events, err := t.run(t.Context(), agent.Request{Model: "count", Prompt: "go"})
		if err != nil {
			t.Fatal(err)
		}
		if result.Text != ollamatest.CountAnswer() || said(events, transcript.Text) != result.Text || result.DoneReason != "stop" {
			t.Errorf("answered %q, %q", result.Text, result.DoneReason)
		}
		m := result.Metrics
		if m.Approximate || m.Tokens < 400 || m.Tokens > 402 || m.PromptTokens <= 0 || m.Rate <= 0 || m.FirstToken <= 0 || m.Eval <= 0 ||
			m.Total < m.FirstToken || m.ServerWait > m.Total {
			t.Errorf("metrics %+v", m)
		}
		live := events[len(events)-1].Live
		if live.Tokens != 400 || !strings.HasSuffix(live.LastLine, " 399 400") || live.Phase != agent.PhaseGenerating {
			t.Errorf("live %+v", live)
		}
	})
}

func TestRealTokenLimit(t *testing.T) {
	onServers(t, func(t *trial) {
		result, _, err := t.run(t.Context(), agent.Request{Model: "loop", Prompt: "go", Options: map[string]any{"num_predict": 7}})
		if agent.EndingOf(err) != agent.EndTokenLimit || !strings.Contains(err.Error(), "limit of 7 tokens") {
			t.Errorf("ended %v", err)
		}
		if result.Text == "" || result.DoneReason != "length" || result.Metrics.Tokens != 7 {
			t.Errorf("result %+v", result)
		}
	})
}

func TestRealMissingModel(t *testing.T) {
	onServers(t, func(t *trial) {
		_, _, err := t.run(t.Context(), agent.Request{Model: "not-there", Prompt: "go"})
		if agent.EndingOf(err) != agent.EndModelMissing || !strings.HasSuffix(err.Error(), "does not have the model not-there; run `ollama pull not-there`") {
			t.Errorf("ended %v", err)
		}
	})
}

// A prompt that does not fit is refused, not cut in silence.
func TestRealPromptTooLong(t *testing.T) {
	if os.Getenv("DROVER_TEST_OLLAMA") != "1" {
		t.Skip("the scripted models have no context that could overflow; DROVER_TEST_OLLAMA is not 1")
	}
	onServers(t, func(t *trial) {
		if !t.real {
			return
		}
		result, _, err := t.run(t.Context(), agent.Request{
			Model: "count", Prompt: strings.Repeat("1 2 3 4 ", 3000), Options: map[string]any{"num_ctx": 512},
		})
		if agent.EndingOf(err) != agent.EndTruncatedPrompt {
			t.Errorf("ended %v with %q", err, result.Text)
		}
	})
}

func TestRealDefaultModel(t *testing.T) {
	onServers(t, func(t *trial) {
		server := t.client.Monitor().Check(t.Context())
		if server.State != agent.ServerUp || server.Version == "" || len(server.Models) < 2 || server.DefaultModel != server.Models[0].Name {
			t.Fatalf("server %+v", server)
		}
		_, events, err := t.run(t.Context(), agent.Request{Prompt: "go", Options: map[string]any{"num_predict": 3}})
		if agent.EndingOf(err) != agent.EndTokenLimit || events[0].Live.Model != server.DefaultModel ||
			events[0].Entry.Text != "model "+server.DefaultModel+" (first installed)" {
			t.Errorf("told %+v, ended %v", events[0], err)
		}
	})
}

// A cancelled attempt returns at once with what it had, and the server is free for the next.
func TestRealCancel(t *testing.T) {
	onServers(t, func(t *trial) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var cancelled time.Time
		result, err := t.client.Run(ctx, agent.Request{Model: "loop", Prompt: "go"}, func(e agent.Event) {
			if e.Live.Tokens == 20 {
				cancelled = time.Now()
				cancel()
			}
		})
		if d := time.Since(cancelled); d > 2*time.Second {
			t.Errorf("took %v to return", d)
		}
		if agent.EndingOf(err) != agent.EndCancelled || result.Text == "" || !result.Metrics.Approximate || result.Metrics.Tokens < 20 {
			t.Errorf("ended %v with %+v", err, result)
		}
		// The model works on one request at a time, so an answer proves that it has stopped on the other.
		next := func(model string) agent.Ending {
			free, giveUp := context.WithTimeout(t.Context(), 20*time.Second)
			defer giveUp()
			_, _, err := t.run(free, agent.Request{Model: model, Prompt: "go", Options: map[string]any{"num_predict": 3}})
			return agent.EndingOf(err)
		}
		ending := next("loop")
		if t.real {
			// A lost slot must not stop the tests that follow. That it was one, and not a request of ours that is still open,
			// is seen from this: the model leaves the memory, which it only does when no request to it is open.
			t.unload("loop")
			if ending == agent.EndTimedOut {
				t.Log("the server has lost a slot to the cancelled request; see the package's documentation")
				ending = agent.EndTokenLimit
			}
			// Under the name count the same weights are in memory for the tests that follow.
			if again := next("count"); again != agent.EndTokenLimit {
				t.Errorf("after the model was unloaded it ended %v", again)
			}
		}
		if ending != agent.EndTokenLimit {
			t.Errorf("the next one ended %v", ending)
		}
	})
}

// unload takes a model out of memory.
func (t *trial) unload(model string) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for time.Now().Before(deadline) {
		if err := t.client.Unload(t.Context(), model); err != nil {
			t.Fatal(err)
		}
		// The server that is asked while a model leaves its memory at times answers with a bare 500.
		loaded, err := t.client.Loaded(t.Context())
		if err == nil && !slices.ContainsFunc(loaded, func(m agent.LoadedModel) bool { return m.Name == agent.FullName(model) }) {
			return
		}
		time.Sleep(50 * time.Millisecond) // a server in another process
	}
	t.Errorf("the model %s stays in memory, so a request to it is open", model)
}

// Ten at once over at most ten connections; with one place in the model nine of them wait inside the server,
// which shows in their numbers.
func TestRealTenAtOnce(t *testing.T) {
	onServers(t, func(t *trial) {
		const lanes = 10
		var waited atomic.Int64
		var wg sync.WaitGroup
		for range lanes {
			wg.Go(func() {
				result, _, err := t.run(t.Context(), agent.Request{Model: "count", Prompt: "go"})
				if err != nil || result.Text != ollamatest.CountAnswer() {
					t.Errorf("%q, %v", result.Text, err)
				}
				if result.Metrics.ServerWait > 50*time.Millisecond {
					waited.Add(1)
				}
				// A second one each, short, over the connections of the first.
				_, _, err = t.run(t.Context(), agent.Request{Model: "count", Prompt: "go", Options: map[string]any{"num_predict": 3}})
				if agent.EndingOf(err) != agent.EndTokenLimit {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := t.dialled.Load(); n > lanes {
			t.Errorf("%d connections", n)
		}
		parallel := os.Getenv("OLLAMA_NUM_PARALLEL")
		if t.real && parallel != "" && parallel != "1" {
			return
		}
		if n := waited.Load(); n < lanes/2 {
			t.Errorf("only %d of %d waited in the server", n, lanes)
		}
	})
}

// The server refuses what it has no room for, which is told apart from every other failure.
func TestRealBusy(t *testing.T) {
	if os.Getenv("DROVER_TEST_OLLAMA") == "1" && os.Getenv("OLLAMA_MAX_QUEUE") == "" {
		t.Skip("OLLAMA_MAX_QUEUE is not set, so the real server refuses nothing")
	}
	t.Run("ollama", func(t *testing.T) {
		if os.Getenv("DROVER_TEST_OLLAMA") != "1" {
			t.Skip("DROVER_TEST_OLLAMA is not 1, so there is no real Ollama to test against")
		}
		u, err := ParseHost(os.Getenv("OLLAMA_HOST"))
		if err != nil {
			t.Fatal(err)
		}
		c, err := New(Config{Host: u, Connections: 12})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		unload(t, c)
		var busy, whole atomic.Int64
		var wg sync.WaitGroup
		for range 12 {
			wg.Go(func() {
				switch _, _, err := run(t.Context(), c, agent.Request{Model: "count", Prompt: "go"}); agent.EndingOf(err) {
				case agent.EndCompleted:
					whole.Add(1)
				case agent.EndServerBusy:
					busy.Add(1)
				default:
					t.Errorf("ended %v", err)
				}
			})
		}
		wg.Wait()
		if busy.Load() == 0 || whole.Load() == 0 {
			t.Errorf("%d busy, %d whole", busy.Load(), whole.Load())
		}
	})
}

// unload takes the model count out of memory, so that the next request has to load it.
func unload(t *testing.T, c *Client) {
	t.Helper()
	if err := c.Unload(t.Context(), "count"); err != nil {
		t.Fatal(err)
	}
}
