package dispatcher

import (
	"context"
	"time"
)

// An attempt is the context of its agent function. It makes a real cancellable context only when somebody asks
// for what that has (Done, values): most of the cost of a short task would otherwise be a context that nobody
// looks at. Once made, everything is the real one's, so that contexts derived from it cost no goroutine and
// context.Cause works.
var _ context.Context = (*attempt)(nil)

// ownContext is what an attempt knows of its context as soon as that is more than alive and not asked for. It never
// changes.
type ownContext struct {
	real   context.Context // nil when it ended before anybody asked
	cancel context.CancelCauseFunc
	cause  error // why it ended before anybody asked; nil for context.Canceled
}

// endedUnasked is the end of most attempts: for no cause of its own, before anybody asked.
var endedUnasked = new(ownContext)

// attemptKey finds the attempt in a context derived from one.
type attemptKey struct{}

// materialise returns the real context.
func (a *attempt) materialise() context.Context {
	for {
		own := a.own.Load()
		if own != nil && own.real != nil {
			return own.real
		}
		ctx, cancel := context.WithCancelCause(a.dispatcher.parent)
		if own != nil {
			cancel(own.cause)
		}
		if a.own.CompareAndSwap(own, &ownContext{real: ctx, cancel: cancel}) {
			return ctx
		}
		cancel(nil) // it ended meanwhile, or another goroutine was faster
	}
}

// end ends the context with a cause, nil for context.Canceled; the first cause stays.
func (a *attempt) end(cause error) {
	own := a.own.Load()
	if own == nil {
		ended := endedUnasked
		if cause != nil {
			ended = &ownContext{cause: cause}
		}
		if a.own.CompareAndSwap(nil, ended) {
			return
		}
		own = a.own.Load()
	}
	if own.real != nil {
		own.cancel(cause)
	}
}

// Deadline is context.Context's.
func (a *attempt) Deadline() (time.Time, bool) { return a.dispatcher.parent.Deadline() }

// Done is context.Context's.
func (a *attempt) Done() <-chan struct{} { return a.materialise().Done() }

// Err is context.Context's.
func (a *attempt) Err() error {
	switch own := a.own.Load(); {
	case own == nil:
		return a.dispatcher.parent.Err()
	case own.real == nil:
		return context.Canceled
	default:
		return own.real.Err()
	}
}

// Value is context.Context's. It is also the way by which package context finds the real context inside.
func (a *attempt) Value(key any) any {
	if _, ok := key.(attemptKey); ok {
		return a
	}
	return a.materialise().Value(key)
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
		d.notify.push(event{kind: eventReport, id: a.rec.id, attempt: a})
	}
	d.mu.Unlock()
}
