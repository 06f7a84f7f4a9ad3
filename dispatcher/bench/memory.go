package main

import (
	"runtime"

	"drover/dispatcher"
)

// memory measures what a task costs while it is queued, and what is left of it when it has ended and ended
// tasks are not kept. The IDs are the caller's and exist before.
func memory(scale) []row {
	const n = 100_000
	var queued, kept []float64
	for range 3 {
		p := openDispatcher(n, nothing, dispatcher.WithRetention(0))
		p.Pause()
		before := heap()
		inParallel(1, n, p.submit)
		queued = append(queued, (heap()-before)/n)
		p.Resume()
		p.wait()
		kept = append(kept, (heap()-before)/n)
		p.close()
	}
	return []row{
		absolute("memory of a queued task, 100,000 queued", median(queued), bytes, 200),
		absolute("memory left of an ended task, retention off", median(kept), bytes, 40),
	}
}

// heap returns the bytes in use after everything that can go has gone.
func heap() float64 {
	runtime.GC()
	runtime.GC() // the first one's sweep may still be going on
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}
