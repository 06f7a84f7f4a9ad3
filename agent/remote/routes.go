package remote

import (
	"context"
	"math"
	"net/http"
	"strconv"
	"time"

	"drover/agent/engine"
	"drover/dispatcher"
)

// route is one thing that a server does for others.
type route struct {
	method string
	name   string // behind /v1/
	handle handler
}

// routes are all of them: one for each method of engine.Engine, in the order of that. openapi.yaml describes them, and a
// test compares it with this table.
var routes = []route{
	{http.MethodGet, "hello", func(s *Server, w http.ResponseWriter, _ *http.Request) { answer(w, s.Hello(), nil) }},

	{http.MethodPost, "submit", (*Server).submit},
	{http.MethodPost, "submit-all", (*Server).submitAll},
	{http.MethodPost, "check", (*Server).check},
	{http.MethodPost, "cancel", act(func(e engine.Engine, in idBody) error { return e.Cancel(in.ID) })},
	{http.MethodPost, "retry", act(func(e engine.Engine, in idBody) error { return e.Retry(in.ID) })},
	{http.MethodPost, "priority", act(setPriority)},
	{http.MethodPost, "move", act(func(e engine.Engine, in moveBody) error { return e.Move(in.ID, in.Places) })},
	{http.MethodPost, "edit", act(edit)},
	{http.MethodPost, "pause", act(func(e engine.Engine, in pauseBody) error { return e.SetPaused(in.Paused) })},
	{http.MethodPost, "hold", act(func(e engine.Engine, in reasonBody) error { e.Hold(in.Reason); return nil })},
	{http.MethodPost, "release", act(func(e engine.Engine, in reasonBody) error { e.Release(in.Reason); return nil })},
	{http.MethodPost, "recover", act(func(e engine.Engine, in recoverBody) error { return e.Recover(in.Again) })},
	{http.MethodPost, "workers", act(func(e engine.Engine, in workersBody) error { return e.SetWorkers(in.Workers) })},
	{http.MethodPost, "answer", act(func(e engine.Engine, in answerBody) error { return e.Answer(in.ID, in.Answer) })},
	{http.MethodPost, "comment", act(func(e engine.Engine, in commentBody) error { return e.Comment(in.ID, in.Text) })},
	{http.MethodPost, "dismiss", act(func(e engine.Engine, in dismissBody) error {
		e.DismissErrors(in.Seqs...)
		return nil
	})},
	{http.MethodPost, "forget", call(func(_ context.Context, e engine.Engine, in forgetBody) (forgotten, error) {
		return forgotten{e.Forget(in.IDs...)}, nil
	})},
	{http.MethodPost, "drain", (*Server).drain},
	{http.MethodPost, "stop", (*Server).stop},

	{http.MethodPost, "look", act(func(e engine.Engine, _ nothing) error { e.Look(); return nil })},
	{http.MethodPost, "unload", change(func(ctx context.Context, e engine.Engine, in unloadBody) error {
		return e.Unload(ctx, in.Server, in.Model)
	})},
	{http.MethodGet, "abilities", func(s *Server, w http.ResponseWriter, r *http.Request) {
		answer(w, abilities{s.engine.Abilities(r.Context(), r.URL.Query().Get("model"))}, nil)
	}},

	{http.MethodGet, "snapshot", (*Server).getSnapshot},
	{http.MethodPost, "snapshot", call2((*Server).snapshot)},
	{http.MethodGet, "task", (*Server).task},
	{http.MethodGet, "why", func(s *Server, w http.ResponseWriter, r *http.Request) {
		why, err := s.engine.Why(r.URL.Query().Get("id"))
		answer(w, why, err)
	}},
	{http.MethodGet, "output", (*Server).output},
	{http.MethodGet, "events", (*Server).events},
}

// act is change for what has no context.
func act[In any](do func(e engine.Engine, in In) error) handler {
	return change(func(_ context.Context, e engine.Engine, in In) error { return do(e, in) })
}

// call2 is call for what needs more of the server than its engine.
func call2[In, Out any](do func(s *Server, in In) (Out, error)) handler {
	return func(s *Server, w http.ResponseWriter, r *http.Request) {
		call(func(_ context.Context, _ engine.Engine, in In) (Out, error) { return do(s, in) })(s, w, r)
	}
}

func setPriority(e engine.Engine, in priorityBody) error {
	priority, err := dispatcher.ParsePriority(in.Priority)
	if err != nil {
		return err
	}
	return e.SetPriority(in.ID, priority)
}

func edit(e engine.Engine, in editBody) error {
	request, err := readRequest(in.Request)
	if err != nil {
		return err
	}
	return e.Edit(in.ID, request)
}

func (s *Server) check(w http.ResponseWriter, r *http.Request) {
	body, err := readBody(w, r)
	if err != nil {
		refuse(w, err)
		return
	}
	request, err := readRequest(body)
	if err == nil {
		err = s.engine.Check(r.Context(), request)
	}
	answer(w, nothing{}, err)
}

// drain and stop end with the engine for all. The process that has it may end when the answer is on its way.
func (s *Server) drain(w http.ResponseWriter, r *http.Request) { s.finish(w, r, s.engine.Drain) }
func (s *Server) stop(w http.ResponseWriter, r *http.Request)  { s.finish(w, r, s.engine.Stop) }

func (s *Server) finish(w http.ResponseWriter, r *http.Request, how func(context.Context) error) {
	err := how(r.Context())
	answer(w, nothing{}, err)
	if err == nil && s.options.Stopped != nil {
		s.options.Stopped()
	}
}

func (s *Server) getSnapshot(w http.ResponseWriter, r *http.Request) {
	var in snapshotBody
	for name, to := range map[string]*int{
		"pending": &in.Pending.Limit, "pending_from": &in.Pending.Offset, "ended": &in.Ended.Limit, "ended_from": &in.Ended.Offset,
		"errors": &in.Errors.Limit, "errors_from": &in.Errors.Offset,
	} {
		n, err := number(r, name, 0)
		if err != nil {
			refuse(w, err)
			return
		}
		*to = int(n)
	}
	out, err := s.snapshot(in)
	answer(w, out, err)
}

func (s *Server) snapshot(in snapshotBody) (snapshot, error) {
	if len(in.Known) > maxKnown {
		return snapshot{}, badRequest("more than %d tasks are known", maxKnown)
	}
	seq := s.feed.now() // before the state, so that nothing is missed between the two
	state := s.engine.State(dispatcher.SnapshotRequest{
		Pending: window(in.Pending), Ended: window(in.Ended), Errors: window(in.Errors),
	})
	known := make(map[string]bool, len(in.Known))
	for _, tag := range in.Known {
		known[tag] = true
	}
	form, err := s.renderer.state(&state, known)
	return snapshot{seq, form}, err
}

// task waits until the task has ended, if it is asked to.
func (s *Server) task(w http.ResponseWriter, r *http.Request) {
	id := r.URL.Query().Get("id")
	wait, err := duration(r, "wait")
	if err != nil {
		refuse(w, err)
		return
	}
	over := time.NewTimer(wait)
	defer over.Stop()
	for {
		seen := s.feed.seen()
		task, known := s.engine.Task(id)
		if !known {
			refuse(w, dispatcher.ErrTaskNotFound)
			return
		}
		if task.Status.Ended() || wait == 0 {
			answer(w, task, nil)
			return
		}
		select {
		case <-s.feed.next(seen):
		case <-over.C:
			wait = 0
		case <-r.Context().Done():
			return
		}
	}
}

func (s *Server) output(w http.ResponseWriter, r *http.Request) {
	from, err := number(r, "from", 0)
	var limit int64
	if err == nil {
		limit, err = number(r, "limit", maxOutput)
	}
	if err != nil {
		refuse(w, err)
		return
	}
	entries, first, next := s.engine.Output(r.URL.Query().Get("id"), from, int(min(limit, maxOutput)))
	answer(w, output{entries, first, next}, nil)
}

// number returns a number of the query, which is not negative.
func number(r *http.Request, name string, otherwise int64) (int64, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > math.MaxInt64/2 {
		return 0, badRequest("%s is %.40q; it has to be a number from 0 on", name, text)
	}
	return n, nil
}

func duration(r *http.Request, name string) (time.Duration, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, badRequest("%s is %.40q; write a time such as 30s", name, text)
	}
	return min(d, maxWait), nil
}
