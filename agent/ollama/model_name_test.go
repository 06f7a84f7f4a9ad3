package ollama

import (
	"strings"
	"testing"

	"drover/agent"

	"github.com/ollama/ollama/types/model"
	"pgregory.net/rapid"
)

// Names mean the same model exactly when they do to Ollama.
func TestModelNames(t *testing.T) {
	t.Parallel()
	part := func(names ...string) *rapid.Generator[string] { return rapid.SampledFrom(names) }
	name := rapid.Custom(func(t *rapid.T) string {
		host := part("", "", "https://registry.ollama.ai/", "registry.ollama.ai/", "Registry.Ollama.AI/", "library/", "host:80/").Draw(t, "host")
		namespace := part("library/", "LIBRARY/", "me/", "latest/").Draw(t, "namespace")
		if host == "" && rapid.Bool().Draw(t, "short") {
			namespace = ""
		}
		return host + namespace + part("m", "M", "library", "latest").Draw(t, "model") + part("", ":latest", ":Latest", ":8b").Draw(t, "tag")
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := name.Draw(t, "a"), name.Draw(t, "b")
		same := model.ParseName(a).EqualFold(model.ParseName(b))
		if got := agent.FullName(a) == agent.FullName(b); got != same {
			t.Errorf("%q and %q: the same is %v, want %v", a, b, got, same)
		}
		if full := strings.ToLower(model.ParseName(a).DisplayShortest()); agent.FullName(a) != full {
			t.Errorf("%q: %q, want %q", a, agent.FullName(a), full)
		}
	})
}
