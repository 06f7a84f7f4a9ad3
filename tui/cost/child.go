//go:build linux

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"drover/agent"
	"drover/agent/transcript"
	"drover/dispatcher"
	"drover/tui"
)

// report is what a child knows of itself; the parent asks for it with a line on descriptor 3 and reads it from 4.
type report struct {
	Forks bool          `json:"forks"` // it has had children of its own
	Heap  uint64        `json:"heap"`  // bytes in use after collecting
	RSS   uint64        `json:"rss"`   // bytes
	Told  int           `json:"told"`  // events that storms told, when they are over
	Seen  int           `json:"seen"`  // tokens that the engine knows of
	P99   time.Duration `json:"p99"`   // what telling one cost, at the 99th percentile
	Ended int           `json:"ended"`
}

// child shows a screen with work of some kind on it: "KIND COUNT", and "each" behind it to have every event drawn by
// itself.
func child(spec string) error {
	words := append(strings.Fields(spec), "", "")
	kind, frames := words[0], words[2]
	n, _ := strconv.Atoi(words[1])
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s, err := newSource(ctx, frames == "each")
	if err != nil {
		return err
	}
	local := tui.NewLocal(s)
	var engine tui.Engine = local
	options := tui.Options{Theme: "dark"}
	if frames == "each" {
		engine, options.FrameGap = eachEvent{local, s.events}, -1
	}
	for range n {
		if _, err := engine.Submit(ctx, agent.Request{Prompt: kind}, dispatcher.PriorityNormal); err != nil {
			return err
		}
	}
	go s.answer(os.NewFile(3, "questions"), os.NewFile(4, "answers"))
	err = tui.Run(ctx, engine, options)
	_ = s.tasks.Shutdown(0)
	return err
}

// source is a tui.Source without a model server.
type source struct {
	tasks  *dispatcher.TaskDispatcher
	output *transcript.Store
	meter  agent.Meter
	agents agents
	events chan struct{} // where each event waits until it is received; nil when they do not
}

func newSource(ctx context.Context, each bool) (*source, error) {
	s := &source{output: transcript.NewStore(0, 0)}
	var a agent.Agent = &s.agents
	if each {
		s.events = make(chan struct{})
		a = sending{a, s.events}
	}
	run := agent.Func(map[string]agent.Agent{agent.KindOllama: s.meter.Watch(a)}, s.output, agent.FuncOptions{})
	var err error
	s.tasks, err = dispatcher.NewTaskDispatcher(ctx, run, dispatcher.MaxWorkers,
		dispatcher.WithCapacity(1_000_000), dispatcher.WithRetention(10_000))
	if err != nil {
		return nil, err
	}
	return s, s.tasks.Start()
}

func (s *source) Tasks() *dispatcher.TaskDispatcher { return s.tasks }
func (s *source) Output() *transcript.Store         { return s.output }
func (s *source) Tokens() int                       { return s.meter.Tokens() }
func (s *source) UseDemo() error                    { return errors.New("there is no demo here") }
func (s *source) Look()                             {}

func (s *source) Abilities(context.Context, string) []string { return nil }
func (s *source) OnServerChange(func())                      {}
func (s *source) Kept() agent.Kept                           { return agent.Kept{} }
func (s *source) Recover(bool) error                         { return nil }
func (s *source) Server() agent.Server {
	return agent.Server{
		Host: "http://127.0.0.1:11434", State: agent.ServerUp, Version: "0.0.0", DefaultModel: "measured:8b",
		Models: []agent.Model{{Name: "measured:8b"}},
	}
}

// Check finds nothing wrong.
func (s *source) Check(context.Context, agent.Request) error { return nil }

// sending has each event wait until the screen has taken it, as a program's Send does.
type sending struct {
	agent.Agent
	events chan struct{}
}

func (a sending) Run(ctx context.Context, request agent.Request, emit func(agent.Event)) (agent.Result, error) {
	return a.Agent.Run(ctx, request, func(e agent.Event) {
		emit(e)
		select {
		case a.events <- struct{}{}:
		case <-ctx.Done():
		}
	})
}

// eachEvent is the engine whose changes are those events.
type eachEvent struct {
	*tui.Local
	events chan struct{}
}

func (e eachEvent) Changes() <-chan struct{} { return e.events }

// answer answers the parent.
func (s *source) answer(questions, answers *os.File) {
	for lines := bufio.NewScanner(questions); lines.Scan(); {
		var children syscall.Rusage
		_ = syscall.Getrusage(syscall.RUSAGE_CHILDREN, &children) // fails for wrong arguments only
		r := report{Forks: children.Maxrss > 0, RSS: resident(), Seen: s.meter.Tokens()}
		r.P99, r.Told = s.agents.p99()
		r.Ended = s.tasks.Snapshot(dispatcher.SnapshotRequest{}).EndedTotal
		if lines.Text() == "heap" {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			r.Heap = m.HeapAlloc
		}
		if err := json.NewEncoder(answers).Encode(r); err != nil {
			return
		}
	}
}

// resident is how much memory of the machine the process has.
func resident() uint64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	var size, pages uint64
	_, _ = fmt.Sscan(string(text), &size, &pages)
	return pages * uint64(os.Getpagesize())
}
