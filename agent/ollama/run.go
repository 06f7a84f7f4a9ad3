package ollama

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"drover/agent"
	"drover/agent/setting"
	"drover/agent/transcript"
)

// closeAfter is how long a reply may stay open after the server has said that the answer is done. It is read to its end
// so that the connection can be used again.
const closeAfter = time.Second

// Run lets a model answer the request, streamed. The end of ctx closes the connection, by which the server
// stops generating. See agent.Agent for what it returns.
func (c *Client) Run(ctx context.Context, request agent.Request, emit func(agent.Event)) (agent.Result, error) {
	reply, err := c.Ask(ctx, Round{Request: request}, emit)
	return reply.Result, err
}

// Ask lets a model answer a round, as Run does with a request.
func (c *Client) Ask(ctx context.Context, round Round, emit func(agent.Event)) (Reply, error) {
	model, from, err := c.chooseModel(ctx, round.Request)
	if err != nil {
		return Reply{}, err
	}
	chat, err := c.chatRequest(model, round)
	if err != nil {
		return Reply{}, err
	}
	a := &answer{live: agent.Live{
		Model: model, Sent: time.Now(), TokenLimit: agent.TokenLimit(chat.Options), SilenceWarning: c.config.SilenceWarning,
	}}
	told := agent.Event{Live: a.live}
	if from != "" {
		told.Entry = transcript.Entry{Kind: transcript.Notice, Text: fmt.Sprintf("model %s (%s)", model, from)}
	}
	emit(told)

	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	watchdog := watch(c.config.FirstToken, c.config.Silence, func(silence time.Duration) { stop(c.stalled(silence)) })
	defer watchdog.stop()
	var seen exchange
	err = c.chat(ctx, chat, &seen, func(chunk *piece) error {
		watchdog.alive(chunk.empty())
		a.add(chunk, time.Now(), emit)
		switch {
		case a.done:
			watchdog.last(closeAfter)
		case a.size() > c.config.AnswerSize:
			return tooLong(c.config.AnswerSize)
		}
		return nil
	})
	err = c.outcome(ctx, a, &seen, err)
	if errors.Is(err, agent.ErrNotAnswered) && a.live.Tokens == 0 {
		watchdog.stop()
		err = c.behind(ctx, err)
	}
	if err != nil {
		c.log.Debug("chat ended", "model", model, "ending", agent.EndingOf(err), "chunks", a.chunks, "status", seen.status)
		c.monitor.consider(err)
	}
	if a.chunks == 0 {
		return Reply{}, err
	}
	return Reply{Result: a.result(time.Now()), Calls: a.calls}, err
}

// outcome says what became of a chat: nil only for an answer that the server said is done and that is whole.
func (c *Client) outcome(ctx context.Context, a *answer, seen *exchange, err error) error {
	switch {
	case a.done:
		return c.checkWhole(a) // whatever happened after it was whole
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case agent.EndingOf(err) == agent.EndTokenLimit:
		return err
	case err != nil, seen.foreign:
		return c.classify(err, seen, a.live.Model, a.live.Tokens)
	case a.chunks == 0:
		return &agent.Error{Ending: agent.EndStreamEnded, Err: agent.ErrNotAnswered, Next: seeLog,
			What: fmt.Sprintf("the model server at %s answered with nothing at all", c.name)}
	case a.live.Tokens == 0:
		return &agent.Error{Ending: agent.EndStreamEnded, Err: agent.ErrNotAnswered, Next: seeLog,
			What: fmt.Sprintf("the model server at %s ended the answer before its first word", c.name)}
	}
	return &agent.Error{Ending: agent.EndStreamEnded,
		What: fmt.Sprintf("the model server at %s ended the answer without saying that it is done", c.name),
		Next: "what came so far is kept; try again, and look into the server's log if it stays"}
}

// tooLong ends an answer that has come to the limit of its size.
func tooLong(limit int64) error {
	return &agent.Error{Ending: agent.EndTokenLimit, What: "the answer was cut off at its limit of " + setting.SizeText(limit),
		Next: "ask for less, set the option num_predict, or raise answer-size"}
}

// checkWhole tells a whole answer from one that only ended properly.
func (c *Client) checkWhole(a *answer) error {
	blank := strings.TrimSpace(a.text.String()) == ""
	switch {
	case a.reason == "length":
		what := "the answer was cut off: the context of the model is full"
		next := "ask for less, or raise the option num_ctx"
		if a.live.TokenLimit > 0 && max(a.metrics.EvalCount, a.live.Tokens) >= a.live.TokenLimit {
			what = fmt.Sprintf("the answer was cut off at the limit of %d tokens", a.live.TokenLimit)
			next = "raise the option num_predict"
		}
		return &agent.Error{Ending: agent.EndTokenLimit, What: what, Next: next}
	case len(a.calls) > 0: // which need no words
	case blank && a.thinking.Len() > 0:
		return &agent.Error{Ending: agent.EndEmpty, What: fmt.Sprintf("the model %s thought but said nothing", a.live.Model),
			Next: "try again, or ask another model"}
	case blank:
		return &agent.Error{Ending: agent.EndEmpty, What: fmt.Sprintf("the model %s said nothing", a.live.Model),
			Next: "try again, or ask another model"}
	}
	return nil
}
