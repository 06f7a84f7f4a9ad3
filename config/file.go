package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// maxFile is how large a configuration file may be, in bytes. One that is larger is not one.
const maxFile = 1 << 20

func readFile(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = fmt.Errorf("%s is larger than %d bytes and no configuration file", path, maxFile)
	}
	return data, err
}

// toml takes the settings from the text of a configuration file. A text that is no TOML is one problem;
// otherwise each key is judged by itself.
func (l *loader) toml(path string, data []byte) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	var values map[string]any
	if err := toml.Unmarshal(data, &values); err != nil {
		where, detail := path, strings.TrimPrefix(err.Error(), "toml: ")
		if syntax, ok := errors.AsType[*toml.DecodeError](err); ok {
			row, column := syntax.Position()
			where = fmt.Sprintf("%s:%d:%d", path, row, column)
		}
		l.problem(where, "this is not TOML: "+detail, "correct the line, or take it out")
		return
	}
	lines := keyLines(data)
	for _, name := range slices.SortedFunc(maps.Keys(values), byLine(lines, "")) {
		l.fileValue(Origin{Kind: FromFile, Name: path, Line: lines[name]}, name, values[name], lines)
	}
}

func (l *loader) fileValue(from Origin, name string, value any, lines map[string]int) {
	s := settingNamed(name)
	switch {
	case s == nil:
		l.problem(from.String(), "there is no setting "+quote(name), suggestion(name))
	case s.kind == kindSecret:
		l.problem(from.String(), name+" must not be in a file", "set the variable "+s.env[len(s.env)-1]+" instead")
	case s.kind == kindKeys:
		l.fileKeys(s, from, value, lines)
	case s.kind == kindOptions:
		l.fileOptions(s, from, value, lines)
	case s.kind == kindTemplates:
		l.fileTemplates(s, from, value, lines)
	default:
		text, ok := s.kind.text(value)
		if !ok {
			l.problem(from.String(), fmt.Sprintf("%s: %s is not %s", name, typeName(value), s.kind), s.kind.advice(name))
			return
		}
		l.apply(s, text, from)
	}
}

// fileKeys takes the table of key bindings, each binding by itself.
func (l *loader) fileKeys(s *setting, from Origin, value any, lines map[string]int) {
	table, ok := value.(map[string]any)
	if !ok {
		l.problem(from.String(), fmt.Sprintf("%s: %s is not %s", s.name, typeName(value), s.kind), s.kind.advice(s.name))
		return
	}
	l.config.Keys = map[string][]string{}
	l.config.origins[s.name] = from
	for _, action := range slices.SortedFunc(maps.Keys(table), byLine(lines, s.name+".")) {
		at := from
		if line := lines[s.name+"."+action]; line > 0 {
			at.Line = line
		}
		keys, ok := keyList(table[action])
		if !ok || !validKeys(action, keys) {
			l.problem(at.String(), fmt.Sprintf("%s: the binding of %s is not a list of keys", s.name, quote(action)),
				s.kind.advice(s.name))
			continue
		}
		l.config.Keys[action] = keys
		l.config.origins[s.name+"."+action] = at
	}
}

// keyList takes one key or a list of keys.
func keyList(value any) ([]string, bool) {
	if key, ok := value.(string); ok {
		return []string{key}, true
	}
	list, ok := value.([]any)
	if !ok {
		return nil, false
	}
	keys := make([]string, len(list))
	for i, item := range list {
		if keys[i], ok = item.(string); !ok {
			return nil, false
		}
	}
	return keys, true
}

// text turns a value of the file into what a flag or a variable would hold, if it has the right type.
func (k kind) text(value any) (string, bool) {
	switch v := value.(type) {
	case string:
		return v, k == kindText || k == kindTexts
	case int64:
		return strconv.FormatInt(v, 10), k == kindNumber
	case bool:
		return strconv.FormatBool(v), k == kindSwitch
	case []any:
		texts, ok := keyList(v)
		hasComma := slices.ContainsFunc(texts, func(s string) bool { return strings.Contains(s, ",") })
		return strings.Join(texts, ","), k == kindTexts && ok && !hasComma
	}
	return "", false
}

// String names the type for people.
func (k kind) String() string {
	switch k {
	case kindText, kindSecret:
		return "a text"
	case kindTexts:
		return "a text or a list of texts"
	case kindNumber:
		return "a whole number"
	case kindSwitch:
		return "true or false"
	case kindKeys:
		return "a table of lists of keys"
	case kindOptions:
		return "a table of options"
	case kindTemplates:
		return "a table of texts"
	}
	return "a value"
}

// advice says how a value of this type is written.
func (k kind) advice(name string) string {
	switch k {
	case kindNumber:
		return "write it without quotes, for example " + name + " = 4"
	case kindSwitch:
		return "write it without quotes: " + name + " = true"
	case kindKeys:
		return `write for example [keys] and below it cancel = ["x", "delete"]`
	case kindOptions:
		return "write for example [options] and below it num_ctx = 8192"
	case kindTemplates:
		return `write for example [templates] and below it review = "Review this: {{input}}"`
	case kindTexts:
		return "write for example " + name + ` = "…" or ` + name + ` = ["…", "…"]`
	case kindText, kindSecret:
	}
	return "put it in quotes: " + name + ` = "…"`
}

// typeName names the type of a value of the file for people.
func typeName(value any) string {
	switch value.(type) {
	case string:
		return "a text"
	case int64:
		return "a whole number"
	case float64:
		return "a number with a fraction"
	case bool:
		return "a switch"
	case []any:
		return "a list"
	case map[string]any:
		return "a table"
	}
	return "a date or time"
}
