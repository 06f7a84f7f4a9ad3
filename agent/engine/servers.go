package engine

import (
	"context"
	"slices"

	"drover/agent"
	"drover/agent/ollama"
	"drover/agent/ollamatest"
	"drover/agent/pool"
	"drover/dispatcher"
)

// The reasons for which tasks that need a model server are held: none answers, and all that do have refused requests
// and are left alone for a moment.
const (
	HoldNoServer = "no model server"
	HoldBusy     = "model server busy"
)

// UseDemo goes on with the built-in demo server, for the tasks that start from now on. It does nothing if that
// is in use already.
func (l *Local) UseDemo(context.Context) error { return l.useDemo() }

func (l *Local) useDemo() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.demo != nil {
		return nil
	}
	running := ollamatest.StartPipe(ollamatest.Demo())
	host, err := ollama.ParseHost(running.URL)
	if err == nil {
		c := demoSettings(l.options.Server)
		c.Host, c.Dial, c.Demo = host, running.Dial, true
		err = l.useLocked(pool.Config{Client: c}, running)
	}
	if err != nil {
		running.Close()
	}
	return err
}

// demoSettings returns what holds for the demo server too: what is set about time and the options, and the model if
// it is one of the demo's. Of thinking it can only be told to leave it, since most of its models cannot.
func demoSettings(c ollama.Config) ollama.Config {
	d := ollama.Config{
		Options: c.Options, KeepAlive: c.KeepAlive,
		FirstToken: c.FirstToken, Silence: c.Silence, SilenceWarning: c.SilenceWarning, AnswerSize: c.AnswerSize,
	}
	if slices.Contains(ollamatest.DemoModels, c.DefaultModel) {
		d.DefaultModel = c.DefaultModel
	}
	if c.Think == "false" {
		d.Think = c.Think
	}
	return d
}

func (l *Local) use(c pool.Config, demo *ollamatest.Running) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.useLocked(c, demo)
}

// useLocked makes the tasks that start from now on go to other servers. Called with mu held.
func (l *Local) useLocked(c pool.Config, demo *ollamatest.Running) error {
	c.Client.Connections, c.Client.Logger = dispatcher.MaxWorkers, l.log
	c.CloudSlots, c.Retry = l.options.Cloud, l.options.Tasks.Retry
	servers, err := pool.New(c)
	if err != nil {
		return err
	}
	l.pool, l.demo = servers, demo
	l.agents.Set(servers)
	l.watchers.Go(func() {
		// Here and not above: a pool announces its state at once, which takes mu.
		servers.OnChange(func() { l.serverChanged(servers) })
		servers.Watch(l.background)
	})
	return nil
}

// serverChanged is told by a pool. The state is pulled with mu held, so that the news of an exchanged server cannot
// come between, nor older news after newer ones.
func (l *Local) serverChanged(servers *pool.Pool) {
	l.mu.Lock()
	current := l.pool == servers
	if current {
		server := servers.Server()
		l.hold(HoldNoServer, server.State != agent.ServerUp)
		l.hold(HoldBusy, server.State == agent.ServerUp && !server.PausedUntil.IsZero())
		l.tasks.SetWarm(l.warm(servers)...)
	}
	l.mu.Unlock()
	if current {
		l.changed()
	}
}

// changed tells that Server or Storage has changed.
func (l *Local) changed() {
	l.subscribers.wake()
	for _, changed := range l.onChange.all() {
		(*changed)()
	}
}

// chat is the kind of agent that the servers are.
func (l *Local) chat() agent.Kind {
	return agent.Kind{
		Name: agent.KindChat, Agent: l.agents, WaitsFor: []string{HoldNoServer, HoldBusy},
		Check: func(ctx context.Context, request agent.Request) error { return l.servers().Check(ctx, request) },
		Group: func(request agent.Request) string { return chatGroup(l.servers().Group(request)) },
		Model: func(agent.Request) string { return l.servers().Server().DefaultModel },
	}
}

// chatGroup is the group of the requests for a model.
func chatGroup(model string) string {
	if model == "" {
		return agent.KindChat
	}
	return agent.KindChat + "/" + model
}

// warm returns the groups of tasks that can start without a model being loaded.
func (l *Local) warm(servers *pool.Pool) []string {
	warm := l.kinds.Unprepared()
	for _, model := range servers.Warm() {
		warm = append(warm, chatGroup(model))
	}
	return warm
}

// group names what a task competes for.
func (l *Local) group(payload any) string {
	request, _ := agent.RequestOf(payload)
	return l.kinds.Group(request)
}

// hold holds the tasks of the kinds that wait for a reason, or lets them go.
func (l *Local) hold(reason string, held bool) {
	if held {
		l.tasks.Hold(reason, l.kinds.Waiting(reason)...)
	} else {
		l.tasks.Release(reason)
	}
}

// NeedsServer reports whether a request is for a kind of agent that waits for a model server.
func (l *Local) NeedsServer(request agent.Request) bool {
	kind, err := l.kinds.Of(request)
	return err == nil && slices.Contains(kind.WaitsFor, HoldNoServer)
}

// OnServerChange calls f after every change of Server or Storage from now on, and once now, until stop is called. f must not
// block.
func (l *Local) OnServerChange(f func()) (stop func()) {
	stop = l.onChange.join(f)
	f()
	return stop
}

// Server returns what is known of the model servers now. It does not block.
func (l *Local) Server() agent.Server { return l.servers().Server() }

// Look says that somebody looks at what the servers have in memory now; they are asked unless that was just done. It
// does not block.
func (l *Local) Look() { l.servers().Look() }

// Unload takes a model out of the memory of a server; see [pool.Pool.Unload].
func (l *Local) Unload(ctx context.Context, server, model string) error {
	return l.servers().Unload(ctx, server, model)
}

// Abilities returns what a model can do, nil if that is not known. It asks the server when it has to.
func (l *Local) Abilities(ctx context.Context, model string) []string {
	return l.servers().Abilities(ctx, model)
}

func (l *Local) servers() *pool.Pool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.pool
}

// Check says at once, before a task costs a lane, what is known to be wrong with its request: that it cannot be
// given to an agent, or that the present model server does not have the model or the model lacks a capability.
// It asks the server when it has to; what cannot be told now is no error. Its error is an *agent.Error.
func (l *Local) Check(ctx context.Context, request agent.Request) error {
	return l.kinds.Check(ctx, request)
}
