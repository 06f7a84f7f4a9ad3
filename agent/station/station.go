package station

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"drover/agent"
	"drover/agent/ollama"
	"drover/agent/ollamatest"
	"drover/agent/pool"
	"drover/agent/transcript"
	"drover/dispatcher"
)

// The reasons for which the queue is held: no model server answers, and all that do have refused requests and are
// left alone for a moment.
const (
	HoldNoServer = "no model server"
	HoldBusy     = "model server busy"
)

const (
	// capacity is how many tasks may wait: more than anybody types, less than fills the memory.
	capacity = 1_000_000
	// retention is how many ended tasks stay known, for people who look back, and for a batch to write their
	// results.
	retention = 10_000
)

// Options say what a station is made of.
type Options struct {
	Workers int           // lanes, 1 to dispatcher.MaxWorkers
	Server  ollama.Config // the model server; Connections and Logger are filled in
	Servers []pool.Server // several of them, in the place of Server.Host; may be empty
	Cloud   int           // requests to models in a cloud at once; 0 for the default

	// Patience is how long a task may be passed over by others of its priority whose model is in memory; 0 for not
	// at all.
	Patience time.Duration
	Demo     bool         // use the built-in demo server in its place
	Log      *slog.Logger // nil for none

	Keep    *Keep    // where what happens is kept; nil for nowhere
	Unsaved string   // with a nil Keep, why nothing is kept although it should be; see Kept
	Held    []string // reasons for which the queue is held from the beginning, for the caller to release

	Tasks agent.FuncOptions // how tasks are tried again, and how long one may take
}

// Station is a dispatcher at work. Its methods may be called from several goroutines at once.
type Station struct {
	tasks       *dispatcher.TaskDispatcher
	transcripts *transcript.Store
	keeper      keeper

	meter      agent.Meter
	options    Options
	agents     *agent.Switch
	log        *slog.Logger
	background context.Context // ends with the station
	end        context.CancelFunc
	watchers   sync.WaitGroup

	mu       sync.Mutex // guards what follows
	pool     *pool.Pool
	demo     *ollamatest.Running // nil unless the demo server is used
	onChange []func()            // who wants to know that the servers or Kept have changed; replaced, never written into
}

// New makes a station and starts it. It fails with the errors of dispatcher.NewTaskDispatcher, ollama.New and
// journal.Open.
func New(o Options) (*Station, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Station{agents: agent.NewSwitch(nil), options: o, log: o.Log}
	var err error
	if s.keeper, s.transcripts, err = openKeeper(o.Keep, o.Log, s.changed); err != nil {
		return nil, err
	}
	s.background, s.end = context.WithCancel(context.Background())
	run := agent.Func(map[string]agent.Agent{agent.KindOllama: s.meter.Watch(s.agents)}, s.transcripts, o.Tasks)
	options := []dispatcher.Option{
		dispatcher.WithCapacity(capacity), dispatcher.WithRetention(retention), dispatcher.WithLogger(o.Log),
		dispatcher.WithGroup(s.group), dispatcher.WithAffinity(o.Patience),
	}
	if s.keeper.journal != nil {
		options = append(options, dispatcher.WithJournal(s.keeper.journal))
	}
	s.tasks, err = dispatcher.NewTaskDispatcher(s.background, run, o.Workers, options...)
	if err != nil {
		s.end()
		return nil, errors.Join(err, s.keeper.close(s.transcripts))
	}
	s.tasks.Hold(HoldNoServer) // until the first look at it
	for _, reason := range o.Held {
		s.tasks.Hold(reason)
	}
	if o.Demo {
		err = s.UseDemo()
	} else {
		err = s.use(pool.Config{Servers: o.Servers, Client: o.Server}, nil)
	}
	if err == nil {
		err = s.keeper.restore(s.tasks, s.transcripts) // once the servers can tell the groups of tasks
	}
	if err == nil {
		err = s.tasks.Start()
	}
	if err == nil {
		err = s.decide()
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	if s.keeper.journal != nil {
		s.watchers.Go(s.rotate)
	}
	return s, nil
}

// UseDemo goes on with the built-in demo server, for the tasks that start from now on. It does nothing if that
// is in use already.
func (s *Station) UseDemo() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.demo != nil {
		return nil
	}
	running := ollamatest.StartPipe(ollamatest.Demo())
	host, err := ollama.ParseHost(running.URL)
	if err == nil {
		c := demoSettings(s.options.Server)
		c.Host, c.Dial, c.Demo = host, running.Dial, true
		err = s.useLocked(pool.Config{Client: c}, running)
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
		FirstToken: c.FirstToken, Silence: c.Silence, SilenceWarning: c.SilenceWarning,
	}
	if slices.Contains(ollamatest.DemoModels, c.DefaultModel) {
		d.DefaultModel = c.DefaultModel
	}
	if c.Think == "false" {
		d.Think = c.Think
	}
	return d
}

func (s *Station) use(c pool.Config, demo *ollamatest.Running) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.useLocked(c, demo)
}

// useLocked makes the tasks that start from now on go to other servers. Called with mu held.
func (s *Station) useLocked(c pool.Config, demo *ollamatest.Running) error {
	c.Client.Connections, c.Client.Logger = dispatcher.MaxWorkers, s.log
	c.CloudSlots, c.Retry = s.options.Cloud, s.options.Tasks.Retry
	servers, err := pool.New(c)
	if err != nil {
		return err
	}
	s.pool, s.demo = servers, demo
	s.agents.Set(servers)
	s.watchers.Go(func() {
		// Here and not above: a pool announces its state at once, which takes mu.
		servers.OnChange(func() { s.serverChanged(servers) })
		servers.Watch(s.background)
	})
	return nil
}

// serverChanged is told by a pool. The state is pulled with mu held, so that the news of an exchanged server cannot
// come between, nor older news after newer ones.
func (s *Station) serverChanged(servers *pool.Pool) {
	s.mu.Lock()
	current := s.pool == servers
	if current {
		server := servers.Server()
		s.hold(HoldNoServer, server.State != agent.ServerUp)
		s.hold(HoldBusy, server.State == agent.ServerUp && !server.PausedUntil.IsZero())
		s.tasks.SetWarm(servers.Warm()...)
	}
	s.mu.Unlock()
	if current {
		s.changed()
	}
}

// changed tells that Server or Kept has changed.
func (s *Station) changed() {
	s.mu.Lock()
	listeners := s.onChange
	s.mu.Unlock()
	for _, changed := range listeners {
		changed()
	}
}

// group names what a task needs that is costly to set up.
func (s *Station) group(payload any) string {
	request, ok := payload.(agent.Request)
	servers := s.servers()
	if !ok || servers == nil {
		return ""
	}
	return servers.Group(request)
}

// hold holds the queue for a reason, or lets it go.
func (s *Station) hold(reason string, held bool) {
	if held {
		s.tasks.Hold(reason)
	} else {
		s.tasks.Release(reason)
	}
}

// OnServerChange calls f after every change of Server or Kept from now on, and once now. f must not block.
func (s *Station) OnServerChange(f func()) {
	s.mu.Lock()
	s.onChange = append(slices.Clip(s.onChange), f)
	s.mu.Unlock()
	f()
}

// Server returns what is known of the model servers now. It does not block.
func (s *Station) Server() agent.Server { return s.servers().Server() }

// Look says that somebody looks at what the servers have in memory now; they are asked unless that was just done. It
// does not block.
func (s *Station) Look() { s.servers().Look() }

// Abilities returns what a model can do, nil if that is not known. It asks the server when it has to.
func (s *Station) Abilities(ctx context.Context, model string) []string {
	return s.servers().Abilities(ctx, model)
}

func (s *Station) servers() *pool.Pool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pool
}

// Check says at once, before a task costs a lane, what is known to be wrong with its request: that it cannot be
// given to an agent, or that the present model server does not have the model or the model lacks a capability.
// It asks the server when it has to; what cannot be told now is no error. Its error is an *agent.Error.
func (s *Station) Check(ctx context.Context, request agent.Request) error {
	if err := request.Validate(); err != nil {
		return err
	}
	return s.servers().Check(ctx, request)
}

// Tasks returns the dispatcher, which has been started.
func (s *Station) Tasks() *dispatcher.TaskDispatcher { return s.tasks }

// Output returns what the tasks have said.
func (s *Station) Output() *transcript.Store { return s.transcripts }

// Tokens returns how many tokens have come so far.
func (s *Station) Tokens() int { return s.meter.Tokens() }

// Close cancels what has not ended, waits a moment for it, and lets go of everything.
func (s *Station) Close() {
	_ = s.tasks.Shutdown(0) // its error says that something had to be cancelled
	s.end()
	s.watchers.Wait()
	s.mu.Lock()
	servers, demo := s.pool, s.demo
	s.mu.Unlock()
	if servers != nil {
		servers.Close()
	}
	if demo != nil {
		demo.Close()
	}
	if err := s.keeper.close(s.transcripts); err != nil {
		s.log.Error("what happened last may not have been kept", "error", err)
	}
}
