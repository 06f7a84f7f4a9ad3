package agent

import (
	"slices"
	"strings"
)

// FullName returns the one form of a model's name by which names are compared: two names mean the same model when
// their full names are equal. It is the name as servers list it, with its tag, in lower case: "count", "Count:latest",
// "library/count" and "registry.ollama.ai/library/count" are all "count:latest". The empty name stays empty. The rules
// are those of Ollama's package types/model, with which a test compares it.
//
// To whom a name is said, a server or a person, it is said as it was given.
func FullName(name string) string {
	if name == "" {
		return ""
	}
	full := strings.ToLower(name)
	if _, path, ok := strings.Cut(full, "://"); ok {
		full = path
	}
	if !strings.Contains(full[strings.LastIndex(full, "/")+1:], ":") {
		full += ":latest"
	}
	if strings.Count(full, "/") == 2 { // host, namespace, model
		full = strings.TrimPrefix(full, "registry.ollama.ai/")
	}
	if strings.Count(full, "/") == 1 {
		full = strings.TrimPrefix(full, "library/")
	}
	return full
}

// IsCloud reports whether a model runs in the cloud, by the tag that such models have: "cloud", or one that
// ends with "-cloud".
func IsCloud(name string) bool {
	full := FullName(name)
	tag := full[strings.LastIndex(full, ":")+1:]
	return tag == "cloud" || strings.HasSuffix(tag, "-cloud")
}

// Installed returns the place of a model in s.Models, by any of its names, -1 when it is not there.
func (s *Server) Installed(name string) int {
	name = FullName(name)
	return slices.IndexFunc(s.Models, func(m Model) bool { return FullName(m.Name) == name })
}
