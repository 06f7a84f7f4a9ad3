package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"drover/agent"
	"drover/agent/safetext"
)

// waitingLook is how often the servers are asked while somebody waits for one: more often than the monitors do by
// themselves, who do not know that.
const waitingLook = 2 * time.Second

// WatchServer says on w when the server stops answering and when it answers again, and the same of models that may be
// stuck, until ctx ends. When it has
// not answered for as long as limit, nor answers then, it calls giveUp with the reason, once. The channel is closed
// when the server answers for the first time.
func (l *Local) WatchServer(ctx context.Context, w io.Writer, limit time.Duration, giveUp context.CancelCauseFunc) <-chan struct{} {
	ready, changes := make(chan struct{}), make(chan struct{}, 1)
	stop := l.OnServerChange(func() {
		select {
		case changes <- struct{}{}:
		default:
		}
	})
	l.watchers.Go(func() {
		defer stop()
		var deadline *time.Timer // nil while the server answers
		look := time.NewTicker(waitingLook)
		defer look.Stop()
		defer func() {
			if deadline != nil {
				deadline.Stop()
			}
		}()
		var answered sync.Once
		var stuck []string
		for {
			var over <-chan time.Time
			if deadline != nil {
				over = deadline.C
			}
			select {
			case <-ctx.Done():
				return
			case <-l.background.Done():
				return
			case <-look.C:
				if deadline != nil {
					l.servers.LookSoon()
				}
				continue
			case <-over:
				server := l.servers.Recheck(ctx)
				if server.State == agent.ServerUp || ctx.Err() != nil {
					continue // its coming is a change as well
				}
				why := errors.New(server.Err)
				if limit > 0 {
					why = fmt.Errorf("%w; gave up after %v (--wait-server)", why, limit)
				}
				giveUp(why)
				return
			case <-changes:
			}
			stuck = sayStuck(w, l.Server(), stuck)
			switch server := l.Server(); {
			case server.State == agent.ServerUp:
				if deadline != nil {
					deadline.Stop()
					deadline = nil
					_, _ = fmt.Fprintf(w, "drover: the model server at %s answers\n", server.Host)
				}
				answered.Do(func() { close(ready) })
			case server.State == agent.ServerDown && deadline == nil:
				if limit > 0 {
					_, _ = fmt.Fprintf(w, "drover: %s; waiting for up to %v\n", server.Err, limit)
				}
				deadline = time.NewTimer(limit)
			}
		}
	})
	return ready
}

// sayStuck says which models have come to be stuck, or no longer are, other than those that were; it returns those that are.
func sayStuck(w io.Writer, server agent.Server, were []string) (are []string) {
	for i := range server.Servers {
		for _, model := range server.Servers[i].Stuck {
			are = append(are, fmt.Sprintf("the model %s at %s", safetext.Line(model, 100), server.Servers[i].Host))
		}
	}
	for _, model := range are {
		if !slices.Contains(were, model) {
			_, _ = fmt.Fprintf(w, "drover: %s answers nobody; the server may have lost its slots; it is unloaded if that lasts\n", model)
		}
	}
	for _, model := range were {
		if !slices.Contains(are, model) {
			_, _ = fmt.Fprintf(w, "drover: %s is no longer stuck\n", model)
		}
	}
	return are
}
