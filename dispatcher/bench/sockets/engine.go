package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"drover/agent"
	"drover/agent/engine"
	"drover/agent/remote"
	"drover/dispatcher"
)

// atOnce is an agent that has done it at once.
type atOnce struct{}

func (atOnce) Run(_ context.Context, r agent.Request, _ func(agent.Event)) (agent.Result, error) {
	return agent.Result{Text: r.Prompt}, nil
}

const kind = "at-once"

func request(text string) agent.Request { return agent.Request{Kind: kind, Prompt: text} }

// open makes an engine, with a journal if it is to be durable.
func (b *bench) open(durable bool) (*engine.Local, string, error) {
	b.places++
	dir := filepath.Join(b.dir, fmt.Sprint(b.places))
	o := engine.Options{Workers: dispatcher.MaxWorkers, Kinds: agent.Kinds{{Name: kind, Agent: atOnce{}}}}
	o.Server.Host = &url.URL{Scheme: "http", Host: "127.0.0.1:1"} // nobody, whom no task needs
	if durable {
		o.Storage = &engine.StorageOptions{Dir: dir, Origin: engine.OriginScreen, Restore: true, Interrupted: engine.InterruptedAgain}
	}
	e, err := engine.New(o)
	return e, dir + ".sock", err
}

// serve puts an engine behind a socket.
func serve(e engine.Engine, path string) (stop func(), err error) {
	l, err := remote.Listen(context.Background(), path)
	if err != nil {
		return nil, err
	}
	s := remote.NewServer(e, remote.ServerOptions{})
	done := make(chan struct{})
	go func() { defer close(done); _ = s.Serve(l) }()
	return func() { _ = s.Close(); <-done }, nil
}

// dial connects to a socket and counts what goes through.
func dial(path string, bytes *atomic.Int64) (*remote.Client, error) {
	return remote.Dial(context.Background(), path, remote.ClientOptions{Dial: func(ctx context.Context) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, "unix", path)
		if err != nil {
			return nil, err
		}
		return counted{c, bytes}, nil
	}})
}

type counted struct {
	net.Conn
	bytes *atomic.Int64
}

func (c counted) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.bytes.Add(int64(n))
	return n, err
}

func (c counted) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.bytes.Add(int64(n))
	return n, err
}

func median(values []time.Duration) time.Duration {
	slices.Sort(values)
	return values[len(values)/2]
}

// submits compares one submitter here with one elsewhere.
func (b *bench) submits() error {
	e, path, err := b.open(true)
	if err != nil {
		return err
	}
	defer e.Close()
	stop, err := serve(e, path)
	if err != nil {
		return err
	}
	defer stop()
	c, err := remote.Dial(context.Background(), path, remote.ClientOptions{})
	if err != nil {
		return err
	}
	defer c.Close()
	_ = e.SetPaused(true)
	var here, there []time.Duration
	for range b.pairs {
		for _, side := range []struct {
			e     engine.Engine
			times *[]time.Duration
		}{{e, &here}, {c, &there}} {
			begin := time.Now()
			for range b.singles {
				if _, err := side.e.Submit(context.Background(), request("x"), dispatcher.PriorityNormal); err != nil {
					return err
				}
			}
			*side.times = append(*side.times, time.Since(begin)/time.Duration(b.singles))
		}
	}
	h, t := median(here), median(there)
	ratio := float64(t) / float64(h)
	b.say(fmt.Sprintf("durable submit elsewhere %v, here %v", t.Round(time.Microsecond), h.Round(time.Microsecond)),
		fmt.Sprintf("%.2f ×", ratio), "≤ 1.5 ×", ratio <= 1.5)
	return nil
}

// many counts what 64 clients submit at once.
func (b *bench) many() error {
	const clients = 64
	e, path, err := b.open(true)
	if err != nil {
		return err
	}
	defer e.Close()
	stop, err := serve(e, path)
	if err != nil {
		return err
	}
	defer stop()
	_ = e.SetPaused(true)
	run := func(each func(int) (engine.Engine, func(), error)) (float64, error) {
		var n atomic.Int64
		var all sync.WaitGroup
		var failed atomic.Value
		end := time.Now().Add(b.stretch)
		for i := range clients {
			e, leave, err := each(i)
			if err != nil {
				return 0, err
			}
			all.Go(func() {
				defer leave()
				for time.Now().Before(end) {
					if _, err := e.Submit(context.Background(), request("x"), dispatcher.PriorityNormal); err != nil {
						failed.Store(err)
						return
					}
					n.Add(1)
				}
			})
		}
		all.Wait()
		err, _ := failed.Load().(error)
		return float64(n.Load()) / b.stretch.Seconds(), err
	}
	here, err := run(func(int) (engine.Engine, func(), error) { return e, func() {}, nil })
	if err != nil {
		return err
	}
	there, err := run(func(int) (engine.Engine, func(), error) {
		c, err := remote.Dial(context.Background(), path, remote.ClientOptions{})
		if err != nil {
			return nil, nil, err
		}
		return c, func() { _ = c.Close() }, nil
	})
	b.say(fmt.Sprintf("durable submits of %d clients a second (here %.0f)", clients, here), fmt.Sprintf("%.0f", there), "≥ 20,000", there >= 20_000)
	return err
}

// deaf compares the throughput of lanes with and without readers that never read.
func (b *bench) deaf() error {
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
	var alone, watched []float64
	for range b.pairs {
		speed, err := b.throughput(e)
		if err != nil {
			return err
		}
		alone = append(alone, speed)
		var conns []net.Conn
		for range 10 {
			c, err := net.Dial("unix", path)
			if err != nil {
				return err
			}
			conns = append(conns, c)
			if _, err := io.WriteString(c, "GET /v1/events?after=0 HTTP/1.1\r\nHost: d\r\n\r\n"); err != nil {
				return err
			}
		}
		if _, err = b.throughput(e); err != nil { // until the buffers of the readers are full
			return err
		}
		if speed, err = b.throughput(e); err != nil {
			return err
		}
		watched = append(watched, speed)
		for _, c := range conns {
			_ = c.Close()
		}
	}
	slices.Sort(alone)
	slices.Sort(watched)
	a, w := alone[len(alone)/2], watched[len(watched)/2]
	b.say(fmt.Sprintf("tasks a second with ten readers that never read (%.0f alone)", a), fmt.Sprintf("%.3f ×", w/a), "≥ 0.98 ×", w/a >= 0.98)
	return nil
}

// throughput is how many tasks a second end.
func (b *bench) throughput(e *engine.Local) (float64, error) {
	e.Forget()
	_ = e.SetPaused(true)
	tasks := make([]agent.Submission, b.tasks)
	for i := range tasks {
		tasks[i] = agent.Submission{Priority: dispatcher.PriorityNormal, Request: request(strings.Repeat("x", 100))}
	}
	for _, err := range e.SubmitAll(context.Background(), tasks, nil) {
		if err != nil {
			return 0, err
		}
	}
	var left atomic.Int64
	left.Store(int64(b.tasks))
	done := make(chan struct{})
	stop := e.Observe(engine.Observer{Ended: func(*agent.Task) {
		if left.Add(-1) == 0 {
			close(done)
		}
	}})
	defer stop()
	begin := time.Now()
	_ = e.SetPaused(false)
	<-done
	return float64(b.tasks) / time.Since(begin).Seconds(), nil
}
