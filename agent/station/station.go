package station

import (
	"context"
	"log/slog"
	"slices"
	"sync"

	"drover/agent"
	"drover/agent/ollama"
	"drover/agent/ollamatest"
	"drover/agent/transcript"
	"drover/dispatcher"
)

// HoldNoServer is the reason for which the queue is held while the model server does not answer.
const HoldNoServer = "no model server"

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
	Demo    bool          // use the built-in demo server in its place
	Log     *slog.Logger  // nil for none

	Tasks agent.FuncOptions // how tasks are tried again, and how long one may take
}

// Station is a dispatcher at work. Its methods may be called from several goroutines at once.
type Station struct {
	tasks       *dispatcher.TaskDispatcher
	transcripts *transcript.Store

	meter      agent.Meter
	limits     ollama.Config // what is set in Options.Server about time
	agents     *agent.Switch
	log        *slog.Logger
	background context.Context // ends with the station
	end        context.CancelFunc
	watchers   sync.WaitGroup

	mu       sync.Mutex // guards what follows
	client   *ollama.Client
	demo     *ollamatest.Running // nil unless the demo server is used
	onChange []func()            // who wants to know that the server has changed; replaced, never written into
}

// New makes a station and starts it. It fails with the errors of dispatcher.NewTaskDispatcher and ollama.New.
func New(o Options) (*Station, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Station{transcripts: transcript.NewStore(0, 0), agents: agent.NewSwitch(nil), log: o.Log}
	s.limits = ollama.Config{
		FirstToken: o.Server.FirstToken, Silence: o.Server.Silence, SilenceWarning: o.Server.SilenceWarning,
	}
	s.background, s.end = context.WithCancel(context.Background())
	run := agent.Func(map[string]agent.Agent{agent.KindOllama: s.meter.Watch(s.agents)}, s.transcripts, o.Tasks)
	var err error
	s.tasks, err = dispatcher.NewTaskDispatcher(s.background, run, o.Workers,
		dispatcher.WithCapacity(capacity), dispatcher.WithRetention(retention), dispatcher.WithLogger(o.Log))
	if err != nil {
		s.end()
		return nil, err
	}
	s.tasks.Hold(HoldNoServer) // until the first look at it
	if o.Demo {
		err = s.UseDemo()
	} else {
		err = s.use(o.Server, nil)
	}
	if err == nil {
		err = s.tasks.Start()
	}
	if err != nil {
		s.Close()
		return nil, err
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
		c := s.limits
		c.Host, c.Dial, c.Demo = host, running.Dial, true
		err = s.useLocked(c, running)
	}
	if err != nil {
		running.Close()
	}
	return err
}

func (s *Station) use(c ollama.Config, demo *ollamatest.Running) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.useLocked(c, demo)
}

// useLocked makes the tasks that start from now on go to another server. Called with mu held.
func (s *Station) useLocked(c ollama.Config, demo *ollamatest.Running) error {
	c.Connections, c.Logger = dispatcher.MaxWorkers, s.log
	client, err := ollama.New(c)
	if err != nil {
		return err
	}
	s.client, s.demo = client, demo
	s.agents.Set(client)
	s.watchers.Go(func() {
		// Here and not above: a monitor announces its state at once, which takes mu.
		client.Monitor().OnChange(func(server agent.Server) { s.serverChanged(client, server) })
		client.Monitor().Run(s.background)
	})
	return nil
}

// serverChanged is told by the monitor of client.
func (s *Station) serverChanged(client *ollama.Client, server agent.Server) {
	s.mu.Lock()
	current, listeners := s.client == client, s.onChange
	if current { // with mu held, so that the news of an exchanged server cannot come between
		if server.State == agent.ServerUp {
			s.tasks.Release(HoldNoServer)
		} else {
			s.tasks.Hold(HoldNoServer)
		}
	}
	s.mu.Unlock()
	if !current {
		return
	}
	for _, changed := range listeners {
		changed()
	}
}

// OnServerChange calls f after every change of Server from now on, and once now. f must not block.
func (s *Station) OnServerChange(f func()) {
	s.mu.Lock()
	s.onChange = append(slices.Clip(s.onChange), f)
	s.mu.Unlock()
	f()
}

// Server returns what is known of the model server now. It does not block.
func (s *Station) Server() agent.Server {
	s.mu.Lock()
	client := s.client
	s.mu.Unlock()
	return client.Monitor().Server()
}

// Check says at once, before a task costs a lane, what is known to be wrong with its request: that it cannot be
// given to an agent, or that the present model server does not have the model or the model lacks a capability.
// It asks the server when it has to; what cannot be told now is no error. Its error is an *agent.Error.
func (s *Station) Check(ctx context.Context, request agent.Request) error {
	if err := request.Validate(); err != nil {
		return err
	}
	s.mu.Lock()
	client := s.client
	s.mu.Unlock()
	return client.Check(ctx, request)
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
	client, demo := s.client, s.demo
	s.mu.Unlock()
	if client != nil {
		client.Close()
	}
	if demo != nil {
		demo.Close()
	}
}
