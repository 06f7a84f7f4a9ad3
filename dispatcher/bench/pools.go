package main

import (
	"sync"

	"github.com/alitto/pond/v2"
	"github.com/gammazero/workerpool"
	"github.com/panjf2000/ants/v2"
	concpool "github.com/sourcegraph/conc/pool"
)

// The pools people import, with their defaults. What each of them does not do is said in its row.
var (
	pondPool = subject{
		name: "pond, Submit", lacks: "priority, cancel of one, status by ID",
		open: func(int) pool { return pondAdapter{pond.NewPool(workers)} },
	}
	pondGo = subject{
		name: "pond, Go", lacks: "priority, cancel of one, status, a handle on the task",
		open: func(int) pool { return pondGoAdapter{pondAdapter{pond.NewPool(workers)}} },
	}
	gammazero = subject{
		name: "workerpool", lacks: "priority, cancel, status, bound, panics",
		open: func(int) pool { return workerpoolAdapter{workerpool.New(workers)} },
	}
	antsPool = subject{
		name: "ants", lacks: "priority, cancel, status, queue (a submit waits for a worker)",
		open: openAnts,
	}
	concPool = subject{
		name: "conc/pool", lacks: "priority, cancel of one, status, queue (a submit waits for a worker)",
		open: func(int) pool { return concAdapter{concpool.New().WithMaxGoroutines(workers)} },
	}
)

// pondAdapter gets a handle for each task, with which one can wait for its end: what comes nearest to a
// status.
type pondAdapter struct{ pond.Pool }

func (p pondAdapter) submit(_, _ int) { p.Submit(func() {}) }
func (p pondAdapter) wait()           { p.StopAndWait() }
func (p pondAdapter) close()          {}

// pondGoAdapter gets nothing.
type pondGoAdapter struct{ pondAdapter }

func (p pondGoAdapter) submit(_, _ int) { must(p.Go(func() {})) }

type workerpoolAdapter struct{ *workerpool.WorkerPool }

func (p workerpoolAdapter) submit(_, _ int) { p.Submit(func() {}) }
func (p workerpoolAdapter) wait()           { p.StopWait() }
func (p workerpoolAdapter) close()          {}

// antsAdapter counts its tasks, since ants has no way to wait for them.
type antsAdapter struct {
	*ants.Pool
	wg sync.WaitGroup
}

func openAnts(n int) pool {
	p, err := ants.NewPool(workers)
	must(err)
	a := &antsAdapter{Pool: p}
	a.wg.Add(n)
	return a
}

func (p *antsAdapter) submit(_, _ int) { must(p.Submit(p.wg.Done)) }
func (p *antsAdapter) wait()           { p.wg.Wait() }
func (p *antsAdapter) close()          { p.Release() }

type concAdapter struct{ *concpool.Pool }

func (p concAdapter) submit(_, _ int) { p.Go(func() {}) }
func (p concAdapter) wait()           { p.Wait() }
func (p concAdapter) close()          {}
