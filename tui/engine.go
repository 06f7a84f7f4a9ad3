package tui

import (
	"context"
	"time"

	"drover/agent"
	"drover/agent/transcript"
	"drover/dispatcher"
)

// Engine is all the screen knows of what does the work. The dispatcher in this process satisfies it through
// Local; a client of a dispatcher in another process can. Its methods are called from command goroutines,
// never from the event loop, and from several at once. State, Output, Task and Changes do not block.
type Engine interface {
	// Submit queues one task and returns its ID once it is accepted.
	Submit(ctx context.Context, request agent.Request, priority int) (id string, err error)
	Cancel(id string) error
	Retry(id string) error
	SetPriority(id string, priority int) error
	// Move shifts a pending task by some places among those of its priority, towards the front if places is
	// negative, as far as it goes: math.MinInt makes it the first.
	Move(id string, places int) error
	// Edit gives a pending task another request. An error that matches dispatcher.ErrNotPending says that it
	// has started or ended meanwhile.
	Edit(id string, request agent.Request) error
	SetPaused(paused bool) error
	// Recover answers what is to become of the interrupted tasks of State.Recovered: they are queued again before the
	// others of their priority, or left among the ended ones. Nothing is started before that.
	Recover(again bool) error
	SetWorkers(n int) error
	// DismissErrors takes errors off the screen by their Seq; all of them if none is named.
	DismissErrors(seqs ...uint64)
	// Forget drops ended tasks, all of them if none is named, and returns how many that were.
	Forget(ids ...string) int
	// UseDemo goes on with the built-in demo model server instead of the one that does not answer.
	UseDemo(ctx context.Context) error
	// Drain takes no more from the queue, waits for what runs, and keeps the rest. It returns early with
	// ctx's error.
	Drain(ctx context.Context) error
	// Stop cancels what runs and waits until all of it has returned, or ctx ends. It may be called while
	// Drain is under way.
	Stop(ctx context.Context) error

	// Look says that somebody looks at what the servers have in memory, which is then asked for. It does not block,
	// and may be called as often as one likes.
	Look()
	// Abilities returns what a model can do ("tools", "vision", …), nil if that is not known. It may ask the server.
	Abilities(ctx context.Context, model string) []string

	// State returns an immutable picture of everything.
	State(dispatcher.SnapshotRequest) State
	// Task returns one task as it is now, false if it is not known (any more).
	Task(id string) (dispatcher.Task, bool)
	// Output returns what the task has said from position from on, at most about limit bytes, and the
	// position to go on from. When the text before from or a part after it is no longer held, first is
	// larger than from.
	Output(id string, from int64, limit int) (entries []transcript.Entry, first, next int64)
	// Changes receives a value soon after anything in State or any Output has changed; many changes make
	// one value. There is one receiver.
	Changes() <-chan struct{}
}

// State is one picture of the engine.
type State struct {
	dispatcher.Snapshot
	Server       agent.Server
	OutputTokens int // received so far
	// Paused is whether the user has paused the starting of tasks (by SetPaused); Holds names this and any
	// other reason.
	Paused bool
	// KeepsPending is whether what is pending is still there the next time. When it is not, the screen says
	// so before it leaves.
	KeepsPending bool
	// Unsaved says why what happens is not kept although it should be, in a sentence; empty otherwise.
	Unsaved string
	// Recovered is what was taken over from an earlier process.
	Recovered Recovered
	// Stopped is when the engine came to its end; zero while it lives.
	Stopped time.Time
}

// Recovered counts what an engine found when it began.
type Recovered struct {
	Pending     int    // tasks that wait again
	Interrupted int    // tasks that were running, about which nothing has been decided yet
	Others      int    // tasks of an unfinished run without a screen, which are left to that
	Warning     string // what may go wrong with where things are kept, in a sentence; empty for nothing
}
