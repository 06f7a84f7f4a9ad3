package pool

import (
	"context"
	"fmt"
	"slices"
	"time"

	"drover/agent"
	"drover/agent/safetext"
)

// A server can lose the slots of a model to requests that were closed in mid-answer, and then answers nobody; see package
// ollama. From outside that looks like the reading of a long prompt, or like the requests of other clients, so it is only
// ever suspected. Unloading the model helps, and costs little where the suspicion was wrong.
const (
	stuckAfter    = 20 * time.Second       // what a model has to be silent for, or twice its longest silence so far
	stuckPatience = 3                      // so many times that until the model is unloaded without anybody asking for it
	unloadLimit   = 10 * time.Second       // for unloading, which waits for requests of others
	unloadLook    = 250 * time.Millisecond // between two looks at whether that is done
)

// errUnloading ends a request that waits for a model which is being unloaded.
var errUnloading = &agent.Error{
	Ending: agent.EndConnectionLost, Err: agent.ErrNotSent, What: "the model is unloaded, because it answered nobody",
}

// hearing is what one of our servers lets us hear of one model. Guarded by Pool.mu.
type hearing struct {
	heard   time.Time     // when a lane left that had got tokens
	slowest time.Duration // the longest silence before a first token, with the model in memory
	suspect bool          // a request was closed in mid-answer, and the model has not left the memory since
	stuck   bool          // suspect, and silent for so long that its slots may be lost
	tried   bool          // it was unloaded, or that failed, because it was stuck
}

// hearing returns that of a model. Called with Pool.mu held, as the methods below.
func (n *node) hearing(model string) *hearing {
	h := n.hearings[model]
	if h == nil {
		h = &hearing{}
		n.hearings[model] = h
	}
	return h
}

// silence returns for how long lanes have waited for a model that nobody of ours has got tokens of; 0 if none waits.
func (n *node) silence(model string, now time.Time) time.Duration {
	var since time.Time
	for _, a := range n.attempts {
		switch {
		case a.model != model || a.sent.IsZero():
		case a.tokens > 0:
			return 0
		case since.IsZero() || a.sent.Before(since):
			since = a.sent
		}
	}
	if since.IsZero() {
		return 0
	}
	return now.Sub(later(since, n.hearing(model).heard))
}

// answers notes that a lane gets its first token after so long a silence.
func (n *node) answers(model string, silence time.Duration) (wasStuck bool) {
	h := n.hearing(model)
	if !n.cold[model] {
		h.slowest = max(h.slowest, silence)
	}
	wasStuck = h.stuck
	h.stuck = false
	return wasStuck
}

// listen finds the models that may be stuck, now that the server has said what is in its memory. least is how long they
// have to be silent, unless they were so for longer before. It returns whether something has changed, and the model that
// is to be unloaded without anybody asking for it.
func (n *node) listen(now time.Time, least time.Duration) (changed bool, unload string) {
	for model, h := range n.hearings {
		if !n.lists(model) {
			h.suspect, h.tried = false, false // loaded anew it has all its slots
		}
		silence, limit := n.silence(model, now), max(least, 2*h.slowest)
		stuck := h.suspect && silence >= limit
		changed = changed || stuck != h.stuck
		h.stuck = stuck
		if stuck && !h.tried && silence >= stuckPatience*limit && n.unloading[model] == nil {
			unload = model
		}
	}
	return changed, unload
}

// stuck returns the models that may be stuck.
func (n *node) stuck() []string {
	var models []string
	for model, h := range n.hearings {
		if h.stuck {
			models = append(models, model)
		}
	}
	slices.Sort(models)
	return models
}

// Unload takes a model out of the memory of the server with that ServerInfo.Host. Requests of ours that wait for the
// model are closed and sent again when that is done; while one of them is answered it refuses, and so it does for a
// server that is not known. Other clients' requests are not disturbed, but can keep the model in memory: that is an error
// too, after ten seconds. Errors are one sentence for people.
func (p *Pool) Unload(ctx context.Context, host, model string) error {
	i := slices.IndexFunc(p.nodes, func(n *node) bool { return n.host == host })
	if i < 0 {
		return fmt.Errorf("there is no model server at %s", safetext.Line(host, 100))
	}
	n, model, name := p.nodes[i], agent.FullName(model), safetext.Line(model, 100)
	p.mu.Lock()
	switch {
	case n.generates(model):
		p.mu.Unlock()
		return fmt.Errorf("the model %s answers a lane; cancel that first", name)
	case n.unloading[model] != nil:
		p.mu.Unlock()
		return fmt.Errorf("the model %s is being unloaded already", name)
	}
	unloaded := make(chan struct{})
	n.unloading[model] = unloaded
	for _, a := range n.attempts {
		if a.model == model && a.close != nil {
			a.close(errUnloading)
		}
	}
	p.mu.Unlock()
	err := n.unload(ctx, model)
	p.mu.Lock()
	if err == nil {
		n.loaded = slices.DeleteFunc(slices.Clone(n.loaded), func(m agent.LoadedModel) bool { return agent.FullName(m.Name) == model })
		delete(n.hearings, model)
	}
	h := n.hearing(model)
	h.stuck, h.tried = false, true
	delete(n.unloading, model)
	close(unloaded)
	p.mu.Unlock()
	if err != nil {
		p.log.Warn("a model could not be unloaded", "server", n.host, "model", model, "error", err)
	} else {
		p.log.Info("a model was unloaded", "server", n.host, "model", model)
	}
	p.announce()
	return err
}

// unload returns when the model has left the memory.
func (n *node) unload(ctx context.Context, model string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, unloadLimit, fmt.Errorf(
		"the model %s is still in the memory of %s: another client may wait for it; restart the server", safetext.Line(model, 100), n.host))
	defer cancel()
	look := time.NewTicker(unloadLook)
	defer look.Stop()
	for {
		// Again each time, since a request of somebody else prolongs its stay.
		if err := n.client.Unload(ctx, model); err != nil && ctx.Err() == nil {
			return err
		}
		// An error says nothing: a server that is asked while a model leaves its memory at times answers with a bare 500.
		loaded, err := n.client.Loaded(ctx)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err == nil && !slices.ContainsFunc(loaded, func(m agent.LoadedModel) bool { return agent.FullName(m.Name) == model }):
			return nil
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// begin returns the context to send a request with. It waits while the model is unloaded.
func (p *Pool) begin(ctx context.Context, a *attempt) (context.Context, error) {
	for {
		p.mu.Lock()
		unloaded := a.node.unloading[a.model]
		if unloaded == nil {
			var sending context.Context
			sending, a.close = context.WithCancelCause(ctx)
			p.mu.Unlock()
			return sending, nil
		}
		p.mu.Unlock()
		select {
		case <-unloaded:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// closed takes a request back that was closed because of errUnloading.
func (p *Pool) closed(a *attempt) {
	p.mu.Lock()
	a.sent, a.close = time.Time{}, nil
	p.mu.Unlock()
	a.begun, a.count = false, 0
	a.mu.Lock()
	a.live = agent.Live{Model: a.live.Model, Phase: agent.PhaseStuck}
	a.mu.Unlock()
	a.notice(errUnloading.What + "; the request is sent again")
}
