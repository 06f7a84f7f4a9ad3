package ollama

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"drover/agent"
	"drover/agent/safetext"
)

// Where the default model comes from, for people.
const (
	fromSettings  = "settings"
	fromInstalled = "first installed"
)

const (
	checkTimeout = 5 * time.Second  // for one look at the server
	firstRetry   = time.Second      // from the first failed look to the second
	lastRetry    = 15 * time.Second // the longest time between two
)

// probe is what one look at a server brought.
type probe struct {
	version string
	models  []agent.Model
	first   string // the first model that can answer
}

// Monitor knows the state of a model server. While the server is down it looks again by itself, at growing
// intervals; while it is up nothing happens until an attempt meets trouble. It is safe for concurrent use.
type Monitor struct {
	look      func(context.Context) (probe, error)
	checking  chan struct{} // holds a value during a look: a lock that can be given up waiting for
	suspicion chan struct{} // of capacity one: look now
	rearm     chan struct{} // of capacity one: NextCheck has changed

	// order is held during a change and its announcement, so that announcements come in order.
	order sync.Mutex

	mu       sync.Mutex
	server   agent.Server
	checked  time.Time // when the latest look began
	failed   int       // looks that have failed since the server was last up
	onChange func(agent.Server)
}

func newMonitor(config Config, look func(context.Context) (probe, error)) *Monitor {
	m := &Monitor{
		look: look, checking: make(chan struct{}, 1),
		suspicion: make(chan struct{}, 1), rearm: make(chan struct{}, 1),
		server: agent.Server{Host: config.Host.String(), Demo: config.Demo},
	}
	if config.DefaultModel != "" {
		m.server.DefaultModel, m.server.DefaultFrom = config.DefaultModel, fromSettings
	}
	return m
}

// Server returns what is known now. It does not block.
func (m *Monitor) Server() agent.Server {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.server
}

// OnChange makes f hear of every change from now on, in order and one at a time, and of the present state
// at once. There is one such function. It is called from the goroutine that found the change, which waits
// for it; a lane whose attempt found the server gone, too, so that what f does about it is done before the
// task is back in the queue. It may call Server, and no other method.
func (m *Monitor) OnChange(f func(agent.Server)) {
	m.order.Lock()
	defer m.order.Unlock()
	m.mu.Lock()
	m.onChange = f
	server := m.server
	m.mu.Unlock()
	if f != nil {
		f(server)
	}
}

// Run looks at the server, and again whenever there is reason to, until ctx ends. It is called once.
func (m *Monitor) Run(ctx context.Context) {
	m.Check(ctx)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		timer.Stop()
		if server := m.Server(); server.State == agent.ServerDown {
			timer.Reset(time.Until(server.NextCheck))
		}
		select {
		case <-timer.C:
			m.Check(ctx)
		case <-m.suspicion:
			m.Check(ctx)
		case <-m.rearm:
		case <-ctx.Done():
		}
	}
}

// Check looks at the server now and returns what is known afterwards. Of several calls at once one looks
// for all. When ctx ends first it returns what was known before.
func (m *Monitor) Check(ctx context.Context) agent.Server {
	called := time.Now()
	select {
	case m.checking <- struct{}{}:
		defer func() { <-m.checking }()
	case <-ctx.Done():
		return m.Server()
	}
	m.mu.Lock()
	looked := m.checked.After(called)
	if !looked {
		m.checked = time.Now()
	}
	m.mu.Unlock()
	if looked {
		return m.Server() // somebody looked while we waited
	}
	limited, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	p, err := m.look(limited)
	switch {
	case err == nil:
		m.up(p)
	case ctx.Err() == nil:
		m.down(m.describe(err), true)
	default: // given up, so it does not count as a look for those who wait
		m.mu.Lock()
		m.checked = time.Time{}
		m.mu.Unlock()
	}
	return m.Server()
}

// consider takes the error of an attempt: it may mean that the server is gone or has changed.
func (m *Monitor) consider(err error) {
	switch ending := agent.EndingOf(err); {
	case errors.Is(err, agent.ErrUnreachable):
		m.down(m.describe(err), false)
	case ending == agent.EndConnectionLost, ending == agent.EndStreamEnded, ending == agent.EndModelMissing:
		m.LookSoon() // proxies pass on the end of a server as the proper end of its answer
	}
}

// LookSoon makes Run look at once. It does not block.
func (m *Monitor) LookSoon() {
	select {
	case m.suspicion <- struct{}{}:
	default:
	}
}

// up records that the server answered.
func (m *Monitor) up(p probe) {
	m.change(func(s *agent.Server) {
		m.failed = 0
		s.State, s.Version, s.Models = agent.ServerUp, safetext.Line(p.version, 40), p.models
		s.Err, s.NextCheck = "", time.Time{}
		if s.DefaultFrom != fromSettings {
			s.DefaultModel, s.DefaultFrom = p.first, fromInstalled
			if p.first == "" {
				s.DefaultFrom = ""
			}
		}
	})
}

// down records that the server did not answer, a look or else an attempt. An attempt does not put off the
// next look, however many there are.
func (m *Monitor) down(why string, look bool) {
	m.change(func(s *agent.Server) {
		if s.State == agent.ServerDown && !look {
			return
		}
		s.State, s.Err, s.NextCheck = agent.ServerDown, why, time.Now().Add(m.delay())
		m.failed++
	})
	select {
	case m.rearm <- struct{}{}:
	default:
	}
}

// delay returns the time to the next look: twice the one before, up to a limit, a fifth more or less by
// chance, so that several programs do not look in step.
func (m *Monitor) delay() time.Duration {
	d := min(firstRetry<<min(m.failed, 10), lastRetry)
	return min(d-d/5+rand.N(2*d/5), lastRetry)
}

// change alters the state and announces it if it is another one then. f is called with mu held.
func (m *Monitor) change(f func(*agent.Server)) {
	m.order.Lock()
	defer m.order.Unlock()
	m.mu.Lock()
	before := m.server
	f(&m.server)
	after, announce := m.server, m.onChange
	m.mu.Unlock()
	if announce != nil && !same(before, after) {
		announce(after)
	}
}

func same(a, b agent.Server) bool {
	return a.State == b.State && a.Version == b.Version && a.Err == b.Err && a.NextCheck.Equal(b.NextCheck) &&
		a.DefaultModel == b.DefaultModel && slices.Equal(a.Models, b.Models)
}

// describe says in one sentence why a look or an attempt failed, and what to do where that is not to start the server.
func (m *Monitor) describe(err error) string {
	host := m.Server().Host
	e, ok := errors.AsType[*agent.Error](err)
	switch {
	case ok && (e.Ending == agent.EndUnauthorised || isProxy(err) || isHandshake(err)):
		return e.Error()
	case ok:
		return e.What
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Sprintf("the model server at %s did not answer within %v", host, checkTimeout)
	}
	return fmt.Sprintf("what answers at %s is not an Ollama server: %s", host, reason(err))
}
