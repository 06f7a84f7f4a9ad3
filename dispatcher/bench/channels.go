package main

import (
	"context"
	"sync"
	"time"

	"drover/dispatcher"
)

// What people write by hand.

var (
	bareChannel = subject{
		name: "bare channel", lacks: "priority, cancel, status, panics",
		open: func(n int) pool { return openChannel(n) },
	}
	trackedChannel = subject{
		name: "channel with context and map", lacks: "priority, metrics, retention, panics",
		open: func(n int) pool { return openTracked(n) },
	}
)

// channelPool is a channel of functions and the goroutines that receive from it.
type channelPool struct {
	tasks chan func()
	wg    sync.WaitGroup
}

func openChannel(n int) *channelPool {
	p := &channelPool{tasks: make(chan func(), n)}
	for range workers {
		p.wg.Go(func() {
			for task := range p.tasks {
				task()
			}
		})
	}
	return p
}

func (p *channelPool) submit(_, _ int) { p.tasks <- func() {} }
func (p *channelPool) wait()           { close(p.tasks); p.wg.Wait() }
func (p *channelPool) close()          {}

// trackedPool is what a channel becomes when each task is to have an ID, a context that can be cancelled, a
// status and timestamps. An entry leaves the map when its task ends, which is cheaper than keeping it; so it
// knows nothing of ended tasks.
type trackedPool struct {
	ids    []string
	ctx    context.Context
	cancel context.CancelFunc
	tasks  chan *trackedTask
	wg     sync.WaitGroup

	mu    sync.Mutex
	known map[string]*trackedTask
}

type trackedTask struct {
	id                      string
	ctx                     context.Context
	cancel                  context.CancelFunc
	status                  dispatcher.TaskStatus
	created, started, ended time.Time
}

func openTracked(n int) *trackedPool {
	p := &trackedPool{ids: idsFor(n), tasks: make(chan *trackedTask, n), known: map[string]*trackedTask{}}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	for range workers {
		p.wg.Go(p.work)
	}
	return p
}

func (p *trackedPool) submit(_, i int) {
	t := &trackedTask{id: p.ids[i], created: time.Now()}
	t.ctx, t.cancel = context.WithCancel(p.ctx)
	p.mu.Lock()
	p.known[t.id] = t
	p.mu.Unlock()
	p.tasks <- t
}

func (p *trackedPool) work() {
	for t := range p.tasks {
		now := time.Now()
		p.mu.Lock()
		t.status, t.started = dispatcher.StatusRunning, now
		p.mu.Unlock()
		now = time.Now()
		p.mu.Lock()
		t.status, t.ended = dispatcher.StatusCompleted, now
		delete(p.known, t.id)
		p.mu.Unlock()
		t.cancel()
	}
}

func (p *trackedPool) wait()  { close(p.tasks); p.wg.Wait() }
func (p *trackedPool) close() { p.cancel() }
