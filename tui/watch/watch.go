package watch

import (
	"context"
	"sync/atomic"
	"time"

	tea "charm.land/bubbletea/v2"

	"drover/agent"
	"drover/agent/engine"
	"drover/agent/transcript"
	"drover/dispatcher"
	"drover/tui/facts"
	"drover/tui/source"
)

// frameGap is the shortest time between two snapshots that were taken because something changed: 40 a
// second. The first change after a pause is shown at once.
const frameGap = 25 * time.Millisecond

// lookGap is how often the servers are asked again while they are looked at.
const lookGap = 3 * time.Second

// seekLimit is how far into the queue the selected task is looked for when it has moved out of sight.
const seekLimit = 4096

// calmGap is frameGap while somebody works in another window or pane: what is seen from the corner of an eye does not
// have to move smoothly.
const calmGap = 200 * time.Millisecond

// Query is what the screen looks at.
type Query struct {
	Lists    dispatcher.SnapshotRequest // the stretches that are seen
	Filters  [source.Count]string       // what the lists are filtered by; empty for not at all
	Selected [source.Count]string       // the items of which it is wanted where they are
	Grouped  bool                       // the errors are wanted by kind
	Output   Part                       // of the output that is seen
	Servers  bool                       // the servers are looked at
	Calm     bool                       // snapshots need not come as often
}

// Part is a part of what a task says.
type Part struct {
	ID    string // of the task; empty for nothing
	From  int64  // the position at which it begins
	Limit int    // how much of it is fetched at once, in bytes
}

// Snapshot is the engine as it was when the latest query was answered: the message of the [Watcher].
type Snapshot struct {
	Query   Query
	State   engine.State // of lists that are filtered it has the matches
	Matches [source.Count]Matches
	Groups  []facts.ErrorGroup // of the errors, if they are grouped
	Found   [source.Count]int  // where Query.Selected are in the whole lists, or among the matches; -1 if that is not known
	Output  Output
}

// Matches is how many items of a filtered list match.
type Matches struct {
	N     int
	Whole bool // false: the search goes on, there may be more
}

// Output is what a task is and what it says from a position on.
type Output struct {
	ID          string
	From        int64
	Task        agent.Task
	Known       bool // the engine knows the task
	Entries     []transcript.Entry
	First, Next int64 // the positions at which the entries begin and end
}

// Watcher pulls snapshots. There is never more than one command of it under way, so snapshots arrive in the
// order in which they were taken, and the engine is asked by one goroutine at a time.
type Watcher struct {
	engine  engine.Engine
	gap     time.Duration         // between two snapshots, see frameGap; set before the first command runs
	done    <-chan struct{}       // closed when the screen goes; no command outlives it
	changes <-chan struct{}       // the engine's wake
	query   atomic.Pointer[Query] // written by the event loop, read by the command
	poke    chan struct{}         // capacity 1: the query has changed, do not wait for the engine
	scans   scans                 // of the command alone
	groups  groups                // of the command alone
	again   time.Duration         // of the command alone: when a snapshot is due although nothing changes; 0 for never
}

// New returns a watcher of an engine for as long as ctx lasts.
func New(ctx context.Context, engine engine.Engine) *Watcher {
	w := &Watcher{engine: engine, gap: frameGap, done: ctx.Done(), poke: make(chan struct{}, 1)}
	w.query.Store(&Query{})
	var stop func()
	w.changes, stop = engine.Subscribe()
	context.AfterFunc(ctx, stop)
	return w
}

// SetGap sets the shortest time between two snapshots, before the first is taken.
func (w *Watcher) SetGap(gap time.Duration) { w.gap = gap }

// Query is what the next snapshot has to hold.
func (w *Watcher) Query() Query { return *w.query.Load() }

// Look changes what the next snapshot has to hold, whenever it comes.
func (w *Watcher) Look(n Query) { w.query.Store(&n) }

// Want changes what the next snapshot has to hold, and has it taken at once. It does not block.
func (w *Watcher) Want(n Query) {
	w.query.Store(&n)
	select {
	case w.poke <- struct{}{}:
	default:
	}
}

// Next returns the command that waits for a reason to take a snapshot, and takes it. Waiting for the engine
// begins gap after now, which is when the previous snapshot was shown; what changes meanwhile becomes
// one snapshot.
func (w *Watcher) Next(now time.Time) tea.Cmd {
	return func() tea.Msg {
		gap := w.gap
		if w.query.Load().Calm {
			gap = max(gap, calmGap)
		}
		rest := time.NewTimer(gap - time.Since(now))
		defer rest.Stop()
		var changes <-chan struct{}
		var again <-chan time.Time
		if w.again > 0 {
			t := time.NewTimer(w.again)
			defer t.Stop()
			again = t.C
		}
		for {
			select {
			case <-w.done:
				return nil
			case <-w.poke:
				return w.Take()
			case <-rest.C:
				changes = w.changes
			case <-changes:
				return w.Take()
			case <-again:
				return w.Take()
			}
		}
	}
}

// First returns the command for the first snapshot, which is taken without a reason.
func (w *Watcher) First() tea.Cmd { return func() tea.Msg { return w.Take() } }

// Take takes a snapshot.
func (w *Watcher) Take() Snapshot {
	p := Snapshot{Query: w.Query()}
	lists := p.Query.Lists
	for l := range source.Count {
		if p.Found[l] = -1; p.Query.Filters[l] != "" {
			*l.Window(&lists) = dispatcher.Window{} // its matches are asked for one by one
		}
	}
	if p.Query.Grouped {
		lists.Errors = dispatcher.Window{Limit: 1} // which tells whether there are others now
	}
	p.State = w.engine.State(lists)
	if p.Query.Grouped {
		p.Groups = w.groups.of(w.engine, &p.State)
	}
	w.filtered(&p)
	if p.Query.Servers {
		w.engine.Look()
		if w.again == 0 || w.again > lookGap {
			w.again = lookGap
		}
	}
	if id := p.Query.Selected[source.Pending]; id != "" && p.Query.Filters[source.Pending] == "" {
		p.Found[source.Pending] = w.seek(id, p.State)
	}
	if r := p.Query.Output; r.ID != "" {
		p.Output.ID, p.Output.From = r.ID, r.From
		p.Output.Task, p.Output.Known = w.engine.Task(r.ID)
		p.Output.Entries, p.Output.First, p.Output.Next = w.engine.Output(r.ID, r.From, r.Limit)
	}
	return p
}

// groups are the errors by kind, for as long as the errors stay the same.
type groups struct {
	kinds  []facts.ErrorGroup
	total  int
	latest uint64
}

// of returns the groups of the errors in a state that holds the latest of them.
func (g *groups) of(e engine.Engine, s *engine.State) []facts.ErrorGroup {
	latest := uint64(0)
	if len(s.Errors) > 0 {
		latest = s.Errors[0].Seq
	}
	if s.ErrorsTotal != g.total || latest != g.latest {
		all := e.State(dispatcher.SnapshotRequest{Errors: dispatcher.Window{Limit: dispatcher.DefaultErrorLimit}})
		*g = groups{facts.GroupErrors(all.Errors), s.ErrorsTotal, latest}
	}
	return g.kinds
}

// seek finds a pending task outside of the window. It looks only when the task is not where it was asked for
// and still waits: after a change of its priority, or when much of the queue has moved at once.
func (w *Watcher) seek(id string, s engine.State) int {
	for i := range s.Pending {
		if s.Pending[i].ID == id {
			return -1 // in the window; the list finds it itself
		}
	}
	if task, ok := w.engine.Task(id); !ok || task.Status != dispatcher.StatusPending {
		return -1
	}
	wide := w.engine.State(dispatcher.SnapshotRequest{Pending: dispatcher.Window{Limit: seekLimit}})
	for i := range wide.Pending {
		if wide.Pending[i].ID == id {
			return i
		}
	}
	return -1
}
