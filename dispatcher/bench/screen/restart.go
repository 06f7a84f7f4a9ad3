//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"drover/agent"
	"drover/agent/engine"
	"drover/agent/ollama"
)

// left is how many tasks an earlier process left in the queue.
const left = 100_000

// restart is how long it takes from the start of the program until its first frame is seen, with the queue on it that
// an earlier one left.
func (b *bench) restart() error {
	home, err := os.MkdirTemp("", "drover-cost-home-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(home) }()
	state := filepath.Join(home, "state")
	if err := leave(state, left); err != nil {
		return err
	}
	environment := []string{"HOME=" + home, "XDG_CONFIG_HOME=" + home, "XDG_STATE_HOME=" + home, "OLLAMA_HOST=127.0.0.1:1"}
	var times []time.Duration
	for range b.starts {
		t, err := open(environment, b.program, "--state-dir", state)
		if err != nil {
			return err
		}
		at, err := t.waitText("of 100k")
		t.close()
		if err != nil {
			return err
		}
		times = append(times, at.Sub(t.begun))
	}
	d := percentile(times, 0.5)
	b.table.row(fmt.Sprintf("the same with %d pending tasks in its journal, median of %d", left, b.starts), millis(d), "",
		"≤ 500 ms", d <= 500*time.Millisecond)
	return nil
}

// leave makes a state directory with so many pending tasks.
func leave(dir string, tasks int) error {
	nowhere, err := ollama.ParseHost("127.0.0.1:1")
	if err != nil {
		return err
	}
	s, err := engine.New(engine.Options{
		Workers: 1, Server: ollama.Config{Host: nowhere}, Held: []string{"nothing is to start"},
		Storage: &engine.StorageOptions{Dir: dir, Origin: engine.OriginScreen, Interrupted: engine.InterruptedLeave},
	})
	if err != nil {
		return err
	}
	defer s.Close()
	list := make([]agent.Submission, tasks)
	for i := range list {
		list[i] = agent.Submission{
			ID: fmt.Sprint(i + 1), Priority: i % 3,
			Request: agent.Request{Model: "llama3.2", Prompt: fmt.Sprintf("Summarise chapter %d of the book in three sentences", i+1)},
		}
	}
	return errors.Join(s.SubmitAll(context.Background(), list, nil)...)
}
