package main

import (
	"context"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"drover/agent/engine"
	"drover/agent/remote"
	"drover/dispatcher"
	"drover/tui"
)

// firstFrame is a terminal that waits for a text.
type firstFrame struct {
	mu   sync.Mutex
	once sync.Once
	came chan struct{}
	n    int
}

func (f *firstFrame) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.n += len(p); f.n > 2000 { // a frame, and not what sets the terminal up
		f.once.Do(func() { close(f.came) })
	}
	return len(p), nil
}

// show opens a screen and returns how long its first frame took and how to close it.
func show(e engine.Engine) (took func(time.Time) time.Duration, leave func()) {
	ctx, cancel := context.WithCancel(context.Background())
	out := &firstFrame{came: make(chan struct{})}
	in, keys := io.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = tui.Run(ctx, e, tui.Options{
			Priority: "normal", Input: in, Output: out, Width: 200, Height: 50,
			Environment: []string{"TERM=xterm-256color"},
		})
	}()
	return func(begin time.Time) time.Duration { <-out.came; return time.Since(begin) },
		func() { cancel(); _ = keys.Close(); <-done }
}

// attach compares the first frame of a screen elsewhere with that of one here.
func (b *bench) attach() error {
	e, path, err := b.open(false)
	if err != nil {
		return err
	}
	defer e.Close()
	stop, err := serve(e, path)
	if err != nil {
		return err
	}
	defer stop()
	for i := range 200 {
		if _, err := e.Submit(context.Background(), request(fmt.Sprint("task ", i)), dispatcher.PriorityNormal); err != nil {
			return err
		}
	}
	var here, there []time.Duration
	for range 3 * b.pairs {
		begin := time.Now()
		took, leave := show(e)
		here = append(here, took(begin))
		leave()
		begin = time.Now()
		c, err := remote.Dial(context.Background(), path, remote.ClientOptions{})
		if err != nil {
			return err
		}
		took, leave = show(c)
		there = append(there, took(begin))
		leave()
		_ = c.Close()
	}
	h, t := median(here), median(there)
	ratio := float64(t) / float64(h)
	b.say(fmt.Sprintf("attach to the first frame %v, here %v", t.Round(100*time.Microsecond), h.Round(100*time.Microsecond)),
		fmt.Sprintf("%.2f ×", ratio), "≤ 1.5 ×", ratio <= 1.5)
	return nil
}

// rest counts what goes through the socket while two screens show a server that does nothing.
func (b *bench) rest() error {
	e, path, err := b.open(false)
	if err != nil {
		return err
	}
	defer e.Close()
	stop, err := serve(e, path)
	if err != nil {
		return err
	}
	defer stop()
	var bytes atomic.Int64
	for range 2 {
		c, err := dial(path, &bytes)
		if err != nil {
			return err
		}
		defer c.Close()
		took, leave := show(c)
		defer leave()
		took(time.Now())
	}
	time.Sleep(3 * time.Second) // until the model server has been asked and did not answer
	before := bytes.Load()
	time.Sleep(b.still)
	n := float64(bytes.Load()-before) / b.still.Seconds()
	b.say("bytes a second through the socket of two screens at rest", fmt.Sprintf("%.0f", n), "0", n == 0)
	return nil
}
