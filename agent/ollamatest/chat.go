package ollamatest

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/ollama/ollama/api"
	"github.com/ollama/ollama/types/model"
)

type recordKey struct{}

func withRecord(ctx context.Context, r *Request) context.Context {
	return context.WithValue(ctx, recordKey{}, r)
}

func (s *Server) chat(w http.ResponseWriter, r *http.Request) {
	var request api.ChatRequest
	if !readJSON(w, r, &request) {
		return
	}
	job := job{
		model: request.Model, stream: request.Stream == nil || *request.Stream, think: request.Think,
		keepAlive: request.KeepAlive, tools: len(request.Tools) > 0, empty: len(request.Messages) == 0,
		prompt: Prompt{Options: request.Options, Messages: request.Messages},
		piece: func(text, thinking string, calls []api.ToolCall, end *ending) any {
			response := api.ChatResponse{Model: request.Model, CreatedAt: time.Now().UTC()}
			response.Message = api.Message{Role: "assistant", Content: text, Thinking: thinking, ToolCalls: calls}
			if end != nil {
				response.Done, response.DoneReason, response.Metrics = true, end.reason, end.metrics
			}
			return response
		},
	}
	for _, tool := range request.Tools {
		job.prompt.Tools = append(job.prompt.Tools, tool.Function.Name)
	}
	for _, m := range request.Messages {
		switch m.Role {
		case "system":
			job.prompt.System = m.Content
		case "user":
			job.prompt.Text = m.Content
		}
	}
	s.answer(w, r, job)
}

func (s *Server) generate(w http.ResponseWriter, r *http.Request) {
	var request api.GenerateRequest
	if !readJSON(w, r, &request) {
		return
	}
	s.answer(w, r, job{
		model: request.Model, stream: request.Stream == nil || *request.Stream, think: request.Think,
		keepAlive: request.KeepAlive, empty: request.Prompt == "",
		prompt: Prompt{Text: request.Prompt, System: request.System, Options: request.Options},
		piece: func(text, thinking string, _ []api.ToolCall, end *ending) any {
			response := api.GenerateResponse{
				Model: request.Model, CreatedAt: time.Now().UTC(), Response: text, Thinking: thinking,
			}
			if end != nil {
				response.Done, response.DoneReason, response.Metrics = true, end.reason, end.metrics
			}
			return response
		},
	})
}

// job is a chat or a completion: what both have in common.
type job struct {
	model  string
	prompt Prompt
	stream bool
	empty  bool // asks only to load the model
	think  *api.ThinkValue
	tools  bool
	// keepAlive is how long the model stays in memory after this request; nil for five minutes.
	keepAlive *api.Duration
	piece     func(text, thinking string, calls []api.ToolCall, end *ending) any // one object of the reply; the last has an end
}

// ending is what the last object of a reply says.
type ending struct {
	reason  string
	metrics api.Metrics
}

// answer does a job.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, job job) {
	arrived := time.Now()
	record, _ := r.Context().Value(recordKey{}).(*Request)
	s.change(func(stats *Stats) {
		stats.Chats++
		record.Model = job.model
	})
	fault := s.fault(job.model)
	if fault != nil && fault.kind == faultReply {
		fault.reply(w)
		return
	}
	if fault != nil && fault.kind == faultReset && fault.after == 0 {
		hangUp(w)
		return
	}
	m := s.model(job.model)
	if status, text := refuse(m, job); status != 0 {
		writeError(w, status, text)
		return
	}
	st := &stream{server: s, w: w, job: job, record: record, arrived: arrived}
	if job.empty && job.keepAlive != nil && job.keepAlive.Duration == 0 {
		s.change(func(*Stats) { m.keep, m.leaving = 0, true })
		st.finish("unload")
		return
	}
	if !s.wait(r.Context(), m, st) {
		if r.Context().Err() == nil {
			Busy().reply(w)
		}
		return
	}
	defer func() { s.release(m, job.keepAlive, st.lost) }()
	if job.empty {
		st.finish("load")
		return
	}
	script := m.Answer(job.prompt)
	if fault == nil {
		fault = script.Fault
	}
	st.run(r.Context(), m, script, fault)
}

// refuse returns why a job cannot be done, as the real server words it; a zero status if it can.
func refuse(m *running, job job) (status int, text string) {
	switch {
	case job.model == "":
		return http.StatusBadRequest, "model is required"
	case m == nil:
		return http.StatusNotFound, fmt.Sprintf("model '%s' not found", job.model)
	case !m.can(model.CapabilityCompletion):
		return http.StatusBadRequest, fmt.Sprintf("%q does not support chat", job.model)
	case job.tools && !m.can(model.CapabilityTools):
		return http.StatusBadRequest, fmt.Sprintf("registry.ollama.ai/library/%s does not support tools", job.model)
	case job.think != nil && job.think.Bool() && !m.can(model.CapabilityThinking):
		return http.StatusBadRequest, fmt.Sprintf("%q does not support thinking", job.model)
	}
	return 0, ""
}

// wait loads the model if need be and takes a place in it. It reports false when the client hung up or the
// queue is full.
func (s *Server) wait(ctx context.Context, m *running, st *stream) bool {
	refused := false
	s.change(func(stats *Stats) {
		refused = s.config.MaxQueue > 0 && stats.Waiting >= s.config.MaxQueue
		if !refused {
			stats.Waiting++
		}
	})
	if refused {
		return false
	}
	ok := s.load(ctx, m, st.job)
	st.loaded = time.Now()
	if ok && m.slots != nil {
		select {
		case m.slots <- struct{}{}:
		case <-ctx.Done():
			ok = false
			s.change(func(*Stats) { m.left(m.keep) })
		}
	}
	s.change(func(stats *Stats) {
		stats.Waiting--
		if ok {
			stats.Streaming++
		} else {
			stats.Disconnected++
			st.record.Disconnected = true
		}
	})
	return ok
}

// release gives the place in the model back, unless it is lost.
func (s *Server) release(m *running, keepAlive *api.Duration, lost bool) {
	if m.slots != nil && !lost {
		<-m.slots
	}
	keep := defaultKeep
	if keepAlive != nil {
		keep = keepAlive.Duration
	}
	s.change(func(stats *Stats) {
		stats.Streaming--
		if m.slots != nil && lost {
			m.lost++
		}
		m.left(keep)
	})
}

// sleep waits for d and reports whether ctx lives.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
