package config

import (
	"fmt"
	"strconv"
	"time"
)

// The limits of the settings below.
const (
	maxRetries   = 100
	minDelay     = 100 * time.Millisecond // shorter ones would only burn the repetitions
	maxDelay     = time.Hour
	maxTaskLimit = 7 * 24 * time.Hour
	maxKept      = 100 * 365 * 24 * time.Hour
	maxKeptBytes = 1 << 50
)

// limitSettings are the rows about how long things may take and how often they are tried.
var limitSettings = []setting{
	{
		name: "model-patience", kind: kindText, env: []string{"DROVER_MODEL_PATIENCE"}, value: "DURATION",
		usage: "how long a task may be passed over by others of its priority whose model is in memory; 0s for not at all",
		want:  durations(0, maxTaskLimit),
		set:   func(c *Config, text string) bool { return setDuration(&c.ModelPatience, text, 0, maxTaskLimit) },
		get:   func(c *Config) string { return c.ModelPatience.String() },
	},
	{
		name: "task-timeout", kind: kindText, env: []string{"DROVER_TASK_TIMEOUT"}, value: "DURATION",
		usage: "how long one attempt of a task that names no timeout may take; 0s for no limit",
		want:  durations(0, maxTaskLimit),
		set:   func(c *Config, text string) bool { return setDuration(&c.TaskTimeout, text, 0, maxTaskLimit) },
		get:   func(c *Config) string { return c.TaskTimeout.String() },
	},
	{
		name: "first-token-timeout", kind: kindText, env: []string{"DROVER_FIRST_TOKEN_TIMEOUT"}, value: "DURATION",
		usage: "how long the first token may take, with the wait inside the server; 0s for no limit",
		want:  durations(0, maxTaskLimit),
		set:   func(c *Config, text string) bool { return setDuration(&c.FirstToken, text, 0, maxTaskLimit) },
		get:   func(c *Config) string { return c.FirstToken.String() },
	},
	{
		name: "silence-warning", kind: kindText, env: []string{"DROVER_SILENCE_WARNING"}, value: "DURATION",
		usage: "after how long without a token the lane says so; 0s for never",
		want:  durations(0, maxTaskLimit),
		set:   func(c *Config, text string) bool { return setDuration(&c.SilenceWarning, text, 0, maxTaskLimit) },
		get:   func(c *Config) string { return c.SilenceWarning.String() },
	},
	{
		name: "silence-timeout", kind: kindText, env: []string{"DROVER_SILENCE_TIMEOUT"}, value: "DURATION",
		usage: "how long nothing may come after the first token; 0s for no limit",
		want:  durations(0, maxTaskLimit),
		set:   func(c *Config, text string) bool { return setDuration(&c.Silence, text, 0, maxTaskLimit) },
		get:   func(c *Config) string { return c.Silence.String() },
	},
	{
		name: "retries", kind: kindNumber, env: []string{"DROVER_RETRIES"}, value: "N",
		usage: "how often a task is tried again when the server is busy or goes away, 0 to 100",
		want:  "a whole number from 0 to 100",
		set:   func(c *Config, text string) bool { return setNumber(&c.Retries, text, 0, maxRetries) },
		get:   func(c *Config) string { return strconv.Itoa(c.Retries) },
	},
	{
		name: "retry-delay", kind: kindText, env: []string{"DROVER_RETRY_DELAY"}, value: "DURATION",
		usage: "how long before it is tried again for the first time; twice as long before each further time",
		want:  durations(minDelay, maxDelay),
		set:   func(c *Config, text string) bool { return setDuration(&c.RetryDelay, text, minDelay, maxDelay) },
		get:   func(c *Config) string { return c.RetryDelay.String() },
	},
	{
		name: "retry-max-delay", kind: kindText, env: []string{"DROVER_RETRY_MAX_DELAY"}, value: "DURATION",
		usage: "the longest of these waits, unless the server asks for a longer one",
		want:  durations(minDelay, maxDelay),
		set:   func(c *Config, text string) bool { return setDuration(&c.RetryMaxDelay, text, minDelay, maxDelay) },
		get:   func(c *Config) string { return c.RetryMaxDelay.String() },
	},
	{
		name: "transcript-age", kind: kindText, env: []string{"DROVER_TRANSCRIPT_AGE"}, value: "AGE",
		usage: "how long what tasks said is kept on disk; 0s for ever",
		want:  "an age such as 30d, 2w or 12h",
		set:   func(c *Config, text string) bool { return setAge(&c.TranscriptAge, text, maxKept) },
		get:   func(c *Config) string { return ageText(c.TranscriptAge) },
	},
	{
		name: "transcript-size", kind: kindText, env: []string{"DROVER_TRANSCRIPT_SIZE"}, value: "SIZE",
		usage: "how much of it is kept, the oldest goes first; 0 for no limit",
		want:  "a size such as 1GiB or 500MB",
		set:   func(c *Config, text string) bool { return setSize(&c.TranscriptSize, text, maxKeptBytes) },
		get:   func(c *Config) string { return sizeText(c.TranscriptSize) },
	},
}

// durations completes "… is not …" for a duration.
func durations(least, most time.Duration) string {
	text := most.String()
	if most >= time.Hour {
		text = fmt.Sprintf("%dh", most/time.Hour)
	}
	return fmt.Sprintf("a duration from %v to %s such as 10s or 1m30s", least, text)
}

func setDuration(to *time.Duration, text string, least, most time.Duration) bool {
	d, err := time.ParseDuration(text)
	if err != nil || d < least || d > most {
		return false
	}
	*to = d
	return true
}
