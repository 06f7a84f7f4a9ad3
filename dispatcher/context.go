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

type realContext struct {
	context.Context
	cancel context.CancelCauseFunc
}

// attemptKey finds the attempt in a context derived from one.
type attemptKey struct{}

func (a *attempt) materialise() *realContext {
	a.ctxMu.Lock()
	defer a.ctxMu.Unlock()
	if a.real == nil {
		ctx, cancel := context.WithCancelCause(a.dispatcher.parent)
		if a.cause != nil {
			cancel(a.cause)
		}
		a.real = &realContext{ctx, cancel}
	}
	return a.real
}

// end cancels the context with a cause; the first cause stays.
func (a *attempt) end(cause error) {
	a.ctxMu.Lock()
	defer a.ctxMu.Unlock()
	if a.cause != nil {
		return
	}
	a.cause = cause
	if a.real != nil {
		a.real.cancel(cause)
	}
}

// Deadline is context.Context's.
func (a *attempt) Deadline() (time.Time, bool) { return a.dispatcher.parent.Deadline() }

// Done is context.Context's.
func (a *attempt) Done() <-chan struct{} { return a.materialise().Done() }

// Err is context.Context's.
func (a *attempt) Err() error {
	a.ctxMu.Lock()
	ctx, cause := a.real, a.cause
	a.ctxMu.Unlock()
	switch {
	case ctx != nil:
		return ctx.Err()
	case cause != nil:
		return context.Canceled
	}
	return a.dispatcher.parent.Err()
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
	if a.rec.run == a && TaskStatus(a.rec.status) == StatusRunning {
		d.notify.push(event{kind: eventReport, attempt: a})
	}
	d.mu.Unlock()
}
