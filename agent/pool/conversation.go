package pool

import (
	"context"
	"slices"
	"time"

	"drover/agent"
	"drover/agent/ollama"
)

// A server keeps what it has read of a prompt as long as the slot has no other work. Of more conversations than it has slots
// each would evict another's, and all would be read from the beginning in every round. So no more are in progress.

// conversationWait is how long a task waits in the queue for which there is no place. The queue is held meanwhile by whoever
// hears of the change; see [Pool.Crowded].
const conversationWait = time.Second

// Conversation is several rounds with one model, and its place among the conversations of a server. It belongs to one
// goroutine.
type Conversation struct {
	pool    *Pool
	model   string // its full name
	limited bool   // it takes a place; those with a model in a cloud do not
	node    *node  // where it is; guarded by Pool.mu
	resting bool   // it has given its place away
}

// Begin takes a place for a conversation with a model; the empty name stands for the default model. Where there is none
// its error matches agent.ErrNotSent, and the task is to come again. End gives the place back.
func (p *Pool) Begin(model string) (*Conversation, error) {
	if model == "" {
		model = p.Server().DefaultModel
	}
	c := &Conversation{pool: p, model: agent.FullName(model), limited: model != "" && !agent.IsCloud(model)}
	if !c.limited || c.enter() {
		return c, nil
	}
	const why = "as many conversations with %s are in progress as its servers work on at once"
	return nil, notSent(agent.EndServerBusy, conversationWait, why,
		c.model)
}

// Ask lets the model answer a round; see [ollama.Client.Ask].
func (c *Conversation) Ask(ctx context.Context, round ollama.Round, emit func(agent.Event)) (ollama.Reply, error) {
	return c.pool.ask(ctx, round, c, emit)
}

// Abilities returns what the model can do; see [Pool.Abilities].
func (c *Conversation) Abilities(ctx context.Context) []string { return c.pool.Abilities(ctx, c.model) }

// Rest gives the place to another conversation while this one asks nothing of the model for a while.
func (c *Conversation) Rest() {
	if c.limited && !c.resting {
		c.resting = true
		c.leave()
	}
}

// Resume takes a place again after Rest, and waits until there is one. Its error is the cause of ctx's end.
func (c *Conversation) Resume(ctx context.Context) error {
	for c.resting {
		c.pool.mu.Lock()
		left := c.pool.conversations.left
		c.pool.mu.Unlock()
		if c.enter() {
			c.resting = false
			return nil
		}
		select {
		case <-left:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// End gives the place back.
func (c *Conversation) End() { c.Rest() }

// conversations are those in progress. Guarded by Pool.mu.
type conversations struct {
	list []*Conversation
	left chan struct{} // closed when one has left, and replaced
	// tried is the most conversations with a model that were in progress at a server at once: see room.
	tried map[place]int
}

// place is a model at a server.
type place struct {
	node  *node
	model string // its full name
}

// enter takes a place at a server that has the model and room for one more, and reports whether there is one.
func (c *Conversation) enter() bool {
	p := c.pool
	p.mu.Lock()
	for _, n := range p.nodes {
		if (len(p.nodes) == 1 || n.has(c.model)) && p.conversations.room(n, c.model) > 0 &&
			(c.node == nil || n == c.node || p.conversations.room(c.node, c.model) <= 0) {
			c.node = n
			p.conversations.list = append(p.conversations.list, c)
			p.mu.Unlock()
			p.announce()
			return true
		}
	}
	p.mu.Unlock()
	return false
}

// leave gives the place away.
func (c *Conversation) leave() {
	p := c.pool
	p.mu.Lock()
	all := &p.conversations
	if all.tried == nil {
		all.tried = make(map[place]int)
	}
	at := place{c.node, c.model}
	all.tried[at] = max(all.tried[at], all.at(c.node, c.model))
	all.list = slices.DeleteFunc(all.list, func(other *Conversation) bool { return other == c })
	close(all.left)
	all.left = make(chan struct{})
	p.mu.Unlock()
	p.announce()
}

// at counts the conversations with a model at a server.
func (c *conversations) at(n *node, model string) (count int) {
	for _, other := range c.list {
		if other.node == n && other.model == model {
			count++
		}
	}
	return count
}

// room returns how many more conversations may begin. Of a server whose slots are learnt nothing is learnt from as many as it
// is known to have: until it was tried once there is room for one more.
func (c *conversations) room(n *node, model string) int {
	most := n.workingOn(model)
	if n.slots == 0 && c.tried[place{n, model}] <= most {
		most++
	}
	return most - c.at(n, model)
}

// Crowded returns the models, by their full names, with which no conversation may begin now.
func (p *Pool) Crowded() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var crowded []string
	for _, c := range p.conversations.list {
		free := slices.ContainsFunc(p.nodes, func(n *node) bool {
			return (len(p.nodes) == 1 || n.has(c.model)) && p.conversations.room(n, c.model) > 0
		})
		if !free && !slices.Contains(crowded, c.model) {
			crowded = append(crowded, c.model)
		}
	}
	return crowded
}
