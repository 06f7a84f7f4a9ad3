package config

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"drover/agent/setting"
)

// widest is how long a line may be to have the notes of all others stand behind it.
const widest = 80

// Show writes the effective settings and where each came from. What it writes is a configuration file that
// gives the same settings; a secret is only said to be set.
func (c *Config) Show(w io.Writer) error {
	type line struct{ text, note string }
	var lines []line
	from := func(name string) string { return "from " + clean(c.Origin(name).String()) }
	for _, s := range c.settings {
		switch s.Kind {
		case setting.KindSecret:
			state := "is not set"
			if s.Get() != "" {
				state = "is set, " + from(s.Name)
			}
			lines = append(lines, line{text: "# " + s.Name + " " + state})
		case setting.KindTable:
			entries := s.Entries()
			for _, name := range slices.Sorted(maps.Keys(entries)) {
				lines = append(lines, line{s.Name + "." + tomlKey(name) + " = " + literal(entries[name]), from(s.Name + "." + name)})
			}
		default:
			lines = append(lines, line{s.Name + " = " + plainLiteral(&s), from(s.Name)})
		}
	}
	width := 0
	for _, l := range lines {
		if l.note != "" && len(l.text) <= widest {
			width = max(width, len(l.text))
		}
	}
	var b strings.Builder
	for _, l := range lines {
		if l.note == "" {
			fmt.Fprintln(&b, l.text)
			continue
		}
		fmt.Fprintf(&b, "%-*s  # %s\n", width, l.text, l.note)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
