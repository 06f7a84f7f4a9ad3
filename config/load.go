package config

import (
	"cmp"
	"errors"
	"io/fs"

	"github.com/spf13/pflag"
)

// Load reads the settings from all sources. The flags are those of BindFlags after they were parsed; nil
// stands for none given. Getenv looks up a variable, as os.Getenv does; an empty variable counts as not set,
// so that a script can pass one on without looking whether it is there.
//
// The configuration file may be missing unless it was named by --config or DROVER_CONFIG. Every error is an
// *Error.
func Load(flags *pflag.FlagSet, getenv func(string) string) (*Config, error) {
	c := defaults()
	l := &loader{config: &c, flags: flags, getenv: getenv}
	l.file()
	l.env()
	l.flag()
	if len(l.problems) > 0 {
		return nil, &Error{Problems: l.problems}
	}
	return &c, nil
}

// loader collects what the sources say. It lives as long as one call of Load.
type loader struct {
	config   *Config
	flags    *pflag.FlagSet
	getenv   func(string) string
	problems []Problem
}

// apply takes one value from a source, or notes the problem.
func (l *loader) apply(s *setting, text string, from Origin) {
	if !s.set(l.config, text) {
		l.problem(from.String(), s.refusal(text, from), "")
		return
	}
	l.config.origins[s.name] = from
}

// refusal says which value was refused and what it should have been. A secret is not repeated.
func (s *setting) refusal(text string, from Origin) string {
	shown := quote(text)
	if s.kind == kindSecret {
		shown = "the value"
	}
	if from.Kind == FromFile {
		shown = s.name + ": " + shown
	}
	return shown + " is not " + s.want
}

// problem notes a mistake. Paths and the texts of libraries may carry anything, and end up on a terminal.
func (l *loader) problem(where, what, do string) {
	l.problems = append(l.problems, Problem{Where: clean(where), What: clean(what), Do: clean(do)})
}

// file reads the configuration file: the one that was named, or the default one if it is there.
func (l *loader) file() {
	name, by := l.named()
	if by != "" && name == "" {
		l.problem(by, "no file is named", "name one, or leave it out")
		return
	}
	path := cmp.Or(name, DefaultFile())
	data, err := readFile(path)
	if by == "" && errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err != nil {
		do := "make it readable"
		if errors.Is(err, fs.ErrNotExist) {
			do = "name one that exists, or write it with: drover config init"
		}
		l.problem(cmp.Or(by, path), err.Error(), do)
		return
	}
	l.config.File = path
	l.toml(path, data)
}

// named returns the configuration file that was named and by what; both are empty when none was.
func (l *loader) named() (name, by string) {
	if l.flags != nil && l.flags.Changed(configFlag) {
		return l.flags.Lookup(configFlag).Value.String(), "--" + configFlag
	}
	if name := l.getenv(configEnv); name != "" {
		return name, configEnv
	}
	return "", ""
}

func (l *loader) env() {
	for i := range settings {
		s := &settings[i]
		for _, name := range s.env {
			if text := l.getenv(name); text != "" {
				l.apply(s, text, Origin{Kind: FromEnv, Name: name})
				break
			}
		}
	}
}

func (l *loader) flag() {
	if l.flags == nil {
		return
	}
	for i := range settings {
		s := &settings[i]
		if s.isFlag() && l.flags.Changed(s.name) {
			l.apply(s, l.flags.Lookup(s.name).Value.String(), Origin{Kind: FromFlag, Name: "--" + s.name})
		}
	}
}
