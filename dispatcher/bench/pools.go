package main

import "github.com/alitto/pond/v2"

// pondPool is the pool that people import. Each task gets a handle with which one can wait for its end: what comes
// nearest to a status.
var pondPool = subject{
	name: "pond, Submit", lacks: "priority, cancel of one, status by ID",
	open: func(int) pool { return pondAdapter{pond.NewPool(workers)} },
}

type pondAdapter struct{ pond.Pool }

func (p pondAdapter) submit(_, _ int) { p.Submit(func() {}) }
func (p pondAdapter) wait()           { p.StopAndWait() }
func (p pondAdapter) close()          {}
