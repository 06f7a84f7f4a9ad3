package main

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"time"

	"drover/dispatcher"
)

const (
	many  = 1_000_000
	batch = 250 // operations for one figure: enough for the clock
)

// million compares operations on tasks that are picked at random from a queue of a million with looking up and reading
// an entry of a bare map with as many. A machine's caches hold a million of nothing, so that is the least it could be.
func million(s scale) []row {
	h := newHeld(many)
	defer h.close()
	warmHeap(512 << 20)
	// A collection in the middle of a batch would empty the caches; the warm heap has room for what follows.
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	var rows []row
	for _, op := range []struct {
		name string
		run  func(*held) float64
	}{
		{"cancel", (*held).cancel},
		{"change the priority", (*held).reprioritise},
		{"move by one place", (*held).moveByOne},
		{"move to the front", (*held).moveToFront},
	} {
		var p pairs
		for i := range s.of(101, 21) + 1 {
			ours, theirs := op.run(h), h.lookUp()
			if i > 0 { // the first ones warm up
				p.add(ours, theirs)
			}
		}
		rows = append(rows, compare("1,000,000 pending: "+op.name, "look up in a map of as many", p, nanoseconds, 3))
	}
	return rows
}

// warmHeap leaves the runtime with memory that is free but has been in use, as in a program that has run for a
// while. Without it the operations that allocate would measure how fast the system hands out new pages.
func warmHeap(size int) {
	ballast := make([]byte, size)
	for i := 0; i < size; i += 4096 {
		ballast[i] = 1
	}
	runtime.KeepAlive(ballast)
	runtime.GC()
	runtime.GC() // the first one's sweep may still be going on
}

// held is a dispatcher on hold with a number of pending tasks, which every operation leaves as it was.
type held struct {
	d       *dispatcher.TaskDispatcher
	pending []string // IDs, in no order
	spare   []string // IDs not used yet
	task    dispatcher.Task
	picked  [batch]string

	yardstick map[string]*dispatcher.Task // as many entries as there are pending tasks
	found     int
}

func newHeld(n int) *held {
	h := &held{yardstick: make(map[string]*dispatcher.Task)}
	// Nothing is forgotten, which would be one more operation by ID in each cancel.
	d, err := dispatcher.NewTaskDispatcher(context.Background(), nothing, 1,
		dispatcher.WithCapacity(2*n), dispatcher.WithRetention(n))
	must(err)
	must(d.Start())
	d.Pause()
	h.d = d
	const used = 200 * batch // more than all rounds submit
	all := names(n + used)
	h.pending, h.spare = all[:n:n], all[n:]
	for i, id := range h.pending {
		h.task.ID, h.task.Priority = id, i%3
		must(d.SubmitTask(&h.task))
		h.yardstick[id] = &dispatcher.Task{ID: id}
	}
	return h
}

// close lets what is pending be cancelled at once; that it did not run in time is no news.
func (h *held) close() { _ = h.d.Shutdown(0) }

// timed returns the nanoseconds an operation takes, from a batch of them.
func timed(operation func(i int)) float64 {
	start := time.Now()
	for i := range batch {
		operation(i)
	}
	return float64(time.Since(start)) / batch
}

// pick chooses the IDs of a batch at random, none twice, and moves them to the end of pending.
func (h *held) pick() {
	for i := range batch {
		last := len(h.pending) - 1 - i
		j := rand.IntN(last + 1)
		h.pending[j], h.pending[last] = h.pending[last], h.pending[j]
		h.picked[i] = h.pending[last]
	}
}

// cancel cancels a batch, and submits new ones in its place.
func (h *held) cancel() float64 {
	h.pick()
	took := timed(func(i int) { must(h.d.CancelTask(h.picked[i])) })
	fresh := h.spare[:batch]
	h.spare = h.spare[batch:]
	for i, id := range fresh {
		h.task.ID, h.task.Priority = id, i%3
		must(h.d.SubmitTask(&h.task))
	}
	copy(h.pending[len(h.pending)-batch:], fresh)
	return took
}

func (h *held) reprioritise() float64 {
	h.pick()
	level := rand.IntN(3)
	return timed(func(i int) { must(h.d.SetPriority(h.picked[i], level)) })
}

func (h *held) moveByOne() float64 {
	h.pick()
	return timed(func(i int) { must(h.d.Move(h.picked[i], 1-2*(i%2))) })
}

func (h *held) moveToFront() float64 {
	h.pick()
	return timed(func(i int) { must(h.d.Move(h.picked[i], math.MinInt)) })
}

// lookUp is the yardstick. A few of the IDs are not in the map: those of the tasks that came in the place of cancelled ones.
func (h *held) lookUp() float64 {
	h.pick()
	return timed(func(i int) {
		if t := h.yardstick[h.picked[i]]; t != nil {
			h.found += t.Priority
		}
	})
}
