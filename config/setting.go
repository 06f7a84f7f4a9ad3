package config

import (
	"log/slog"
	"slices"
	"strconv"
	"strings"
)

// kind is the type that a setting has in the file, and whether it may be there at all.
type kind int

const (
	kindText      kind = iota // a string
	kindTexts                 // a string or a list of strings, elsewhere with commas between them; a flag may be repeated
	kindNumber                // an integer
	kindSwitch                // true or false
	kindKeys                  // a table of lists of strings
	kindOptions               // a table of values of several types
	kindTemplates             // a table of texts; not a flag and not a variable
	kindSecret                // not in the file and not a flag: both are read by others too easily
)

// setting is one row of the table that everything about a setting is made from.
type setting struct {
	name  string   // in the file; the flag is the same behind two dashes
	short string   // one-letter flag; may be empty
	kind  kind     // type in the file
	env   []string // the first of these variables that is not empty counts
	value string   // placeholder for the value in the help of the flag; empty for no flag
	usage string   // what it does, one phrase
	want  string   // completes "… is not …" when set refuses a value
	set   func(c *Config, text string) bool
	get   func(c *Config) string
}

// settings is that table, in the order in which people read about them. What is a table in the file comes last,
// because there everything behind its head belongs to it.
var settings = slices.Concat(mainSettings, keepingSettings, limitSettings, screenSettings)

var mainSettings = []setting{
	{
		name: "workers", short: "w", kind: kindNumber, env: []string{"DROVER_WORKERS"}, value: "N",
		usage: "how many lanes work at the same time, 1 to 10",
		want:  "a whole number from 1 to 10",
		set:   func(c *Config, text string) bool { return setNumber(&c.Workers, text, minWorkers, maxWorkers) },
		get:   func(c *Config) string { return strconv.Itoa(c.Workers) },
	},
	{
		name: "model", short: "m", kind: kindText, env: []string{"DROVER_MODEL"}, value: "NAME",
		usage: "model of tasks that name none; the first installed one when empty",
		want:  "the name of a model",
		set:   func(c *Config, text string) bool { return setLine(&c.Model, text, 0, 256) },
		get:   func(c *Config) string { return c.Model },
	},
	{
		name: "think", kind: kindText, env: []string{"DROVER_THINK"}, value: "LEVEL",
		usage: "how much models think: auto (as each does by itself), true, false, low, medium, high or max",
		want:  "one of auto, true, false, low, medium, high, max",
		set: func(c *Config, text string) bool {
			return setChoice(&c.Think, text, "auto", "true", "false", "low", "medium", "high", "max")
		},
		get: func(c *Config) string { return c.Think },
	},
	{
		name: "keep-alive", kind: kindText, env: []string{"DROVER_KEEP_ALIVE"}, value: "DURATION",
		usage: "how long the server keeps a model after its last task, -1 for ever; as the server has it when empty",
		want:  "a duration such as 10m, a number of seconds, or -1",
		set:   setKeepAlive,
		get:   func(c *Config) string { return c.KeepAlive },
	},
	{
		name: "host", kind: kindTexts, env: []string{"DROVER_HOST", "OLLAMA_HOST"}, value: "URL",
		usage: "where the Ollama server listens: a URL, a host, or host:port, and more of them for several servers; " +
			"#slots=N behind one says how many requests it works on at once",
		want: "the address of a server such as http://127.0.0.1:11434",
		set:  setHosts,
		get:  func(c *Config) string { return strings.Join(c.Hosts, ",") },
	},
	{
		name: "cloud-slots", kind: kindNumber, env: []string{"DROVER_CLOUD_SLOTS"}, value: "N",
		usage: "how many requests to models in the cloud are under way at once, 1 to 10",
		want:  "a whole number from 1 to 10",
		set:   func(c *Config, text string) bool { return setNumber(&c.CloudSlots, text, minWorkers, maxWorkers) },
		get:   func(c *Config) string { return strconv.Itoa(c.CloudSlots) },
	},
	{
		name: "api-key", kind: kindSecret, env: []string{"DROVER_API_KEY", "OLLAMA_API_KEY"},
		usage: "bearer key for the server; only ever read from the environment",
		want:  "a key of printable characters",
		set:   setAPIKey,
		get:   func(c *Config) string { return c.APIKey.String() },
	},
	{
		name: "priority", kind: kindText, env: []string{"DROVER_PRIORITY"}, value: "LEVEL",
		usage: "priority of tasks that name none: high, normal or low",
		want:  "one of high, normal, low",
		set:   func(c *Config, text string) bool { return setChoice(&c.Priority, text, "high", "normal", "low") },
		get:   func(c *Config) string { return c.Priority },
	},
	{
		name: "state-dir", kind: kindText, env: []string{"DROVER_STATE_DIR"}, value: "DIR",
		usage: "folder for the log and other state",
		want:  "a folder",
		set:   setStateDir,
		get:   func(c *Config) string { return c.StateDir },
	},
	{
		name: "log-level", kind: kindText, env: []string{"DROVER_LOG_LEVEL"}, value: "LEVEL",
		usage: "least level that is logged: debug, info, warn or error",
		want:  "one of debug, info, warn, error",
		set:   setLogLevel,
		get:   func(c *Config) string { return logLevelName(c.LogLevel) },
	},
	{
		name: "wait-server", kind: kindText, env: []string{"DROVER_WAIT_SERVER"}, value: "DURATION",
		usage: "how long a run without a screen waits for a server that does not answer",
		want:  durations(0, maxWaitServer),
		set:   func(c *Config, text string) bool { return setDuration(&c.WaitServer, text, 0, maxWaitServer) },
		get:   func(c *Config) string { return c.WaitServer.String() },
	},
}

// settingNamed returns the row of that name, or nil.
func settingNamed(name string) *setting {
	for i := range settings {
		if settings[i].name == name {
			return &settings[i]
		}
	}
	return nil
}

// isFlag reports whether the setting has a command line flag.
func (s *setting) isFlag() bool { return s.value != "" }

var logLevels = []struct {
	name  string
	level slog.Level
}{{"debug", slog.LevelDebug}, {"info", slog.LevelInfo}, {"warn", slog.LevelWarn}, {"error", slog.LevelError}}

func logLevelName(level slog.Level) string {
	for _, l := range logLevels {
		if l.level == level {
			return l.name
		}
	}
	return level.String()
}
