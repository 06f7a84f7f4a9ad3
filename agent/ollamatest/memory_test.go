package ollamatest

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ollama/ollama/api"
)

func chatFor(t *testing.T, c *api.Client, request *api.ChatRequest) {
	t.Helper()
	request.Messages = []api.Message{{Role: "user", Content: "x"}}
	if err := c.Chat(t.Context(), request, func(api.ChatResponse) error { return nil }); err != nil {
		t.Error(err)
	}
}

// inMemory returns the names of the models that the server says it has in memory.
func inMemory(t *testing.T, c *api.Client) (names string, list []api.ProcessModelResponse) {
	t.Helper()
	running, err := c.ListRunning(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range running.Models {
		names += m.Name + " "
	}
	return names, running.Models
}

// With room for one model another one has to wait until it is not in use, and takes its place.
func TestMaxLoaded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, b := Saying("a", "one two three four"), Saying("b", "one")
		a.Load, b.Load, a.TokensPerSecond = time.Second, 2*time.Second, 1
		s := New(Config{Models: []Model{a, b}, MaxLoaded: 1})
		c, _ := start(t, s)
		began := time.Now()
		go chatFor(t, c, &api.ChatRequest{Model: "a"})
		time.Sleep(500 * time.Millisecond)
		if names, _ := inMemory(t, c); names != "" {
			t.Errorf("%q is in memory while it is loaded", names)
		}
		time.Sleep(1500 * time.Millisecond)
		if names, list := inMemory(t, c); names != "a:latest " || list[0].ContextLength != 4096 {
			t.Errorf("%q is in memory, %+v", names, list)
		}
		chatFor(t, c, &api.ChatRequest{Model: "b", Options: map[string]any{"num_ctx": 512}})
		if took := time.Since(began); took < 7*time.Second || took > 8*time.Second { // 1 + 4 for a, then 2
			t.Errorf("it took %v", took)
		}
		if names, list := inMemory(t, c); names != "b:latest " || list[0].ContextLength != 512 {
			t.Errorf("%q is in memory, %+v", names, list)
		}
		chatFor(t, c, &api.ChatRequest{Model: "b"})
		if n := s.Stats().Loads; n != 2 {
			t.Errorf("%d loads", n)
		}
	})
}

// A model leaves memory when its time is up.
func TestKeepAlive(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{Models: []Model{Saying("a", "one"), Saying("b", "two"), Saying("c", "three")}})
		c, _ := start(t, s)
		chatFor(t, c, &api.ChatRequest{Model: "a"})
		chatFor(t, c, &api.ChatRequest{Model: "b", KeepAlive: &api.Duration{Duration: -1}})
		chatFor(t, c, &api.ChatRequest{Model: "c", KeepAlive: &api.Duration{}})
		if names, list := inMemory(t, c); names != "a:latest b:latest " || time.Until(list[0].ExpiresAt) != 5*time.Minute {
			t.Errorf("%q is in memory, %+v", names, list)
		}
		time.Sleep(6 * time.Minute)
		if names, _ := inMemory(t, c); names != "b:latest " {
			t.Errorf("%q is in memory", names)
		}
	})
}

func TestMend(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{Models: []Model{Saying("a", "one")}})
		c, _ := start(t, s)
		s.Fail("a", Busy(), Busy())
		s.Fail("", Busy())
		s.Mend()
		chatFor(t, c, &api.ChatRequest{Model: "a"})
	})
}

// A client that hangs up can cost the model a slot, until the model has left the memory: which waits for its users.
func TestLostSlot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{Models: []Model{Loop(10), Saying("short", "one")}, Parallel: 1})
		c, _ := start(t, s)
		s.Fail("loop", LostSlot(5))
		ask := func(limit time.Duration) (pieces int) {
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			request := &api.ChatRequest{Model: "loop", Messages: []api.Message{{Role: "user", Content: "x"}}}
			_ = c.Chat(ctx, request, func(api.ChatResponse) error { pieces++; return nil })
			return pieces
		}
		unload := func() {
			request := &api.GenerateRequest{Model: "loop", KeepAlive: &api.Duration{}}
			if err := c.Generate(t.Context(), request, func(api.GenerateResponse) error { return nil }); err != nil {
				t.Error(err)
			}
		}
		if n := ask(3 * time.Second); n < 28 {
			t.Errorf("%d pieces at first", n)
		}
		if n := ask(time.Minute); n != 0 {
			t.Errorf("%d pieces without a slot", n)
		}
		if names, _ := inMemory(t, c); names != "loop:latest " {
			t.Errorf("%q is in memory", names)
		}
		go ask(time.Minute)
		synctest.Wait()
		unload()
		if names, _ := inMemory(t, c); names != "loop:latest " {
			t.Errorf("%q is in memory while somebody waits", names)
		}
		time.Sleep(2 * time.Minute)
		if names, _ := inMemory(t, c); names != "" {
			t.Errorf("%q is in memory, unloaded", names)
		}
		if n := ask(3 * time.Second); n < 28 {
			t.Errorf("%d pieces after all", n)
		}
	})
}
