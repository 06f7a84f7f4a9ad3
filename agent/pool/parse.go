package pool

import (
	"fmt"
	"strconv"
	"strings"

	"drover/agent/ollama"
	"drover/agent/safetext"
)

// MaxSlots is the largest number of slots that a server can be given.
const MaxSlots = 100

// ParseServers reads the addresses of servers in the forms of [ollama.ParseHost], each with #slots=N behind it if it
// is known how many requests the server works on at once. An error is one sentence for people.
func ParseServers(texts []string) ([]Server, error) {
	servers := make([]Server, 0, len(texts))
	seen := make(map[string]bool)
	for _, text := range texts {
		address, fragment, more := strings.Cut(strings.Trim(strings.TrimSpace(text), `"'`), "#")
		host, err := ollama.ParseHost(address)
		if err != nil {
			return nil, err
		}
		s := Server{Host: host}
		if more {
			value, ok := strings.CutPrefix(fragment, "slots=")
			n, err := strconv.Atoi(value)
			if !ok || err != nil || n < 1 || n > MaxSlots {
				return nil, fmt.Errorf("the server address %q ends with %q; write #slots= and a number from 1 to %d, or nothing",
					safetext.Line(text, 80), "#"+safetext.Line(fragment, 40), MaxSlots)
			}
			s.Slots = n
		}
		if seen[host.String()] {
			return nil, fmt.Errorf("the server address %s is given twice; name each server once", host)
		}
		seen[host.String()] = true
		servers = append(servers, s)
	}
	return servers, nil
}
