package config

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// maxOptions bounds what a mistake can send to the server with every request.
const maxOptions = 64

// setOptions takes options from a variable or a flag: "num_ctx=8192 temperature=0.2". Lists and texts with
// blanks can only be given in the file. The options replace all those of the file, as key bindings do.
func setOptions(c *Config, text string) bool {
	options := map[string]any{}
	for option := range strings.FieldsSeq(text) {
		name, value, found := strings.Cut(option, "=")
		if _, twice := options[name]; !found || twice || !validOption(name, optionOf(value)) {
			return false
		}
		options[name] = optionOf(value)
	}
	if len(options) > maxOptions {
		return false
	}
	c.Options = options
	return true
}

// optionOf guesses the type of a value from its text, as TOML does.
func optionOf(text string) any {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil {
		return f
	}
	switch text {
	case "true":
		return true
	case "false":
		return false
	}
	return text
}

// optionsText writes the options as a variable would hold them. It is for messages: a list or a text with a
// blank cannot be read back.
func optionsText(c *Config) string {
	options := make([]string, 0, len(c.Options))
	for _, name := range slices.Sorted(maps.Keys(c.Options)) {
		options = append(options, name+"="+strings.Trim(optionLiteral(c.Options[name]), `"`))
	}
	return strings.Join(options, " ")
}

// validOption reports whether this can be an option of a model server. Which options there are is for the
// server to say, and differs between its versions.
func validOption(name string, value any) bool {
	return validOptionName(name) && validOptionValue(value)
}

func validOptionName(name string) bool {
	return name != "" && len(name) <= 64 && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
}

func validOptionValue(value any) bool {
	switch v := value.(type) {
	case int64, bool:
		return true
	case float64:
		return !math.IsInf(v, 0) && !math.IsNaN(v)
	case string:
		return len(v) > 0 && len(v) <= 1024 && printable(v)
	case []string:
		return len(v) <= 16 && !slices.ContainsFunc(v, func(s string) bool { return !validOptionValue(s) })
	}
	return false
}

// optionLiteral writes a value as it is written in the file.
func optionLiteral(value any) string {
	switch v := value.(type) {
	case string:
		return tomlString(v)
	case []string:
		return tomlStrings(v)
	case float64:
		text := strconv.FormatFloat(v, 'g', -1, 64)
		if !strings.ContainsAny(text, ".e") {
			text += ".0"
		}
		return text
	}
	return fmt.Sprint(value)
}

// fileOptions takes the table of options, each by itself.
func (l *loader) fileOptions(s *setting, from Origin, value any, lines map[string]int) {
	table, ok := value.(map[string]any)
	if !ok || len(table) > maxOptions {
		l.problem(from.String(), fmt.Sprintf("%s: %s is not %s", s.name, typeName(value), s.kind), s.kind.advice(s.name))
		return
	}
	l.config.Options = map[string]any{}
	l.config.origins[s.name] = from
	for _, name := range slices.SortedFunc(maps.Keys(table), byLine(lines, s.name+".")) {
		at := from
		if line := lines[s.name+"."+name]; line > 0 {
			at.Line = line
		}
		option := table[name]
		if list, ok := option.([]any); ok {
			if texts, ok := keyList(list); ok {
				option = texts
			}
		}
		if !validOptionName(name) {
			l.problem(at.String(), fmt.Sprintf("%s: %s is not the name of an option", s.name, quote(name)), s.kind.advice(s.name))
			continue
		}
		if !validOptionValue(option) {
			what := fmt.Sprintf("%s: the value of %s is not a number, a text, true, false or a list of texts", s.name, quote(name))
			l.problem(at.String(), what, s.kind.advice(s.name))
			continue
		}
		l.config.Options[name] = option
		l.config.origins[s.name+"."+name] = at
	}
}
