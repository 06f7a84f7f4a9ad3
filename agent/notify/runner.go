package notify

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"time"

	"drover/agent/descriptors"
)

const (
	// patience is how long a command is waited for before the next one begins beside it: in most cases they run one after
	// the other, and one that hangs does not hold up the others.
	patience = time.Second
	// atOnce is how many commands run at the same time.
	atOnce = 5
	// waiting is how many commands may wait for those; what comes beyond is dropped and logged. Of a hundred failures at
	// once the first ones say enough.
	waiting = 20
	// limit is how long a command may take.
	limit = 30 * time.Second
	// outputLimit is how much of what a command prints is logged, in bytes.
	outputLimit = 2 << 10
)

// job is one command to be run.
type job struct {
	event, command string
	variables      []string
}

// runner runs commands in the order of their events, on goroutines that live as long as there are some.
type runner struct {
	log    *slog.Logger
	limit  time.Duration   // another value than the constant is for tests
	ctx    context.Context // of the commands; it ends with close
	cancel context.CancelFunc
	done   sync.WaitGroup
	places chan struct{} // holds a value for each command that runs

	mu     sync.Mutex // guards what follows
	jobs   []job
	busy   bool
	closed bool
}

func (r *runner) init(log *slog.Logger) {
	r.log, r.limit, r.places = log, limit, make(chan struct{}, atOnce)
	r.ctx, r.cancel = context.WithCancel(context.Background())
}

// run has a command run soon.
func (r *runner) run(j job) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.closed:
	case len(r.jobs) >= waiting:
		r.log.Warn("a command was not run: too many are waiting", "event", j.event)
	default:
		r.jobs = append(r.jobs, j)
		if !r.busy {
			r.busy = true
			r.done.Go(r.work)
		}
	}
}

func (r *runner) work() {
	for {
		r.mu.Lock()
		if len(r.jobs) == 0 {
			r.busy = false
			r.mu.Unlock()
			return
		}
		j := r.jobs[0]
		r.jobs = r.jobs[1:]
		r.mu.Unlock()
		r.places <- struct{}{} // a command gives its place back in time
		ended := make(chan struct{})
		r.done.Go(func() {
			defer func() { <-r.places }()
			defer close(ended)
			r.do(j)
		})
		select {
		case <-ended:
		case <-time.After(patience):
		}
	}
}

// do runs one command and logs what comes of it.
func (r *runner) do(j job) {
	ctx, cancel := context.WithTimeout(r.ctx, r.limit)
	defer cancel()
	shell, flag := "sh", "-c"
	if runtime.GOOS == "windows" {
		shell, flag = "cmd", "/c"
	}
	cmd := exec.CommandContext(ctx, shell, flag, j.command)
	cmd.Env = environment(os.Environ(), j.variables)
	inGroup(cmd)
	cmd.WaitDelay = time.Second // a program that it leaves behind may hold its output
	out := &beginning{limit: outputLimit}
	cmd.Stdout, cmd.Stderr = out, out
	descriptors.Keep() // the reader of the screen's keys has one that is not kept
	if err := cmd.Run(); err != nil {
		if r.ctx.Err() == nil && ctx.Err() != nil {
			err = fmt.Errorf("it took more than %v and was ended", r.limit)
		}
		r.log.Warn("a command has failed", "event", j.event, "error", err, "output", out.String())
		return
	}
	r.log.Debug("a command was run", "event", j.event, "output", out.String())
}

// environment is that of this process, without keys and without variables that could be taken for those of the event.
func environment(own, event []string) []string {
	list := make([]string, 0, len(own)+len(event))
	for _, v := range own {
		if !strings.HasPrefix(v, "DROVER_") && !strings.HasPrefix(v, "OLLAMA_API_KEY=") {
			list = append(list, v)
		}
	}
	return append(list, event...)
}

// close ends what runs when the grace is over.
func (r *runner) close() {
	r.mu.Lock()
	r.closed, r.jobs = true, nil
	r.mu.Unlock()
	grace := time.AfterFunc(closeGrace, r.cancel)
	r.done.Wait()
	grace.Stop()
	r.cancel()
}

// closeGrace is how long a command may still take when the program ends.
const closeGrace = 2 * time.Second

// beginning keeps the first bytes that are written to it. Written by one goroutine at a time.
type beginning struct {
	text  []byte
	limit int
}

func (b *beginning) Write(p []byte) (int, error) {
	b.text = append(b.text, p[:min(len(p), b.limit-len(b.text))]...)
	return len(p), nil
}

// String returns what was kept.
func (b *beginning) String() string { return string(b.text) }
