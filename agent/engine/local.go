package engine

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"drover/agent"
	"drover/agent/ollama"
	"drover/agent/ollamatest"
	"drover/agent/pool"
	"drover/agent/transcript"
	"drover/agent/work"
	"drover/dispatcher"
)

const (
	// capacity is how many tasks may wait: more than anybody types, less than fills the memory.
	capacity = 1_000_000
	// retention is how many ended tasks stay known, for people who look back.
	retention = 10_000
	// retainedSize is how much they may take, in bytes of text: the answers of a server that does not stop can be large.
	retainedSize = 64 << 20
)

// Options say what a Local is made of.
type Options struct {
	Workers int           // lanes, 1 to dispatcher.MaxWorkers
	Server  ollama.Config // the model server; Connections and Logger are filled in
	Servers []pool.Server // several of them, in the place of Server.Host; may be empty
	Cloud   int           // requests to models in a cloud at once; 0 for the default

	// Patience is how long a task may be passed over by others of its priority whose model is in memory; 0 for not
	// at all.
	Patience time.Duration
	Demo     bool         // use the built-in demo server in its place, and no Storage: its answers are not to be among real ones
	Log      *slog.Logger // nil for none

	Storage *StorageOptions // where what happens is kept; nil for nowhere
	Unsaved string          // with a nil Storage, why nothing is kept although it should be; see Storage
	Held    []string        // reasons for which the queue is held from the beginning, for the caller to release

	Tasks agent.FuncOptions // how tasks are tried again, and how long one may take
	Work  *work.Config      // of the kind work, but for what the engine knows itself; nil for an engine without that kind
	Asks  bool              // somebody answers what agents ask, by Answer
	Kinds agent.Kinds       // the kinds of agents beside agent.KindChat, which the engine makes of the servers
}

// Local is the engine of this process: a dispatcher with the agents it runs tasks with, the model servers that those
// speak to, the transcripts of what is said, and the journal. As long as no server answers, pending tasks stay pending.
//
// It hears of progress through the dispatcher's progress callback and of everything else through its change
// callback. Neither carries anything on to a subscriber: all put the same value into channels of capacity one, and whoever
// receives it pulls a new State. So nothing is ever lost or queued up, however fast the lanes are.
type Local struct {
	tasks       *dispatcher.TaskDispatcher
	transcripts *transcript.Store
	storage     storage
	subscribers subscribers
	inbox       *agent.Inbox
	worker      *work.Agent  // nil without the kind work
	onChange    list[func()] // who wants to know that the servers or Storage have changed
	interrupted atomic.Int64 // how many tasks count as cancelled that were interrupted

	meter      agent.Meter
	forecaster *forecaster
	options    Options
	servers    *pool.Pool          // as the following, written by New only
	demo       *ollamatest.Running // nil unless it is the server
	kinds      agent.Kinds
	log        *slog.Logger
	background context.Context // ends with the engine
	end        context.CancelFunc
	watchers   sync.WaitGroup

	mu sync.Mutex // guards storage.interrupted, and is held while what is known of the servers is passed on
}

var _ Engine = (*Local)(nil)

// New makes an engine and starts it. It fails with the errors of dispatcher.NewTaskDispatcher, ollama.New and
// journal.Open.
func New(o Options) (*Local, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Demo && o.Storage != nil {
		return nil, errors.New("nothing of the demo is kept")
	}
	l := &Local{forecaster: newForecaster(), options: o, log: o.Log}
	l.inbox = agent.NewInbox(l.subscribers.wake)
	var err error
	if l.storage, l.transcripts, err = openStorage(o.Storage, l.codec(), o.Log, l.changed); err != nil {
		return nil, err
	}
	l.background, l.end = context.WithCancel(context.Background())
	if err := l.connect(); err != nil {
		return nil, errors.Join(err, l.release())
	}
	l.kinds = agent.Kinds{l.chat()}
	if o.Work != nil {
		l.kinds = append(l.kinds, l.work(*o.Work))
	}
	l.kinds = append(l.kinds, o.Kinds...)
	for i := range l.kinds {
		l.kinds[i].Agent = l.meter.Watch(l.kinds[i].Agent)
	}
	options := []dispatcher.Option{
		dispatcher.WithNumbers(), dispatcher.WithCapacity(capacity), dispatcher.WithRetention(retention),
		dispatcher.WithRetainedSize(retainedSize, agent.TextSize),
		dispatcher.WithLogger(o.Log),
		dispatcher.WithGroup(l.group), dispatcher.WithAffinity(o.Patience),
	}
	if l.storage.journal != nil {
		options = append(options, dispatcher.WithJournal(l.storage.journal))
	}
	l.tasks, err = dispatcher.NewTaskDispatcher(l.background, agent.Func(l.kinds, l.transcripts, o.Tasks), o.Workers, options...)
	if err != nil {
		return nil, errors.Join(err, l.release())
	}
	l.tasks.SetProgressCallback(l.subscribers.progress)
	l.tasks.SetEndCallback(l.subscribers.ended)
	l.tasks.SetChangeCallback(l.subscribers.wake)
	l.Observe(Observer{Ended: l.forecaster.rates.Learn})
	if err := l.start(); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// codec is what the journal writes tasks with. It asks for models once the engine is made.
func (l *Local) codec() agent.Codec {
	return agent.Codec{DefaultModel: func(request agent.Request) string { return l.kinds.Model(request) }}
}

// start looks after the servers, takes over what earlier processes left, and lets the lanes begin.
func (l *Local) start() error {
	l.hold(HoldNoServer, true) // until the first look at it
	for _, reason := range l.options.Held {
		l.tasks.Hold(reason)
	}
	l.servers.OnChange(l.serverChanged)
	l.watchers.Go(func() { l.servers.Watch(l.background) })
	err := l.restore() // once the servers can tell the groups of tasks
	if err == nil {
		err = l.tasks.Start()
	}
	if err == nil {
		err = l.decide()
	}
	if err == nil && l.storage.journal != nil {
		l.watchers.Go(l.rotate)
	}
	if err == nil {
		l.watchers.Go(func() { l.forecasts(l.background) })
	}
	return err
}

// Close cancels what has not ended, waits a moment for it, and lets go of everything. Its error says what could not be
// kept.
func (l *Local) Close() error {
	_ = l.tasks.Shutdown(0) // its error says that something had to be cancelled
	return l.release()
}

// release ends what looks after the servers and lets go of everything but the lanes.
func (l *Local) release() error {
	l.end()
	l.watchers.Wait()
	if l.servers != nil {
		l.servers.Close()
	}
	if l.demo != nil {
		l.demo.Close()
	}
	err := l.storage.close(l.transcripts)
	if err != nil {
		l.log.Error("what happened last was not kept", "error", err)
	}
	return err
}

// Subscribe returns a wake of the caller's own.
func (l *Local) Subscribe() (wake <-chan struct{}, stop func()) { return l.subscribers.subscribe() }

// Observe tells the observer of each task's way.
func (l *Local) Observe(o Observer) (stop func()) { return l.subscribers.observe(o) }

// State takes a snapshot of the dispatcher and adds what else is known.
func (l *Local) State(request dispatcher.SnapshotRequest) State {
	s := StateOf(l.tasks.Snapshot(request))
	for i := range s.Pending {
		s.Pending[i].SetDefaultModel(l.kinds.Model)
	}
	for i := range s.Lanes {
		if lane := &s.Lanes[i]; lane.State != dispatcher.LaneIdle {
			lane.Task.SetDefaultModel(l.kinds.Model)
		}
	}
	s.Server, s.OutputTokens, s.Inbox = l.Server(), l.meter.Tokens(), l.inbox.Items()
	s.Interrupted = int(l.interrupted.Load())
	kept := l.Storage()
	s.KeepsPending, s.Unsaved, s.UnsavedTasks = kept.Journal, kept.Trouble, kept.Unsaved
	s.Recovered = Recovered{Pending: len(kept.Pending), Interrupted: len(kept.Interrupted), Others: kept.Elsewhere, Warning: kept.Warning}
	l.foresee(&s, request)
	return s
}

// Task returns one task as it is now.
func (l *Local) Task(id string) (agent.Task, bool) {
	task, err := l.tasks.GetTask(id)
	if err != nil {
		return agent.Task{}, false
	}
	known := agent.TaskOf(task)
	known.SetDefaultModel(l.kinds.Model)
	return known, true
}

// Output reads the task's transcript.
func (l *Local) Output(id string, from int64, limit int) (entries []transcript.Entry, first, next int64) {
	return l.transcripts.Read(id, from, limit)
}

// Submit queues one task under its number among all that there ever were.
func (l *Local) Submit(ctx context.Context, request agent.Request, priority int) (string, error) {
	if err := l.Check(ctx, request); err != nil {
		return "", err
	}
	task := &dispatcher.Task{Priority: priority, Payload: request}
	err := l.tasks.SubmitTask(task)
	return task.ID, err
}

// SubmitAll queues tasks under IDs of the caller's, or their numbers.
func (l *Local) SubmitAll(ctx context.Context, tasks []agent.Submission, full func()) []error {
	return SubmitAll(ctx, l.tasks, tasks, full)
}

// SubmitFailed keeps tasks that are not to run, under IDs of the caller's, as [SubmitFailed] does.
func (l *Local) SubmitFailed(tasks []agent.Submission, why []error) []error {
	return SubmitFailed(l.tasks, tasks, why)
}

// Edit gives a pending task another request.
func (l *Local) Edit(id string, request agent.Request) error {
	if err := l.Check(context.Background(), request); err != nil { // asking the server has a time limit of its own
		return err
	}
	return l.tasks.UpdatePayload(id, request)
}

// Cancel cancels a pending or running task.
func (l *Local) Cancel(id string) error { return l.tasks.CancelTask(id) }

// Retry queues an ended task again.
func (l *Local) Retry(id string) error {
	task, _ := l.Task(id)
	err := l.tasks.Retry(id)
	if err == nil && task.Interrupted() {
		l.interrupted.Add(-1)
	}
	return err
}

// SetPriority changes the priority of a pending task.
func (l *Local) SetPriority(id string, priority int) error { return l.tasks.SetPriority(id, priority) }

// Move shifts a pending task within its priority.
func (l *Local) Move(id string, places int) error { return l.tasks.Move(id, places) }

// SetPaused holds the queue for the user, or lets it go.
func (l *Local) SetPaused(paused bool) error {
	if paused {
		l.tasks.Pause()
	} else {
		l.tasks.Resume()
	}
	return nil
}

// Hold holds the queue for a reason.
func (l *Local) Hold(reason string) { l.tasks.Hold(reason) }

// Release lets it go.
func (l *Local) Release(reason string) { l.tasks.Release(reason) }

// SetWorkers changes the number of lanes.
func (l *Local) SetWorkers(n int) error { return l.tasks.SetWorkers(n) }

// Inbox returns what holds all that waits for a person, for agents to put something there.
func (l *Local) Inbox() *agent.Inbox { return l.inbox }

// Answer answers an item of it.
func (l *Local) Answer(id string, answer agent.Answer) error { return l.inbox.Answer(id, answer) }

// DismissErrors takes errors off the screen.
func (l *Local) DismissErrors(seqs ...uint64) { l.tasks.DismissErrors(seqs...) }

// Forget drops ended tasks, all of them if none is named. What they said stays in their transcripts.
func (l *Local) Forget(ids ...string) int { return l.tasks.Forget(ids...) }

// Drain lets running tasks finish and starts no more.
func (l *Local) Drain(ctx context.Context) error { return l.tasks.Drain(ctx) }

// Stop cancels everything and waits until the agents have returned, or ctx ends.
func (l *Local) Stop(ctx context.Context) error {
	stopped := make(chan error, 1)
	go func() {
		// The timeout of zero cancels at once; that it is exceeded is what was asked for.
		err := l.tasks.Shutdown(0)
		if errors.Is(err, dispatcher.ErrShutdownTimeout) {
			err = l.tasks.Drain(ctx)
		}
		stopped <- err
	}()
	select {
	case err := <-stopped:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
