package journal

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"drover/dispatcher"
)

// dispatch starts a dispatcher with a journal.
func dispatch(t *testing.T, j *Journal, agent dispatcher.AgentFunc, restore *Recovered) *dispatcher.TaskDispatcher {
	t.Helper()
	d, err := dispatcher.NewTaskDispatcher(context.Background(), agent, 2, dispatcher.WithJournal(j), dispatcher.WithCapacity(10_000))
	if err == nil && restore != nil {
		err = d.Restore(restore.Tasks(), restore.Failures)
	}
	if err == nil {
		err = d.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func queued(d *dispatcher.TaskDispatcher) string {
	var list []*dispatcher.Task
	s := d.Snapshot(dispatcher.SnapshotRequest{Pending: dispatcher.Window{Limit: 100}})
	for i := range s.Pending {
		list = append(list, &s.Pending[i])
	}
	return ids(list)
}

func TestDispatcherGoesOnWhereItStopped(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	j := open(t, dir)
	running := make(chan string, 2)
	d := dispatch(t, j, func(ctx context.Context, task *dispatcher.Task) error {
		task.Result = "part of " + task.ID
		running <- task.ID
		<-ctx.Done()
		return context.Cause(ctx)
	}, nil)
	must(d.SubmitTask(&dispatcher.Task{ID: "r1", Payload: "x"}))
	must(d.SubmitTask(&dispatcher.Task{ID: "r2", Payload: "x"}))
	<-running
	<-running
	for i := range 12 {
		must(d.SubmitTask(&dispatcher.Task{ID: fmt.Sprint("t", i), Priority: i % 3, Payload: "x"}))
	}
	must(d.Move("t11", -2))
	must(d.Move("t3", 1))
	must(d.SetPriority("t4", dispatcher.PriorityLow))
	must(d.UpdatePayload("t5", "y"))
	must(d.CancelTask("t6"))
	order := queued(d)
	if err := d.Shutdown(0); !errors.Is(err, dispatcher.ErrShutdownTimeout) {
		t.Fatal(err)
	}
	closed(t, j)

	j = open(t, dir)
	left := recovered(t, j, "screen", 10)
	if got := ids(left.Pending) + ", " + ids(left.Interrupted) + ", " + ids(left.Ended); got != order+", r1 r2, t6" {
		t.Errorf("got %s, the order was %s", got, order)
	}
	if left.Interrupted[0].Result != "part of r1" || left.Interrupted[0].Error.Error() != "interrupted" {
		t.Errorf("%+v", left.Interrupted[0])
	}
	var mu sync.Mutex
	var ran []string
	d = dispatch(t, j, func(_ context.Context, task *dispatcher.Task) error {
		mu.Lock()
		defer mu.Unlock()
		ran = append(ran, fmt.Sprint(task.ID, task.Payload))
		return nil
	}, left)
	must(d.Retry("r1"))
	must(d.Wait())
	must(d.Shutdown(time.Minute))
	must(j.Settle(left.Interrupted[1].Serial))
	closed(t, j)
	if len(ran) != 12 {
		t.Errorf("%q", ran)
	}

	j = open(t, dir)
	left = recovered(t, j, "screen", 100)
	if len(left.Pending)+len(left.Interrupted) != 0 || len(left.Ended) != 14 || left.Ended[13].ID != "r2" ||
		left.Ended[13].Error.Error() != "interrupted" {
		t.Errorf("%s, %s, %s", ids(left.Pending), ids(left.Interrupted), ids(left.Ended))
	}
}

func TestOriginsAreKeptApart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	from := func(origin string) func(*Options) { return func(o *Options) { o.Origin = origin } }
	w := newEntryWriter(t, open(t, dir, from("run")))
	w.accept("waits", 1, "x")
	stopped := w.accept("ran", 1, "x")
	w.start(&stopped)
	failed := w.accept("failed", 1, "x")
	w.end(&failed, dispatcher.StatusFailed, nil, errors.New("x"), 1)
	w.accept("both", 1, "x")
	closed(t, w.Journal)
	w = newEntryWriter(t, open(t, dir))
	r := recovered(t, w.Journal, "screen", 10)
	if len(r.Tasks())+len(r.Failures) != 0 || r.Elsewhere != 3 {
		t.Errorf("%+v", r)
	}
	mine := w.accept("both", 0, "x")
	w.start(&mine)
	// What runs here is nobody's left-over.
	r = recovered(t, w.Journal, "", 10)
	if ids(r.Tasks()) != "failed ran waits both" || len(r.Failures) != 1 || r.Elsewhere != 0 {
		t.Errorf("%s, %+v", ids(r.Tasks()), r)
	}
	closed(t, w.Journal)
	// Of several with one ID one is returned: those that are open first, then the latest.
	w = newEntryWriter(t, open(t, dir, from("run")))
	r = recovered(t, w.Journal, "", 10)
	if ids(r.Pending) != "waits" || ids(r.Interrupted) != "ran both" || ids(r.Ended) != "failed" {
		t.Errorf("%s, %s, %s", ids(r.Pending), ids(r.Interrupted), ids(r.Ended))
	}
	again := w.accept("failed", 1, "x")
	w.end(&again, dispatcher.StatusCompleted, nil, nil, 0)
	if r = recovered(t, w.Journal, "run", 10); len(r.Ended) != 1 || r.Ended[0].Serial != again.Serial {
		t.Errorf("%+v", r.Ended)
	}
}

func TestManyWaitForOneCommit(t *testing.T) {
	t.Parallel()
	j := open(t, t.TempDir())
	// The writer is held up until all have come.
	const n = 2000
	var all sync.WaitGroup
	appended := make(chan struct{}, n)
	before := j.Syncs()
	if err := j.do(func(*conn) error {
		for i := range n {
			all.Go(func() {
				position := j.Append(dispatcher.Entry{Kind: dispatcher.EntryAccepted, Task: dispatcher.Task{ID: fmt.Sprint(i), Serial: uint64(i + 1)}})
				appended <- struct{}{}
				j.Sync(position)
			})
		}
		for range n {
			<-appended
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	all.Wait()
	if syncs := j.Syncs() - before; syncs != 1 {
		t.Errorf("%d commits", syncs)
	}
	if got := len(recovered(t, j, "", 0).Pending); got != n {
		t.Errorf("%d tasks", got)
	}
	j.Sync(1)       // long ago
	j.Sync(1 << 60) // never appended
}
