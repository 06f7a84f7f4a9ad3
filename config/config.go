package config

import (
	"log/slog"
	"time"
)

// Config is the settings after all sources were read. It must not be changed after Load.
type Config struct {
	Workers    int           // lanes, 1 to 10
	Model      string        // model of tasks that name none; empty for the first one installed
	Hosts      []string      // the Ollama servers as the user wrote them: URL, host or host:port, each with #slots=N behind it or not
	CloudSlots int           // requests to models in the cloud at once, 1 to 10
	APIKey     Secret        // bearer key for the server; empty for none
	Priority   string        // "high", "normal" or "low": priority of tasks that name none
	StateDir   string        // absolute path of the folder for logs and other state
	LogLevel   slog.Level    // least level that goes into the log file
	WaitServer time.Duration // how long a run without a screen waits for the server; 0 for not at all

	TaskTimeout time.Duration // for an attempt of a task that names none; 0 for no limit
	Journal     bool          // keep tasks on disk
	Interrupted string        // "ask", "again" or "leave": what becomes of tasks that ran when the program ended

	ModelPatience  time.Duration // how long others whose model is in memory may pass a task; 0 for not at all
	FirstToken     time.Duration // how long the first token may take; 0 for no limit
	SilenceWarning time.Duration // without a token after the first, until the lane says so; 0 for never
	Silence        time.Duration // without a token after the first, until the attempt is ended; 0 for no limit
	Retries        int           // how often a task is tried again by itself, 0 to 100
	RetryDelay     time.Duration // before the first of these times; it doubles
	RetryMaxDelay  time.Duration // the longest

	TranscriptAge  time.Duration // how long what tasks said is kept on disk; 0 for ever
	TranscriptSize int64         // how many bytes of it are kept; 0 for no limit

	Think     string         // "auto", "true", "false", "low", "medium", "high" or "max"
	KeepAlive string         // a duration, a number of seconds or -1; empty for what the server has
	Options   map[string]any // by the server's names; values are int64, float64, bool, string or []string

	Theme     string // "auto", "dark", "light" or "high-contrast"
	OnFailure string // "off", "bell", "notify" or "both": how the terminal calls when a task has failed
	OnEmpty   string // the same for when everything has ended

	Notification     string // "osc9" or "osc777": how the terminal is asked for a notification
	OnFailureCommand string // a command line for the shell, run when a task has failed; empty for none
	OnEmptyCommand   string // the same for when everything has ended

	Mouse     bool                // take clicks and the wheel
	Templates map[string]string   // name → prompt; see tui.Template
	ASCII     bool                // draw with ASCII characters alone
	Keys      map[string][]string // action → the keys that replace its default ones; an empty list unbinds it

	// File is the configuration file that was read; empty when there was none.
	File string

	origins map[string]Origin
}

// Limits of the settings, for messages and for validation.
const (
	minWorkers    = 1
	maxWorkers    = 10
	maxWaitServer = 24 * time.Hour
)

// defaults returns the settings before any source is read.
//
// Workers is 10, the most there can be: the program exists to keep ten agents busy, and a server that works
// on fewer requests at a time queues the others itself. The alternative, starting with the one request that a
// server with default settings generates at a time, would leave capable servers idle without telling why.
//
// There is no limit before the first token, because a request may rightly wait for hours behind others inside
// the server. The limit of silence after it is long enough for a server that swaps memory, and short enough to
// end a lane's wait for a machine that has gone to sleep. The retries outlast a server that refuses everything
// for about a quarter of an hour.
func defaults() Config {
	return Config{
		Workers:    maxWorkers,
		Hosts:      []string{"http://127.0.0.1:11434"},
		CloudSlots: 3,
		Priority:   "normal",
		StateDir:   defaultStateDir(),
		LogLevel:   slog.LevelInfo,
		WaitServer: 10 * time.Second,

		Journal:     true,
		Interrupted: "ask",

		Think: "auto",

		ModelPatience:  30 * time.Second,
		SilenceWarning: 30 * time.Second,
		Silence:        5 * time.Minute,
		Retries:        20,
		RetryDelay:     time.Second,
		RetryMaxDelay:  time.Minute,

		TranscriptAge:  30 * day,
		TranscriptSize: 1 << 30,

		Theme:     "auto",
		OnFailure: "off",
		OnEmpty:   "off",

		Notification: "osc9",
		origins:      map[string]Origin{},
	}
}
