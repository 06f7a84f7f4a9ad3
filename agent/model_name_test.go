package agent

import "testing"

func TestFullName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"count": "count:latest", "count:latest": "count:latest", "Count:LATEST": "count:latest", "library/count": "count:latest",
		"registry.ollama.ai/library/count": "count:latest", "REGISTRY.ollama.ai/Library/count:latest": "count:latest",
		"https://registry.ollama.ai/library/count": "count:latest",
		"me/count": "me/count:latest", "registry.ollama.ai/me/count:8b": "me/count:8b",
		"hf.co/Me/Count-GGUF:Q4_K_M": "hf.co/me/count-gguf:q4_k_m", "host:80/library/count": "host:80/library/count:latest",
		"library/me/count": "library/me/count:latest", "registry.ollama.ai/count": "registry.ollama.ai/count:latest", "": "",
	} {
		if got := FullName(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestIsCloud(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"gpt-oss:120b-cloud": true, "kimi-k2:cloud": true, "me/x:1t-cloud": true, "registry.ollama.ai/library/x:cloud": true,
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
		"library/llama3.2": 1, "registry.ollama.ai/library/qwen3:8b": 0, "me/llama3.2": -1, "host:80/me/x": 2, "": -1,
	} {
		if got := s.Installed(name); got != want {
			t.Errorf("%q: %d", name, got)
		}
	}
}
