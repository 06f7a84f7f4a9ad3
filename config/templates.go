package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	maxTemplates    = 100
	maxTemplateName = 64
	maxTemplateText = 64 << 10
)

// fileTemplates takes the table of templates, each by itself.
func (l *loader) fileTemplates(s *setting, from Origin, value any, lines map[string]int) {
	table, ok := value.(map[string]any)
	if !ok || len(table) > maxTemplates {
		l.problem(from.String(), fmt.Sprintf("%s: %s is not %s", s.name, typeName(value), s.kind), s.kind.advice(s.name))
		return
	}
	l.config.Templates = map[string]string{}
	l.config.origins[s.name] = from
	for _, name := range slices.SortedFunc(maps.Keys(table), byLine(lines, s.name+".")) {
		at := from
		if line := lines[s.name+"."+name]; line > 0 {
			at.Line = line
		}
		text, isText := table[name].(string)
		if !isText || !validTemplate(name, text) {
			l.problem(at.String(), fmt.Sprintf("%s: %s is not a text of at most %d KiB without control characters", s.name, quote(name),
				maxTemplateText>>10), s.kind.advice(s.name))
			continue
		}
		l.config.Templates[name] = text
		l.config.origins[s.name+"."+name] = at
	}
}

// validTemplate reports whether this can be a template and its name, which are shown on the screen.
func validTemplate(name, text string) bool {
	if name == "" || len(name) > maxTemplateName || !printable(name) {
		return false
	}
	if strings.TrimSpace(text) == "" || len(text) > maxTemplateText || !utf8.ValidString(text) {
		return false
	}
	return printable(strings.NewReplacer("\n", " ", "\t", " ").Replace(text))
}

// templatesText names the templates, for messages.
func templatesText(c *Config) string {
	return strings.Join(slices.Sorted(maps.Keys(c.Templates)), ", ")
}
