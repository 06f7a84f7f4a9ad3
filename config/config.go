package config

import (
	"log/slog"
	"time"
)

// Config is the settings after all sources were read. It must not be changed after Load.
type Config struct {
	Workers    int                 // lanes, 1 to 10
	Model      string              // model of tasks that name none; empty for the first one installed
	Host       string              // the Ollama server as the user wrote it: URL, host or host:port
	APIKey     Secret              // bearer key for the server; empty for none
	Priority   string              // "high", "normal" or "low": priority of tasks that name none
	StateDir   string              // absolute path of the folder for logs and other state
	LogLevel   slog.Level          // least level that goes into the log file
	WaitServer time.Duration       // how long a run without a screen waits for the server; 0 for not at all
	Theme      string              // "auto", "dark" or "light"
	ASCII      bool                // draw with ASCII characters alone
	Keys       map[string][]string // action → the keys that replace its default ones; an empty list unbinds it

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
func defaults() Config {
	return Config{
		Workers:    maxWorkers,
		Host:       "http://127.0.0.1:11434",
		Priority:   "normal",
		StateDir:   defaultStateDir(),
		LogLevel:   slog.LevelInfo,
		WaitServer: 10 * time.Second,
		Theme:      "auto",
		origins:    map[string]Origin{},
	}
}
