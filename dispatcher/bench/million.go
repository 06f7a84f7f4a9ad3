package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	"drover/dispatcher"
)

const (
	many  = 1_000_000
	few   = 1000
	batch = 250 // operations for one figure: enough for the clock, few beside few
)

// million compares operations on a queue with a million pending tasks with the same on a thousand, twice: with tasks that
// are picked from the same thousand of the million, which shows what the length of the queue costs, and with tasks from
// all of it. For the latter a machine needs longer because its caches do not hold a million of anything; how much longer is
// measured with a bare map as a yardstick. What looks for a task by its ID cannot be quicker than that, so it is
// compared with it, too: it reads a record and its neighbours where the map reads one value.
func million(s scale) []row {
	rounds := s.of(101, 21)
	small := newHeld(few)
	big := newHeld(many)
	warmHeap(512 << 20)
	// A collection in the middle of a batch would empty the caches; the warm heap has room for what follows.
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	defer big.close()
	defer small.close()
	var rows []row
	for _, op := range []struct {
		name string
		run  func(*held) float64
		from origin
		goal float64
	}{
		{"yardstick, look up in a map", (*held).lookUp, fromThousand, 0},
		{"yardstick, look up in a map", (*held).lookUp, fromAll, 0},
		{"yardstick, look up in a map and read what is found", (*held).lookUpAndRead, fromAll, 0},
		{"push", (*held).push, fromNew, 2}, // it looks whether the ID is there already
		{"cancel from the middle", (*held).cancel, fromThousand, 2},
		{"cancel from the middle", (*held).cancel, fromAll, 2},
		{"reprioritise", (*held).reprioritise, fromThousand, 2},
		{"reprioritise", (*held).reprioritise, fromAll, 2},
		{"move by one place", (*held).moveByOne, fromThousand, 2},
		{"move by one place", (*held).moveByOne, fromAll, 2},
		{"move to the front", (*held).moveToFront, fromThousand, 2},
		{"move to the front", (*held).moveToFront, fromAll, 2},
		{"pop (and run)", (*held).pop, fromHead, 2},
	} {
		byID := op.goal > 0 && (op.from == fromAll || op.from == fromNew)
		small.from, big.from = op.from, op.from
		var few, found pairs
		for i := range rounds + 1 {
			ours, theirs := op.run(big), op.run(small)
			var lookUp float64
			if byID {
				lookUp = big.lookUpAndRead()
			}
			if i > 0 { // the first ones warm up
				few.add(ours, theirs)
				found.add(ours, lookUp)
			}
		}
		name := "1,000,000 pending: " + op.name + op.from.String()
		rows = append(rows, compare(name, "1,000 pending", few, nanoseconds, op.goal))
		if byID {
			rows = append(rows, compare(name, "look up in a map of as many and read what is found", found, nanoseconds, 0))
		}
	}
	return rows
}

// origin says which tasks an operation is for.
type origin uint8

const (
	fromNew      origin = iota // those that it brings
	fromHead                   // the next ones
	fromAll                    // any of the pending ones
	fromThousand               // any of a thousand of them, always the same
)

func (o origin) String() string {
	return [...]string{"", "", ", any of them", ", any of the same 1,000"}[o]
}

// cancelPending measures the cancel of a pending task. It is done before everything else: with what that leaves behind
// (a heap in pieces, caches full of other things) a figure of a hundred nanoseconds is that of the allocator.
func cancelPending(s scale) []row {
	h := newHeld(few)
	defer h.close()
	warmHeap(64 << 20)
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	var times []float64
	for range s.of(901, 201) {
		times = append(times, h.cancel())
	}
	return []row{absolute("cancel of a pending task, 1,000 pending", median(times), nanoseconds, 150)}
}

// warmHeap leaves the runtime with memory that is free but has been in use, as in a program that has run for a
// while. Without it the operations that allocate would measure how fast the system hands out new pages.
func warmHeap(size int) {
	ballast := make([]byte, size)
	for i := 0; i < size; i += 4096 {
		ballast[i] = 1
	}
	runtime.KeepAlive(ballast)
	ballast = nil
	runtime.GC()
	runtime.GC() // the first one's sweep may still be going on
}

// held is a dispatcher on hold with a number of pending tasks, which every operation leaves as it was.
type held struct {
	d        *dispatcher.TaskDispatcher
	pending  []string // IDs, in no order; wrong once pop has been called
	thousand []string // those of a thousand neighbours in the middle; not in pending, unless they are all
	from     origin   // whose are picked
	spare    []string // IDs not used yet
	task     dispatcher.Task
	picked   [batch]string

	yardstick map[string]*dispatcher.Task // as many entries as there are pending tasks
	found     int

	left   int // how many tasks may still start; used by the one lane only, after a Release
	popped chan time.Time
}

func newHeld(n int) *held {
	h := &held{popped: make(chan time.Time), yardstick: make(map[string]*dispatcher.Task)}
	d, err := dispatcher.NewTaskDispatcher(context.Background(), h.agent, 1, dispatcher.WithCapacity(2*n))
	must(err)
	must(d.Start())
	d.Pause()
	h.d = d
	const used = 1000 * batch // more than all operations of all rounds push
	all := names(n + used)
	h.pending, h.spare = all[:n:n], all[n:]
	for i, id := range h.pending {
		h.task.ID, h.task.Priority = id, i%3
		must(d.SubmitTask(&h.task))
		h.yardstick[id] = &dispatcher.Task{ID: id}
	}
	h.thousand = h.pending
	if n > few {
		middle := (n - few) / 2
		h.thousand = slices.Clone(h.pending[middle : middle+few])
		h.pending = slices.Delete(h.pending, middle, middle+few)
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

// pick chooses the IDs of a batch at random, none twice, and moves them to the end of those that it chooses from, which
// it returns.
func (h *held) pick() []string {
	ids := h.pending
	if h.from == fromThousand {
		ids = h.thousand
	}
	for i := range batch {
		last := len(ids) - 1 - i
		j := rand.IntN(last + 1)
		ids[j], ids[last] = ids[last], ids[j]
		h.picked[i] = ids[last]
	}
	return ids
}

// fresh takes the IDs of a batch from the unused ones.
func (h *held) fresh() {
	copy(h.picked[:], h.spare)
	h.spare = h.spare[batch:]
}

func (h *held) submit(i int) {
	h.task.ID, h.task.Priority = h.picked[i], i%3
	must(h.d.SubmitTask(&h.task))
}

func (h *held) push() float64 {
	h.fresh()
	took := timed(h.submit)
	for _, id := range h.picked {
		must(h.d.CancelTask(id))
	}
	return took
}

func (h *held) cancel() float64 {
	ids := h.pick()
	took := timed(func(i int) { must(h.d.CancelTask(h.picked[i])) })
	h.fresh()
	for i := range batch {
		h.submit(i)
	}
	copy(ids[len(ids)-batch:], h.picked[:])
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

func (h *held) lookUp() float64 {
	h.pick()
	return timed(func(i int) {
		if h.yardstick[h.picked[i]] != nil {
			h.found++
		}
	})
}

func (h *held) lookUpAndRead() float64 {
	h.pick()
	return timed(func(i int) {
		if t := h.yardstick[h.picked[i]]; t != nil {
			h.found += t.Priority
		}
	})
}

// pop lets a batch of tasks run on the one lane. The agent function of the last one holds the queue again,
// so that exactly that many leave it.
func (h *held) pop() float64 {
	h.left = batch
	start := time.Now()
	h.d.Resume()
	took := float64((<-h.popped).Sub(start)) / batch
	h.fresh()
	for i := range batch {
		h.submit(i)
	}
	return took
}

func (h *held) agent(context.Context, *dispatcher.Task) error {
	if h.left--; h.left == 0 {
		h.d.Pause()
		h.popped <- time.Now()
	}
	if h.left < 0 {
		panic(fmt.Sprintf("a task started while the queue was on hold (%d)", h.left))
	}
	return nil
}
