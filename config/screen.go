package config

import "strconv"

// maxCommand is how long a command line may be, in bytes.
const maxCommand = 1000

var screenSettings = []setting{
	{
		name: "theme", kind: kindText, env: []string{"DROVER_THEME"}, value: "NAME",
		usage: "colours: auto (ask the terminal), dark, light or high-contrast",
		want:  "one of auto, dark, light, high-contrast",
		set: func(c *Config, text string) bool {
			return setChoice(&c.Theme, text, "auto", "dark", "light", "high-contrast")
		},
		get: func(c *Config) string { return c.Theme },
	},
	{
		name: "on-failure", kind: kindText, env: []string{"DROVER_ON_FAILURE"}, value: "HOW",
		usage: "when a task has failed: off, bell, notify (by the terminal) or both",
		want:  "one of off, bell, notify, both",
		set: func(c *Config, text string) bool {
			return setChoice(&c.OnFailure, text, "off", "bell", "notify", "both")
		},
		get: func(c *Config) string { return c.OnFailure },
	},
	{
		name: "on-empty", kind: kindText, env: []string{"DROVER_ON_EMPTY"}, value: "HOW",
		usage: "when everything has ended: off, bell, notify (by the terminal) or both",
		want:  "one of off, bell, notify, both",
		set:   func(c *Config, text string) bool { return setChoice(&c.OnEmpty, text, "off", "bell", "notify", "both") },
		get:   func(c *Config) string { return c.OnEmpty },
	},
	{
		name: "notification", kind: kindText, env: []string{"DROVER_NOTIFICATION"}, value: "HOW",
		usage: "how the terminal is asked for a notification: osc9 or osc777, by what it understands",
		want:  "one of osc9, osc777",
		set:   func(c *Config, text string) bool { return setChoice(&c.Notification, text, "osc9", "osc777") },
		get:   func(c *Config) string { return c.Notification },
	},
	{
		name: "on-failure-command", kind: kindText, env: []string{"DROVER_ON_FAILURE_COMMAND"}, value: "LINE",
		usage: "a command line for the shell to run when a task has failed, with DROVER_TASK_ID and others in its environment",
		want:  "a command line of at most 1000 bytes",
		set:   func(c *Config, text string) bool { return setLine(&c.OnFailureCommand, text, 0, maxCommand) },
		get:   func(c *Config) string { return c.OnFailureCommand },
	},
	{
		name: "on-empty-command", kind: kindText, env: []string{"DROVER_ON_EMPTY_COMMAND"}, value: "LINE",
		usage: "the same for when everything has ended",
		want:  "a command line of at most 1000 bytes",
		set:   func(c *Config, text string) bool { return setLine(&c.OnEmptyCommand, text, 0, maxCommand) },
		get:   func(c *Config) string { return c.OnEmptyCommand },
	},
	{
		name: "mouse", kind: kindSwitch, env: []string{"DROVER_MOUSE"}, value: "BOOL",
		usage: "take clicks and the wheel; the terminal then selects text with shift held down",
		want:  "true or false",
		set:   func(c *Config, text string) bool { return setSwitch(&c.Mouse, text) },
		get:   func(c *Config) string { return strconv.FormatBool(c.Mouse) },
	},
	{
		name: "ascii", kind: kindSwitch, env: []string{"DROVER_ASCII"}, value: "BOOL",
		usage: "draw with ASCII characters alone",
		want:  "true or false",
		set:   func(c *Config, text string) bool { return setSwitch(&c.ASCII, text) },
		get:   func(c *Config) string { return strconv.FormatBool(c.ASCII) },
	},
	{
		name: "options", kind: kindOptions, env: []string{"DROVER_OPTIONS"}, value: "LIST",
		usage: `options of the model server for all tasks, such as "num_ctx=8192 temperature=0.2"; those of a task come first`,
		want:  `a list of options such as "num_ctx=8192 temperature=0.2"`,
		set:   setOptions,
		get:   optionsText,
	},
	{
		name: "templates", kind: kindTemplates,
		usage: "prompts for the form to begin with; what is in the form goes to where {{input}} stands",
		want:  "a table of texts",
		get:   templatesText,
	},
	{
		name: "keys", kind: kindKeys, env: []string{"DROVER_KEYS"},
		usage: "keys that replace the default ones of an action; an empty list unbinds it",
		want:  `a list of bindings such as "cancel=x ctrl+x; new=n"`,
		set:   setKeys,
		get:   keysText,
	},
}
