package enginetest

import (
	"context"
	"strings"
	"sync"

	"drover/agent"
	"drover/agent/transcript"
)

// KindName is the kind of agent that the tasks of Contract are for.
const KindName = "contract"

// worker is an agent that does what the prompts of its tasks say: one that begins with "hold" works until it is let go or
// cancelled, and one that begins with "fail" fails at its first attempt. All say their prompt.
type worker struct {
	mu     sync.Mutex
	began  []string                 // prompts, in the order in which the attempts began
	gates  map[string]chan struct{} // by prompt; closed when it may end
	failed map[string]bool
}

func newWorker() *worker {
	return &worker{gates: map[string]chan struct{}{}, failed: map[string]bool{}}
}

// Kind returns a new agent that does what the prompts of its tasks say: one that begins with "fail" fails at its first attempt,
// one that begins with "hold" works until it is cancelled, and the others complete.
func Kind() agent.Kind { return newWorker().kind() }

// kind is the kind of agent that the worker is.
func (w *worker) kind() agent.Kind { return agent.Kind{Name: KindName, Agent: w} }

func (w *worker) Run(ctx context.Context, request agent.Request, emit func(agent.Event)) (agent.Result, error) {
	w.mu.Lock()
	w.began = append(w.began, request.Prompt)
	first := !w.failed[request.Prompt]
	w.failed[request.Prompt] = true
	w.mu.Unlock()
	emit(agent.Event{
		Entry: transcript.Entry{Kind: transcript.Text, Text: request.Prompt},
		Live:  agent.Live{Tokens: 1, LastLine: request.Prompt},
	})
	result := agent.Result{Text: "so: " + request.Prompt, Model: "a model", Metrics: agent.Metrics{Tokens: 1}}
	switch {
	case strings.HasPrefix(request.Prompt, "hold"):
		select {
		case <-w.gate(request.Prompt):
		case <-ctx.Done():
			return result, context.Cause(ctx)
		}
	case strings.HasPrefix(request.Prompt, "fail") && first:
		return result, &agent.Error{Ending: agent.EndEmpty, What: "it failed", Next: "try again"}
	}
	return result, nil
}

func (w *worker) gate(prompt string) chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.gates[prompt] == nil {
		w.gates[prompt] = make(chan struct{})
	}
	return w.gates[prompt]
}

// letGo lets the task with that prompt end.
func (w *worker) letGo(prompt string) { close(w.gate(prompt)) }

// order returns the prompts in the order in which they were begun.
func (w *worker) order() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Join(w.began, " ")
}
