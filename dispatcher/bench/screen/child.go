//go:build linux

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"drover/agent"
	"drover/agent/engine"
	"drover/dispatcher"
	"drover/tui"
)

// report is what a child knows of itself; the parent asks for it with a line on descriptor 3 and reads it from 4.
type report struct {
	Forks    bool          `json:"forks"`    // it has had children of its own
	Heap     uint64        `json:"heap"`     // bytes in use after collecting
	RSS      uint64        `json:"rss"`      // bytes
	Reported int           `json:"reported"` // events that storms told, when they are over
	Seen     int           `json:"seen"`     // tokens that the engine knows of
	P99      time.Duration `json:"p99"`      // what telling one cost, at the 99th percentile
	Ended    int           `json:"ended"`
}

// child shows a screen with work of some kind on it: "KIND COUNT", and "each" behind it to have every event drawn by
// itself.
func child(spec string) error {
	words := append(strings.Fields(spec), "", "")
	kind, frames := words[0], words[2]
	n, _ := strconv.Atoi(words[1])
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var events chan struct{}
	if frames == "each" {
		events = make(chan struct{})
	}
	var a agents
	local, err := newEngine(&a, events)
	if err != nil {
		return err
	}
	defer local.Close()
	var shown engine.Engine = local
	options := tui.Options{Theme: "dark"}
	if events != nil {
		shown, options.FrameGap = eachEvent{local, events}, -1
	}
	for range n {
		if _, err := local.Submit(ctx, agent.Request{Kind: measuredKind, Prompt: kind}, dispatcher.PriorityNormal); err != nil {
			return err
		}
	}
	go answer(local, &a, os.NewFile(3, "questions"), os.NewFile(4, "answers"))
	return tui.Run(ctx, shown, options)
}

// newEngine makes an engine whose agents are those that are measured. With events each of theirs waits until it has been
// received there.
func newEngine(a *agents, events chan struct{}) (*engine.Local, error) {
	var measured agent.Agent = a
	if events != nil {
		measured = sending{a, events}
	}
	return engine.New(engine.Options{
		Workers: dispatcher.MaxWorkers, Demo: true, Kinds: agent.Kinds{{Name: measuredKind, Agent: measured}},
	})
}

// measuredKind is the kind of the requests of all tasks.
const measuredKind = "measured"

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
	*engine.Local
	events chan struct{}
}

func (e eachEvent) Subscribe() (<-chan struct{}, func()) { return e.events, func() {} }

// answer answers the parent.
func answer(e engine.Engine, a *agents, questions, answers *os.File) {
	for lines := bufio.NewScanner(questions); lines.Scan(); {
		var children syscall.Rusage
		_ = syscall.Getrusage(syscall.RUSAGE_CHILDREN, &children) // fails for wrong arguments only
		state := e.State(dispatcher.SnapshotRequest{})
		r := report{Forks: children.Maxrss > 0, RSS: resident(), Seen: state.OutputTokens}
		r.P99, r.Reported = a.p99()
		r.Ended = state.EndedTotal
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
