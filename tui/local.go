package tui

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"drover/agent"
	"drover/agent/transcript"
	"drover/dispatcher"
)

// Source is what a [Local] makes an Engine of: a dispatcher with its transcripts and its model server. None of
// its methods blocks, but for UseDemo and Check.
type Source interface {
	Tasks() *dispatcher.TaskDispatcher
	Output() *transcript.Store
	Server() agent.Server
	Tokens() int    // received so far
	UseDemo() error // goes on with the demo server
	// Check says why no model can do what is asked, as far as is known; it may ask the server.
	Check(ctx context.Context, request agent.Request) error
	OnServerChange(f func()) // calls f whenever Server or Kept has changed
	Look()                   // somebody looks at what the servers have in memory
	// Abilities returns what a model can do, nil if that is not known; it may ask the server.
	Abilities(ctx context.Context, model string) []string
	Kept() agent.Kept
	// Recover queues the interrupted tasks again, or leaves them.
	Recover(again bool) error
}

// Local is the Engine of a dispatcher in this process.
//
// It hears of progress through the dispatcher's progress callback and of everything else through its change
// callback. Neither carries anything on: both put the same value into a channel of capacity one, and whoever
// receives it pulls a new State. So nothing is ever lost or queued up, however fast the lanes are.
type Local struct {
	source Source
	tasks  *dispatcher.TaskDispatcher
	wake   chan struct{}
	nextID atomic.Uint64
	told   atomic.Pointer[func(id string, status dispatcher.TaskStatus)] // see OnStatus; nil for nobody
	ended  atomic.Pointer[func(task *dispatcher.Task)]                   // see OnEnd; nil for nobody
}

var _ Engine = (*Local)(nil)

// NewLocal returns the Engine of source, whose dispatcher's callbacks it sets.
func NewLocal(source Source) *Local {
	l := &Local{source: source, tasks: source.Tasks(), wake: make(chan struct{}, 1)}
	l.tasks.SetProgressCallback(func(id string, status dispatcher.TaskStatus, _ int, _ string) {
		l.changed()
		if told := l.told.Load(); told != nil {
			(*told)(id, status)
		}
	})
	l.tasks.SetEndCallback(func(task *dispatcher.Task) {
		if ended := l.ended.Load(); ended != nil {
			(*ended)(task)
		}
	})
	l.tasks.SetChangeCallback(l.changed)
	l.nextID.Store(source.Kept().Last) // so that an ID names one task in the whole history
	source.OnServerChange(l.changed)
	return l
}

func (l *Local) changed() {
	select {
	case l.wake <- struct{}{}:
	default: // a wake is on its way, and what is pulled after it is newer than this change
	}
}

// OnStatus has f told of every change of a task's status from now on, in order, and of progress. f must not block.
func (l *Local) OnStatus(f func(id string, status dispatcher.TaskStatus)) { l.told.Store(&f) }

// OnEnd has f given each task that ends from now on. f must not block.
func (l *Local) OnEnd(f func(task *dispatcher.Task)) { l.ended.Store(&f) }

// Changes is the receiving end of the wake.
func (l *Local) Changes() <-chan struct{} { return l.wake }

// Submit queues one task under a number of its own, counting from 1.
func (l *Local) Submit(ctx context.Context, request agent.Request, priority int) (string, error) {
	if err := l.check(ctx, request); err != nil {
		return "", err
	}
	for {
		id := fmt.Sprint(l.nextID.Add(1))
		err := l.tasks.SubmitTask(&dispatcher.Task{ID: id, Priority: priority, Payload: request})
		if !errors.Is(err, dispatcher.ErrDuplicateID) { // somebody else's task may have the number
			return id, err
		}
	}
}

// Cancel cancels a pending or running task.
func (l *Local) Cancel(id string) error { return l.tasks.CancelTask(id) }

// Retry queues an ended task again.
func (l *Local) Retry(id string) error { return l.tasks.Retry(id) }

// SetPriority changes the priority of a pending task.
func (l *Local) SetPriority(id string, priority int) error {
	return l.tasks.SetPriority(id, priority)
}

// Move shifts a pending task within its priority.
func (l *Local) Move(id string, places int) error { return l.tasks.Move(id, places) }

// Edit gives a pending task another request.
func (l *Local) Edit(id string, request agent.Request) error {
	if err := l.check(context.Background(), request); err != nil { // asking the server has a time limit of its own
		return err
	}
	return l.tasks.UpdatePayload(id, request)
}

// check refuses at once what would only fail on a lane.
func (l *Local) check(ctx context.Context, request agent.Request) error {
	if err := request.Validate(); err != nil {
		return err
	}
	return l.source.Check(ctx, request)
}

// SetPaused holds the queue for the user, or lets it go.
func (l *Local) SetPaused(paused bool) error {
	if paused {
		l.tasks.Pause()
	} else {
		l.tasks.Resume()
	}
	return nil
}

// Recover answers what becomes of the interrupted tasks.
func (l *Local) Recover(again bool) error { return l.source.Recover(again) }

// SetWorkers changes the number of lanes.
func (l *Local) SetWorkers(n int) error { return l.tasks.SetWorkers(n) }

// DismissErrors takes errors off the screen.
func (l *Local) DismissErrors(seqs ...uint64) { l.tasks.DismissErrors(seqs...) }

// Forget drops ended tasks, all of them if none is named. What they said stays in their transcripts.
func (l *Local) Forget(ids ...string) int { return l.tasks.Forget(ids...) }

// Look says that somebody looks at the servers.
func (l *Local) Look() { l.source.Look() }

// Abilities returns what a model can do.
func (l *Local) Abilities(ctx context.Context, model string) []string {
	return l.source.Abilities(ctx, model)
}

// UseDemo goes on with the demo server.
func (l *Local) UseDemo(context.Context) error { return l.source.UseDemo() }

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

// Task returns one task as it is now.
func (l *Local) Task(id string) (dispatcher.Task, bool) {
	task, err := l.tasks.GetTask(id)
	if err != nil {
		return dispatcher.Task{}, false
	}
	return *task, true
}

// Output reads the task's transcript.
func (l *Local) Output(id string, from int64, limit int) (entries []transcript.Entry, first, next int64) {
	return l.source.Output().Read(id, from, limit)
}

// State takes a snapshot of the dispatcher and adds what else is known.
func (l *Local) State(request dispatcher.SnapshotRequest) State {
	s := State{Snapshot: *l.tasks.Snapshot(request), Server: l.source.Server()}
	s.OutputTokens = l.source.Tokens()
	s.Paused = s.Held(dispatcher.HoldPaused)
	kept := l.source.Kept()
	s.KeepsPending, s.Unsaved = kept.Journal && kept.Trouble == "", kept.Trouble
	s.Recovered = Recovered{Pending: len(kept.Pending), Interrupted: len(kept.Interrupted), Others: kept.Elsewhere, Warning: kept.Warning}
	return s
}
