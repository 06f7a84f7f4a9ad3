package dispatcher

import (
	"context"
	"sync"
	"time"
)

// taskContext is the context of one attempt. It makes a real cancellable context only when somebody asks
// for what that has (Done, Deadline, values): most of the cost of a short task would otherwise be a context
// nobody looks at. Once made, everything is the real one's, so that contexts derived from it cost no
// goroutine and context.Cause works.
type taskContext struct {
	dispatcher *TaskDispatcher
	attempt    *attempt

	mu     sync.Mutex
	cause  error // why it ended; nil while it has not been ended through here
	real   context.Context
	cancel context.CancelCauseFunc
}

// attemptKey finds the attempt in a context derived from a taskContext.
type attemptKey struct{}

func (c *taskContext) materialise() context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.real == nil {
		c.real, c.cancel = context.WithCancelCause(c.dispatcher.parent)
		if c.cause != nil {
			c.cancel(c.cause)
		}
	}
	return c.real
}

// end cancels the context with a cause; the first cause stays.
func (c *taskContext) end(cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cause != nil {
		return
	}
	c.cause = cause
	if c.cancel != nil {
		c.cancel(cause)
	}
}

func (c *taskContext) Deadline() (time.Time, bool) { return c.dispatcher.parent.Deadline() }
func (c *taskContext) Done() <-chan struct{}       { return c.materialise().Done() }

func (c *taskContext) Err() error {
	c.mu.Lock()
	switch {
	case c.real != nil:
		defer c.mu.Unlock()
		return c.real.Err()
	case c.cause != nil:
		defer c.mu.Unlock()
		return context.Canceled
	}
	c.mu.Unlock()
	return c.dispatcher.parent.Err()
}

func (c *taskContext) Value(key any) any {
	if _, ok := key.(attemptKey); ok {
		return c.attempt
	}
	// Also the way by which package context finds the cancellable context inside.
	return c.materialise().Value(key)
}

// Report tells how far the agent function that got ctx, or a context derived from it, has come. It never
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
	d := a.ctx.dispatcher
	d.reports.Add(1)
	if !a.reportQueued.CompareAndSwap(false, true) {
		return
	}
	d.mu.Lock()
	if a.rec.run == a && TaskStatus(a.rec.status) == StatusRunning {
		d.notify.push(event{kind: eventReport, attempt: a})
	}
	d.mu.Unlock()
}
