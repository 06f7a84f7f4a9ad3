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

// connect makes the pool of the servers.
func (l *Local) connect() (err error) {
	c := pool.Config{Servers: l.options.Servers, Client: l.options.Server}
	if l.options.Demo {
		l.demo = ollamatest.StartPipe(ollamatest.Demo())
		c = pool.Config{Client: demoSettings(l.options.Server)}
		c.Client.Dial, c.Client.Demo = l.demo.Dial, true
		c.Client.Host, err = ollama.ParseHost(l.demo.URL)
	}
	if err != nil {
		return err
	}
	c.Client.Connections, c.Client.Logger = dispatcher.MaxWorkers, l.log
	c.CloudSlots, c.Retry = l.options.Cloud, l.options.Tasks.Retry
	l.servers, err = pool.New(c)
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

// serverChanged is told by the pool. The state is pulled with mu held, so that no older news comes after newer ones.
func (l *Local) serverChanged() {
	l.mu.Lock()
	server := l.servers.Server()
	l.hold(HoldNoServer, server.State != agent.ServerUp)
	l.hold(HoldBusy, server.State == agent.ServerUp && !server.PausedUntil.IsZero())
	l.holdConversations(l.servers.Crowded())
	l.tasks.SetWarm(l.warm()...)
	l.mu.Unlock()
	l.changed()
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
		Name: agent.KindChat, Agent: l.servers, WaitsFor: []string{HoldNoServer, HoldBusy},
		Check: func(ctx context.Context, request agent.Request) error { return l.servers.Check(ctx, request) },
		Group: func(request agent.Request) string { return chatGroup(l.servers.Group(request)) },
		Model: func(agent.Request) string { return l.servers.Server().DefaultModel },
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
func (l *Local) warm() []string {
	warm := l.kinds.Unprepared()
	for _, model := range l.servers.Warm() {
		warm = append(warm, chatGroup(model), workGroup(model))
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
func (l *Local) Server() agent.Server { return l.servers.Server() }

// Look says that somebody looks at what the servers have in memory now; they are asked unless that was just done. It
// does not block.
func (l *Local) Look() { l.servers.Look() }

// Unload takes a model out of the memory of a server; see [pool.Pool.Unload].
func (l *Local) Unload(ctx context.Context, server, model string) error {
	return l.servers.Unload(ctx, server, model)
}

// Abilities returns what a model can do, nil if that is not known. It asks the server when it has to.
func (l *Local) Abilities(ctx context.Context, model string) []string {
	return l.servers.Abilities(ctx, model)
}

// Check says at once, before a task costs a lane, what is known to be wrong with its request: that it cannot be
// given to an agent, or that the present model server does not have the model or the model lacks a capability.
// It asks the server when it has to; what cannot be told now is no error. Its error is an *agent.Error.
func (l *Local) Check(ctx context.Context, request agent.Request) error {
	return l.kinds.Check(ctx, request)
}
