package pool

import (
	"context"
	"slices"
	"time"

	"drover/agent"
)

const (
	// cloudLine is how many lanes wait for a place among the requests to a cloud, so that none is left empty. The
	// other tasks go back to the queue, for a lane that waits is one that could work with a model on a server.
	cloudLine = 1
	// Those come back one after the other, so that a long queue of them does not keep the lanes busy with refusing.
	cloudReturn  = time.Second
	cloudSpacing = 100 * time.Millisecond
)

// cloud is the pool of requests to models in the cloud. Guarded by Pool.mu but for slots, which never changes.
type cloud struct {
	slots int
	lanes int             // requests under way
	line  []chan struct{} // lanes that wait; the channel is closed when a place is handed over
	pause pause
	back  time.Time // when the last task that was sent back comes again
}

// enterCloud takes a place among the requests to a cloud. Its error says that the task is to come later, or why ctx
// has ended.
func (p *Pool) enterCloud(ctx context.Context, model string, emit func(agent.Event)) error {
	p.mu.Lock()
	c, now := &p.cloud, time.Now()
	if err := c.paused(now); err != nil {
		p.mu.Unlock()
		return err
	}
	if c.lanes < c.slots {
		c.lanes++
		p.mu.Unlock()
		return nil
	}
	if len(c.line) >= cloudLine {
		c.back = later(c.back.Add(cloudSpacing), now.Add(cloudReturn))
		wait := c.back.Sub(now)
		p.mu.Unlock()
		return notSent(agent.EndRateLimited, wait, "%d requests to models in the cloud are under way, the limit (cloud-slots)", c.slots)
	}
	turn := make(chan struct{})
	c.line = append(c.line, turn)
	p.mu.Unlock()
	emit(agent.Event{Live: agent.Live{Model: model, Phase: agent.PhaseHeld}})
	select {
	case <-turn:
	case <-ctx.Done():
		p.mu.Lock()
		i := slices.Index(c.line, turn)
		if i >= 0 {
			c.line = slices.Delete(c.line, i, i+1)
		}
		p.mu.Unlock()
		if i < 0 {
			p.leaveCloud() // the place had been handed over
		}
		return context.Cause(ctx)
	}
	p.mu.Lock()
	err := c.paused(time.Now())
	p.mu.Unlock()
	if err != nil {
		p.leaveCloud()
	}
	return err
}

// leaveCloud gives the place to the next lane in line.
func (p *Pool) leaveCloud() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c := &p.cloud; len(c.line) > 0 {
		close(c.line[0])
		c.line = slices.Delete(c.line, 0, 1)
	} else {
		c.lanes--
	}
}

// paused returns the error of a request that is not to be sent now. Called with Pool.mu held.
func (c *cloud) paused(now time.Time) error {
	rest := c.pause.rest(now)
	if rest == 0 {
		return nil
	}
	return notSent(agent.EndRateLimited, rest, "the cloud has refused requests and is left alone")
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
