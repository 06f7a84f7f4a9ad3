package ollamatest

import (
	"context"
	"io"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/ollama/ollama/api"
)

// stream is one answer on its way.
type stream struct {
	server *Server
	w      http.ResponseWriter
	job    job
	record *Request

	arrived, loaded, placed, first time.Time // stages of the request; first is when generation began
	pieces                         int
	loses                          bool            // the slot, if the client hangs up
	lost                           bool            // it has
	text, thinking                 strings.Builder // of an answer that is not streamed
	calls                          []api.ToolCall  // likewise
}

// run says the script, with its fault.
func (st *stream) run(ctx context.Context, m *running, script Script, fault *Fault) {
	st.placed = time.Now()
	if !sleep(ctx, m.PromptEval) {
		st.gone()
		return
	}
	st.first = time.Now()
	rate := m.TokensPerSecond
	if script.TokensPerSecond > 0 {
		rate = script.TokensPerSecond
	}
	thinking := script.Thinking
	if st.job.think != nil && !st.job.think.Bool() {
		thinking = nil
	}
	limit := tokenLimit(st.job.prompt.Options)
	for ; ; st.pieces++ {
		if fault != nil && st.pieces >= fault.after {
			switch fault.kind {
			case faultExtra:
				st.send(fault.body)
			case faultLostSlot:
				st.loses = true
			default:
				st.fail(ctx, fault)
				return
			}
			fault = nil
		}
		i := st.pieces - len(thinking)
		if i >= len(script.Text)+len(script.Calls) && (!script.Endless || len(script.Text) == 0) {
			break
		}
		if st.pieces >= limit {
			script.DoneReason = "length"
			break
		}
		if rate > 0 && !sleep(ctx, time.Until(st.first.Add(time.Duration(float64(st.pieces+1)/rate*float64(time.Second))))) {
			st.gone()
			return
		}
		text, thought := "", ""
		var calls []api.ToolCall
		switch {
		case i < 0:
			thought = thinking[st.pieces]
		case i < len(script.Text) || script.Endless:
			text = script.Text[i%len(script.Text)]
		default:
			calls = script.Calls[i-len(script.Text):][:1]
		}
		if !st.say(ctx, text, thought, calls) {
			st.gone()
			return
		}
	}
	st.finish(script.DoneReason)
}

// tokenLimit reads num_predict; there is no limit when it is not positive.
func tokenLimit(options map[string]any) int {
	if n, ok := options["num_predict"].(float64); ok && n > 0 {
		return int(n)
	}
	return math.MaxInt
}

// say sends one piece and reports whether the client is still there.
func (st *stream) say(ctx context.Context, text, thinking string, calls []api.ToolCall) bool {
	st.server.change(func(stats *Stats) {
		stats.Tokens++
		st.record.Pieces++
	})
	if !st.job.stream {
		st.text.WriteString(text)
		st.thinking.WriteString(thinking)
		st.calls = append(st.calls, calls...)
		return ctx.Err() == nil
	}
	return ctx.Err() == nil && st.send(jsonLine(st.job.piece(text, thinking, calls, nil)))
}

// send writes to the client at once and reports whether that went well.
func (st *stream) send(line string) bool {
	if st.job.stream {
		st.w.Header().Set("Content-Type", "application/x-ndjson")
	} else {
		st.w.Header().Set("Content-Type", "application/json; charset=utf-8")
	}
	if _, err := io.WriteString(st.w, line); err != nil {
		return false
	}
	return http.NewResponseController(st.w).Flush() == nil
}

// finish says that the answer is done, with its numbers.
func (st *stream) finish(reason string) {
	if reason == "" {
		reason = "stop"
	}
	now := time.Now()
	metrics := api.Metrics{TotalDuration: now.Sub(st.arrived), LoadDuration: st.loaded.Sub(st.arrived)}
	if !st.first.IsZero() {
		metrics.PromptEvalCount = len(Tokens(st.job.prompt.System)) + len(Tokens(st.job.prompt.Text))
		metrics.PromptEvalDuration = max(st.first.Sub(st.placed), time.Microsecond)
		metrics.EvalCount = st.pieces
		metrics.EvalDuration = max(now.Sub(st.first), time.Microsecond)
	}
	st.send(jsonLine(st.job.piece(st.text.String(), st.thinking.String(), st.calls, &ending{reason, metrics})))
}

// gone notes that the client hung up.
func (st *stream) gone() {
	st.lost = st.loses
	st.server.change(func(stats *Stats) {
		stats.Disconnected++
		st.record.Disconnected = true
	})
}

// fail lets the fault happen.
func (st *stream) fail(ctx context.Context, fault *Fault) {
	switch fault.kind {
	case faultReply:
		fault.reply(st.w) // from a script: before anything was said
	case faultLostSlot: // which run takes care of
	case faultLine, faultExtra:
		st.send(fault.body)
	case faultCleanEnd:
		if st.pieces == 0 {
			st.w.WriteHeader(http.StatusOK)
		}
	case faultReset:
		if fault.body != "" {
			st.send(fault.body)
		}
		hangUp(st.w)
	case faultStall:
		<-ctx.Done()
		st.gone()
	case faultDone:
		st.finish(fault.body)
	}
}
