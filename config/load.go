package config

import (
	"cmp"
	"errors"
	"io/fs"

	"github.com/spf13/pflag"

	"drover/agent/setting"
)

// Load reads the settings from all sources. The flags are those of BindFlags after they were parsed; nil
// stands for none given. Getenv looks up a variable, as os.Getenv does; an empty variable counts as not set,
// so that a script can pass one on without looking whether it is there.
//
// The configuration file may be missing unless it was named by --config or DROVER_CONFIG. Every error is an
// *Error.
func Load(flags *pflag.FlagSet, getenv func(string) string) (*Config, error) {
	l := &loader{config: newConfig(), flags: flags, getenv: getenv}
	l.file()
	l.env()
	l.flag()
	if l.config.StateDir == "" && len(l.problems) == 0 {
		l.problem("state-dir", "there is no folder for state, since HOME is not set", "set HOME, or name a folder with --state-dir")
	}
	if len(l.problems) > 0 {
		return nil, &Error{Problems: l.problems}
	}
	return l.config, nil
}

// loader collects what the sources say. It lives as long as one call of Load.
type loader struct {
	config   *Config
	flags    *pflag.FlagSet
	getenv   func(string) string
	problems []Problem
}

// apply takes one value from a source, or notes the problem.
func (l *loader) apply(s *setting.Setting, text string, from Origin) {
	err := s.Set(text)
	if err == nil {
		l.config.origins[s.Name] = from
		l.check(s, from)
		return
	}
	if errors.Is(err, setting.ErrRefused) {
		shown := setting.Quote(text)
		if s.Kind == setting.KindSecret {
			shown = "the value" // is not repeated
		}
		err = errors.New(shown + " is not " + s.Want)
	}
	l.refused(s, err, from, "")
}

// check looks at a table as a whole.
func (l *loader) check(s *setting.Setting, from Origin) {
	if s.Table == nil || s.Check == nil {
		return
	}
	if err := s.Check(); err != nil {
		l.refused(s, err, from, "")
	}
}

// refused notes what is wrong with a value, and what to do about it if the error does not say that itself.
func (l *loader) refused(s *setting.Setting, err error, from Origin, do string) {
	what := err.Error()
	if own, ok := errors.AsType[*setting.Error](err); ok {
		do = own.Do
	}
	if from.Kind == FromFile {
		what = s.Name + ": " + what
	}
	l.problem(from.String(), what, do)
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
	for i := range l.config.settings {
		s := &l.config.settings[i]
		for _, name := range s.Variables() {
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
	for i := range l.config.settings {
		s := &l.config.settings[i]
		if l.flags.Changed(s.Name) {
			l.apply(s, l.flags.Lookup(s.Name).Value.String(), Origin{Kind: FromFlag, Name: "--" + s.Name})
		}
	}
}

// File returns the path of the configuration file that Load reads, whether or not there is one.
func File(flags *pflag.FlagSet, getenv func(string) string) string {
	l := loader{flags: flags, getenv: getenv}
	name, _ := l.named()
	return cmp.Or(name, DefaultFile())
}
