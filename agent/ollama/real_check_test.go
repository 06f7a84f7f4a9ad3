package ollama

import (
	"testing"

	"drover/agent"
)

// What a model cannot do, and what is in memory and for how long, is asked for as the server has it.
func TestRealCheckAndLoaded(t *testing.T) {
	onServers(t, func(t *trial) {
		t.client.Monitor().Check(t.Context())
		for name, tt := range map[string]struct {
			request agent.Request
			want    agent.Ending
		}{
			"plain":    {agent.Request{Model: "count"}, agent.EndCompleted},
			"missing":  {agent.Request{Model: "not-there"}, agent.EndModelMissing},
			"thinking": {agent.Request{Model: "count", Think: "true"}, agent.EndLacksCapability},
			"vision":   {agent.Request{Model: "count", Images: []string{imageFile(t.T)}}, agent.EndLacksCapability},
		} {
			tt.request.Prompt = "go"
			if err := t.client.Check(t.Context(), tt.request); agent.EndingOf(err) != tt.want {
				t.Errorf("%s: %v", name, err)
			}
		}
		// The same is said by the server when it is asked all the same.
		_, _, err := t.run(t.Context(), agent.Request{Model: "count", Prompt: "go", Think: "true"})
		if agent.EndingOf(err) != agent.EndLacksCapability {
			t.Errorf("thinking ended %v", err)
		}
		request := agent.Request{Model: "count", Prompt: "go", KeepAlive: "10m", Options: map[string]any{"num_predict": 3}}
		if _, _, err := t.run(t.Context(), request); agent.EndingOf(err) != agent.EndTokenLimit {
			t.Fatal(err)
		}
		loaded, err := t.client.Loaded(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range loaded {
			if m.Name == "count:latest" && m.Size > 0 && m.Context > 0 && !m.Expires.IsZero() {
				return
			}
		}
		t.Errorf("in memory are %+v", loaded)
	})
}
