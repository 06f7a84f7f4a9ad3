package agent

import (
	"slices"
	"strings"
)

// FullName returns the name of a model as servers list it: with its tag.
func FullName(name string) string {
	if name == "" || strings.Contains(name[strings.LastIndex(name, "/")+1:], ":") {
		return name
	}
	return name + ":latest"
}

// IsCloud reports whether a model runs in the cloud, by the tag that such models have: "cloud", or one that
// ends with "-cloud".
func IsCloud(name string) bool {
	_, tag, _ := strings.Cut(FullName(name)[strings.LastIndex(name, "/")+1:], ":")
	return tag == "cloud" || strings.HasSuffix(tag, "-cloud")
}

// Installed returns the place of a model in s.Models, by its name with or without its tag, -1 when it is not there.
func (s *Server) Installed(name string) int {
	return slices.IndexFunc(s.Models, func(m Model) bool { return strings.EqualFold(FullName(m.Name), FullName(name)) })
}
