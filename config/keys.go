package config

import (
	"maps"
	"slices"
	"strings"
)

// maxKeysPerAction bounds what a mistake can do to the help screen.
const maxKeysPerAction = 8

// setKeys takes bindings from a variable: "action=key key; action=key". A key is spelled without spaces (the
// space bar is "space"), so blanks separate them; the key ";" can only be bound in the file. The bindings
// replace all those of the file: merged with them, a variable could not take one away.
func setKeys(c *Config, text string) bool {
	keys := map[string][]string{}
	for binding := range strings.SplitSeq(text, ";") {
		if strings.TrimSpace(binding) == "" {
			continue
		}
		action, list, found := strings.Cut(binding, "=")
		action = strings.TrimSpace(action)
		if _, twice := keys[action]; !found || twice || !validKeys(action, strings.Fields(list)) {
			return false
		}
		keys[action] = strings.Fields(list)
	}
	c.Keys = keys
	return true
}

// keysText is the inverse of setKeys.
func keysText(c *Config) string {
	bindings := make([]string, 0, len(c.Keys))
	for _, action := range slices.Sorted(maps.Keys(c.Keys)) {
		bindings = append(bindings, action+"="+strings.Join(c.Keys[action], " "))
	}
	return strings.Join(bindings, "; ")
}

// validKeys reports whether these can be an action and its keys. Which actions there are and how keys are
// named is known to the screen alone.
func validKeys(action string, keys []string) bool {
	if action == "" || !printable(action) || strings.ContainsAny(action, " =;") || len(keys) > maxKeysPerAction {
		return false
	}
	return !slices.ContainsFunc(keys, func(key string) bool {
		return key == "" || len(key) > 32 || !printable(key) || strings.Contains(key, " ")
	})
}
