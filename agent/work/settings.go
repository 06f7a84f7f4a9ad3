package work

import (
	"path/filepath"
	"strings"
	"time"

	"drover/agent"
	"drover/agent/setting"
)

// Options are what people can set of it.
type Options struct {
	Mode           string            // of tasks that name none, as agent.WorkModes
	Verify         map[string]string // the command that has to pass, by the folder that a task is in or below
	Allow, Deny    []string          // rules for all tasks, beside their own
	Rounds         int               // of tasks that name none
	Context        int               // tokens, of models for which num_ctx is not set
	Network        bool              // commands may use the network
	Read, Write    []string          // what commands may read or write besides, absolute
	CommandTimeout time.Duration
}

// verifyOf returns the command for a folder: that of the deepest folder around it.
func (o *Options) verifyOf(dir string) (command string) {
	longest := -1
	for folder, text := range o.Verify {
		inside, err := filepath.Rel(folder, dir)
		if err == nil && filepath.IsLocal(inside) && len(folder) > longest {
			longest, command = len(folder), text
		}
	}
	return command
}

const (
	longestCommand = 24 * time.Hour
	leastContext   = 2 << 10
	mostContext    = 10 << 20
	maxVerifies    = 100
)

// Settings declares them.
func (o *Options) Settings() []setting.Setting {
	return []setting.Setting{
		{
			Name: "work-mode", NoFlag: true, Default: modeAuto, Value: setting.Choice(&o.Mode, "MODE", agent.WorkModes...),
			Usage: "what tasks that work may do unasked: plan (change nothing), ask (nothing), edits (change files), " +
				"or auto (all, in a sandbox)",
		},
		{
			Name: "work-allow", NoFlag: true, Value: rulesValue(&o.Allow),
			Usage: `rules for what may be done unasked, with a semicolon between: "run go test *; edit src/**"`,
		},
		{
			Name: "work-deny", NoFlag: true, Value: rulesValue(&o.Deny),
			Usage: "rules for what may not be done, whatever else is allowed",
		},
		{
			Name: "work-rounds", NoFlag: true, Default: "50", Value: setting.Number(&o.Rounds, 1, agent.MaxRounds),
			Usage: "how many rounds a task that works may take, 1 to 1000",
		},
		{
			Name: "work-context", NoFlag: true, Default: "32768", Value: setting.Number(&o.Context, leastContext, mostContext),
			Usage: "context of models that work, in tokens, unless the options set num_ctx",
		},
		{
			Name: "work-network", NoFlag: true, Default: "false", Value: setting.Switch(&o.Network),
			Usage: "let commands of tasks that work use the network: true or false",
		},
		{
			Name: "work-read", NoFlag: true, Arg: "LIST", Value: pathsValue(&o.Read),
			Usage: "files and folders that these commands may read besides, with a colon between",
		},
		{
			Name: "work-write", NoFlag: true, Arg: "LIST", Value: pathsValue(&o.Write),
			Usage: "files and folders that they may write besides, with a colon between",
		},
		{
			Name: "work-command-timeout", NoFlag: true, Default: "10m",
			Value: setting.Duration(&o.CommandTimeout, time.Second, longestCommand),
			Usage: "how long one of these commands may take",
		},
		{
			Name: "work-verify", Value: o.verifyValue(),
			Usage: "commands that have to pass before a task counts as done, by the folder it works in",
		},
	}
}

// rulesValue takes rules with semicolons between.
func rulesValue(to *[]string) setting.Value {
	return setting.Of(to, "RULES", `rules such as "run go test *; edit src/**"`, func(text string) ([]string, bool) {
		list := split(text, ";")
		_, err := parseRules(list)
		return list, err == nil && setting.Printable(text)
	}, func(list []string) string { return strings.Join(list, "; ") })
}

// pathsValue takes absolute paths with colons between.
func pathsValue(to *[]string) setting.Value {
	return setting.Of(to, "LIST", "absolute paths", func(text string) ([]string, bool) {
		list := split(text, string(filepath.ListSeparator))
		for _, path := range list {
			if !filepath.IsAbs(path) {
				return nil, false
			}
		}
		return list, setting.Printable(text)
	}, func(list []string) string { return strings.Join(list, string(filepath.ListSeparator)) })
}

func split(text, by string) (list []string) {
	for part := range strings.SplitSeq(text, by) {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}

func (o *Options) verifyValue() setting.Value {
	return setting.Value{Kind: setting.KindTable, Table: &setting.Table{
		Is: "a table of commands by folder", Example: `"/home/me/project" = "go test ./..."`, Most: maxVerifies,
		Reset: func() { o.Verify = map[string]string{} },
		Put: func(folder string, value any) error {
			text, ok := value.(string)
			switch {
			case !filepath.IsAbs(folder):
				return &setting.Error{What: setting.Quote(folder) + " is not the absolute path of a folder",
					Do: `write for example "/home/me/project" = "go test ./..."`}
			case !ok || strings.TrimSpace(text) == "" || !setting.Printable(text):
				return &setting.Error{What: "the command for " + setting.Quote(folder) + " is not a line of text",
					Do: `write for example "go test ./..."`}
			}
			o.Verify[filepath.Clean(folder)] = text
			return nil
		},
		Entries: func() map[string]any {
			all := map[string]any{}
			for folder, text := range o.Verify {
				all[folder] = text
			}
			return all
		},
	}}
}
