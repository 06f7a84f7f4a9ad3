package config

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"drover/agent/setting"
)

// keyLines returns the line of each key of the file, and of each key of a setting that is a table, with the name of
// that and a dot in front.
//
// The library tells positions only with its errors. A strict decoder that expects nothing complains about
// every key there is, with its position; the alternative, its parser for syntax trees, is declared unstable.
func keyLines(data []byte, settings []setting.Setting) map[string]int {
	lines := map[string]int{}
	var tables []string
	var fields []reflect.StructField
	for _, s := range settings {
		if s.Kind == setting.KindTable {
			tables = append(tables, s.Name)
			fields = append(fields, reflect.StructField{
				Name: fmt.Sprint("Table", len(fields)), Type: reflect.TypeFor[struct{}](), Tag: reflect.StructTag(`toml:"` + s.Name + `"`),
			})
		}
	}
	note := func(err error) {
		var unknown *toml.StrictMissingError
		if !errors.As(err, &unknown) {
			return
		}
		for i := range unknown.Errors {
			key := unknown.Errors[i].Key()
			name := strings.Join(key, ".")
			if len(key) > 1 && !slices.Contains(tables, key[0]) {
				name = key[0]
			}
			row, _ := unknown.Errors[i].Position()
			for _, name := range []string{name, strings.Join(key[:min(len(key), 2)], ".")} { // of the entry, too, that it is in
				if lines[name] == 0 {
					lines[name] = row
				}
			}
		}
	}
	note(strict(data, &struct{}{}))
	note(strict(data, reflect.New(reflect.StructOf(fields)).Interface()))
	return lines
}

func strict(data []byte, into any) error {
	d := toml.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

// byLine orders keys as they stand in the file, so that problems are reported from top to bottom.
func byLine(lines map[string]int, prefix string) func(a, b string) int {
	return func(a, b string) int {
		return cmp.Or(cmp.Compare(lines[prefix+a], lines[prefix+b]), cmp.Compare(a, b))
	}
}
