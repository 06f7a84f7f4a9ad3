package remote

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"drover/agent"
	"drover/agent/engine"
	"drover/dispatcher"
)

// cache is what a client returns while the server cannot be reached. Guarded by Client.mu.
type cache struct {
	version uint64                // of the latest state
	latest  engine.State          // that it is
	states  []cachedState         // by what was asked for, the latest last
	tasks   map[string]agent.Task // that were asked for lately
	order   []string
}

type cachedState struct {
	request dispatcher.SnapshotRequest
	state   engine.State
}

// cachedStates is how many are remembered: a screen asks for few different stretches again and again.
const cachedStates = 8

func (c *cache) take(request dispatcher.SnapshotRequest, state *engine.State) {
	if state.Version < c.version {
		return // two were asked for at once
	}
	c.version, c.latest = state.Version, *state
	c.states = slices.DeleteFunc(c.states, func(s cachedState) bool { return s.request == request })
	if len(c.states) == cachedStates {
		c.states = slices.Delete(c.states, 0, 1)
	}
	c.states = append(c.states, cachedState{request, *state})
}

// state returns the latest state, with the lists that came when the same was asked for.
func (c *cache) state(request dispatcher.SnapshotRequest) engine.State {
	state := c.latest
	state.Pending, state.Ended, state.Errors = nil, nil, nil
	for i := range c.states {
		if s := &c.states[i]; s.request == request {
			state.Pending, state.Ended, state.Errors = s.state.Pending, s.state.Ended, s.state.Errors
		}
	}
	return clone(state)
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
// latest state, with those lists that were asked for in the same way before, and says so in Link.
func (c *Client) State(request dispatcher.SnapshotRequest) engine.State {
	var state engine.State
	err := ErrLost
	if c.Link().Lost.IsZero() {
		state, err = c.askState(request)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil {
		c.cache.take(request, &state)
		state = clone(state)
	} else {
		state = c.cache.state(request)
	}
	state.Link = c.link
	if err != nil && state.Link.Lost.IsZero() { // the follower does not know yet
		state.Link.Lost, state.Link.Err = time.Now(), err.Error()
	}
	return state
}

func (c *Client) askState(request dispatcher.SnapshotRequest) (engine.State, error) {
	ctx, cancel := context.WithTimeoutCause(c.background, lookLimit, errSlow)
	defer cancel()
	session := c.session()
	tags, known := session.reader.known()
	answer, err := ask[snapshot](ctx, c, session, http.MethodPost, "snapshot", snapshotBody{request, tags})
	if err != nil {
		return engine.State{}, err
	}
	state, err := session.reader.state(&answer.State, known)
	state.Version += session.base
	return state, err
}

// errSlow is that something that should not wait took too long.
var errSlow = fmt.Errorf("%w: it does not answer in time", ErrLost)

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
