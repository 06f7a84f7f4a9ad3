package config

import (
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"drover/agent"
	"drover/agent/command"
	"drover/agent/engine"
	"drover/agent/metrics"
	"drover/agent/notify"
	"drover/agent/pool"
	"drover/agent/setting"
	"drover/agent/work"
	"drover/tui"
)

// Config is the settings after all sources were read. It must not be changed after Load.
//
// Most of it are the options of those that they are for, who declare in their Settings what of it can be set.
type Config struct {
	Engine   engine.Settings
	Servers  pool.Config
	Tasks    agent.FuncOptions
	Screen   tui.Options
	Commands command.Config
	Work     work.Options    // of tasks that work
	Events   notify.Commands // what is run when something happens
	Metrics  metrics.Options

	Priority   string        // "high", "normal" or "low": priority of tasks that name none
	StateDir   string        // absolute path of the folder for logs and other state
	LogLevel   slog.Level    // least level that goes into the log file
	WaitServer time.Duration // how long a run without a screen waits for the server; 0 for not at all

	// File is the configuration file that was read; empty when there was none.
	File string

	settings []setting.Setting // bound to the fields above
	origins  map[string]Origin
}

const maxWaitServer = 24 * time.Hour

// newConfig returns the settings before any source is read.
func newConfig() *Config {
	c := &Config{origins: map[string]Origin{}}
	c.settings = slices.Concat(
		c.Engine.Settings(), c.Servers.Settings(), c.own(), c.Tasks.Settings(), c.Screen.Settings(), c.Commands.Settings(),
		c.Work.Settings(),
		c.Events.Settings(), c.Metrics.Settings(),
	)
	// What is a table in the file comes last, because there everything behind its head belongs to it.
	slices.SortStableFunc(c.settings, func(a, b setting.Setting) int {
		switch last := a.Kind == setting.KindTable; {
		case last == (b.Kind == setting.KindTable):
			return 0
		case last:
			return 1
		}
		return -1
	})
	for i := range c.settings {
		if s := &c.settings[i]; s.Default != "" {
			if err := s.Set(s.Default); err != nil {
				panic("the default of " + s.Name + " is refused") // a fault in the declaration, which every start would show
			}
		}
	}
	return c
}

// own declares what is for several parts of the program, or for the command line.
func (c *Config) own() []setting.Setting {
	return []setting.Setting{
		{
			Name: "priority", Default: "normal", Value: setting.Choice(&c.Priority, "LEVEL", "high", "normal", "low"),
			Usage: "priority of tasks that name none: high, normal or low",
		},
		{
			Name: "state-dir", Default: defaultStateDir(),
			Value: setting.Of(&c.StateDir, "DIR", "a folder", absolute, func(path string) string { return path }),
			Usage: "folder for the log and other state",
		},
		{
			Name: "log-level", Default: "info", Value: setting.Level(&c.LogLevel),
			Usage: "least level that is logged: debug, info, warn or error",
		},
		{
			Name: "wait-server", Default: "10s", Value: setting.Duration(&c.WaitServer, 0, maxWaitServer),
			Usage: "how long a run without a screen waits for a server that does not answer",
		},
	}
}

// absolute makes a path absolute and replaces a leading ~, which no shell has done in a file.
func absolute(path string) (string, bool) {
	if path == "" || strings.ContainsRune(path, 0) {
		return "", false
	}
	if rest, found := strings.CutPrefix(path, "~"); found && (rest == "" || os.IsPathSeparator(rest[0])) {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", false
		}
		path = home + rest
	}
	path, err := filepath.Abs(path)
	return path, err == nil
}

// setting returns the setting of that name, or nil.
func (c *Config) setting(name string) *setting.Setting {
	i := slices.IndexFunc(c.settings, func(s setting.Setting) bool { return s.Name == name })
	if i < 0 {
		return nil
	}
	return &c.settings[i]
}
