package cli

import (
	"context"
	"io"
	"slices"
	"time"

	"drover/agent"
	"drover/agent/batch"
	"drover/agent/engine"
	"drover/dispatcher"
)

// requests returns those of a batch, and of tasks that the engine has already.
func requests(s *engine.Local, tasks []agent.Submission, ids []string) []agent.Request {
	all := make([]agent.Request, 0, len(tasks)+len(ids))
	for i := range tasks {
		all = append(all, tasks[i].Request)
	}
	for _, id := range ids {
		if task, ok := s.Task(id); ok {
			all = append(all, task.Request)
		}
	}
	return all
}

// awaitServer lets a run of requests wait until a model server answers, and reports whether there is one, or none is
// needed to begin: of requests of which some need no server, those are not kept waiting. It calls giveUp as
// [engine.Local.WatchServer] does, but not before they have ended.
func awaitServer(ctx context.Context, s *engine.Local, requests []agent.Request,
	w io.Writer, limit time.Duration, giveUp context.CancelCauseFunc) bool {
	needs, others := slices.ContainsFunc(requests, s.NeedsServer), slices.ContainsFunc(requests, needsNone(s))
	switch {
	case needs && others:
		s.WatchServer(ctx, w, limit, func(cause error) { go whenIdle(ctx, s, func() { giveUp(cause) }) })
	case needs:
		select {
		case <-s.WatchServer(ctx, w, limit, giveUp):
		case <-ctx.Done():
			return false
		}
	}
	return true
}

func needsNone(s *engine.Local) func(agent.Request) bool {
	return func(r agent.Request) bool { return !s.NeedsServer(r) }
}

// whenIdle calls f when no lane works on what needs no server, unless ctx ends before.
func whenIdle(ctx context.Context, s *engine.Local, f func()) {
	wake, stop := s.Subscribe()
	defer stop()
	for {
		state := s.State(dispatcher.SnapshotRequest{})
		busy := slices.ContainsFunc(state.Lanes, func(l engine.Lane) bool {
			return l.State != dispatcher.LaneIdle && !s.NeedsServer(l.Task.Request)
		})
		if !busy && !slices.ContainsFunc(state.Holds, func(h dispatcher.Hold) bool { return h.Reason == batch.HoldReading }) {
			f()
			return
		}
		select {
		case <-wake:
		case <-ctx.Done():
			return
		}
	}
}
