package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"drover/agent/ollamatest"

	"github.com/ollama/ollama/api"
)

// cost is what a process took.
type cost struct {
	wall, processor time.Duration
	peak            int64 // most memory, in bytes; 0 where the system does not tell
}

// measure runs a command to its end. The processor time has that of its children, the memory has not.
func measure(command *exec.Cmd) (cost, error) {
	began := time.Now()
	if err := command.Start(); err != nil {
		return cost{}, err
	}
	var c cost
	ended, watched := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(watched)
		for {
			c.peak = max(c.peak, peak(command.Process.Pid))
			select {
			case <-ended:
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	err := command.Wait()
	close(ended)
	<-watched
	c.wall, c.processor = time.Since(began), command.ProcessState.UserTime()+command.ProcessState.SystemTime()
	return c, err
}

// peak returns the most memory that a process has had so far. What the system says of an ended one would have the memory
// of this one in it, which started it.
func peak(pid int) int64 {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	_, text, _ := strings.Cut(string(status), "VmHWM:")
	var kilobytes int64
	_, _ = fmt.Sscan(text, &kilobytes)
	return kilobytes << 10
}

// costs measures many short tasks and fewer long ones in ten lanes, with everything kept on disk, beside a bare loop of ten
// goroutines that reads the same answers, and curl.
func costs(ctx context.Context, d *drover) error {
	short, long := ollamatest.Saying("short", "a few words"), ollamatest.Saying("long", strings.Repeat("word ", 2000))
	steady := long
	steady.Name, steady.TokensPerSecond = "steady", 1000 // of each stream; the others as fast as the server can
	server := ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{short, long, steady}})
	running, err := ollamatest.Start(server)
	if err != nil {
		return err
	}
	defer running.Close()
	self, err := os.Executable()
	if err != nil {
		return err
	}
	for _, batch := range []struct {
		model string
		tasks int
		curl  bool
	}{{"short", 3000, true}, {"long", 100, false}, {"steady", 100, false}} {
		task := fmt.Sprintf("%d %s tasks", batch.tasks, batch.model)
		tell := func(name string, c cost) {
			fmt.Printf("%s, %-12s %6.2f s, %6.3f ms of processor for each", task, name+":", c.wall.Seconds(),
				1000*c.processor.Seconds()/float64(batch.tasks))
			if c.peak > 0 {
				fmt.Printf(", %5.1f MB at most", float64(c.peak)/1e6)
			}
			fmt.Println()
		}
		ours, err := d.run(ctx, running.URL, batch.model, batch.tasks)
		if err != nil {
			return err
		}
		tell("drover", ours)
		bare, err := measure(exec.CommandContext(ctx, self, "-bare", running.URL, "-model", batch.model, "-tasks", fmt.Sprint(batch.tasks)))
		if err != nil {
			return fmt.Errorf("the bare loop: %w", err)
		}
		tell("bare loop", bare)
		fmt.Printf("%s, drover to bare loop: %.2f of the processor\n", task, ours.processor.Seconds()/bare.processor.Seconds())
		if _, err := exec.LookPath("xargs"); !batch.curl || err != nil {
			continue
		}
		curl := exec.CommandContext(ctx, "xargs", "-P", fmt.Sprint(lanes), "-I{}", "curl", "-sS", "-o", os.DevNull,
			running.URL+"/api/chat", "-d", `{"model":"`+batch.model+`","messages":[{"role":"user","content":"go"}]}`)
		curl.Stdin = strings.NewReader(strings.Repeat("go\n", batch.tasks))
		each, err := measure(curl)
		if err != nil {
			return fmt.Errorf("xargs and curl: %w", err)
		}
		each.peak = 0 // of xargs
		tell("xargs, curl", each)
		fmt.Printf("%s, drover to xargs and curl: %.2f of the time\n", task, ours.wall.Seconds()/each.wall.Seconds())
	}
	return nil
}

// bare asks for so many chats in ten goroutines and reads the answers.
func bare(ctx context.Context, host, model string, tasks int) error {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: lanes, DisableCompression: true}}
	next, failures := make(chan struct{}, tasks), make(chan error, tasks)
	for range tasks {
		next <- struct{}{}
	}
	close(next)
	var streams sync.WaitGroup
	for range lanes {
		streams.Go(func() {
			for range next {
				if err := chat(ctx, client, host, model); err != nil {
					failures <- err
				}
			}
		})
	}
	streams.Wait()
	close(failures)
	return <-failures
}

func chat(ctx context.Context, client *http.Client, host, model string) error {
	body, err := json.Marshal(api.ChatRequest{Model: model, Messages: []api.Message{{Role: "user", Content: "go"}}})
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, host+"/api/chat", bytes.NewReader(body))
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	done := false
	for lines := bufio.NewReader(response.Body); ; {
		line, err := lines.ReadSlice('\n')
		switch {
		case errors.Is(err, io.EOF) && done:
			return nil
		case err != nil:
			return err
		}
		var piece api.ChatResponse
		if err := json.Unmarshal(line, &piece); err != nil {
			return err
		}
		done = piece.Done
	}
}
