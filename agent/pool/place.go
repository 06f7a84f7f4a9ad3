package pool

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"drover/agent"
	"drover/agent/safetext"
	"drover/agent/transcript"
)

// resolve returns the request as it is sent, and the model it is for as far as that is known here. With one server
// the server's client chooses; with several it must not depend on which one the task goes to.
func (p *Pool) resolve(ctx context.Context, request agent.Request, emit func(agent.Event)) (agent.Request, string) {
	if request.Model != "" {
		return request, request.Model
	}
	server := p.Server()
	if server.DefaultModel == "" && len(p.nodes) > 1 {
		p.checkAll(ctx, p.nodes)
		server = p.Server()
	}
	if server.DefaultModel != "" && len(p.nodes) > 1 {
		request.Model = server.DefaultModel
		text := fmt.Sprintf("model %s (%s)", request.Model, server.DefaultFrom)
		emit(agent.Event{Entry: transcript.Entry{Kind: transcript.Notice, Text: text}, Live: agent.Live{Model: request.Model}})
	}
	return request, server.DefaultModel
}

// checkAll looks at servers anew, at all of them at once.
func (p *Pool) checkAll(ctx context.Context, nodes []*node) {
	var checks sync.WaitGroup
	for _, n := range nodes {
		checks.Go(func() { n.client.Monitor().Check(ctx) })
	}
	checks.Wait()
}

// Recheck looks at all servers now and returns what is known then. It may take as long as they do, up to a few seconds.
func (p *Pool) Recheck(ctx context.Context) agent.Server {
	p.checkAll(ctx, p.nodes)
	return p.Server()
}

// LookSoon makes Watch look at once for the servers that do not answer. It does not block.
func (p *Pool) LookSoon() {
	for _, n := range p.nodes {
		if !n.up() {
			n.client.Monitor().LookSoon()
		}
	}
}

// place chooses the server for a task, other than those tried, and puts an attempt there; a conversation stays where it was
// as long as it can. Its error is an *agent.Error that says why there is none.
func (p *Pool) place(
	ctx context.Context, model string, isCloud bool, of *Conversation, tried []*node, emit func(agent.Event),
) (*attempt, error) {
	nodes, err := p.candidates(ctx, model, tried)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	a := &attempt{cloud: isCloud, emit: emit, model: agent.FullName(model)}
	var rest time.Duration // until the first pause ends
	for _, n := range nodes {
		if left := n.pause.rest(now); left > 0 && !isCloud {
			if rest == 0 || left < rest {
				rest = left
			}
			continue
		}
		if of != nil && n == of.node {
			a.node = n
			break
		}
		if a.node == nil || n.before(a.node, a.model) {
			a.node = n
		}
	}
	if a.node == nil {
		return nil, notSent(agent.EndServerBusy, rest, "the model server at %s has refused requests and is left alone", nodes[0].host)
	}
	if of != nil {
		of.node = a.node
	}
	if !isCloud {
		a.node.attempts = append(a.node.attempts, a)
	}
	return a, nil
}

// notSent is the error of a task for which nothing may be sent for a while.
func notSent(ending agent.Ending, wait time.Duration, what string, args ...any) error {
	return &agent.Error{
		Ending: ending, Err: agent.ErrNotSent, RetryAfter: wait, What: fmt.Sprintf(what, args...),
		Next: fmt.Sprintf("the task is sent in %v", wait.Round(100*time.Millisecond)),
	}
}

// candidates returns the servers that can take a task now, busy or not, other than those tried.
func (p *Pool) candidates(ctx context.Context, model string, tried []*node) ([]*node, error) {
	if len(p.nodes) == 1 && len(tried) == 0 {
		return p.nodes, nil // its client finds out
	}
	left := slices.DeleteFunc(slices.Clone(p.nodes), func(n *node) bool { return slices.Contains(tried, n) })
	has := func(n *node) bool { return n.has(model) }
	up := only(left, (*node).up)
	able := only(up, has)
	if len(able) == 0 && len(up) > 0 && len(tried) == 0 {
		p.checkAll(ctx, up) // somebody may have pulled the model since they were asked
		able = only(up, has)
	}
	switch {
	case len(able) > 0:
		return able, nil
	case len(up) > 0 && agent.IsCloud(model):
		return up, nil // a server may know one that it does not list
	case len(up) == 0 && len(left) > 0:
		return left[:1], nil // its client says that it is not there
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	}
	for _, n := range left {
		if server := n.client.Monitor().Server(); lists(server, model) {
			return nil, &agent.Error{
				Ending: agent.EndConnectionLost, Err: agent.ErrUnreachable, RetryAfter: max(time.Until(server.NextCheck), time.Second),
				What: fmt.Sprintf("the model server at %s does not answer, and no other one has the model %s", n.host,
					safetext.Line(model, 100)),
			}
		}
	}
	return nil, p.modelMissing(model)
}

func only(nodes []*node, keep func(*node) bool) []*node {
	return slices.DeleteFunc(slices.Clone(nodes), func(n *node) bool { return !keep(n) })
}

// modelMissing is a model that no server has; several are asked.
func (p *Pool) modelMissing(model string) error {
	var hosts, absent []string
	for _, n := range p.nodes {
		if n.up() {
			hosts = append(hosts, n.host)
		} else {
			absent = append(absent, n.host)
		}
	}
	name := safetext.Line(model, 100)
	e := &agent.Error{
		Ending: agent.EndModelMissing, Next: "run `ollama pull " + name + "` on one of them",
		What: fmt.Sprintf("none of the model servers at %s has the model %s", strings.Join(hosts, ", "), name),
	}
	if len(absent) > 0 {
		e.What += "; " + strings.Join(absent, ", ") + " cannot be asked"
	}
	return e
}

// Check says at once what would be said of the request after it has got a lane, as far as that can be told now;
// see [ollama.Client.Check].
func (p *Pool) Check(ctx context.Context, request agent.Request) error {
	if request.Model == "" {
		request.Model = p.Server().DefaultModel
	}
	able := only(p.nodes, func(n *node) bool { return n.has(request.Model) })
	if len(able) == 0 {
		able = only(p.nodes, (*node).up) // what is installed may have changed since they were asked
	}
	if len(p.nodes) == 1 || len(able) == 0 {
		return p.nodes[0].client.Check(ctx, request)
	}
	var worst error // why the first one cannot that has the model
	for _, n := range able {
		err := n.client.Check(ctx, request)
		if err == nil {
			return nil
		}
		if worst == nil && agent.EndingOf(err) != agent.EndModelMissing {
			worst = err
		}
	}
	switch {
	case worst != nil:
		return worst
	case slices.ContainsFunc(p.nodes, func(n *node) bool { return !n.up() && lists(n.client.Monitor().Server(), request.Model) }):
		return nil // it waits for that server
	}
	return p.modelMissing(request.Model)
}

// Abilities returns what a model can do, as the first server says that has it; see [ollama.Client.Abilities].
func (p *Pool) Abilities(ctx context.Context, model string) []string {
	for _, n := range p.nodes {
		if n.has(model) {
			return n.client.Abilities(ctx, model)
		}
	}
	return nil
}
