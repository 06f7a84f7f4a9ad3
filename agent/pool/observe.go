package pool

import (
	"context"
	"slices"
	"sync"
	"time"

	"drover/agent"
)

const (
	lookEvery = 3 * time.Second        // a server is asked what it has in memory while lanes are with it
	lookLeast = 500 * time.Millisecond // between two such questions, also when the first answer is out of date
)

// Look says that somebody looks at what the servers have in memory now. They are asked, unless that was just done.
// It does not block.
func (p *Pool) Look() {
	p.mu.Lock()
	for _, n := range p.nodes {
		n.wanted = n.wanted || time.Since(n.asked) >= lookEvery
	}
	p.mu.Unlock()
	p.poke()
}

func (p *Pool) poke() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// observe asks the servers what they have in memory, as long as that matters to anybody: an idle pool asks nothing.
func (p *Pool) observe(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-p.wake:
		case <-timer.C:
		case <-ctx.Done():
			return
		}
		var asks sync.WaitGroup
		for _, n := range p.due(time.Now()) {
			asks.Go(func() { p.look(ctx, n) })
		}
		asks.Wait()
		timer.Stop()
		if next, ok := p.nextLook(); ok {
			timer.Reset(time.Until(next))
		}
	}
}

// due returns the servers to ask now, and takes it that they are.
func (p *Pool) due(now time.Time) []*node {
	p.mu.Lock()
	defer p.mu.Unlock()
	var due []*node
	for _, n := range p.nodes {
		if at, ok := n.nextLook(); ok && !now.Before(at) {
			n.wanted, n.asked = false, now
			due = append(due, n)
		}
	}
	return due
}

// nextLook returns when a server is to be asked again, false if there is no need. One that comes back wakes observe.
func (p *Pool) nextLook() (next time.Time, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, n := range p.nodes {
		if at, due := n.nextLook(); due && (!ok || at.Before(next)) {
			next, ok = at, true
		}
	}
	return next, ok
}

// nextLook is the same for one server. Called with Pool.mu held.
func (n *node) nextLook() (next time.Time, ok bool) {
	switch {
	case !n.up():
		return time.Time{}, false
	case n.wanted:
		return n.asked.Add(lookLeast), true
	}
	return n.asked.Add(lookEvery), len(n.attempts) > 0
}

// mustAsk reports whether an attempt makes what the server has said about its memory out of date: it is not known
// what the lane waits for, or something has come into memory. Called with Pool.mu held.
func (n *node) mustAsk(a *attempt, first bool, now time.Time) bool {
	switch {
	case a.tokens == 1:
		return !n.lists(a.model)
	case first:
		return !n.cold[a.model] && (!n.lists(a.model) || now.Sub(n.loadedAt) >= lookEvery)
	}
	return false
}

// look asks a server what it has in memory. One that does not say is asked again in time.
func (p *Pool) look(ctx context.Context, n *node) {
	loaded, err := n.client.Loaded(ctx)
	if err != nil {
		p.log.Debug("the models in memory are not known", "server", n.host, "error", err)
		return
	}
	p.mu.Lock()
	now := time.Now()
	same := slices.Equal(n.loaded, loaded)
	n.loaded, n.loadedAt = loaded, now
	waited := make(map[string]bool)
	for _, a := range n.attempts {
		if a.tokens == 0 && a.model != "" {
			waited[a.model] = true
			if !n.lists(a.model) && !n.generates(a.model) {
				n.cold[a.model] = true
			}
		}
	}
	for model := range n.cold {
		if !waited[model] {
			delete(n.cold, model) // who waited for it is gone
		}
	}
	changed, unload := n.listen(now, p.stuckAfter)
	others := n.phases(now)
	p.mu.Unlock()
	publish(others, nil)
	if !same || changed {
		p.announce()
	}
	if unload != "" {
		p.unloads.Go(func() { _ = p.Unload(ctx, n.host, unload) }) // it logs its error
	}
}

// generates reports whether one of our lanes gets tokens of a model. Called with Pool.mu held, as the methods below.
func (n *node) generates(model string) bool {
	return slices.ContainsFunc(n.attempts, func(a *attempt) bool { return a.tokens > 0 && a.model == model })
}

// learn takes it that the server works on as many requests at once as it has made tokens for at the same time. It
// is called when one of our lanes with a model has more tokens, and before it leaves.
//
// The server's clock tells, and not when tokens come: the end of one answer and the beginning of the next cross on
// their way whenever this process is short of time.
func (n *node) learn(model string) {
	every := func(*attempt) bool { return true }
	n.most = max(n.most, n.overlap(every))
	n.mostOf[model] = max(n.mostOf[model], n.overlap(func(a *attempt) bool { return a.model == model }))
}

// overlap counts the attempts among some that were between their first and their latest token at the same instant;
// of all instants it is enough to look at those of first tokens.
func (n *node) overlap(among func(*attempt) bool) (most int) {
	for _, at := range n.attempts {
		if at.first.IsZero() {
			continue
		}
		then, count := at.first.UnixNano(), 0
		for _, a := range n.attempts {
			if !a.first.IsZero() && a.first.UnixNano() <= then && then < a.made.Load() && among(a) {
				count++
			}
		}
		most = max(most, count)
	}
	return most
}

// phases says of each lane that has received nothing what it waits for, as far as a client can know, and returns
// the lanes for which that has changed. Servers take requests for a model in the order in which they come.
func (n *node) phases(now time.Time) (changed []*attempt) {
	known := now.Sub(n.loadedAt) < 2*lookEvery
	taken := make(map[string]int, 2) // places in the model, by model
	for _, a := range n.attempts {
		if a.tokens > 0 {
			taken[a.model]++
		}
	}
	for _, a := range n.attempts {
		if a.tokens > 0 || a.model == "" {
			continue
		}
		phase := agent.PhaseWaiting
		switch {
		case n.hearing(a.model).stuck:
			phase = agent.PhaseStuck
		case n.cold[a.model]:
			phase = agent.PhaseLoading
		case taken[a.model] >= n.workingOn(a.model):
			phase = agent.PhaseQueued
		case known && n.lists(a.model), taken[a.model] > 0:
			phase = agent.PhasePrompt
			taken[a.model]++
		}
		if agent.Phase(a.want.Load()) == phase {
			continue
		}
		n.noteWait(a, now)
		if phase == agent.PhaseQueued {
			a.queued = now
		}
		a.want.Store(int32(phase))
		changed = append(changed, a)
	}
	return changed
}

// lanes counts our lanes by what they do.
func (n *node) lanes() (generating, queued, loading int) {
	for _, a := range n.attempts {
		switch phase := agent.Phase(a.want.Load()); {
		case a.tokens > 0:
			generating++
		case phase == agent.PhaseQueued:
			queued++
		case phase == agent.PhaseLoading:
			loading++
		}
	}
	return generating, queued, loading
}
