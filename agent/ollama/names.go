package ollama

import "strings"

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
