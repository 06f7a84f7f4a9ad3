package remote

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"drover/agent"
	"drover/agent/engine"
	"drover/dispatcher"
)

// cache is what a client returns while the server cannot be reached. Guarded by Client.mu.
type cache struct {
	version uint64 // of the latest state
	request dispatcher.SnapshotRequest
	state   engine.State

	tasks map[string]agent.Task // that were asked for lately
	order []string
}

// cachedTasks is how many tasks are remembered.
const cachedTasks = 64

func newCache() cache { return cache{tasks: map[string]agent.Task{}} }

func (c *cache) remember(id string, task *agent.Task) {
	if _, there := c.tasks[id]; !there {
		if len(c.order) == cachedTasks {
			delete(c.tasks, c.order[0])
			c.order = c.order[1:]
		}
		c.order = append(c.order, id)
	}
	c.tasks[id] = *task
}

// State asks the server for what is wanted, at most 10,000 entries of each list. While it cannot be reached it returns the
// latest state, with those lists that were asked for in it, and says so in Link.
func (c *Client) State(request dispatcher.SnapshotRequest) engine.State {
	if c.Link().Lost.IsZero() {
		if state, err := c.askState(request); err == nil {
			return state
		}
	}
	return c.lastState(request)
}

func (c *Client) askState(request dispatcher.SnapshotRequest) (engine.State, error) {
	ctx, cancel := context.WithTimeout(c.background, lookLimit)
	defer cancel()
	session := c.session()
	tags, known := session.reader.known()
	answer, err := ask[snapshot](ctx, c, session, http.MethodPost, "snapshot", snapshotBody{request, tags})
	if err != nil {
		return engine.State{}, err
	}
	state, err := session.reader.state(&answer.State, known)
	if err != nil {
		return engine.State{}, err
	}
	state.Version += session.base
	c.mu.Lock()
	defer c.mu.Unlock()
	state.Link = c.link
	if state.Version >= c.cache.version {
		c.cache.version = state.Version
		if request != (dispatcher.SnapshotRequest{}) {
			c.cache.request, c.cache.state = request, state
		}
	}
	return clone(state), nil
}

// lastState returns what came last.
func (c *Client) lastState(request dispatcher.SnapshotRequest) engine.State {
	c.mu.Lock()
	defer c.mu.Unlock()
	state := clone(c.cache.state)
	state.Link = c.link
	if state.Link.Lost.IsZero() { // it has just broken
		state.Link.Lost, state.Link.Err = state.At, ErrLost.Error()
	}
	for _, list := range []struct {
		same bool
		drop func()
	}{
		{request.Pending == c.cache.request.Pending, func() { state.Pending = nil }},
		{request.Ended == c.cache.request.Ended, func() { state.Ended = nil }},
		{request.Errors == c.cache.request.Errors, func() { state.Errors = nil }},
	} {
		if !list.same {
			list.drop()
		}
	}
	return state
}

// clone returns a state of the caller's own.
func clone(s engine.State) engine.State {
	s.Lanes, s.Pending, s.Ended, s.Errors = slices.Clone(s.Lanes), slices.Clone(s.Pending), slices.Clone(s.Ended), slices.Clone(s.Errors)
	return s
}

// Task returns one task as it is now; while the server cannot be reached, as it was when it was asked for last.
func (c *Client) Task(id string) (agent.Task, bool) {
	if c.Link().Lost.IsZero() {
		task, err := get[agent.Task](c, "task", idOf(id))
		if err == nil {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.cache.remember(id, &task)
			return task, true
		}
		if errors.Is(err, dispatcher.ErrTaskNotFound) {
			return agent.Task{}, false
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	task, known := c.cache.tasks[id]
	return task, known
}
