package agent

import (
	"context"
	"sync/atomic"
)

// Meter counts the tokens of all attempts of the agents it watches, also of those that failed. The zero Meter
// is ready; it is safe for concurrent use.
type Meter struct {
	tokens atomic.Int64 // written by the lanes, read by anybody
}

// Tokens returns how many tokens have come so far.
func (m *Meter) Tokens() int { return int(m.tokens.Load()) }

// Watch returns an agent that does what agent does, counted.
func (m *Meter) Watch(agent Agent) Agent { return metered{agent, m} }

type metered struct {
	agent Agent
	meter *Meter
}

func (a metered) Run(ctx context.Context, request Request, emit func(Event)) (Result, error) {
	counted := 0
	return a.agent.Run(ctx, request, func(e Event) {
		if n := e.Live.Tokens - counted; n > 0 {
			a.meter.tokens.Add(int64(n))
			counted = e.Live.Tokens
		}
		emit(e)
	})
}
