package ollama

import (
	"strings"
	"time"

	"drover/agent"
	"drover/agent/safetext"
	"drover/agent/transcript"

	"github.com/ollama/ollama/api"
)

// answer puts together what a stream brings. It belongs to the goroutine of one Run.
type answer struct {
	live           agent.Live
	text, thinking strings.Builder
	line           safetext.LastLine
	calls          []api.ToolCall
	called         int  // bytes of the lines with calls
	chunks         int  // objects of the stream, also those without text
	done           bool // the server said so
	reason         string
	metrics        api.Metrics
}

// add takes the next chunk and tells what came with it.
func (a *answer) add(chunk *piece, now time.Time, emit func(agent.Event)) {
	a.chunks++
	content, thinking := chunk.Message.Content, chunk.Message.Thinking
	if content != "" || thinking != "" || len(chunk.Message.Calls) > 0 {
		a.live.Tokens++
		if a.live.FirstToken.IsZero() {
			a.live.FirstToken = now
		}
		a.live.LastToken, a.live.Made = now, chunk.CreatedAt
		if chunk.CreatedAt.IsZero() {
			a.live.Made = now
		}
	}
	if thinking != "" {
		a.thinking.WriteString(thinking)
		a.report(agent.PhaseThinking, transcript.Thinking, thinking, emit)
	}
	if content != "" {
		a.text.WriteString(content)
		a.report(agent.PhaseGenerating, transcript.Text, content, emit)
	}
	if calls := chunk.Message.Calls; len(calls) > 0 {
		a.calls = append(a.calls, calls...)
		a.called += chunk.length
	}
	if chunk.Done {
		a.done, a.reason, a.metrics = true, safetext.Line(chunk.DoneReason, 40), plausible(chunk.Metrics)
	}
}

// size is how much was said so far, in bytes.
func (a *answer) size() int64 { return int64(a.text.Len() + a.thinking.Len() + a.called) }

// What a server counts is less than this, or nothing to count with.
const (
	mostTokens = 1_000_000_000
	mostTime   = 365 * 24 * time.Hour
	mostRate   = 1e6 // tokens per second
)

// plausible returns the numbers of a server without those that cannot be.
func plausible(m api.Metrics) api.Metrics {
	for _, d := range []*time.Duration{&m.TotalDuration, &m.LoadDuration, &m.PromptEvalDuration, &m.EvalDuration} {
		if *d < 0 || *d > mostTime {
			*d = 0
		}
	}
	for _, n := range []*int{&m.PromptEvalCount, &m.EvalCount} {
		if *n < 0 || *n > mostTokens {
			*n = 0
		}
	}
	if float64(m.EvalCount) > mostRate*m.EvalDuration.Seconds() {
		m.EvalCount = 0
	}
	return m
}

func (a *answer) report(phase agent.Phase, kind transcript.Kind, text string, emit func(agent.Event)) {
	if a.live.Phase != phase && a.live.Phase != agent.PhaseWaiting {
		a.line.Add("\n") // the answer does not go on in the last line of the thinking
	}
	a.live.Phase = phase
	a.line.Add(text)
	a.live.LastLine = a.line.String()
	emit(agent.Event{Entry: transcript.Entry{Kind: kind, Text: text}, Live: a.live})
}

// result returns what there is so far.
func (a *answer) result(now time.Time) agent.Result {
	m := agent.Metrics{
		PromptTokens: a.metrics.PromptEvalCount, Tokens: a.metrics.EvalCount,
		Load: a.metrics.LoadDuration, PromptEval: a.metrics.PromptEvalDuration, Eval: a.metrics.EvalDuration,
		Total: now.Sub(a.live.Sent),
	}
	if !a.live.FirstToken.IsZero() {
		m.FirstToken = a.live.FirstToken.Sub(a.live.Sent)
	}
	if m.Tokens > 0 && m.Eval > 0 {
		m.Rate = float64(m.Tokens) / m.Eval.Seconds()
	} else {
		// Only the last chunk of a whole stream has the server's numbers; ours are as good as chunks are tokens.
		m.Approximate, m.Tokens, m.Rate = true, a.live.Tokens, a.live.Rate()
	}
	if a.metrics.TotalDuration > 0 {
		// The server's total counts from the arrival of the request; what its parts do not explain is the
		// wait for a place in the model.
		m.ServerWait = max(a.metrics.TotalDuration-m.Load-m.PromptEval-m.Eval, 0)
	}
	return agent.Result{
		Model: a.live.Model, Text: trimmed(&a.text), Thinking: trimmed(&a.thinking),
		DoneReason: a.reason, Metrics: m,
	}
}

// trimmed returns what is in a builder without the room for more, since it is kept for long. A large builder has little
// room, and a copy would double it.
func trimmed(b *strings.Builder) string {
	if b.Cap()-b.Len() <= b.Len()/4 {
		return b.String()
	}
	return strings.Clone(b.String())
}
