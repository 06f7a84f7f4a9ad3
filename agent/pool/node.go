package pool

import (
	"time"

	"drover/agent"
	"drover/agent/ollama"
)

// node is one server of a pool.
type node struct {
	host   string
	client *ollama.Client
	slots  int // as set; 0 if that is to be learnt

	// Guarded by Pool.mu.
	attempts []*attempt     // our lanes that are with it, oldest first, but for those with a model in a cloud
	most     int            // of them seen generating at the same time
	mostOf   map[string]int // the same with one model, by its full name
	pause    pause
	crowded  time.Time // when a lane had last waited for long because the others had all slots

	loaded   []agent.LoadedModel // in memory; replaced, never written into
	loadedAt time.Time           // when it said so; zero for never since it came
	asked    time.Time           // when it was asked last
	wanted   bool                // somebody waits for an answer that is newer than that
	cold     map[string]bool     // models that were not in memory when a lane began to wait, and have said nothing since

	hearings  map[string]*hearing      // by the full name of the model
	unloading map[string]chan struct{} // by the full name of the model; closed when that is done
}

func newNode(client *ollama.Client, s Server) *node {
	return &node{
		host: client.Monitor().Server().Host, client: client, slots: s.Slots,
		mostOf: make(map[string]int), cold: make(map[string]bool),
		hearings: make(map[string]*hearing), unloading: make(map[string]chan struct{}),
	}
}

// forget drops what may be otherwise when the server comes back. Called with Pool.mu held.
func (n *node) forget() {
	n.most = 0
	clear(n.mostOf)
	clear(n.cold)
	clear(n.hearings)
	for _, a := range n.attempts {
		a.first = time.Time{}
	}
	n.loaded, n.loadedAt = nil, time.Time{}
}

// up reports whether the server answers.
func (n *node) up() bool { return n.client.Monitor().Server().State == agent.ServerUp }

// has reports whether the server answers and has a model; the empty one stands for any.
func (n *node) has(model string) bool {
	server := n.client.Monitor().Server()
	return server.State == agent.ServerUp && lists(server, model)
}

// lists reports whether a server has a model installed, or had it when it last answered.
func lists(server agent.Server, model string) bool {
	return model == "" || server.Installed(model) >= 0
}

// working returns how many requests the server works on at once, as far as known: at least 1. Called with Pool.mu
// held, as the methods below.
func (n *node) working() int {
	if n.slots > 0 {
		return n.slots
	}
	return max(n.most, 1)
}

// workingOn is the same for one model.
func (n *node) workingOn(model string) int {
	if n.slots > 0 {
		return n.slots
	}
	return max(n.mostOf[model], 1)
}

// holds reports whether a model is in memory or about to be: the server says so, or one of our lanes uses it.
func (n *node) holds(model string) bool {
	for _, a := range n.attempts {
		if a.model == model {
			return true
		}
	}
	return n.lists(model)
}

// lists reports whether the server said that the model is in its memory.
func (n *node) lists(model string) bool {
	for i := range n.loaded {
		if agent.FullName(n.loaded[i].Name) == model {
			return true
		}
	}
	return false
}

// context returns the size of the context of a model in memory, 0 if it is not known.
func (n *node) context(model string) int {
	for i := range n.loaded {
		if agent.FullName(n.loaded[i].Name) == model {
			return n.loaded[i].Context
		}
	}
	return 0
}

// before reports whether a task for the model waits less on n than on other.
//
// A place that is free comes first, wherever that is: the wait behind another task is mostly longer than loading
// a model. Among free places one where the model is in memory, among taken ones the shorter line.
func (n *node) before(other *node, model string) bool {
	free, otherFree := len(n.attempts) < n.working(), len(other.attempts) < other.working()
	warm, otherWarm := n.holds(model), other.holds(model)
	line, otherLine := (len(n.attempts)+1)*other.working(), (len(other.attempts)+1)*n.working() // both times both numbers
	switch {
	case free != otherFree:
		return free
	case free && warm != otherWarm:
		return warm
	case line != otherLine:
		return line < otherLine
	}
	return warm && !otherWarm
}
