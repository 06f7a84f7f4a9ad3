package main

import (
	"os"
	"sync"
)

// raw is the plain file that everything is compared with: records behind each other.
type raw struct{ *os.File }

func newRaw(name string) (raw, error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	return raw{f}, err
}

// append returns when data is on disk.
func (r raw) append(data []byte) error {
	if _, err := r.Write(data); err != nil {
		return err
	}
	return r.Sync()
}

// grouped is a raw file with group commit: one goroutine writes and syncs what several others have gathered meanwhile.
type grouped struct {
	file raw
	wake chan struct{}
	end  sync.WaitGroup

	mu       sync.Mutex
	gathered []byte
	done     chan struct{} // closed when what is gathered is on disk
	syncs    int
	err      error
}

func newGrouped(name string) (*grouped, error) {
	file, err := newRaw(name)
	g := &grouped{file: file, wake: make(chan struct{}, 1), done: make(chan struct{})}
	g.end.Go(g.work)
	return g, err
}

func (g *grouped) work() {
	for range g.wake {
		g.mu.Lock()
		data, done := g.gathered, g.done
		g.gathered, g.done = nil, make(chan struct{})
		g.mu.Unlock()
		err := g.file.append(data)
		g.mu.Lock()
		g.syncs++
		if err != nil {
			g.err = err
		}
		g.mu.Unlock()
		close(done)
	}
}

// append returns when data is on disk.
func (g *grouped) append(data []byte) error {
	g.mu.Lock()
	first := len(g.gathered) == 0
	g.gathered = append(g.gathered, data...)
	done := g.done
	g.mu.Unlock()
	if first {
		g.wake <- struct{}{}
	}
	<-done
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.err
}

// close waits for the writer. Nobody may append any more.
func (g *grouped) close() error {
	close(g.wake)
	g.end.Wait()
	return g.file.Close()
}
