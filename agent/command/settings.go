package command

import (
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"drover/agent/setting"
)

// The limits of what can be set.
const (
	maxProfiles     = 100
	maxProfileName  = 64
	longestTimeout  = 7 * 24 * time.Hour
	profileFields   = "run, dir, env, pass_env, timeout"
	exampleOfFields = `run = ["claude", "-p", "{{prompt}}"]`
)

// Settings declares what people can set of it.
func (c *Config) Settings() []setting.Setting {
	return []setting.Setting{{
		Name: "commands", Value: c.profilesValue(),
		Usage: "commands with a name, for tasks to run; the prompt goes to where {{prompt}} stands, or else to standard input",
	}}
}

// Dir returns the folder in which a command runs whose task names none: that of its profile, or else the present one.
// It is put into the task, so that it stays the same one whoever runs it.
func (c *Config) Dir(words []string) string {
	if len(words) == 1 && c.Profiles[words[0]].Dir != "" {
		return Home(c.Profiles[words[0]].Dir)
	}
	dir, _ := os.Getwd()
	return dir
}

func (c *Config) profilesValue() setting.Value {
	return setting.Value{Kind: setting.KindTable, Table: &setting.Table{
		Is: "a table of commands", Example: "claude = { " + exampleOfFields + `, timeout = "30m" }`, Most: maxProfiles,
		Reset: func() { c.Profiles = map[string]Profile{} },
		Put: func(name string, value any) error {
			p, err := parseProfile(name, value)
			if err != nil {
				return err
			}
			c.Profiles[name] = p
			return nil
		},
		Entries: func() map[string]any {
			all := map[string]any{}
			for name, p := range c.Profiles {
				all[name] = p.fields()
			}
			return all
		},
	}}
}

// parseProfile makes a profile of what stands in the file.
func parseProfile(name string, value any) (Profile, *setting.Error) {
	fields, ok := value.(map[string]any)
	switch {
	case name == "" || len(name) > maxProfileName || !setting.Printable(name) || strings.ContainsAny(name, " /"):
		return Profile{}, wrong(setting.Quote(name)+" cannot be the name of a command", "use letters, digits and dashes")
	case !ok:
		return Profile{}, wrong(name+" is not a table", "write for example "+name+" = { "+exampleOfFields+" }")
	}
	var p Profile
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		if err := p.set(field, fields[field]); err != nil {
			return Profile{}, wrong(name+": "+err.What, err.Do)
		}
	}
	if len(p.Run) == 0 {
		return Profile{}, wrong(name+": there is no run", "write for example "+exampleOfFields)
	}
	return p, nil
}

func wrong(what, do string) *setting.Error { return &setting.Error{What: what, Do: do} }

// set takes a field.
func (p *Profile) set(field string, value any) *setting.Error {
	var ok bool
	switch field {
	case "run":
		if p.Run, ok = texts(value); !ok || len(p.Run) == 0 || p.Run[0] == "" {
			return wrong("run is not a list of the program and its arguments", "write for example "+exampleOfFields)
		}
	case "pass_env":
		if p.PassEnv, ok = texts(value); !ok {
			return wrong("pass_env is not a list of names", `write for example pass_env = ["`+ownSecrets[0]+`"]`)
		}
	case "dir":
		if p.Dir, ok = value.(string); !ok || p.Dir == "" {
			return wrong("dir is not a folder", `write for example dir = "~/src"`)
		}
	case "timeout":
		text, _ := value.(string)
		limit, err := time.ParseDuration(text)
		if err != nil || limit <= 0 || limit > longestTimeout {
			return wrong("timeout is not a time of up to 168h", `write for example timeout = "30m"`)
		}
		p.Timeout = limit
	case "env":
		return p.setEnv(value)
	default:
		return wrong("there is no "+setting.Quote(field), "the fields are "+profileFields)
	}
	return nil
}

func (p *Profile) setEnv(value any) *setting.Error {
	table, ok := value.(map[string]any)
	if !ok {
		return wrong("env is not a table", `write for example env = { LANG = "C" }`)
	}
	p.Env = make(map[string]string, len(table))
	for name, value := range table {
		if p.Env[name], ok = value.(string); !ok {
			return wrong("env: "+setting.Quote(name)+" is not a text", "put it in quotes")
		}
	}
	return checkEnv(p.Env)
}

// texts returns a list of which all items are texts.
func texts(value any) ([]string, bool) {
	if list, ok := value.([]string); ok {
		return list, true
	}
	list, ok := value.([]any)
	all := make([]string, len(list))
	for i := range list {
		text, isText := list[i].(string)
		all[i], ok = text, ok && isText
	}
	return all, ok
}

// fields returns what stands in the file.
func (p Profile) fields() map[string]any {
	fields := map[string]any{"run": p.Run}
	if p.Dir != "" {
		fields["dir"] = p.Dir
	}
	if len(p.Env) > 0 {
		env := map[string]any{}
		for name, value := range p.Env {
			env[name] = value
		}
		fields["env"] = env
	}
	if len(p.PassEnv) > 0 {
		fields["pass_env"] = p.PassEnv
	}
	if p.Timeout > 0 {
		fields["timeout"] = p.Timeout.String()
	}
	return fields
}

// secretWords are the last words of the names of variables that hold secrets.
var secretWords = []string{"KEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "CREDENTIALS"}

// checkEnv says what is wrong with variables that are written down: in a file, in a task, and so in the journal.
func checkEnv(env map[string]string) *setting.Error {
	for _, name := range slices.Sorted(maps.Keys(env)) {
		switch {
		case name == "" || strings.ContainsAny(name, "=\x00") || !setting.Printable(name) || strings.ContainsRune(env[name], 0):
			return wrong("env: "+setting.Quote(name)+" cannot be a variable", "write for example LANG = \"C\"")
		case IsSecret(name):
			return wrong("env: "+setting.Quote(name)+" looks like a secret, which must not be written down here",
				"set it in the environment of drover, from which commands have it")
		}
	}
	return nil
}
