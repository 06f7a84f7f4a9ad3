package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"drover/agent/setting"
	"drover/agent/textfile"
)

// maxFile is how large a configuration file may be, in bytes. One that is larger is not one.
const maxFile = 1 << 20

func readFile(path string) ([]byte, error) {
	file, err := textfile.Open(path)
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
// otherwise each key is checked by itself.
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
	lines := keyLines(data, l.config.settings)
	for _, name := range slices.SortedFunc(maps.Keys(values), byLine(lines, "")) {
		l.fileValue(Origin{Kind: FromFile, Name: path, Line: lines[name]}, name, values[name], lines)
	}
}

func (l *loader) fileValue(from Origin, name string, value any, lines map[string]int) {
	s := l.config.setting(name)
	if s == nil {
		l.problem(from.String(), "there is no setting "+setting.Quote(name), l.suggestion(name))
		return
	}
	if s.Kind == setting.KindSecret {
		names := s.Variables()
		l.problem(from.String(), name+" must not be in a file", "set the variable "+names[len(names)-1]+" instead")
		return
	}
	if table, ok := value.(map[string]any); ok && s.Kind == setting.KindTable {
		l.fileTable(s, from, table, lines)
		return
	}
	text, ok := plainText(s.Kind, value)
	if !ok {
		l.problem(from.String(), fmt.Sprintf("%s: %s is not %s", name, typeName(value), s.Is()), s.Advice())
		return
	}
	l.apply(s, text, from)
}

// suggestion says which setting was probably meant by an unknown name, or which there are.
func (l *loader) suggestion(name string) string {
	var names []string
	for _, s := range l.config.settings {
		if s.Kind != setting.KindSecret {
			names = append(names, s.Name)
		}
	}
	if near := setting.Nearest(name, names); near != "" {
		return "did you mean " + near + "?"
	}
	return "the settings are " + strings.Join(names, ", ")
}

// fileTable takes a table, each entry by itself.
func (l *loader) fileTable(s *setting.Setting, from Origin, table map[string]any, lines map[string]int) {
	if len(table) > s.Most {
		l.problem(from.String(), fmt.Sprintf("%s: there are %d entries", s.Name, len(table)), fmt.Sprintf("keep at most %d", s.Most))
		return
	}
	s.Reset()
	l.config.origins[s.Name] = from
	good := true
	for _, name := range slices.SortedFunc(maps.Keys(table), byLine(lines, s.Name+".")) {
		at := from
		if line := lines[s.Name+"."+name]; line > 0 {
			at.Line = line
		}
		value := table[name]
		if list, ok := value.([]any); ok {
			if texts, ok := textList(list); ok {
				value = texts
			}
		}
		if err := s.Put(name, value); err != nil {
			l.refused(s, err, at, s.Advice())
			good = false
			continue
		}
		l.config.origins[s.Name+"."+name] = at
	}
	if good {
		l.check(s, from)
	}
}

// textList returns a list of which all items are texts.
func textList(list []any) ([]string, bool) {
	texts := make([]string, len(list))
	for i, item := range list {
		text, ok := item.(string)
		if !ok {
			return nil, false
		}
		texts[i] = text
	}
	return texts, true
}

// plainText turns a value of the file into what a flag or a variable would hold, if it has the right type.
func plainText(kind setting.Kind, value any) (string, bool) {
	switch v := value.(type) {
	case string:
		return v, kind == setting.KindText || kind == setting.KindTexts
	case int64:
		return strconv.FormatInt(v, 10), kind == setting.KindNumber
	case bool:
		return strconv.FormatBool(v), kind == setting.KindSwitch
	case []any:
		texts, ok := textList(v)
		hasComma := slices.ContainsFunc(texts, func(s string) bool { return strings.Contains(s, ",") })
		return strings.Join(texts, ","), kind == setting.KindTexts && ok && !hasComma
	}
	return "", false
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
