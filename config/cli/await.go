package cli

import (
	"context"
	"io"
	"iter"
	"slices"
	"time"

	"drover/agent"
	"drover/agent/batch"
	"drover/agent/engine"
	"drover/dispatcher"
)

// requests goes through those of a batch, and of tasks that the engine has already.
func requests(s *engine.Local, tasks []agent.Submission, ids []string) iter.Seq[agent.Request] {
	return func(yield func(agent.Request) bool) {
		for i := range tasks {
			if !yield(tasks[i].Request) {
				return
			}
		}
		for _, id := range ids {
			if task, ok := s.Task(id); ok && !yield(task.Request) {
				return
			}
		}
	}
}

// awaitServer lets a run of requests wait until a model server answers, and reports whether there is one, or none is
// needed to begin: of requests of which some need no server, those are not kept waiting. It calls giveUp as
// [engine.Local.WatchServer] does, but not before they have ended.
func awaitServer(ctx context.Context, s *engine.Local, requests iter.Seq[agent.Request],
	w io.Writer, limit time.Duration, giveUp context.CancelCauseFunc) bool {
	server, others := false, false
	for r := range requests {
		needs := s.NeedsServer(r)
		server, others = server || needs, others || !needs
	}
	switch {
	case server && others:
		s.WatchServer(ctx, w, limit, func(cause error) { go whenIdle(ctx, s, func() { giveUp(cause) }) })
	case server:
		select {
		case <-s.WatchServer(ctx, w, limit, giveUp):
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// whenIdle calls f when nothing that needs no server runs, waits or is still being read, unless ctx ends before.
func whenIdle(ctx context.Context, s *engine.Local, f func()) {
	wake, stop := s.Subscribe()
	defer stop()
	for busy(s) {
		select {
		case <-wake:
		case <-ctx.Done():
			return
		}
	}
	f()
}

// pendingWindow is how many pending tasks are looked at at a time.
const pendingWindow = 1000

// busy reports whether there is anything that needs no server.
func busy(s *engine.Local) bool {
	for from := 0; ; from += pendingWindow {
		state := s.State(dispatcher.SnapshotRequest{Pending: dispatcher.Window{Offset: from, Limit: pendingWindow}})
		switch {
		case slices.ContainsFunc(state.Holds, func(h dispatcher.Hold) bool { return h.Reason == batch.HoldReading }),
			slices.ContainsFunc(state.Lanes, func(l engine.Lane) bool {
				return l.State != dispatcher.LaneIdle && !s.NeedsServer(l.Task.Request)
			}),
			slices.ContainsFunc(state.Pending, func(t agent.Task) bool { return !s.NeedsServer(t.Request) }):
			return true
		case from+len(state.Pending) >= state.PendingTotal:
			return false
		}
	}
}
