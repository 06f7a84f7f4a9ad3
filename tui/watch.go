package tui

import (
	"context"
	"sync/atomic"
	"time"

	tea "charm.land/bubbletea/v2"

	"drover/agent/engine"
	"drover/dispatcher"
	"drover/tui/errorlist"
	"drover/tui/output"
)

// frameGap is the shortest time between two snapshots that were taken because something changed: 40 a
// second. The first change after a pause is shown at once.
const frameGap = 25 * time.Millisecond

// lookGap is how often the servers are asked again while they are looked at.
const lookGap = 3 * time.Second

// seekLimit is how far into the queue the selected task is looked for when it has moved out of sight.
const seekLimit = 4096

// query is what the screen looks at.
type query struct {
	lists  dispatcher.SnapshotRequest
	output output.Request // of the output that is open

	filters  [paneCount]string // what the lists are filtered by; empty for not at all
	servers  bool              // the servers are looked at
	calm     bool              // snapshots need not come as often
	grouped  bool              // the errors are wanted by kind
	selected [paneCount]string // of the lists: the items of which it is wanted where they are
}

// snapshot is the engine as it was when the latest query was answered: the message of the watcher.
type snapshot struct {
	query   query
	state   engine.State
	matches [paneCount]matches
	groups  []errorlist.Group // of the errors, if they are grouped
	found   [paneCount]int    // where query.selected are in the whole lists, or among the matches; -1 if that is not known
	output  output.Data
}

// watcher pulls snapshots. There is never more than one command of it under way, so snapshots arrive in the
// order in which they were taken, and the engine is asked by one goroutine at a time.
type watcher struct {
	engine  engine.Engine
	gap     time.Duration         // between two snapshots, see frameGap; set before the first command runs
	done    <-chan struct{}       // closed when the screen goes; no command outlives it
	changes <-chan struct{}       // the engine's wake
	query   atomic.Pointer[query] // written by the event loop, read by the command
	poke    chan struct{}         // capacity 1: the query has changed, do not wait for the engine
	scans   scans                 // of the command alone
	groups  groups                // of the command alone
	again   time.Duration         // of the command alone: when a snapshot is due although nothing changes; 0 for never
}

func newWatcher(ctx context.Context, engine engine.Engine) *watcher {
	w := &watcher{engine: engine, gap: frameGap, done: ctx.Done(), poke: make(chan struct{}, 1)}
	w.query.Store(&query{})
	var stop func()
	w.changes, stop = engine.Subscribe()
	context.AfterFunc(ctx, stop)
	return w
}

// want changes what the next snapshot has to hold, and has it taken at once. It does not block.
func (w *watcher) want(n query) {
	w.query.Store(&n)
	select {
	case w.poke <- struct{}{}:
	default:
	}
}

// next returns the command that waits for a reason to take a snapshot, and takes it. Waiting for the engine
// begins gap after now, which is when the previous snapshot was shown; what changes meanwhile becomes
// one snapshot.
func (w *watcher) next(now time.Time) tea.Cmd {
	return func() tea.Msg {
		gap := w.gap
		if w.query.Load().calm {
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
				return w.take()
			case <-rest.C:
				changes = w.changes
			case <-changes:
				return w.take()
			case <-again:
				return w.take()
			}
		}
	}
}

// first returns the command for the first snapshot, which is taken without a reason.
func (w *watcher) first() tea.Cmd { return func() tea.Msg { return w.take() } }

func (w *watcher) take() snapshot {
	p := snapshot{query: *w.query.Load()}
	lists := p.query.lists
	for _, pane := range listPanes {
		if p.found[pane] = -1; p.query.filters[pane] != "" {
			*sources[pane].window(&lists) = dispatcher.Window{} // its matches are asked for one by one
		}
	}
	if p.query.grouped {
		lists.Errors = dispatcher.Window{Limit: 1} // which tells whether there are others now
	}
	p.state = w.engine.State(lists)
	if p.query.grouped {
		p.groups = w.groups.of(w.engine, &p.state)
	}
	w.filtered(&p)
	if p.query.servers {
		w.engine.Look()
		if w.again == 0 || w.again > lookGap {
			w.again = lookGap
		}
	}
	if id := p.query.selected[paneQueue]; id != "" && p.query.filters[paneQueue] == "" {
		p.found[paneQueue] = w.seek(id, p.state)
	}
	if r := p.query.output; r.ID != "" {
		p.output = fetchOutput(w.engine, r)
	}
	return p
}

// groups are the errors by kind, for as long as the errors stay the same.
type groups struct {
	kinds  []errorlist.Group
	total  int
	latest uint64
}

// of returns the groups of the errors in a state that holds the latest of them.
func (g *groups) of(e engine.Engine, s *engine.State) []errorlist.Group {
	latest := uint64(0)
	if len(s.Errors) > 0 {
		latest = s.Errors[0].Seq
	}
	if s.ErrorsTotal != g.total || latest != g.latest {
		all := e.State(dispatcher.SnapshotRequest{Errors: dispatcher.Window{Limit: dispatcher.DefaultErrorLimit}})
		*g = groups{errorlist.GroupByKind(all.Errors), s.ErrorsTotal, latest}
	}
	return g.kinds
}

// seek finds a pending task outside of the window. It looks only when the task is not where it was asked for
// and still waits: after a change of its priority, or when much of the queue has moved at once.
func (w *watcher) seek(id string, s engine.State) int {
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
