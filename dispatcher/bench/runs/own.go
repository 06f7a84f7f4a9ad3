package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"

	"drover/agent"
	"drover/agent/ollama"
	"drover/agent/ollamatest"
)

const lanes = 10

// heap measures ten streams of a token a second through the client, and for comparison through a plain reader.
func heap(ctx context.Context, _ *drover) error {
	client := func(ctx context.Context, address string) error {
		host, err := ollama.ParseHost(address)
		if err != nil {
			return err
		}
		c, err := ollama.New(ollama.Config{Host: host})
		if err != nil {
			return err
		}
		defer c.Close()
		_, err = c.Run(ctx, agent.Request{Model: "loop", Prompt: "go"}, func(agent.Event) {})
		return err
	}
	for _, method := range []struct {
		name string
		call func(context.Context, string) error
	}{{"plain", read}, {"drover", client}} {
		if err := streams(ctx, method.name, method.call); err != nil {
			return err
		}
	}
	return nil
}

// rounds is how often the ten streams are made: the first ones take memory that was never used, which the system
// does not have to provide before somebody writes into it.
const rounds = 5

// streams measures what ten calls take while they go on, together with the server's side of them.
func streams(ctx context.Context, name string, call func(context.Context, string) error) error {
	server := ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{ollamatest.Loop(1)}})
	running, err := ollamatest.Start(server)
	if err != nil {
		return err
	}
	defer running.Close()
	before := memory()
	for round := range rounds {
		streaming, end := context.WithCancel(ctx)
		var calls sync.WaitGroup
		for range lanes {
			calls.Go(func() { _ = call(streaming, running.URL) })
		}
		tokens := server.Stats().Tokens
		err := server.Wait(ctx, func(s ollamatest.Stats) bool { return s.Streaming == lanes && s.Tokens >= tokens+2*lanes })
		during := memory()
		end()
		calls.Wait()
		if err != nil {
			return err
		}
		if round == 0 || round == rounds-1 {
			heap := float64(during.heap-before.heap) / 1e6
			fmt.Printf("memory of %d streams, %-7s round %d: %6.1f MB of heap", lanes, name+",", round+1, heap)
			if before.resident > 0 {
				fmt.Printf(", %6.1f MB resident", float64(during.resident-before.resident)/1e6)
			}
			fmt.Println()
		}
		_ = server.Wait(ctx, func(s ollamatest.Stats) bool { return s.Streaming == 0 })
	}
	return nil
}

type memorySize struct{ heap, resident int64 }

// memory returns the live heap of this process, and what it has in memory where the system tells.
func memory() memorySize {
	runtime.GC()
	runtime.GC() // what the first one freed of pools
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	size := memorySize{heap: int64(m.HeapAlloc)}
	if text, err := os.ReadFile("/proc/self/statm"); err == nil {
		var all, resident int64
		if _, err := fmt.Sscan(string(text), &all, &resident); err == nil {
			size.resident = resident * int64(os.Getpagesize())
		}
	}
	return size
}

// read asks for a chat and throws the answer away.
func read(ctx context.Context, address string) error {
	body := strings.NewReader(`{"model":"loop","messages":[{"role":"user","content":"go"}]}`)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address+"/api/chat", body)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	for lines := bufio.NewReader(response.Body); ; {
		if _, err := lines.ReadSlice('\n'); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
	}
}

// connections counts those of a batch of many short tasks in ten lanes.
func connections(ctx context.Context, d *drover) error {
	const tasks = 200
	server := ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{ollamatest.Saying("short", "a few words")}})
	running, err := ollamatest.Start(server)
	if err != nil {
		return err
	}
	defer running.Close()
	if _, err := d.run(ctx, running.URL, "short", tasks); err != nil {
		return err
	}
	s := server.Stats()
	fmt.Printf("connections: %d for %d tasks in %d lanes, %d requests in all\n", s.Connections, tasks, lanes, s.Requests)
	return nil
}

// processor measures the processor time of a batch of ten fast streams, without that of a start of the program.
func processor(ctx context.Context, d *drover) error {
	const rate, seconds = 500, 10 // of each stream
	model := ollamatest.Saying("fast", strings.Repeat("word ", rate*seconds))
	model.TokensPerSecond = rate
	server := ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{model, ollamatest.Saying("short", "a few words")}})
	running, err := ollamatest.Start(server)
	if err != nil {
		return err
	}
	defer running.Close()
	start, err := d.run(ctx, running.URL, "short", 1)
	if err != nil {
		return err
	}
	before := server.Stats().Tokens
	whole, err := d.run(ctx, running.URL, "fast", lanes)
	if err != nil {
		return err
	}
	tokens, used := float64(server.Stats().Tokens-before), whole.processor-start.processor
	fmt.Printf("processor: %.1f ms for each 1,000 tokens (%.0f tokens/s in %d lanes: %.1f %% of one core); %d ms to start and end\n",
		used.Seconds()*1e6/tokens, tokens/whole.wall.Seconds(), lanes, 100*used.Seconds()/whole.wall.Seconds(),
		start.processor.Milliseconds())
	return nil
}
