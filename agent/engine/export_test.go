package engine

import (
	"time"

	"drover/agent/transcript"
	"drover/dispatcher"
)

// Dispatcher is that of the engine, for tests that look at what nobody above it may.
func (l *Local) Dispatcher() *dispatcher.TaskDispatcher { return l.tasks }

// Transcripts is where the engine keeps what tasks say.
func (l *Local) Transcripts() *transcript.Store { return l.transcripts }

// Tokens returns how many tokens have come so far.
func (l *Local) Tokens() int { return l.meter.Tokens() }

// ForecastAt returns when the latest forecast was computed.
func (l *Local) ForecastAt() time.Time { return l.forecaster.latest.Load().At }
