package pool

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"sync"
	"time"

	"drover/agent"
	"drover/agent/ollama"
)

// DefaultCloudSlots is how many requests to models in the cloud are under way at once unless it is set: accounts
// allow from one to ten, and answer too many with refusals.
const DefaultCloudSlots = 3

// maxCloudSlots is the most that any account allows.
const maxCloudSlots = 10

// Config says which servers a [Pool] has.
type Config struct {
	Servers    []Server          // in the order in which they are preferred; empty for Client.Host alone
	Client     ollama.Config     // what they have in common
	CloudSlots int               // requests to models in the cloud at once; 0 for DefaultCloudSlots
	Retry      agent.RetryPolicy // its delays say how long a server that refuses requests is left alone
}

// Server is one server of a [Pool].
type Server struct {
	Host  *url.URL // as ollama.ParseHost returns it
	Slots int      // how many requests it works on at once; 0 to learn it
}

// Pool is an agent.Agent that lets one of several servers answer. It is safe for concurrent use.
type Pool struct {
	nodes      []*node
	retry      agent.RetryPolicy
	log        *slog.Logger
	stuckAfter time.Duration  // another value than the constant is for tests
	unloads    sync.WaitGroup // of stuck models, without anybody asking for it
	wake       chan struct{}  // of capacity one: look at what the servers have in memory

	mu            sync.Mutex // guards what follows, and what says so in a node and an attempt
	cloud         cloud
	conversations conversations
	onChange      func()
	resume        *time.Timer // announces the end of the next pause to end; nil before the first
}

var _ agent.Agent = (*Pool)(nil)

// New returns a pool, which connects to nothing yet. It fails with the errors of ollama.New.
func New(config Config) (*Pool, error) {
	servers := config.Servers
	if len(servers) == 0 {
		servers = []Server{{Host: config.Client.Host}}
	}
	p := &Pool{retry: config.Retry, log: config.Client.Logger, wake: make(chan struct{}, 1), stuckAfter: stuckAfter}
	p.conversations.left = make(chan struct{})
	if p.retry.Delay <= 0 {
		p.retry = agent.DefaultRetryPolicy
	}
	p.retry.MaxDelay = min(p.retry.MaxDelay, longestPause)
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	p.cloud.slots = config.CloudSlots
	if p.cloud.slots <= 0 {
		p.cloud.slots = DefaultCloudSlots
	}
	for _, s := range servers {
		c := config.Client
		c.Host = s.Host
		client, err := ollama.New(c)
		if err != nil {
			return nil, err
		}
		p.nodes = append(p.nodes, newNode(client, s))
	}
	return p, nil
}

// Watch looks after the servers until ctx ends. It is called once; a pool without it works, but finds out about
// its servers only by what the tasks meet.
func (p *Pool) Watch(ctx context.Context) {
	var monitors sync.WaitGroup
	for _, n := range p.nodes {
		monitors.Go(func() {
			n.client.Monitor().OnChange(func(s agent.Server) { p.serverChanged(n, s) })
			n.client.Monitor().Run(ctx)
		})
	}
	p.observe(ctx)
	p.unloads.Wait()
	monitors.Wait()
}

// Close closes the connections that are not in use. Runs are not disturbed.
func (p *Pool) Close() {
	p.mu.Lock()
	if p.resume != nil {
		p.resume.Stop()
	}
	p.mu.Unlock()
	for _, n := range p.nodes {
		n.client.Close()
	}
}

// OnChange makes f hear of every change of what Server returns, but for the numbers of lanes, from now on and once
// now. There is one such function. It must not block, nor call any method but Server, Warm and Group; several
// goroutines may call it at once, so it is to pull the state under a lock of its own. A lane whose attempt found
// a server gone calls it before its task is back in the queue.
func (p *Pool) OnChange(f func()) {
	p.mu.Lock()
	p.onChange = f
	p.mu.Unlock()
	f()
}

// announce is called without any lock.
func (p *Pool) announce() {
	p.mu.Lock()
	f := p.onChange
	p.mu.Unlock()
	if f != nil {
		f()
	}
}

// serverChanged is told by the monitor of a node.
func (p *Pool) serverChanged(n *node, server agent.Server) {
	if server.State == agent.ServerDown {
		p.mu.Lock()
		n.forget()
		p.mu.Unlock()
	}
	p.poke()
	p.announce()
}

// Run lets a server answer the request; see agent.Agent.
func (p *Pool) Run(ctx context.Context, request agent.Request, emit func(agent.Event)) (agent.Result, error) {
	reply, err := p.ask(ctx, ollama.Round{Request: request}, nil, emit)
	return reply.Result, err
}

// ask lets a server answer a round, of a conversation the one that has it; nil for none.
func (p *Pool) ask(ctx context.Context, round ollama.Round, of *Conversation, emit func(agent.Event)) (ollama.Reply, error) {
	var model string
	round.Request, model = p.resolve(ctx, round.Request, emit)
	isCloud := agent.IsCloud(model)
	if isCloud {
		if err := p.enterCloud(ctx, model, emit); err != nil {
			return ollama.Reply{}, err
		}
		defer p.leaveCloud()
	}
	var tried []*node
	var before error // why the server before could not take it
	for {
		a, err := p.place(ctx, model, isCloud, of, tried, emit)
		if err != nil && before != nil {
			return ollama.Reply{}, before // nobody else can
		}
		if err != nil {
			return ollama.Reply{}, err
		}
		if before != nil {
			a.notice(before.Error() + "; it goes to the model server at " + a.node.host)
		}
		result, err := p.attempt(ctx, a, round)
		if err == nil || ctx.Err() != nil {
			return result, err
		}
		ending := agent.EndingOf(err)
		lost, refused := ending == agent.EndConnectionLost, ending == agent.EndServerBusy || ending == agent.EndRateLimited
		switch {
		case len(p.nodes) == 1, !lost && (!refused || isCloud):
			return result, err
		case result.Metrics.Tokens > 0 || result.Text != "":
			return result, p.elsewhere(ctx, a, lost, err)
		}
		tried = append(tried, a.node)
		if before == nil || errors.Is(before, agent.ErrUnreachable) {
			before = err // of several reasons the first that is more than an absence
		}
	}
}

// elsewhere says of the error of an attempt that had begun to answer whether a server can take the task now.
func (p *Pool) elsewhere(ctx context.Context, a *attempt, lost bool, err error) error {
	e, ok := errors.AsType[*agent.Error](err)
	if !lost || !ok {
		return err
	}
	// What has just broken is looked at before the task is back in the queue: otherwise it would come back to it.
	a.node.client.Monitor().Check(ctx)
	for _, n := range p.nodes {
		if n.has(a.model) {
			elsewhere := *e
			elsewhere.Elsewhere = true
			return &elsewhere
		}
	}
	return err
}
