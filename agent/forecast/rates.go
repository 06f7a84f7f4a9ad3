package forecast

import (
	"slices"
	"sync"
	"time"

	"drover/agent"
	"drover/dispatcher"
)

const (
	samplesKept = 128 // of one model on one server: lengths of answers differ a lot
	ratesKept   = 32  // of them tell how fast it is, which changes with the load of the server
	sourcesKept = 64  // models on servers, and programs; the one that was heard of longest ago is forgotten
	enough      = 2   // ended tasks, until which nothing is known
)

// Rates is what was learnt from tasks that have ended. The zero Rates is ready; its methods may be called from several
// goroutines at once and take microseconds.
type Rates struct {
	mu      sync.Mutex
	sources map[source]*history
	learnt  int
}

// source is what has a speed of its own.
type source struct {
	name   string // the full name of a model, or the kind and the program of another agent
	server string // as agent.ServerInfo.Host; empty for what has none
}

// history is what is kept of a source.
type history struct {
	samples []sample // oldest first
	at      int      // Rates.learnt when the latest came
}

// sample is what one task tells. Times are in seconds; what is not known is 0.
type sample struct {
	whole  bool    // it completed, so that tokens, or run, are those of a whole answer
	cut    bool    // it was cut off at a limit
	tokens float64 // of the answer

	perToken float64
	prompt   float64 // bytes
	reading  float64 // of the prompt
	load     float64 // 0 for a model that was in memory; below 0 for not known
	run      float64 // of what has no tokens
}

// Learn takes what an ended task tells; of one that never ran that is nothing.
func (r *Rates) Learn(t *agent.Task) {
	from, s, ok := sampleOf(t)
	if !ok {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.learnt++
	h := r.sources[from]
	if h == nil {
		if r.sources == nil {
			r.sources = make(map[source]*history)
		}
		if len(r.sources) >= sourcesKept {
			r.forget()
		}
		h = &history{}
		r.sources[from] = h
	}
	h.at = r.learnt
	if len(h.samples) == samplesKept {
		h.samples = slices.Delete(h.samples, 0, 1)
	}
	h.samples = append(h.samples, s)
}

// forget drops the source that was heard of longest ago. Called with mu held.
func (r *Rates) forget() {
	var oldest source
	for s, h := range r.sources {
		if was := r.sources[oldest]; was == nil || h.at < was.at {
			oldest = s
		}
	}
	delete(r.sources, oldest)
}

// copied returns the samples of each source, for reading.
func (r *Rates) copied() map[source][]sample {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := make(map[source][]sample, len(r.sources))
	for s, h := range r.sources {
		all[s] = slices.Clone(h.samples)
	}
	return all
}

// sampleOf reads what an ended task tells; not ok for nothing.
func sampleOf(t *agent.Task) (from source, s sample, ok bool) {
	ending := agent.EndingOf(t.Error)
	s.cut = ending == agent.EndTokenLimit
	s.whole = t.Status == dispatcher.StatusCompleted || s.cut
	if t.Request.KindName() != agent.KindChat {
		s.run = t.CompletedAt.Sub(t.StartedAt).Seconds()
		return sourceOf(&t.Request, "", ""), s, s.whole && !t.StartedAt.IsZero() && s.run >= 0
	}
	m := &t.Result.Metrics
	if t.Result.Model == "" || m.Tokens <= 0 || m.Total <= 0 {
		return from, s, false
	}
	s.tokens, s.load = float64(m.Tokens), m.Load.Seconds()
	if !s.whole {
		s.load = -1
	}
	switch {
	case m.Eval > 0:
		s.perToken = m.Eval.Seconds() / s.tokens
	case m.Rate > 0:
		s.perToken = 1 / m.Rate
	case m.FirstToken > 0 && m.Total > m.FirstToken:
		s.perToken = (m.Total - m.FirstToken).Seconds() / s.tokens
	default:
		s.perToken = m.Total.Seconds() / s.tokens
	}
	s.prompt, s.reading = float64(promptBytes(&t.Request)), m.PromptEval.Seconds()
	return sourceOf(&t.Request, t.Result.Model, t.Result.Server), s, true
}

// sourceOf is the source of a request; model and server are those that work on a chat.
func sourceOf(r *agent.Request, model, server string) source {
	if kind := r.KindName(); kind != agent.KindChat {
		return source{name: kind + "/" + r.Program()}
	}
	return source{name: agent.FullName(model), server: server}
}

// promptBytes is how much of a request the model reads.
func promptBytes(r *agent.Request) int { return len(r.Prompt) + len(r.System) }

func seconds(d time.Duration) float64 { return max(d.Seconds(), 0) }
