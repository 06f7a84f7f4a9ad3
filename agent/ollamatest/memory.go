package ollamatest

import (
	"context"
	"math"
	"slices"
	"time"
)

// What a model has unless a request says something else.
const (
	defaultKeep    = 5 * time.Minute
	defaultContext = 4096
)

// load waits until the model is in memory, and counts a user of it. Whoever comes first loads it; if it hangs up, the
// next one starts over.
func (s *Server) load(ctx context.Context, m *running, job job) bool {
	if s.use(m) {
		return true
	}
	lock := m.loading
	if s.config.MaxLoaded > 0 {
		lock = s.loader // whoever comes later waits, whatever it needs
	}
	select {
	case lock <- struct{}{}:
	case <-ctx.Done():
		return false
	}
	defer func() { <-lock }()
	if s.use(m) {
		return true
	}
	if s.Wait(ctx, func(Stats) bool { return s.makeRoom() }) != nil || !sleep(ctx, m.Load) {
		return false
	}
	s.change(func(stats *Stats) {
		stats.Loads++
		m.loaded, m.leaving, m.users, m.keep, m.context = true, false, m.users+1, defaultKeep, defaultContext
		if n, ok := job.prompt.Options["num_ctx"].(float64); ok && n > 0 {
			m.context = int(min(n, math.MaxInt32))
		}
	})
	return true
}

// use counts a user of a model that is in memory, false if it is not.
func (s *Server) use(m *running) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m.stays(time.Now()) {
		m.users++
		return true
	}
	return false
}

// stays reports whether a model is in memory still. Called with Server.mu held.
func (m *running) stays(now time.Time) bool {
	if m.loaded && m.users == 0 && m.keep >= 0 && now.Sub(m.used) >= m.keep {
		m.unload()
	}
	return m.loaded
}

// unload takes a model out of memory. Called with Server.mu held.
func (m *running) unload() {
	for ; m.lost > 0; m.lost-- {
		<-m.slots
	}
	m.loaded = false
}

// left notes that a request which needed a model in memory has ended. Called with Server.mu held.
func (m *running) left(keep time.Duration) {
	m.users--
	m.used = time.Now()
	if !m.leaving {
		m.keep = keep
	}
}

// makeRoom takes the model that was not used for the longest time out of memory if there is no room, and reports
// whether there is.
func (s *Server) makeRoom() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	loaded := slices.DeleteFunc(slices.Clone(s.models), func(m *running) bool { return !m.stays(now) })
	if s.config.MaxLoaded == 0 || len(loaded) < s.config.MaxLoaded {
		return true
	}
	idle := slices.DeleteFunc(loaded, func(m *running) bool { return m.users > 0 })
	if len(idle) == 0 {
		return false
	}
	slices.MinFunc(idle, func(a, b *running) int { return a.used.Compare(b.used) }).unload()
	return true
}
