package pool

import (
	"time"

	"drover/agent"
)

// longestPause is the longest that a server is left alone unless it asks for more. It is shorter than the waits of
// a task: a task that waits costs nothing, and a server that waits might work.
const longestPause = 10 * time.Second

// pause is for how long nothing is sent somewhere. Guarded by Pool.mu.
type pause struct {
	until    time.Time
	since    time.Time // when it was last set
	failures int       // refusals one after the other, of requests that were sent after the pause before
}

// rest returns how much of it is left.
func (p *pause) rest(now time.Time) time.Duration { return max(p.until.Sub(now), 0) }

// end returns when it ends; zero when it has.
func (p *pause) end(now time.Time) time.Time {
	if p.rest(now) == 0 {
		return time.Time{}
	}
	return p.until
}

// refused takes the refusal of a request that was sent at a time, with the wait that was asked for. The requests
// that were under way when the first refusal came say nothing new.
func (p *pause) refused(now, sent time.Time, asked time.Duration, policy agent.RetryPolicy) {
	asked = min(asked, agent.MaxRetryAfter)
	if sent.After(p.since) {
		p.until = now.Add(policy.Backoff(p.failures, asked))
		p.since = now
		p.failures++
	} else if asked > p.rest(now) {
		p.until = now.Add(asked)
	}
}

// taken says that a request was taken that was sent at a time.
func (p *pause) taken(sent time.Time) {
	if sent.After(p.since) {
		p.failures = 0
	}
}

// refused notes that a server, or the cloud, has refused an attempt.
func (p *Pool) refused(a *attempt, err *agent.Error) {
	p.mu.Lock()
	now := time.Now()
	a.pauseOf(p).refused(now, a.sent, err.RetryAfter, p.retry)
	p.arm(now)
	p.mu.Unlock()
	p.announce()
}

// arm sets the timer to the next end of a pause. Called with mu held.
func (p *Pool) arm(now time.Time) {
	next := p.cloud.pause.rest(now)
	for _, n := range p.nodes {
		if rest := n.pause.rest(now); rest > 0 && (next == 0 || rest < next) {
			next = rest
		}
	}
	switch {
	case next == 0:
	case p.resume == nil:
		p.resume = time.AfterFunc(next, p.resumed)
	default:
		p.resume.Reset(next)
	}
}

// resumed is called when a pause has ended.
func (p *Pool) resumed() {
	p.mu.Lock()
	p.arm(time.Now())
	p.mu.Unlock()
	p.announce()
}
