package agent

import (
	"context"
	"time"
)

// Current says which task an agent works on: for one that keeps something under its number between two attempts.
type Current struct {
	ID      string
	Serial  uint64
	Created time.Time // tells tasks of the same number apart, where nothing is kept of what was before
}

type currentKey struct{}

// WithTask returns a context in which CurrentTask returns that task.
func WithTask(ctx context.Context, task Current) context.Context {
	return context.WithValue(ctx, currentKey{}, task)
}

// CurrentTask returns the task of the context that an agent's Run was given; the zero Current outside of a task.
func CurrentTask(ctx context.Context) Current {
	current, _ := ctx.Value(currentKey{}).(Current)
	return current
}
