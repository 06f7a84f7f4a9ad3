package engine

import (
	"context"
	"time"

	"drover/agent"
	"drover/agent/forecast"
	"drover/agent/transcript"
	"drover/dispatcher"
)

// Engine is the only door to the work: all that a screen, a batch run, notices or a server know of it. [Local] does the
// work in this process; a client of an engine in another process can stand in its place. Its methods may be called from
// several goroutines at once. Those that change something may wait, for a disk or a server; State, Output, Task,
// Subscribe and Observe do not.
type Engine interface {
	// Submit queues one task and returns its ID once it is accepted.
	Submit(ctx context.Context, request agent.Request, priority int) (id string, err error)
	// SubmitAll queues tasks under IDs of the caller's, or numbers where they have none, in order, without the checks of
	// Submit. Where the queue has no room it calls full, if that is not nil, and waits for some until ctx ends. It returns an
	// error for each task, nil for one that was accepted.
	SubmitAll(ctx context.Context, tasks []agent.Submission, full func()) []error
	// Check says at once, before a task costs a lane, why its request cannot succeed, as far as that is known. It may ask
	// the server.
	Check(ctx context.Context, request agent.Request) error
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
	// Hold starts no pending tasks until Release is called with the same reason; several reasons hold each for itself.
	Hold(reason string)
	Release(reason string)
	// Recover answers what is to become of the interrupted tasks of State.Recovered: they are queued again before the
	// others of their priority, or left among the ended ones. Nothing is started before that.
	Recover(again bool) error
	SetWorkers(n int) error
	// Answer gives an answer to an item of State.Inbox. Its error matches agent.ErrNoItem if nothing waits under the ID any more.
	Answer(id string, answer agent.Answer) error
	// Comment tells the agent of an ended task that worked something about what it did, and queues the task again: it goes on in
	// its workspace, with all that was said.
	Comment(id, text string) error
	// DismissErrors takes errors off the screen by their Seq; all of them if none is named.
	DismissErrors(seqs ...uint64)
	// Forget drops ended tasks, all of them if none is named, and returns how many that were.
	Forget(ids ...string) int
	// Drain takes no more from the queue, waits for what runs, and keeps the rest. It returns early with
	// ctx's error.
	Drain(ctx context.Context) error
	// Stop cancels what runs and waits until all of it has returned, or ctx ends. It may be called while
	// Drain is under way.
	Stop(ctx context.Context) error

	// Look says that somebody looks at what the servers have in memory, which is then asked for. It does not block,
	// and may be called as often as one likes.
	Look()
	// Unload takes a model out of the memory of a server, named as agent.ServerInfo.Host. Tasks that wait for the model go on
	// when it is loaded again, without an attempt being counted; while one is answered it refuses. It takes up to ten
	// seconds.
	Unload(ctx context.Context, server, model string) error
	// Abilities returns what a model can do ("tools", "vision", …), nil if that is not known. It may ask the server.
	Abilities(ctx context.Context, model string) []string

	// State returns an immutable view of everything.
	State(dispatcher.SnapshotRequest) State
	// Task returns one task as it is now, false if it is not known (any more).
	Task(id string) (agent.Task, bool)
	// Why says why a task has not ended and until about when it will have, or how it ended. It fails with
	// dispatcher.ErrTaskNotFound. It may take some milliseconds.
	Why(id string) (forecast.Answer, error)
	// Output returns what the task has said from position from on, at most about limit bytes, and the
	// position to go on from. When the text before from or a part after it is no longer held, first is
	// larger than from.
	Output(id string, from int64, limit int) (entries []transcript.Entry, first, next int64)
	// Subscribe returns a channel that has a value soon after anything in State or any Output has changed; many
	// changes make one value. Any number of subscribers each have a channel of their own; one that does not read it
	// holds up nobody. stop ends the subscription.
	Subscribe() (wake <-chan struct{}, stop func())
	// Observe tells the observer of each task's way from now on, until stop is called.
	Observe(Observer) (stop func())
}

// Observer is told what becomes of tasks: of one task in order, never two calls at a time. Its functions must not block;
// either may be nil.
type Observer struct {
	// Progress is called for every change of the status of a task that has not ended, and for reports in between.
	Progress func(id string, status dispatcher.TaskStatus, message string)
	// Ended is given each task once when it has ended, with what it said until then. The task is read-only. Whoever
	// needs the end of a task takes it from here: one that is asked for later may have been forgotten.
	Ended func(*agent.Task)
}

// State is one view of the engine at one moment, consistent in itself. It is the caller's own: nothing in it changes later.
// Its lists hold the stretches that were asked for, in the order that dispatcher.SnapshotRequest says.
type State struct {
	Version uint64    `json:"version"` // larger than in any state before the latest change
	At      time.Time `json:"at,omitzero"`

	Lanes []Lane `json:"lanes"` // one for each lane, in order; lanes that are being removed come last until they are free

	Pending      []agent.Task `json:"pending"`
	PendingTotal int          `json:"pending_total"`
	Delayed      int          `json:"delayed"` // how many of the pending ones wait for their NotBefore; they come last in the order

	Ended      []agent.Task `json:"ended"`
	EndedTotal int          `json:"ended_total"` // tasks that ended and are still known

	Errors      []dispatcher.TaskExecutionError `json:"errors"`
	ErrorsTotal int                             `json:"errors_total"` // not dismissed

	Inbox []agent.InboxItem `json:"inbox"` // what waits for a person, oldest first

	Holds    []dispatcher.Hold            `json:"holds"`    // why tasks are not started, in the order in which the reasons came
	Stopping bool                         `json:"stopping"` // no more tasks are accepted
	Capacity int                          `json:"capacity"` // how many tasks may be pending
	Metrics  dispatcher.DispatcherMetrics `json:"metrics"`
	// Interrupted is how many of Metrics.CancelledTasks were not cancelled but interrupted; see [agent.Task.Interrupted].
	Interrupted int `json:"interrupted"`

	// Forecast is what is expected of the tasks in Lanes and Pending, as of about a second ago. It is there for whoever
	// asks for any list.
	Forecast forecast.View `json:"forecast"`

	Server       agent.Server `json:"server"`
	OutputTokens int          `json:"output_tokens"` // received so far
	// Paused is whether the user has paused the starting of tasks (by SetPaused); Holds names this and any
	// other reason.
	Paused bool `json:"paused"`
	// KeepsPending is whether what is pending is still there the next time, but for UnsavedTasks. When it is not, the
	// screen says so before it leaves.
	KeepsPending bool `json:"keeps_pending"`
	// Unsaved says why what happens is not kept although it should be, in a sentence; empty otherwise.
	Unsaved string `json:"unsaved"`
	// UnsavedTasks is what a restart would not know of now.
	UnsavedTasks agent.Unsaved `json:"unsaved_tasks"`
	// Recovered is what was taken over from an earlier process.
	Recovered Recovered `json:"recovered"`
	// Stopped is when the engine came to its end; zero while it lives.
	Stopped time.Time `json:"stopped,omitzero"`
	// Link is the way to the engine if it is in another process; zero otherwise.
	Link Link `json:"-"`
}

// Link is what there is to know of the way to an engine in another process, of which the rest of a [State] is the latest
// that came.
type Link struct {
	Server string    // what the process is, for people; never empty where there is a link
	Lost   time.Time // since when it cannot be reached; zero while it can
	Err    string    // why, one sentence; empty while it can
	Retry  time.Time // when the next attempt is made; zero while it can
	Advice string    // what should be done about the process, one sentence; empty for nothing
}

// Lane is one worker.
type Lane struct {
	ID       int                  `json:"id"` // 0-based
	State    dispatcher.LaneState `json:"state"`
	Since    time.Time            `json:"since,omitzero"` // when it entered State
	Retiring bool                 `json:"retiring"`       // the number of lanes was lowered; it goes away when its task has left it

	Task agent.Task `json:"task"` // the zero Task when idle
	Live agent.Live `json:"live"` // as its agent reported last
}

// Recovered counts what an engine found when it began.
type Recovered struct {
	Pending     int    `json:"pending"`     // tasks that wait again
	Interrupted int    `json:"interrupted"` // tasks that were running, about which nothing has been decided yet
	Others      int    `json:"others"`      // tasks of an unfinished run without a screen, which are left to that
	Warning     string `json:"warning"`     // what may go wrong with where things are kept, in a sentence; empty for nothing
}
