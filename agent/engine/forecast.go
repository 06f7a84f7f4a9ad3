package engine

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"drover/agent"
	"drover/agent/forecast"
	"drover/dispatcher"
	"drover/dispatcher/journal"
)

const (
	forecastGap    = time.Second      // between two forecasts
	forecastAge    = 10 * time.Second // after which what runs without a word is looked at again
	forecastWindow = 1000             // tasks that are looked at one by one; the rest counts by groups

	forecastDelay   = 300 * time.Millisecond // until the first one: a start has other things to do
	forecastHistory = 300                    // ended tasks of the journal that say how long tasks take
)

// forecaster says until about when tasks take. It computes nothing unless somebody looks at the queue and something has
// changed, and it does so by itself: who looks gets the latest forecast there is.
type forecaster struct {
	rates  forecast.Rates
	latest atomic.Pointer[forecast.Forecast]
	asked  chan struct{} // of capacity one: somebody looks
}

func newForecaster() *forecaster {
	f := &forecaster{asked: make(chan struct{}, 1)}
	f.latest.Store(&forecast.Forecast{})
	return f
}

// look returns the latest forecast, and has it renewed soon.
func (f *forecaster) look() *forecast.Forecast {
	select {
	case f.asked <- struct{}{}:
	default:
	}
	return f.latest.Load()
}

// forecasts renews the forecast while somebody looks, until ctx ends.
func (l *Local) forecasts(ctx context.Context) {
	rest := time.NewTimer(forecastDelay)
	defer rest.Stop()
	var version uint64
	for first := true; ; first = false {
		select {
		case <-rest.C:
		case <-ctx.Done():
			return
		}
		select {
		case <-l.forecaster.asked:
		case <-ctx.Done():
			return
		}
		if first {
			l.learnHistory(ctx)
		}
		q, at := l.queue()
		changed := at != version
		old := len(q.Running) > 0 && q.Now.Sub(l.forecaster.latest.Load().At) >= forecastAge
		if changed || old {
			version = at
			l.forecaster.latest.Store(forecast.Compute(q, &l.forecaster.rates))
		}
		if changed { // otherwise it is for who looks anyway
			l.subscribers.wake()
		}
		rest.Reset(forecastGap)
	}
}

// learnHistory learns from the latest tasks of earlier processes.
func (l *Local) learnHistory(ctx context.Context) {
	if l.storage.journal == nil {
		return
	}
	reader, err := journal.OpenReader(l.storage.options.Dir, agent.Codec{})
	if err == nil {
		err = LearnHistory(ctx, reader, &l.forecaster.rates)
	}
	if err != nil && ctx.Err() == nil {
		l.log.Warn("what earlier tasks took is not known", "error", err)
	}
}

// LearnHistory learns from the latest completed tasks of a journal.
func LearnHistory(ctx context.Context, r *journal.Reader, rates *forecast.Rates) error {
	var tasks []agent.Task
	for row, err := range r.Query(ctx, journal.Query{States: []journal.State{journal.Completed}, Newest: true, Limit: forecastHistory}) {
		if err != nil {
			return err
		}
		tasks = append(tasks, agent.TaskOf(&row.Task))
	}
	for i := range slices.Backward(tasks) {
		rates.Learn(&tasks[i])
	}
	return nil
}

// queue returns what there is to be done, and the version of that.
func (l *Local) queue() (*forecast.Queue, uint64) {
	s := l.tasks.Snapshot(dispatcher.SnapshotRequest{Pending: dispatcher.Window{Limit: forecastWindow}, Groups: true})
	servers := l.servers
	server := servers.Server()
	q := &forecast.Queue{
		Now: s.At, Lanes: s.Metrics.WorkerCount, Servers: server.Servers, Cloud: server.Cloud, Model: server.DefaultModel,
		Options: l.options.Server.Options, Warm: l.warm(), Patience: l.options.Patience,
	}
	rest := s.Groups
	for i := range s.Pending {
		t := agent.TaskOf(&s.Pending[i])
		group := l.groupOf(t.Request, server.DefaultModel)
		q.Pending = append(q.Pending, forecast.Task{Task: &t, Group: group, Held: held(s.Holds, group)})
		if t.NotBefore.IsZero() && rest[group] > 0 {
			rest[group]--
		}
	}
	for _, group := range slices.Sorted(maps.Keys(rest)) {
		kind, model, _ := strings.Cut(group, "/")
		q.Rest = append(q.Rest, forecast.Rest{Group: group, Kind: kind, Model: model, Count: rest[group], Held: held(s.Holds, group)})
	}
	for i := range s.Lanes {
		if lane := &s.Lanes[i]; lane.State != dispatcher.LaneIdle {
			t := agent.TaskOf(&lane.Task)
			live, _ := lane.Progress.Detail.(agent.Live)
			q.Running = append(q.Running, forecast.Running{
				Task: &t, Group: l.groupOf(t.Request, server.DefaultModel), State: lane.State, Live: live,
			})
		}
	}
	return q, s.Version
}

// groupOf names what a request competes for; model is what a chat gets that names none.
func (l *Local) groupOf(request agent.Request, model string) string {
	if request.KindName() == agent.KindChat {
		request.Model = cmp.Or(request.Model, model)
	}
	return l.kinds.Group(request)
}

// held reports whether a group is held by something that ends nobody knows when. A server that is left alone for a moment
// comes back at a time that is known.
func held(holds []dispatcher.Hold, group string) bool {
	return slices.ContainsFunc(holds, func(h dispatcher.Hold) bool { return !passes(h.Reason) && h.Covers(group) })
}

// passes reports whether a hold ends by itself, at a time that can be told.
func passes(reason string) bool { return reason == HoldBusy || reason == HoldConversations }

// foresee adds to a state what is expected of its tasks.
func (l *Local) foresee(s *State, request dispatcher.SnapshotRequest) {
	if request == (dispatcher.SnapshotRequest{}) {
		return // whoever looks at no list does not ask how long it takes
	}
	f := l.forecaster.look()
	s.Forecast = forecast.View{All: f.All, Held: f.Held, Tasks: make(map[uint64]forecast.Estimate, len(s.Lanes)+len(s.Pending))}
	expect := func(serial uint64, place int) {
		if e := f.Task(serial, place); e.End.Known() {
			s.Forecast.Tasks[serial] = e
		}
	}
	for i := range s.Lanes {
		if s.Lanes[i].State != dispatcher.LaneIdle {
			expect(s.Lanes[i].Task.Serial, -1)
		}
	}
	for i := range s.Pending {
		if hold := s.holdOf(&s.Pending[i]); hold == "" || passes(hold) { // as it is now
			expect(s.Pending[i].Serial, max(request.Pending.Offset, 0)+i)
		}
	}
}
