package config

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// widest is how long a line may be to have the notes of all others stand behind it.
const widest = 80

// Show writes the effective settings and where each came from. What it writes is a configuration file that
// gives the same settings; a secret is only said to be set.
func (c *Config) Show(w io.Writer) error {
	type line struct{ text, note string }
	var lines []line
	for i := range settings {
		s := &settings[i]
		from := "from " + clean(c.Origin(s.name).String())
		switch s.kind {
		case kindSecret:
			state := "is not set"
			if s.get(c) != "" {
				state = "is set, " + from
			}
			lines = append(lines, line{text: "# " + s.name + " " + state})
		case kindKeys:
			for _, action := range slices.Sorted(maps.Keys(c.Keys)) {
				lines = append(lines, line{
					text: s.name + "." + tomlString(action) + " = " + tomlStrings(c.Keys[action]),
					note: "from " + clean(c.Origin(s.name+"."+action).String()),
				})
			}
		case kindTemplates:
			for _, name := range slices.Sorted(maps.Keys(c.Templates)) {
				lines = append(lines, line{
					text: s.name + "." + tomlString(name) + " = " + tomlString(c.Templates[name]),
					note: "from " + clean(c.Origin(s.name+"."+name).String()),
				})
			}
		case kindOptions:
			for _, name := range slices.Sorted(maps.Keys(c.Options)) {
				lines = append(lines, line{
					text: s.name + "." + name + " = " + optionLiteral(c.Options[name]),
					note: "from " + clean(c.Origin(s.name+"."+name).String()),
				})
			}
		default:
			lines = append(lines, line{text: s.name + " = " + s.literal(c), note: from})
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

func tomlStrings(texts []string) string {
	quoted := make([]string, len(texts))
	for i, text := range texts {
		quoted[i] = tomlString(text)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}
