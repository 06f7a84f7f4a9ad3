package pool

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"drover/agent"
	"drover/agent/safetext"
)

// Server returns what is known of the servers now. It does not block.
func (p *Pool) Server() agent.Server {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	servers := make([]agent.Server, len(p.nodes))
	for i, n := range p.nodes {
		servers[i] = n.client.Monitor().Server()
	}
	sum := together(servers)
	for i, n := range p.nodes {
		sum.Servers = append(sum.Servers, n.info(servers[i], now))
	}
	sum.Cloud = agent.CloudInfo{Slots: p.cloud.slots, Lanes: p.cloud.lanes, PausedUntil: p.cloud.pause.end(now)}
	sum.PausedUntil = p.pausedUntil(sum, now)
	return sum
}

// together returns servers as if they were one.
func together(servers []agent.Server) agent.Server {
	if len(servers) == 1 {
		return servers[0]
	}
	first := slices.IndexFunc(servers, func(s agent.Server) bool { return s.State == agent.ServerUp })
	sum := servers[max(first, 0)]
	sum.Models, sum.Err = nil, ""
	var errs []string
	seen := make(map[string]bool)
	for _, s := range servers {
		if s.State == agent.ServerDown {
			errs = append(errs, s.Err)
			if sum.NextCheck.IsZero() || s.NextCheck.Before(sum.NextCheck) {
				sum.NextCheck = s.NextCheck
			}
		}
		for _, m := range s.Models {
			if name := agent.FullName(m.Name); s.State == sum.State && !seen[name] {
				seen[name] = true
				sum.Models = append(sum.Models, m)
			}
		}
	}
	// Until all have been asked, tasks would all go to the one that was the quickest to answer.
	if slices.ContainsFunc(servers, func(s agent.Server) bool { return s.State == agent.ServerUnknown }) {
		sum.State = agent.ServerUnknown
	}
	sum.Err = strings.Join(errs, "; ")
	return sum
}

// pausedUntil returns when the first server takes requests again if none does now; zero otherwise. The cloud counts
// if there are models in it. Called with mu held.
func (p *Pool) pausedUntil(sum agent.Server, now time.Time) time.Time {
	var first time.Time
	consider := func(pause *pause) bool {
		end := pause.end(now)
		if first.IsZero() || end.Before(first) {
			first = end
		}
		return !end.IsZero()
	}
	for _, n := range p.nodes {
		if n.up() && !consider(&n.pause) {
			return time.Time{}
		}
	}
	isCloud := func(m agent.Model) bool { return agent.IsCloud(m.Name) }
	if slices.ContainsFunc(sum.Models, isCloud) && !consider(&p.cloud.pause) {
		return time.Time{}
	}
	return first
}

// info describes one server. Called with Pool.mu held.
func (n *node) info(server agent.Server, now time.Time) agent.ServerInfo {
	info := agent.ServerInfo{
		Host: server.Host, State: server.State, Version: server.Version, Err: server.Err, NextCheck: server.NextCheck,
		Models: server.Models, Loaded: n.inMemory(now), LoadedAt: n.loadedAt, Slots: n.working(), Lanes: len(n.attempts),
		PausedUntil: n.pause.end(now), ModelSlots: maps.Clone(n.mostOf),
	}
	switch {
	case n.slots > 0:
		info.SlotsFrom = agent.SlotsSet
	case n.most > 0:
		info.SlotsFrom = agent.SlotsLearnt
	}
	info.Stuck = n.stuck()
	info.Generating, info.Queued, info.Loading = n.lanes()
	if !server.Demo {
		info.Hint = n.hint(now)
	}
	return info
}

// inMemory returns the models in memory. Those whose time has come are gone, unless a lane has used them since.
func (n *node) inMemory(now time.Time) []agent.LoadedModel {
	gone := func(m agent.LoadedModel) bool { return !m.Expires.IsZero() && now.After(m.Expires) }
	if len(n.attempts) > 0 || !slices.ContainsFunc(n.loaded, gone) {
		return n.loaded
	}
	return slices.DeleteFunc(slices.Clone(n.loaded), gone)
}

// longWait is how long a lane waits inside a server until that is worth a hint, and hintFor how long that stays: waits come
// and go with each answer.
const (
	longWait = 10 * time.Second
	hintFor  = time.Minute
)

// noteWait notes that an attempt may have waited for long inside the server. Called with Pool.mu held, as the method below.
func (n *node) noteWait(a *attempt, now time.Time) {
	if a.tokens == 0 && agent.Phase(a.want.Load()) == agent.PhaseQueued && now.Sub(a.queued) >= longWait {
		n.crowded = now
	}
}

// hint says what to do when a model may be stuck, or when a lane waits for long or did so a moment ago.
func (n *node) hint(now time.Time) string {
	if stuck := n.stuck(); len(stuck) > 0 {
		return fmt.Sprintf("%s is in memory and answers no lane: the server may have lost its slots to cancelled requests; "+
			"unloading it brings them back, which drover does by itself after a while", safetext.Line(strings.Join(stuck, ", "), 200))
	}
	for _, a := range n.attempts {
		n.noteWait(a, now)
	}
	if len(n.attempts) < 2 || n.crowded.IsZero() || now.Sub(n.crowded) >= hintFor {
		return ""
	}
	return fmt.Sprintf("lanes wait inside the server, which works on %d at once; start it with OLLAMA_NUM_PARALLEL=%d "+
		"if its memory allows that and the model does", n.working(), max(4, 2*n.working()))
}

// Group names what a request needs that is costly to set up: its model.
func (p *Pool) Group(request agent.Request) string {
	if request.Model != "" {
		return agent.FullName(request.Model)
	}
	return agent.FullName(p.Server().DefaultModel)
}

// Warm returns the groups for which everything is set up on some server: the models in memory.
func (p *Pool) Warm() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	var warm []string
	for _, n := range p.nodes {
		for _, m := range n.inMemory(now) {
			if name := agent.FullName(m.Name); !slices.Contains(warm, name) {
				warm = append(warm, name)
			}
		}
	}
	return warm
}
