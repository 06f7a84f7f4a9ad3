// Runs measures what drover itself takes, against a server of the project's own and against a real Ollama server:
//
//	go run -C dispatcher/bench ./runs [-rounds 5] [-real=false]
//
// It prints what 3,000 short tasks and 100 of 2,000 tokens cost beside a bare loop and curl, the memory that ten streams
// take which say little, the connections that a batch in ten lanes opens, the processor time for each 1,000 tokens, and
// the tokens a second that `drover run` gets out of a real server with ten lanes, beside those of a drover that keeps
// nothing and of ten streams of curl, in rounds in which they take turns.
//
// The binary of the real server is the one that DROVER_OLLAMA names, or ollama in the PATH; OLLAMA_ variables are its
// settings. Measure on a quiet machine.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
)

func main() {
	rounds := flag.Int("rounds", 5, "rounds against the real server")
	tasks := flag.Int("tasks", 30, "tasks of a run against the real server")
	realServer := flag.Bool("real", true, "measure against a real server too")
	loop := flag.String("bare", "", "be the bare loop that drover is compared with, with -tasks chats of the server at this address")
	model := flag.String("model", "", "the model of the bare loop")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	measureAll := func() error { return run(ctx, *rounds, *tasks, *realServer) }
	if *loop != "" {
		measureAll = func() error { return bare(ctx, *loop, *model, *tasks) }
	}
	if err := measureAll(); err != nil {
		fmt.Fprintln(os.Stderr, "runs:", err)
		os.Exit(1) //nolint:gocritic // what is deferred only gives the signal back
	}
}

func run(ctx context.Context, rounds, tasks int, realServer bool) error {
	d, err := build(ctx)
	if err != nil {
		return err
	}
	defer d.remove()
	for _, one := range []func(context.Context, *drover) error{costs, heap, connections, processor} {
		if err := one(ctx, d); err != nil {
			return err
		}
	}
	if !realServer {
		return nil
	}
	return speed(ctx, d, rounds, tasks)
}

// drover is the program, built for measuring, with a place of its own for what it keeps.
type drover struct{ folder, binary string }

func build(ctx context.Context) (*drover, error) {
	folder, err := os.MkdirTemp("", "drover-cost-")
	if err != nil {
		return nil, err
	}
	d := &drover{folder: folder, binary: filepath.Join(folder, "program")}
	command := exec.CommandContext(ctx, "go", "build", "-C", "../..", "-o", d.binary, ".") // from the folder of go run -C dispatcher/bench
	command.Stderr = os.Stderr
	if err := command.Run(); err != nil {
		d.remove()
		return nil, fmt.Errorf("the program cannot be built: %w", err)
	}
	return d, nil
}

func (d *drover) remove() { _ = os.RemoveAll(d.folder) }

// run runs a batch of so many tasks for a model in ten lanes, and returns what that took.
func (d *drover) run(ctx context.Context, host, model string, tasks int, more ...string) (cost, error) {
	arguments := append([]string{"run", "--json", "--quiet", "--host", host, "--model", model}, more...)
	for range tasks {
		arguments = append(arguments, "go")
	}
	command := exec.CommandContext(ctx, d.binary, arguments...)
	command.Env = append(os.Environ(), "HOME="+d.folder, "XDG_CONFIG_HOME="+d.folder, "XDG_STATE_HOME="+d.folder)
	command.Stderr = os.Stderr
	took, err := measure(command)
	if err != nil {
		return cost{}, fmt.Errorf("drover run: %w", err)
	}
	return took, nil
}
