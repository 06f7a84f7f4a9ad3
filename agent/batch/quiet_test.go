package batch

import (
	"context"
	"strings"
	"testing"
	"time"

	"drover/agent"
	"drover/agent/engine"
	"drover/dispatcher"
)

// A run in which nothing happens says what it waits for.
func TestRunSaysWhatItWaitsFor(t *testing.T) {
	slow := func(context.Context, string) (string, error) {
		time.Sleep(40 * time.Second)
		return "done", nil
	}
	withBench(t, 1, slow, func(b *bench) {
		b.options.Tasks = items("a", "b")
		if _, err := Run(b.Context(), b.options); err != nil {
			b.Fatal(err)
		}
		want := `waiting: 1 running, 1 pending; task-1 waiting for 15s, nothing said yet
waiting: 1 running, 1 pending; task-1 waiting for 30s, nothing said yet
waiting: 1 running, 0 pending; task-2 waiting for 15s, nothing said yet
waiting: 1 running, 0 pending; task-2 waiting for 30s, nothing said yet
`
		var got strings.Builder
		for line := range strings.Lines(b.progress.String()) {
			if strings.HasPrefix(line, "waiting: ") {
				got.WriteString(line)
			}
		}
		if got.String() != want {
			b.Errorf("got\n%s\nwant\n%s", got.String(), want)
		}
	})
}

func TestWaiting(t *testing.T) {
	t.Parallel()
	now := time.Unix(1000, 0)
	lane := func(id string, live agent.Live) engine.Lane {
		return engine.Lane{Task: agent.Task{ID: id}, Since: now.Add(-time.Minute), Live: live}
	}
	for want, s := range map[string]engine.State{
		"waiting: 0 running, 0 pending": {Lanes: make([]engine.Lane, 2)},
		"waiting: 0 running, 3 pending (2 of them for their next attempt); nothing starts: no model server": {
			Delayed: 2, Holds: []dispatcher.Hold{{Reason: "no \x1b[2Jmodel server"}}, Metrics: dispatcher.DispatcherMetrics{PendingTasks: 3},
		},
		"waiting: 4 running, 0 pending; a queued for 20s, nothing said yet; b quiet for 40s; c generating, 7 tokens; and 1 more": {Lanes: []engine.Lane{
			lane("a", agent.Live{Phase: agent.PhaseQueued, Sent: now.Add(-20 * time.Second)}),
			lane("b", agent.Live{Phase: agent.PhaseGenerating, Tokens: 3, LastToken: now.Add(-40 * time.Second), SilenceWarning: 30 * time.Second}),
			lane("c", agent.Live{Phase: agent.PhaseGenerating, Tokens: 7, LastToken: now}), lane("d", agent.Live{}),
		}},
		"waiting: 1 running, 0 pending; a running for 1m0s": {Lanes: []engine.Lane{lane("a\x1b[2J", agent.Live{Phase: agent.PhaseRunning})}},
	} {
		if got := waiting(s, now); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
