package ollama

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"drover/agent"
	"drover/agent/ollamatest"

	"github.com/ollama/ollama/types/model"
)

// imageFile is a file that looks like a PNG; it returns its path.
func imageFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.png")
	if err := os.WriteFile(path, []byte("\x89PNG\r\n\x1a\nrest"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// models are those of a server, in the order of their names: the first one is the default.
func models(names map[string][]model.Capability) []ollamatest.Model {
	var list []ollamatest.Model
	for _, name := range slices.Sorted(maps.Keys(names)) {
		m := ollamatest.Saying(name, "yes")
		m.Capabilities = names[name]
		list = append(list, m)
	}
	return list
}

var abilitiesOf = map[string][]model.Capability{
	"plain": {model.CapabilityCompletion}, "vectors": {model.CapabilityEmbedding},
	"sees": {model.CapabilityCompletion, model.CapabilityVision}, "thinks": {model.CapabilityCompletion, model.CapabilityThinking},
}

// What the model cannot do is said before the request has cost anything, in the words in which it would have
// failed.
func TestCheck(t *testing.T) {
	t.Parallel()
	s := ollamatest.New(ollamatest.Config{Models: models(abilitiesOf)})
	c := newClient(t, s, nil)
	image := imageFile(t)
	if err := c.Check(t.Context(), agent.Request{Prompt: "x", Model: "nobody"}); err != nil {
		t.Errorf("before anything is known of the server: %v", err)
	}
	c.Monitor().Check(t.Context())
	text := filepath.Join(t.TempDir(), "a.txt")
	if err := os.WriteFile(text, []byte("no picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		request agent.Request
		ending  agent.Ending
		want    string
	}{
		"plain":             {agent.Request{Model: "plain"}, agent.EndCompleted, ""},
		"missing":           {agent.Request{Model: "nobody"}, agent.EndModelMissing, "does not have the model nobody; run `ollama pull nobody`"},
		"vectors":           {agent.Request{Model: "vectors"}, agent.EndLacksCapability, "the model vectors cannot answer prompts; name a model that can chat"},
		"does not think":    {agent.Request{Model: "plain", Think: "true"}, agent.EndLacksCapability, "the model plain cannot think; ask another model, or do not set think"},
		"need not think":    {agent.Request{Model: "plain", Think: "false"}, agent.EndCompleted, ""},
		"as it likes":       {agent.Request{Model: "plain", Think: "auto"}, agent.EndCompleted, ""},
		"thinks":            {agent.Request{Model: "thinks", Think: "low"}, agent.EndCompleted, ""},
		"does not see":      {agent.Request{Model: "plain", Images: []string{image}}, agent.EndLacksCapability, "the model plain cannot look at images; ask a model with vision, or leave the images out"},
		"sees":              {agent.Request{Model: "sees", Images: []string{image}}, agent.EndCompleted, ""},
		"no such image":     {agent.Request{Model: "sees", Images: []string{image + "x"}}, agent.EndBadRequest, "cannot be read: no such file or directory; name a file with a picture"},
		"a folder":          {agent.Request{Model: "sees", Images: []string{filepath.Dir(image)}}, agent.EndBadRequest, "is not a file"},
		"not a picture":     {agent.Request{Model: "sees", Images: []string{text}}, agent.EndBadRequest, "is not a picture that a model can look at"},
		"the default model": {agent.Request{}, agent.EndCompleted, ""},
	} {
		tt.request.Prompt = "x"
		err := c.Check(t.Context(), tt.request)
		if agent.EndingOf(err) != tt.ending || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if chats := s.Stats().Chats; chats != 0 {
		t.Errorf("%d chats", chats)
	}
}

func TestAbilities(t *testing.T) {
	t.Parallel()
	c := newClient(t, ollamatest.New(ollamatest.Config{Models: models(abilitiesOf)}), nil)
	for name, want := range map[string][]string{
		"sees": {"completion", "vision"}, "vectors": {"embedding"}, "nobody": nil,
	} {
		if got := c.Abilities(t.Context(), name); !slices.Equal(got, want) {
			t.Errorf("%s can do %q, want %q", name, got, want)
		}
	}
}

// The server is asked once for a model, not once for a task; that a model is missing is looked at again soon.
func TestCheckAsksOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := ollamatest.New(ollamatest.Config{Models: models(abilitiesOf)})
		c := newClient(t, s, nil)
		c.Monitor().Check(t.Context())
		shows := func() int {
			n := 0
			for _, r := range s.Requests() {
				if r.Path == "/api/show" {
					n++
				}
			}
			return n
		}
		for range 100 {
			_ = c.Check(t.Context(), agent.Request{Prompt: "x", Model: "plain"})
			_ = c.Check(t.Context(), agent.Request{Prompt: "x", Model: "nobody"})
		}
		if n := shows(); n != 2 {
			t.Errorf("asked %d times", n)
		}
		s.SetModels(ollamatest.Saying("nobody", "here I am"))
		time.Sleep(missingLasts)
		if err := c.Check(t.Context(), agent.Request{Prompt: "x", Model: "nobody"}); err != nil {
			t.Error(err)
		}
		time.Sleep(abilitiesLast)
		if err := c.Check(t.Context(), agent.Request{Prompt: "x", Model: "plain"}); agent.EndingOf(err) != agent.EndModelMissing {
			t.Error(err)
		}
	})
}

// A server without any model says so at once, and is looked at again.
func TestCheckWithoutModels(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := ollamatest.New(ollamatest.Config{})
		c := newClient(t, s, nil)
		var up atomic.Int32
		c.Monitor().OnChange(func(agent.Server) { up.Add(1) })
		go c.Monitor().Run(t.Context())
		synctest.Wait()
		if err := c.Check(t.Context(), agent.Request{Prompt: "x"}); agent.EndingOf(err) != agent.EndModelMissing {
			t.Error(err)
		}
		s.SetModels(ollamatest.Count())
		if err := c.Check(t.Context(), agent.Request{Prompt: "x"}); agent.EndingOf(err) != agent.EndModelMissing {
			t.Error(err) // it is on its way
		}
		synctest.Wait()
		if err := c.Check(t.Context(), agent.Request{Prompt: "x"}); err != nil {
			t.Error(err)
		}
	})
}

// What a request asks for reaches the server, over the defaults, and nothing that was not asked for does.
func TestRequestReachesTheServer(t *testing.T) {
	t.Parallel()
	image := imageFile(t)
	data, err := os.ReadFile(image)
	if err != nil {
		t.Fatal(err)
	}
	encoded := base64.StdEncoding.EncodeToString(data)
	defaults := func(c *Config) {
		c.Options, c.Think, c.KeepAlive = map[string]any{"num_ctx": int64(2048), "seed": int64(1)}, "false", "10m"
	}
	for name, tt := range map[string]struct {
		change  func(*Config)
		request agent.Request
		want    map[string]string // parts of the body, by key; "" for none
	}{
		"nothing": {nil, agent.Request{}, map[string]string{"options": "{}", "think": "", "keep_alive": "", "format": ""}},
		"defaults": {defaults, agent.Request{Model: "plain"}, map[string]string{
			"options": `{"num_ctx":2048,"seed":1}`, "think": "false", "keep_alive": `"10m0s"`, "format": ""}},
		"own": {defaults, agent.Request{Model: "thinks", Think: "low", KeepAlive: "-1", Format: []byte(`{"type":"object"}`), Options: map[string]any{"seed": 7.0}},
			map[string]string{"options": `{"num_ctx":2048,"seed":7}`, "think": `"low"`, "keep_alive": "-1", "format": `{"type":"object"}`}},
		"auto":    {defaults, agent.Request{Model: "thinks", Think: "auto", KeepAlive: "300"}, map[string]string{"think": "", "keep_alive": `"5m0s"`}},
		"on":      {nil, agent.Request{Model: "thinks", Think: "true", Format: []byte(`"json"`)}, map[string]string{"think": "true", "format": `"json"`}},
		"picture": {nil, agent.Request{Model: "sees", Images: []string{image}}, map[string]string{"messages": `[{"role":"user","content":"x","images":["` + encoded + `"]}]`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := ollamatest.New(ollamatest.Config{Models: models(abilitiesOf)})
			c := newClient(t, s, tt.change)
			tt.request.Prompt = "x"
			if tt.request.Model == "" {
				tt.request.Model = "plain"
			}
			if _, _, err := run(t.Context(), c, tt.request); err != nil {
				t.Fatal(err)
			}
			var body map[string]json.RawMessage
			if err := json.Unmarshal(s.Requests()[0].Body, &body); err != nil {
				t.Fatal(err)
			}
			for key, want := range tt.want {
				if got := string(body[key]); got != want {
					t.Errorf("%s is %s, want %s", key, got, want)
				}
			}
		})
	}
}

// An image that is gone by now costs the server nothing.
func TestRunWithoutItsImage(t *testing.T) {
	t.Parallel()
	s := ollamatest.New(ollamatest.Config{Models: models(abilitiesOf)})
	c := newClient(t, s, nil)
	_, _, err := run(t.Context(), c, agent.Request{Prompt: "x", Model: "sees", Images: []string{"/nowhere.png"}})
	if agent.EndingOf(err) != agent.EndBadRequest || s.Stats().Requests != 0 {
		t.Errorf("%d requests, %v", s.Stats().Requests, err)
	}
}
