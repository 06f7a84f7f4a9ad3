//go:build linux

package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"drover/agent"
	"drover/agent/transcript"
)

// agents are the agents of a child, and what they count. Each works as the prompt of its task says.
type agents struct {
	mu       sync.Mutex // guards what follows
	costs    []time.Duration
	reported int
}

// The prompts that the agents know.
const (
	promptSilent = "silent" // says a line and then nothing
	promptStream = "stream" // a hundred tokens a second
	promptStorm  = "storm"  // two thousand
	promptShort  = "short"  // an answer of fifty tokens at once
	promptLonger = "longer" // one of two hundred
)

// stormTime is for how long a storm goes on. It ends, so that what was told and what is seen can be compared.
const stormTime = 20 * time.Second

// Run is an agent's.
func (a *agents) Run(ctx context.Context, request agent.Request, emit func(agent.Event)) (agent.Result, error) {
	now := time.Now()
	live := agent.Live{Model: "measured:8b", Phase: agent.PhaseGenerating, Sent: now, SilenceWarning: 30 * time.Second}
	var costs []time.Duration
	report := func(text, line string) {
		live.LastToken = time.Now()
		if live.FirstToken.IsZero() {
			live.FirstToken = live.LastToken
		}
		live.Tokens++
		live.LastLine = line
		emit(agent.Event{Entry: transcript.Entry{Kind: transcript.Text, Text: text}, Live: live})
		costs = append(costs, time.Since(live.LastToken))
	}
	switch request.Prompt {
	case promptShort, promptLonger:
		tokens := 50
		if request.Prompt == promptLonger {
			tokens = 200
		}
		text := strings.Repeat("five ", tokens)
		report(text, text[:20])
		return agent.Result{Model: live.Model, Text: text, Metrics: agent.Metrics{Tokens: tokens, Rate: 50}}, nil
	case promptStream:
		each(ctx, 100, time.Hour, func(n int) {
			words := fmt.Sprintf("token %d ", n)
			report(words, strings.Repeat("and on it goes ", n%5)+words)
		})
	case promptStorm:
		each(ctx, 2000, stormTime, func(int) { report("word ", stamp(time.Now())) })
		a.mu.Lock()
		a.costs, a.reported = append(a.costs, costs...), a.reported+len(costs)
		a.mu.Unlock()
	default:
		report("one line\n", "one line")
	}
	<-ctx.Done()
	return agent.Result{}, context.Cause(ctx)
}

// each calls f so many times a second, for as long as limit or until ctx ends. What is late is caught up with.
func each(ctx context.Context, perSecond int, limit time.Duration, f func(n int)) {
	begun := time.Now()
	tick := time.NewTicker(time.Second / time.Duration(min(perSecond, 500)))
	defer tick.Stop()
	for n := 0; ; {
		passed := time.Since(begun)
		for due := int(min(passed, limit) * time.Duration(perSecond) / time.Second); n < due; n++ {
			f(n)
		}
		if passed > limit {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// A stamp is the present time as a text that shows whether it was read whole: a row of the screen may be read while
// it is being drawn.
func stamp(t time.Time) string {
	n := t.UnixMicro()
	return fmt.Sprintf("t%d.%02d", n, n%97)
}

// stamped is the time of a stamp.
func stamped(s string) (time.Time, bool) {
	var n int64
	var check int64
	if _, err := fmt.Sscanf(s, "t%d.%d", &n, &check); err != nil || n%97 != check {
		return time.Time{}, false
	}
	return time.UnixMicro(n), true
}

// p99 is the 99th percentile of what an event cost the worker that told it, and how many there were.
func (a *agents) p99() (cost time.Duration, reported int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return percentile(slices.Clone(a.costs), 0.99), a.reported
}
