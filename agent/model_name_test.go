package agent

import "testing"

func TestIsCloud(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"gpt-oss:120b-cloud": true, "kimi-k2:cloud": true, "me/x:1t-cloud": true,
		"": false, "llama3.2": false, "cloud": false, "x-cloud": false, "a-cloud:8b": false, "cloud/x": false, "host:80/x-cloud": false,
	} {
		if got := IsCloud(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}

func TestInstalled(t *testing.T) {
	t.Parallel()
	s := Server{Models: []Model{{Name: "qwen3:8b"}, {Name: "llama3.2:latest"}, {Name: "host:80/me/x:latest"}}}
	for name, want := range map[string]int{
		"qwen3:8b": 0, "QWEN3:8B": 0, "qwen3": -1, "llama3.2": 1, "llama3.2:latest": 1, "llama3.2:1b": -1,
		"host:80/me/x": 2, "": -1,
	} {
		if got := s.Installed(name); got != want {
			t.Errorf("%q: %d", name, got)
		}
	}
}
