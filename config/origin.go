package config

import (
	"fmt"
	"strings"
)

// SourceKind is a kind of source of settings. A larger one overrides a smaller one.
type SourceKind int

// The kinds of sources, in the order in which they are read.
const (
	FromDefault SourceKind = iota
	FromFile
	FromEnv
	FromFlag
)

// Origin is where a value came from.
type Origin struct {
	Kind SourceKind
	Name string // the file's path, the variable or the flag (with its dashes); empty for a default
	Line int    // in the file, 1-based; 0 for other sources
}

// String describes the origin in a few words that fit after "from": "default", "/path/config.toml:3",
// "OLLAMA_HOST", "--workers".
func (o Origin) String() string {
	switch o.Kind {
	case FromFile:
		if o.Line > 0 {
			return fmt.Sprintf("%s:%d", o.Name, o.Line)
		}
		return o.Name
	case FromEnv, FromFlag:
		return o.Name
	case FromDefault:
	}
	return "default"
}

// Origin returns where the value of a setting came from, by its name as it is written in the file, for
// example "host". A key binding is named "keys." and the action, an
// option "options." and its name.
func (c *Config) Origin(name string) Origin {
	if table, _, inside := strings.Cut(name, "."); inside && c.origins[table].Kind != FromFile {
		return c.origins[table] // a variable or a flag replaces the whole table
	}
	return c.origins[name]
}
