package remote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"drover/agent"
	"drover/agent/engine"
	"drover/agent/engine/enginetest"
	"drover/dispatcher"
)

var everything = dispatcher.SnapshotRequest{
	Pending: dispatcher.Window{Limit: 100}, Ended: dispatcher.Window{Limit: 100}, Errors: dispatcher.Window{Limit: 100},
}

// until waits for a state of a client, looking after each wake.
func until(t *testing.T, c *Client, what string, is func(*engine.State) bool) engine.State {
	t.Helper()
	wake, stop := c.Subscribe()
	defer stop()
	deadline := time.After(30 * time.Second)
	for {
		state := c.State(everything)
		if is(&state) {
			return state
		}
		select {
		case <-wake:
		case <-deadline:
			t.Fatalf("%s: not so; %d pending, %d ended, link %+v", what, state.PendingTotal, state.EndedTotal, state.Link)
		}
	}
}

func contractTask(prompt string) agent.Request {
	return agent.Request{Kind: enginetest.KindName, Prompt: prompt}
}

// Fifty clients submit, follow and cancel at once: each task is there once, and every client is told of every end once.
func TestManyClients(t *testing.T) {
	t.Parallel()
	const clients, each = 50, 6
	e := local(t, 10, agent.Kinds{enginetest.Kind()})
	_, path := serve(t, e)
	var all sync.WaitGroup
	for n := range clients {
		all.Go(func() {
			c, err := Dial(t.Context(), path, ClientOptions{})
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = c.Close() }()
			if err := work(t.Context(), c, n, clients*each); err != nil {
				t.Errorf("client %d: %v", n, err)
			}
		})
	}
	all.Wait()
	m := e.State(dispatcher.SnapshotRequest{}).Metrics
	if m.TotalTasks != clients*each || m.CompletedTasks != clients*each/2 || m.CancelledTasks != clients*each/2 {
		t.Errorf("%+v", m)
	}
}

// work submits six tasks, cancels three of them, and waits until all tasks of all clients have ended.
func work(ctx context.Context, c *Client, n, total int) error {
	ends := make(chan string, 4*total)
	defer c.Observe(engine.Observer{Ended: func(task *agent.Task) { ends <- task.ID }})()
	told := map[string]bool{}
	for i := range 3 {
		if _, err := c.Submit(ctx, contractTask(fmt.Sprint("task ", n, " ", i)), dispatcher.PriorityNormal); err != nil {
			return err
		}
		id, err := c.Submit(ctx, contractTask(fmt.Sprint("hold ", n, " ", i)), dispatcher.PriorityHigh)
		if err == nil {
			err = c.Cancel(id)
		}
		if err == nil {
			var task agent.Task
			if task, err = c.Wait(ctx, id, time.Minute); task.Status != dispatcher.StatusCancelled {
				err = errors.Join(err, fmt.Errorf("task %s is %v", id, task.Status))
			}
		}
		if err != nil {
			return err
		}
	}
	deadline := time.After(time.Minute)
	for c.State(dispatcher.SnapshotRequest{}).EndedTotal < total {
		select {
		case id := <-ends:
			if told[id] {
				return fmt.Errorf("the end of %s was told twice", id)
			}
			told[id] = true
		case <-deadline:
			return fmt.Errorf("%d ends", len(told))
		}
	}
	return nil
}

// Clients that ask for everything and read nothing hold up nobody.
func TestReadersThatDoNotRead(t *testing.T) {
	t.Parallel()
	e := local(t, 2, agent.Kinds{enginetest.Kind()})
	_, path := serve(t, e)
	for _, what := range []string{"events?after=0", "events", "snapshot?pending=1000&ended=1000", "events?tasks=false"} {
		conn, err := dial(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		for range 20 { // they fill the buffers
			if _, err := io.WriteString(conn, "GET /v1/"+what+" HTTP/1.1\r\nHost: d\r\n\r\n"); err != nil {
				t.Fatal(err)
			}
		}
	}
	c := client(t, path)
	tasks := make([]agent.Submission, 1100)
	for i := range tasks {
		tasks[i] = agent.Submission{Priority: dispatcher.PriorityNormal, Request: contractTask(fmt.Sprint(i))}
	}
	if err := errors.Join(c.SubmitAll(t.Context(), tasks, nil)...); err != nil {
		t.Fatal(err)
	}
	until(t, c, "all ended", func(s *engine.State) bool { return s.EndedTotal == len(tasks) })
}

// When the server goes, a client shows what it knew and says so; with the next one it goes on, and its observers are told of
// what ended meanwhile, once.
func TestReconnect(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "s")
	e := local(t, 1, agent.Kinds{enginetest.Kind()})
	l, err := Listen(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	s := NewServer(e, ServerOptions{Build: "test"})
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	c := client(t, path)
	ends := make(chan string, 100)
	defer c.Observe(engine.Observer{Ended: func(task *agent.Task) { ends <- task.ID }})()
	if _, err := c.Submit(t.Context(), contractTask("a"), 1); err != nil {
		t.Fatal(err)
	}
	before := until(t, c, "one ended", func(s *engine.State) bool { return s.EndedTotal == 1 })
	if id := <-ends; id != "1" || before.Link.Server == "" || before.Link.Advice != "" {
		t.Errorf("%s, %+v", id, before.Link)
	}

	if err := errors.Join(s.Close(), <-served); err != nil {
		t.Fatal(err)
	}
	lost := until(t, c, "lost", func(s *engine.State) bool { return !s.Link.Lost.IsZero() && !s.Link.Retry.IsZero() })
	if len(lost.Ended) != 1 || lost.Link.Err == "" || lost.Version != before.Version {
		t.Errorf("%+v", lost)
	}
	if got := c.State(dispatcher.SnapshotRequest{Ended: dispatcher.Window{Offset: 5, Limit: 5}}); len(got.Ended) != 0 {
		t.Error("another stretch of the list has what was in the first")
	}
	if _, err := c.Submit(shortly(t), contractTask("b"), 1); err == nil {
		t.Error("it was submitted to nobody")
	}
	for _, id := range []string{"x", "y"} { // while nobody looks
		if err := errors.Join(e.SubmitAll(t.Context(), []agent.Submission{{ID: id, Request: contractTask(id)}}, nil)...); err != nil {
			t.Fatal(err)
		}
	}
	wake, stop := e.Subscribe()
	defer stop()
	for e.State(dispatcher.SnapshotRequest{}).EndedTotal < 3 {
		<-wake
	}

	again := serveAt(t, e, path)
	after := until(t, c, "found again", func(s *engine.State) bool { return s.Link.Lost.IsZero() && s.EndedTotal == 3 })
	if after.Version < before.Version || c.Hello().Instance != again.Hello().Instance {
		t.Errorf("version %d and then %d, instance %s", before.Version, after.Version, c.Hello().Instance)
	}
	if x, y := <-ends, <-ends; x != "x" || y != "y" || len(ends) > 0 {
		t.Errorf("the ends are %s, %s and %d more", x, y, len(ends))
	}
}

func shortly(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	t.Cleanup(cancel)
	return ctx
}

// What a client has of a task is not sent again, and it has it all the same.
func TestKnownTasksAreNotSentAgain(t *testing.T) {
	t.Parallel()
	e := local(t, 1, agent.Kinds{enginetest.Kind()})
	_, path := serve(t, e)
	c := client(t, path)
	if err := c.SetPaused(true); err != nil {
		t.Fatal(err)
	}
	for _, prompt := range []string{"a", "b", "c"} {
		if _, err := c.Submit(t.Context(), contractTask(prompt), 1); err != nil {
			t.Fatal(err)
		}
	}
	first := c.State(everything)
	if err := c.Edit("2", contractTask("B")); err != nil {
		t.Fatal(err)
	}
	tags, known := c.session().reader.known()
	answer, err := ask[snapshot](t.Context(), c, c.session(), "POST", "snapshot", snapshotBody{everything, tags})
	if err != nil || len(known) != 3 {
		t.Fatalf("%v, known are %v", err, tags)
	}
	sent := slices.DeleteFunc(answer.State.Pending, func(text json.RawMessage) bool { return len(text) < 40 })
	second := c.State(everything)
	if len(sent) != 1 || first.Pending[1].Request.Prompt != "b" || second.Pending[1].Request.Prompt != "B" || second.Pending[0].ID != "1" {
		t.Errorf("sent were %s; %+v", sent, second.Pending)
	}
}

// A server of another build is said, and what no server of this protocol is, is refused.
func TestAnotherBuildIsSaid(t *testing.T) {
	t.Parallel()
	e := local(t, 1, nil)
	path := filepath.Join(t.TempDir(), "s")
	s := serveAt(t, e, path)
	c, err := Dial(t.Context(), path, ClientOptions{Build: "newer"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if advice := c.State(everything).Link.Advice; advice != "the server is another build, test, and this is newer: "+adviceReplace {
		t.Errorf("it says %q", advice)
	}
	s.hello.Protocol = Protocols{MaxProtocol + 1, MaxProtocol + 2}
	if _, err := Dial(t.Context(), path, ClientOptions{}); err == nil || errors.Is(err, ErrNoServer) {
		t.Errorf("a server of another protocol: %v", err)
	}
	if _, err := Dial(t.Context(), path+"x", ClientOptions{}); !errors.Is(err, ErrNoServer) {
		t.Errorf("no server: %v", err)
	}
}
