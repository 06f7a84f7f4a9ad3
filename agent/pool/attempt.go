package pool

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"drover/agent"
	"drover/agent/ollama"
	"drover/agent/transcript"
)

// maxReported is how many tokens of an attempt are reported to the pool: by the third one the others that get tokens
// have had one since its first.
const maxReported = 3

// attempt is one request that is with a server.
type attempt struct {
	node  *node
	cloud bool // its model runs in a cloud, so it is no work for the server
	begun bool // its first event has come; the lane's alone
	count int  // the tokens that the lane has reported to the pool; the lane's alone

	// Guarded by Pool.mu.
	model  string                  // its full name; empty before it is known
	sent   time.Time               // zero before
	queued time.Time               // since when it is in PhaseQueued, or was last
	tokens int                     // received, more than maxReported are not counted
	close  context.CancelCauseFunc // ends the request; nil while none is sent
	first  time.Time               // when the first was made, by the server's clock; zero before, and once the server was gone

	// made is when the latest token was made, by the server's clock, in Unix nanoseconds: written by the lane, read by
	// whoever learns.
	made atomic.Int64

	// want is what it waits for before the first token, an agent.Phase: written with Pool.mu held, read by whoever
	// calls emit.
	want atomic.Int32

	mu   sync.Mutex // held while emit is called
	emit func(agent.Event)
	live agent.Live // as told last; guarded by mu
	over bool       // emit must not be called any more; guarded by mu
}

// attempt lets the server of a answer.
func (p *Pool) attempt(ctx context.Context, a *attempt, round ollama.Round) (ollama.Reply, error) {
	defer p.leave(a) // also after a panic
	reply, err := p.send(ctx, a, round)
	for errors.Is(err, errUnloading) && reply.Result == (agent.Result{}) {
		p.closed(a)
		reply, err = p.send(ctx, a, round)
	}
	if e, ok := errors.AsType[*agent.Error](err); ok && (e.Ending == agent.EndServerBusy || e.Ending == agent.EndRateLimited) {
		p.refused(a, e)
	}
	if reply.Result != (agent.Result{}) {
		reply.Server = a.node.host
		p.mu.Lock()
		reply.Metrics.Context = a.node.context(a.model)
		p.mu.Unlock()
	}
	return reply, err
}

// send sends the request once.
func (p *Pool) send(ctx context.Context, a *attempt, round ollama.Round) (ollama.Reply, error) {
	sending, err := p.begin(ctx, a)
	if err != nil {
		return ollama.Reply{}, err
	}
	defer a.close(nil)
	reply, err := a.node.client.Ask(sending, round, func(e agent.Event) { p.event(a, e) })
	if ending := agent.EndingOf(err); ctx.Err() != nil || ending == agent.EndStalled || ending == agent.EndTokenLimit {
		p.mu.Lock()
		// What reads its prompt may be answered by now.
		if a.tokens > 0 || agent.Phase(a.want.Load()) == agent.PhasePrompt {
			a.node.hearing(a.model).suspect = true
		}
		p.mu.Unlock()
	}
	return reply, err
}

// event passes on what the client tells. It is called by the lane, for each token, so that it takes the pool's lock
// only for the first events: later ones say nothing about waiting.
func (p *Pool) event(a *attempt, e agent.Event) {
	a.made.Store(e.Live.Made.UnixNano())
	if n := min(e.Live.Tokens, maxReported); n != a.count || !a.begun {
		first := !a.begun
		a.begun, a.count = true, n
		p.progress(a, e.Live, first)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	e.Live.Server = a.node.host
	if e.Live.Phase == agent.PhaseWaiting {
		e.Live.Phase = agent.Phase(a.want.Load())
	}
	a.live = e.Live
	a.emit(e)
}

// notice puts a line into the transcript.
func (a *attempt) notice(text string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.live.Server = a.node.host
	a.emit(agent.Event{Entry: transcript.Entry{Kind: transcript.Notice, Text: text}, Live: a.live})
}

// progress notes that an attempt was sent, or has received one of its first tokens.
func (p *Pool) progress(a *attempt, live agent.Live, first bool) {
	n, now := a.node, time.Now()
	p.mu.Lock()
	n.noteWait(a, now)
	silence, wasStuck := n.silence(a.model, now), false
	a.model, a.sent, a.tokens = agent.FullName(live.Model), live.Sent, min(live.Tokens, maxReported)
	if a.tokens > 0 {
		a.pauseOf(p).taken(a.sent)
	}
	if a.tokens == 1 {
		a.first = live.Made
	}
	if a.cloud {
		p.mu.Unlock()
		return
	}
	n.learn(a.model)
	if a.tokens == 1 {
		wasStuck = n.answers(a.model, silence)
	}
	n.wanted = n.wanted || n.mustAsk(a, first, now)
	if a.tokens > 0 {
		delete(n.cold, a.model)
	}
	others := n.phases(now)
	p.mu.Unlock()
	publish(others, a)
	if wasStuck {
		p.announce()
	}
	if first || a.tokens == 1 {
		p.poke()
	}
}

// leave takes an attempt off its server.
func (p *Pool) leave(a *attempt) {
	a.mu.Lock()
	a.over = true
	a.mu.Unlock()
	if a.cloud {
		return
	}
	n := a.node
	p.mu.Lock()
	n.learn(a.model)
	if a.tokens > 0 {
		n.hearing(a.model).heard = time.Now()
	}
	n.noteWait(a, time.Now())
	if i := slices.Index(n.attempts, a); i >= 0 {
		n.attempts = slices.Delete(n.attempts, i, i+1)
	}
	others := n.phases(time.Now())
	p.mu.Unlock()
	publish(others, nil)
}

// pauseOf returns the pause that the attempt is subject to. Called with Pool.mu held.
func (a *attempt) pauseOf(p *Pool) *pause {
	if a.cloud {
		return &p.cloud.pause
	}
	return &a.node.pause
}

// publish tells the attempts, but for one, what they wait for now. Called without Pool.mu.
func publish(attempts []*attempt, but *attempt) {
	for _, a := range attempts {
		if a != but {
			a.publish()
		}
	}
}

func (a *attempt) publish() {
	a.mu.Lock()
	defer a.mu.Unlock()
	want := agent.Phase(a.want.Load())
	if a.over || a.live.Sent.IsZero() || !a.live.Phase.BeforeFirstToken() || a.live.Phase == want {
		return
	}
	a.live.Phase = want
	a.emit(agent.Event{Live: a.live})
}
