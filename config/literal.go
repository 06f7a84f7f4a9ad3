package config

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"drover/agent/safetext"
	"drover/agent/setting"
)

// plainLiteral returns the value of a setting that is no table as it is written in the file.
func plainLiteral(s *setting.Setting) string {
	text := s.Get()
	if list := strings.Split(text, ","); s.Kind == setting.KindTexts && len(list) > 1 {
		return literal(list)
	}
	if s.Kind == setting.KindText || s.Kind == setting.KindTexts {
		return literal(text)
	}
	return text
}

// literal returns an int64, float64, bool, string, []string or a table of them as it is written in the file.
func literal(value any) string {
	switch v := value.(type) {
	case string:
		return tomlString(v)
	case []string:
		quoted := make([]string, len(v))
		for i, text := range v {
			quoted[i] = tomlString(text)
		}
		return "[" + strings.Join(quoted, ", ") + "]"
	case map[string]any:
		fields := make([]string, 0, len(v))
		for _, name := range slices.Sorted(maps.Keys(v)) {
			fields = append(fields, tomlKey(name)+" = "+literal(v[name]))
		}
		return "{ " + strings.Join(fields, ", ") + " }"
	case float64:
		text := strconv.FormatFloat(v, 'g', -1, 64)
		if !strings.ContainsAny(text, ".e") {
			text += ".0"
		}
		return text
	}
	return fmt.Sprint(value)
}

// tomlKey writes the name of an entry, in quotes unless it needs none.
func tomlKey(name string) string {
	if name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") == "" {
		return name
	}
	return tomlString(name)
}

// tomlString writes a basic string. The escapes of Go for what cannot be printed are not those of TOML, which
// knows \uXXXX and \UXXXXXXXX but no \x.
func tomlString(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case !unicode.IsPrint(r) || safetext.Unsafe(r):
			fmt.Fprintf(&b, `\U%08X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
