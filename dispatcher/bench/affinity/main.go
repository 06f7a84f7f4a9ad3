// Affinity measures what it brings to start tasks by the model that is in memory. It gives a shuffled batch of short
// tasks for several models to the engine of drover, once with affinity and once without, each time against a fresh
// real Ollama server that holds one model in memory, and prints how long it took and how often a model was loaded:
//
//	go run -C dispatcher/bench ./affinity [-tasks 60] [-models 3] [-lanes 10] [-rounds 1]
//
// The server's binary is the one that DROVER_OLLAMA names, or ollama in the PATH. OLLAMA_ variables are settings of
// the server. The models are tiny, so that loading one is mostly the start of a process: with real ones the
// difference is larger.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"time"

	"drover/agent"
	"drover/agent/engine"
	"drover/agent/ollama"
	"drover/agent/ollamatest/realserver"
	"drover/dispatcher"
)

func main() {
	var b bench
	flag.IntVar(&b.tasks, "tasks", 60, "tasks in the batch")
	flag.IntVar(&b.models, "models", 3, "models they are for")
	flag.IntVar(&b.lanes, "lanes", dispatcher.MaxWorkers, "lanes")
	flag.IntVar(&b.rounds, "rounds", 1, "how often to measure each")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := b.run(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "affinity:", err)
		os.Exit(1) //nolint:gocritic // what is deferred only gives the signal back
	}
}

type bench struct{ tasks, models, lanes, rounds int }

// outcome is what one batch took.
type outcome struct {
	wall  time.Duration
	loads int
}

func (b bench) run(ctx context.Context, out io.Writer) error {
	binary, err := realserver.Find()
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(out, "%d shuffled tasks for %d models, %d lanes, one model in memory at a time\n\n", b.tasks, b.models, b.lanes)
	_, _ = fmt.Fprintf(out, "%-8s  %9s  %5s\n", "affinity", "wall time", "loads")
	for range b.rounds {
		with, err := b.measure(ctx, binary, time.Hour)
		if err != nil {
			return err
		}
		without, err := b.measure(ctx, binary, 0)
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintf(out, "%-8s  %9v  %5d\n", "with", with.wall.Round(10*time.Millisecond), with.loads)
		_, _ = fmt.Fprintf(out, "%-8s  %9v  %5d\n", "without", without.wall.Round(10*time.Millisecond), without.loads)
		_, _ = fmt.Fprintf(out, "%.1f times as fast\n", without.wall.Seconds()/with.wall.Seconds())
	}
	return nil
}

// measure runs the batch against a server of its own. Every task may be passed over for that long.
func (b bench) measure(ctx context.Context, binary string, patience time.Duration) (outcome, error) {
	server, err := realserver.Run(binary, append(realserver.Settings(), "OLLAMA_MAX_LOADED_MODELS=1")...)
	if err != nil {
		return outcome{}, err
	}
	defer server.Close()
	defer context.AfterFunc(ctx, server.Close)()
	models := make([]string, b.models)
	for i := range models {
		models[i] = fmt.Sprintf("%s-%d", realserver.Short, i+1)
		if err := server.AddModel(ctx, models[i]); err != nil {
			return outcome{}, err
		}
	}
	const hold = "the batch is handed over" // at once: otherwise the lanes take what happens to be there first
	s, err := engine.New(engine.Options{
		Workers: b.lanes, Held: []string{hold}, Patience: patience, Server: ollama.Config{Host: server.URL},
		Tasks: agent.FuncOptions{Retry: agent.DefaultRetryPolicy},
	})
	if err != nil {
		return outcome{}, err
	}
	defer s.Close()
	ended, left := make(chan struct{}), b.tasks
	defer s.Observe(engine.Observer{Ended: func(*agent.Task) {
		if left--; left == 0 {
			close(ended)
		}
	}})()
	order := rand.New(rand.NewPCG(1, 2)).Perm(b.tasks) // the same each time
	start, loads := time.Now(), server.Loads()
	for i, n := range order {
		task := agent.Submission{ID: fmt.Sprint(i), Priority: dispatcher.PriorityNormal}
		task.Request = agent.Request{Prompt: "go", Model: models[n%b.models]}
		if err := errors.Join(s.SubmitAll(ctx, []agent.Submission{task}, nil)...); err != nil {
			return outcome{}, err
		}
	}
	s.Release(hold)
	<-ended
	took := outcome{wall: time.Since(start), loads: server.Loads() - loads}
	if m := s.State(dispatcher.SnapshotRequest{}).Metrics; m.CompletedTasks != b.tasks {
		return outcome{}, errors.Join(fmt.Errorf("%d of %d tasks completed", m.CompletedTasks, b.tasks), ctx.Err())
	}
	return took, nil
}
