package engine

import (
	"time"

	"drover/agent/setting"
	"drover/dispatcher"
)

// Settings are what people can set of an engine, for whoever makes its Options.
type Settings struct {
	Workers  int           // lanes, 1 to dispatcher.MaxWorkers
	Patience time.Duration // see Options

	Journal         bool   // keep tasks on disk
	Interrupted     string // see StorageOptions, as the following
	TranscriptAge   time.Duration
	TranscriptBytes int64
}

// The limits of what can be set.
const (
	longestPatience    = 7 * 24 * time.Hour
	maxTranscriptAge   = 100 * 365 * 24 * time.Hour
	maxTranscriptBytes = 1 << 50
)

// Settings declares them.
//
// There are ten lanes, the most there can be: the program exists to keep ten agents busy, and a server that works on
// fewer requests at a time queues the others itself. The alternative, starting with the one request that a server
// with default settings generates at a time, would leave capable servers idle without telling why.
func (s *Settings) Settings() []setting.Setting {
	return []setting.Setting{
		{
			Name: "workers", Short: "w", Default: "10", Value: setting.Number(&s.Workers, 1, dispatcher.MaxWorkers),
			Usage: "how many lanes work at the same time, 1 to 10",
		},
		{
			Name: "model-patience", Default: "30s", Value: setting.Duration(&s.Patience, 0, longestPatience),
			Usage: "how long a task may be passed over by others of its priority whose model is in memory; 0s for not at all",
		},
		{
			Name: "journal", Default: "true", Value: setting.Switch(&s.Journal),
			Usage: "keep tasks and results on disk, so that nothing is lost with the process: true or false",
		},
		{
			Name: "interrupted", Default: InterruptedAsk,
			Value: setting.Choice(&s.Interrupted, "WHAT", InterruptedAsk, InterruptedAgain, InterruptedLeave),
			Usage: "what becomes of tasks that ran when drover came to its end: ask, again or leave",
		},
		{
			Name: "transcript-age", Default: "30d", Value: setting.Age(&s.TranscriptAge, maxTranscriptAge),
			Usage: "how long what tasks said is kept on disk; 0s for ever",
		},
		{
			Name: "transcript-size", Default: "1GiB", Value: setting.Size(&s.TranscriptBytes, 0, maxTranscriptBytes),
			Usage: "how much of it is kept, the oldest goes first; 0 for no limit",
		},
	}
}
