package agent

import (
	"context"
	"sync/atomic"
)

// Switch is an agent that stands for another one, which can be exchanged while tasks run: an attempt stays
// with the agent it began with, the next one goes to the new one. It is safe for concurrent use.
type Switch struct {
	current atomic.Pointer[Agent] // written by Set, read by Run
}

// NewSwitch returns a Switch that stands for agent.
func NewSwitch(agent Agent) *Switch {
	s := &Switch{}
	s.Set(agent)
	return s
}

// Set makes the Switch stand for another agent from now on.
func (s *Switch) Set(agent Agent) { s.current.Store(&agent) }

// Run gives the request to the present agent.
func (s *Switch) Run(ctx context.Context, request Request, emit func(Event)) (Result, error) {
	return (*s.current.Load()).Run(ctx, request, emit)
}
