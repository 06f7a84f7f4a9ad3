package dispatcher_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	. "drover/dispatcher"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start makes a dispatcher, starts it, and shuts it down at the end of the test. Within a synctest bubble the
// caller shuts it down itself, before the bubble ends.
func start(t *testing.T, workers int, agent AgentFunc, opts ...Option) *TaskDispatcher {
	t.Helper()
	d, err := NewTaskDispatcher(context.Background(), agent, workers, opts...)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
	return d
}

func stop(t *testing.T, d *TaskDispatcher) {
	t.Helper()
	if err := d.Shutdown(time.Minute); err != nil {
		t.Error(err)
	}
}

func submit(t *testing.T, d *TaskDispatcher, priority int, ids ...string) {
	t.Helper()
	for _, id := range ids {
		if err := d.SubmitTask(&Task{ID: id, Priority: priority}); err != nil {
			t.Fatalf("submit %s: %v", id, err)
		}
	}
}

func names(prefix string, n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("%s-%d", prefix, i)
	}
	return ids
}

// lines collects strings from several goroutines.
type lines struct {
	mu   sync.Mutex
	list []string
}

func (l *lines) add(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(l.list, fmt.Sprintf(format, args...))
}

func (l *lines) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.list)
}

func wantLines(t *testing.T, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func wantStatus(t *testing.T, d *TaskDispatcher, id string, want TaskStatus) {
	t.Helper()
	got, err := d.GetTaskStatus(id)
	if err != nil || got != want {
		t.Errorf("status of %s: %v, %v; want %v", id, got, err, want)
	}
}

// wantSum checks row 9: the counters of one instant add up.
func wantSum(t *testing.T, m DispatcherMetrics) {
	t.Helper()
	if sum := m.PendingTasks + m.RunningTasks + m.CompletedTasks + m.FailedTasks + m.CancelledTasks; sum != m.TotalTasks {
		t.Errorf("total %d ≠ sum %d: %+v", m.TotalTasks, sum, m)
	}
}

// block is an agent function that works until its context ends.
func block(ctx context.Context, _ *Task) error {
	<-ctx.Done()
	return context.Cause(ctx)
}

func nothing(context.Context, *Task) error { return nil }
