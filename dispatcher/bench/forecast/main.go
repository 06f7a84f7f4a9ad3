// Forecast measures how wrong drover is about when tasks end. It gives a batch of mixed tasks, of two models, another kind
// of agent and all priorities, to an engine that has seen none of them, and compares what is expected when half of them
// have ended with what comes:
//
//	go run -C dispatcher/bench ./forecast [-tasks 60] [-lanes 10] [-rounds 3] [-real]
//
// The server is a scripted one in this process, whose models work on two requests at once each; with -real a real one,
// whose binary is the one that DROVER_OLLAMA names, or ollama in the PATH. A round of 60 tasks takes about a minute.
//
// Errors are parts of what remained. The answers of the scripted server have from 20 to 219 tokens by chance, so that no
// forecast can be exact: the rest of a batch is rarely like its beginning.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"os/signal"
	"time"

	"drover/agent"
	"drover/agent/engine"
	"drover/agent/engine/enginetest"
	"drover/agent/ollama"
	"drover/agent/ollamatest"
	"drover/agent/ollamatest/realserver"
	"drover/dispatcher"
)

func main() {
	var b bench
	flag.IntVar(&b.tasks, "tasks", 60, "tasks in the batch")
	flag.IntVar(&b.lanes, "lanes", dispatcher.MaxWorkers, "lanes")
	flag.IntVar(&b.rounds, "rounds", 3, "how many batches, each of other tasks")
	flag.BoolVar(&b.real, "real", false, "ask a real server")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := b.run(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "forecast:", err)
		os.Exit(1) //nolint:gocritic // what is deferred only gives the signal back
	}
}

type bench struct {
	tasks, lanes, rounds int
	real                 bool
}

func (b *bench) run(ctx context.Context, out io.Writer) error {
	_, _ = fmt.Fprintf(out, "%d mixed tasks, %d lanes; errors in the middle, as parts of what remained\n\n", b.tasks, b.lanes)
	_, _ = fmt.Fprintf(out, "%9s  %7s  %15s  %12s\n", "remaining", "whole", "median of tasks", "within spread")
	var worst float64
	for seed := range b.rounds {
		errs, err := b.round(ctx, seed)
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintf(out, "%8.1fs  %+6.0f%%  %14.0f%%  %6d of %2d\n",
			errs.Left.Seconds(), 100*errs.Whole, 100*errs.Median(), errs.Within, len(errs.Tasks))
		worst = max(worst, math.Abs(errs.Whole))
	}
	_, _ = fmt.Fprintf(out, "\nlargest error of the whole: %.0f%%\n", 100*worst)
	return nil
}

// round lets a new engine work on a batch.
func (b *bench) round(ctx context.Context, seed int) (*enginetest.ForecastErrors, error) {
	o := engine.Options{
		Workers: b.lanes, Patience: 30 * time.Second, Kinds: enginetest.MixedKinds(), Tasks: agent.FuncOptions{Retry: agent.DefaultRetryPolicy},
	}
	tasks := enginetest.Mixed(b.tasks, seed)
	if b.real {
		server, err := b.realServer(&o)
		if err != nil {
			return nil, err
		}
		defer server.Close()
		defer context.AfterFunc(ctx, server.Close)()
		tasks = realTasks(b.tasks, seed)
	} else {
		running, err := ollamatest.Start(enginetest.MixedServer())
		if err != nil {
			return nil, err
		}
		defer running.Close()
		if o.Server.Host, err = ollama.ParseHost(running.URL); err != nil {
			return nil, err
		}
	}
	e, err := engine.New(o)
	if err != nil {
		return nil, err
	}
	defer func() { _ = e.Close() }()
	return enginetest.MeasureForecast(ctx, e, tasks)
}

func (b *bench) realServer(o *engine.Options) (*realserver.Server, error) {
	binary, err := realserver.Find()
	if err != nil {
		return nil, err
	}
	server, err := realserver.Run(binary, realserver.Settings()...)
	if err != nil {
		return nil, err
	}
	o.Server = ollama.Config{Host: server.URL}
	return server, nil
}

// realTasks are for two models of a real server: the answers of one are all alike, those of the other end at their limit.
func realTasks(n, seed int) []agent.Submission {
	tasks := enginetest.Mixed(n, seed, realserver.Count, realserver.Loop)
	random := rand.New(rand.NewPCG(uint64(seed), 3))
	for i := range tasks {
		if tasks[i].Model == realserver.Loop {
			tasks[i].Options = map[string]any{"num_predict": 500 + random.IntN(4000)}
		}
	}
	return tasks
}
