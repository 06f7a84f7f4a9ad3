package config

import "strconv"

// keepingSettings are about what outlives the process.
var keepingSettings = []setting{
	{
		name: "journal", kind: kindSwitch, env: []string{"DROVER_JOURNAL"}, value: "BOOL",
		usage: "keep tasks and results on disk, so that nothing is lost with the process: true or false",
		want:  "true or false",
		set:   func(c *Config, text string) bool { return setSwitch(&c.Journal, text) },
		get:   func(c *Config) string { return strconv.FormatBool(c.Journal) },
	},
	{
		name: "interrupted", kind: kindText, env: []string{"DROVER_INTERRUPTED"}, value: "WHAT",
		usage: "what becomes of tasks that ran when drover came to its end: ask, again or leave",
		want:  "one of ask, again, leave",
		set:   func(c *Config, text string) bool { return setChoice(&c.Interrupted, text, "ask", "again", "leave") },
		get:   func(c *Config) string { return c.Interrupted },
	},
}
