package dispatcher

import (
	"context"
	"sync"
	"time"
)

// An attempt is the context of its agent function. It makes a real one, and from then on is that, when somebody asks
// for what only that has (Done, values). The rejected alternative, one for each attempt from context.WithCancelCause, costs
// two allocations of the three that a task may cost.
var _ context.Context = (*attempt)(nil)

// attemptKey finds the attempt in a context derived from one.
type attemptKey struct{}

// lazyContext is what an attempt knows of its context.
type lazyContext struct {
	mu     sync.Mutex
	real   context.Context // nil until somebody asks for it
	cancel context.CancelCauseFunc
	ended  bool
	cause  error // why it ended; nil for context.Canceled
}

// realContext returns the real context.
func (a *attempt) realContext() context.Context {
	c := &a.context
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.real == nil {
		c.real, c.cancel = context.WithCancelCause(a.dispatcher.parent)
		if c.ended {
			c.cancel(c.cause)
		}
	}
	return c.real
}

// end ends the context with a cause, nil for context.Canceled; the first cause stays.
func (a *attempt) end(cause error) {
	c := &a.context
	c.mu.Lock()
	if !c.ended {
		c.ended, c.cause = true, cause
	}
	cancel := c.cancel
	c.mu.Unlock()
	if cancel != nil {
		cancel(cause) // without the lock: it calls functions of users
	}
}

// Deadline is context.Context's.
func (a *attempt) Deadline() (time.Time, bool) { return a.dispatcher.parent.Deadline() }

// Done is context.Context's.
func (a *attempt) Done() <-chan struct{} { return a.realContext().Done() }

// Err is context.Context's.
func (a *attempt) Err() error {
	c := &a.context
	c.mu.Lock()
	own, ended := c.real, c.ended
	c.mu.Unlock()
	switch {
	case own != nil:
		return own.Err()
	case ended:
		return context.Canceled
	}
	return a.dispatcher.parent.Err()
}

// Value is context.Context's. It is also the way by which package context finds the real context inside.
func (a *attempt) Value(key any) any {
	if _, ok := key.(attemptKey); ok {
		return a
	}
	return a.realContext().Value(key)
}

// Report says how far the agent function that got ctx, or a context derived from it, has come. It never
// blocks: the latest report is kept for snapshots, and reaches the progress callback unless a later one
// does first. It may be called from several goroutines. Outside an agent function, or after its task has
// ended, it does nothing.
func Report(ctx context.Context, p Progress) {
	a, ok := ctx.Value(attemptKey{}).(*attempt)
	if !ok {
		return
	}
	p.Percent = min(max(p.Percent, 0), 100)
	a.latest.Store(&p)
	d := a.dispatcher
	d.reports.Add(1)
	if !a.reportQueued.CompareAndSwap(false, true) {
		return
	}
	d.mu.Lock()
	switch {
	case d.notify.progress.Load() == nil:
		a.reportQueued.Store(false)
	case a.rec.run == a && TaskStatus(a.rec.status) == StatusRunning:
		d.notify.push(event{kind: eventReport, rec: a.rec, more: a})
	}
	d.mu.Unlock()
}
