package main

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"sync"
	"sync/atomic"
	"time"

	"drover/dispatcher"
)

// An inversion is the start of a task while one of a higher priority, submitted earlier, was pending. When
// exactly a task was taken from the queue cannot be seen from outside, but it can be enclosed: not before
// its lane was free (the previous agent function there was about to return), and not after its own agent
// function was called. So a low task is counted if a higher one
//   - had been submitted, that is SubmitTask had returned, before the low one's lane was free, and
//   - was on a lane that was not free yet when the low one's agent function was called,
//
// which cannot be but an inversion. The moments are numbers from one atomic counter, which order them for all
// goroutines. A channel measured in the same way shows that the count can be other than zero.

// inversions counts them with eight producers and ten lanes, and with one lane, whose order is exact.
func inversions(s scale) []row {
	n := s.of(100_000, 20_000)
	counted := func(what string, lanes int) row {
		mine := invertedStarts(dispatcherLives(n, lanes))
		return row{
			what: fmt.Sprintf("priority inversions among %d tasks, 8 producers, %s", n, what),
			ours: fmt.Sprint(mine), than: "channel", theirs: fmt.Sprint(invertedStarts(channelLives(n, lanes))),
			goal: "0", met: yesNo(mine == 0),
		}
	}
	return []row{counted("10 lanes", workers), counted("1 lane", 1)}
}

// life is what is known of one task's way, as numbers of the counter.
type life struct {
	priority  int
	submitted int64 // its submit had returned
	freed     int64 // the lane that was to run it had nothing else to do from here on
	started   int64 // its agent function was called
}

// recorder observes lives. Each is written by its producer and its lane, and read when all is over.
type recorder struct {
	clock atomic.Int64
	lives []life
	freed [workers]int64 // by lane
}

func newRecorder(n int) *recorder {
	r := &recorder{lives: make([]life, n)}
	for i := range r.lives {
		r.lives[i].priority = i % 3
	}
	return r
}

func (r *recorder) submit(i int, submit func()) {
	submit()
	r.lives[i].submitted = r.clock.Add(1)
}

func (r *recorder) run(i, lane int) {
	l := &r.lives[i]
	l.freed, l.started = r.freed[lane], r.clock.Add(1)
	for begin := time.Now(); time.Since(begin) < 2*time.Microsecond; { // so that a queue builds up
	}
	r.freed[lane] = r.clock.Add(1)
}

func dispatcherLives(n, lanes int) []life {
	r := newRecorder(n)
	p := openDispatcher(n, func(_ context.Context, t *dispatcher.Task) error {
		r.run(t.Payload.(int), t.WorkerID)
		return nil
	})
	must(p.SetWorkers(lanes))
	inParallel(maxProducers, n, func(producer, i int) {
		task := &p.tasks[producer].Task
		task.ID, task.Priority, task.Payload = p.ids[i], r.lives[i].priority, i
		r.submit(i, func() { must(p.SubmitTask(task)) })
	})
	p.wait()
	p.close()
	return r.lives
}

func channelLives(n, lanes int) []life {
	r := newRecorder(n)
	tasks := make(chan int, n)
	var wg sync.WaitGroup
	for lane := range lanes {
		wg.Go(func() {
			for i := range tasks {
				r.run(i, lane)
			}
		})
	}
	inParallel(maxProducers, n, func(_, i int) { r.submit(i, func() { tasks <- i }) })
	close(tasks)
	wg.Wait()
	return r.lives
}

// invertedStarts counts the lives that began before a higher one that was pending.
func invertedStarts(lives []life) int {
	// For each priority: the moments of submission, and of all that had been submitted by then the latest
	// moment at which a lane became free for one.
	type level struct{ submitted, freed []int64 }
	var levels [3]level
	sorted := slices.SortedFunc(slices.Values(lives), func(a, b life) int { return int(a.submitted - b.submitted) })
	for _, l := range sorted {
		at := &levels[l.priority]
		freed := l.freed
		if n := len(at.freed); n > 0 {
			freed = max(freed, at.freed[n-1])
		}
		at.submitted, at.freed = append(at.submitted, l.submitted), append(at.freed, freed)
	}
	count := 0
	for _, low := range lives {
		for _, higher := range levels[:low.priority] {
			before := sort.Search(len(higher.submitted), func(i int) bool { return higher.submitted[i] >= low.freed })
			if before > 0 && higher.freed[before-1] > low.started {
				count++
				break
			}
		}
	}
	return count
}
