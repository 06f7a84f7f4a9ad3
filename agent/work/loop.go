package work

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"drover/agent"
	"drover/agent/ollama"
	"drover/agent/safetext"
	"drover/agent/transcript"
)

// The limits of a loop. What they are about has its counter in state.
const (
	maxCalls      = 8  // in one round
	maxParse      = 2  // calls that cannot be understood, before blocks are asked for
	maxSilent     = 2  // nudges of a model that calls nothing
	maxThoughts   = 4  // answers of nothing but thinking
	maxCut        = 3  // answers that were cut off
	repeatedNudge = 3  // times the same call with the same result
	repeatedStuck = 5  // likewise
	repeatedOf    = 12 // among so many latest calls
	idleNudge     = 15 // rounds without a change
	idleStuck     = 20 // likewise
	maxReadBonus  = 8  // more of them for files that were read for the first time
	lastRounds    = 3  // in which only done is offered
	maxUnverified = 3  // times that what does not pass goes back to the model
	maxDenials    = 5  // one after the other
)

// loop is one attempt at a task: rounds of a request to the model, the calls in its answer, and their results.
type loop struct {
	agent        *Agent
	request      agent.Request
	task         agent.Current
	conversation Conversation
	state        *state
	disk         disk
	rounds       int
	options      map[string]any

	space       *space
	files       *files
	shell       *shell
	room        *room
	permissions permissions
	verify      string
	system      prompt

	mu      sync.Mutex // held while emitted is called: commands tell from goroutines of their own
	emitted func(agent.Event)
	live    agent.Live
	metrics agent.Metrics // of all rounds
	model   string
	server  string
}

// emit passes on what is told, with what is known of the loop.
func (l *loop) emit(e agent.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.emitted(e)
}

// say adds a message to the conversation.
func (l *loop) say(role, text string) {
	l.state.Messages = append(l.state.Messages, ollama.Message{Role: role, Content: text})
}

// run goes on until the task has come to an end.
func (l *loop) run(ctx context.Context) (agent.Result, error) {
	l.chooseWay(ctx)
	if len(l.state.Messages) == 0 {
		l.say("system", l.system.system())
		l.say("user", task(l.request.Prompt, l.files))
		if share := l.room.share(l.state.Messages, l.tools()); share > 0.5 {
			return agent.Result{}, &agent.Error{Ending: agent.EndTruncatedPrompt,
				What: fmt.Sprintf("the task alone takes %d%% of the context of %d tokens", int(share*100), l.room.tokens),
				Next: "shorten it, or raise num_ctx"}
		}
	}
	for {
		if l.state.Round >= l.rounds {
			return l.result(), &agent.Error{Ending: EndRoundsExhausted, What: fmt.Sprintf("the task took all its %d rounds", l.rounds),
				Next: "allow more rounds, or ask for less"}
		}
		done, err := l.round(ctx)
		if err != nil || done {
			return l.result(), err
		}
		l.state.Round++
		if err := l.disk.save(l.state); err != nil {
			return l.result(), keepError(err)
		}
	}
}

// chooseWay decides how the model is to call tools.
func (l *loop) chooseWay(ctx context.Context) {
	if abilities := l.conversation.Abilities(ctx); len(abilities) > 0 && !slices.Contains(abilities, "tools") && !l.state.Blocks {
		l.state.Blocks = true
		l.note("the model has no tools: it calls them by fenced blocks")
	}
	l.system = prompt{mode: l.permissions.mode, verify: l.verify, blocks: l.state.Blocks, run: l.shell.path != ""}
}

// askForBlocks goes on with a model that cannot call tools as it should.
func (l *loop) askForBlocks(why string) {
	l.state.Blocks, l.system.blocks = true, true
	l.state.Messages[0].Content = l.system.system()
	l.note(why + ": it is asked for fenced blocks from now on")
}

// tools returns what the model is offered now.
func (l *loop) tools() ollama.Tools {
	if l.state.Blocks {
		return nil
	}
	return offered(l.names())
}

func (l *loop) names() []string {
	switch {
	case l.rounds-l.state.Round <= lastRounds && l.rounds > 2*lastRounds:
		return []string{toolDone}
	case l.permissions.mode == modePlan:
		return []string{toolList, toolSearch, toolRead, toolDone}
	case l.shell.path == "":
		return []string{toolList, toolSearch, toolRead, toolWrite, toolEdit, toolDone}
	}
	return []string{toolList, toolSearch, toolRead, toolWrite, toolEdit, toolRun, toolDone}
}

// round asks the model once, and does what it calls for. It reports whether the task is done.
func (l *loop) round(ctx context.Context) (done bool, err error) {
	if len(l.names()) == 1 && l.rounds-l.state.Round == lastRounds {
		l.say("user", fmt.Sprintf("Only %d rounds are left. Call done now, and say in its summary what is not finished.", lastRounds))
	}
	if err := l.makeRoom(ctx); err != nil {
		return false, err
	}
	tools := l.tools()
	reply, err := l.ask(ctx, l.state.Messages, tools)
	if err != nil {
		return false, l.recover(ctx, reply, err)
	}
	l.room.counted(l.state.Messages, tools, reply.Metrics.PromptTokens)
	calls, way, err := callsOf(reply.Text, reply.Calls, l.state.Blocks)
	l.heard(reply)
	if err != nil {
		return false, l.misunderstood(err)
	}
	if len(calls) == 0 {
		return l.silent(reply)
	}
	l.state.Silent, l.state.Thoughts, l.state.Cut = 0, 0, 0
	if way != l.state.Calls {
		l.state.Calls = way
		l.live.Calls = way
		if way != callsNative {
			l.note("the model calls tools in its text (" + way + ")")
		}
	}
	return l.perform(ctx, calls)
}

// heard adds the answer of the model to the conversation. In another way than the native one a call is part of the text.
func (l *loop) heard(reply ollama.Reply) {
	l.state.Messages = append(l.state.Messages, ollama.Message{
		Role: "assistant", Content: reply.Text, Thinking: reply.Thinking, ToolCalls: reply.Calls,
	})
}

// ask sends a round to the model, and counts what it costs.
func (l *loop) ask(ctx context.Context, messages []ollama.Message, tools ollama.Tools) (ollama.Reply, error) {
	if err := l.conversation.Resume(ctx); err != nil {
		return ollama.Reply{}, err
	}
	request := l.request
	request.Options, request.Model = l.options, firstOf(l.model, request.Model)
	before := l.state.Tokens
	reply, err := l.conversation.Ask(ctx, ollama.Round{Request: request, Messages: messages, Tools: tools}, func(e agent.Event) {
		e.Live.Tokens += before
		e.Live.Round, e.Live.Rounds, e.Live.Calls, e.Live.Kept = l.state.Round+1, l.rounds, l.state.Calls, l.live.Kept
		l.live = e.Live
		l.emit(e)
	})
	l.count(reply)
	return reply, err
}

// count adds the numbers of a round to those of the task.
func (l *loop) count(reply ollama.Reply) {
	m := &reply.Metrics
	if reply.Model != "" {
		l.model, l.server = reply.Model, reply.Server
	}
	l.state.Tokens += m.Tokens
	t := &l.metrics
	if t.FirstToken == 0 {
		t.FirstToken = m.FirstToken
	}
	t.PromptTokens, t.Context, t.Approximate = m.PromptTokens, m.Context, m.Approximate
	t.ServerWait, t.Load, t.PromptEval = t.ServerWait+m.ServerWait, t.Load+m.Load, t.PromptEval+m.PromptEval
	t.Eval, t.Total = t.Eval+m.Eval, t.Total+m.Total
	if seconds := m.PromptEval.Seconds(); m.PromptTokens > 0 && seconds > 0 {
		rate := float64(m.PromptTokens) / seconds
		if l.state.PromptRate == 0 {
			l.state.PromptRate = rate // nothing of the first prompt had been read before
		}
		l.live.Kept = max(0, min(100, int(100*(1-l.state.PromptRate/rate))))
	}
}

// result returns what there is of the task.
func (l *loop) result() agent.Result {
	m := l.metrics
	m.Tokens = l.state.Tokens
	if m.Eval > 0 {
		m.Rate = float64(m.Tokens) / m.Eval.Seconds()
	}
	return agent.Result{
		Model: l.model, Server: l.server, Text: l.state.Summary, Metrics: m,
		Work: &agent.WorkResult{
			Workspace: l.space.id, Dir: l.space.dir, Branch: l.space.branch, Rounds: l.state.Round,
			Verify: l.verify, Verified: l.state.Verified,
			Calls: l.state.Calls,
		},
	}
}

// makeRoom keeps the conversation within the context.
func (l *loop) makeRoom(ctx context.Context) error {
	tools := l.tools()
	if l.room.share(l.state.Messages, tools) <= fullAt {
		return nil
	}
	if l.room.mask(l.state.Messages, tools) {
		l.note("old results are left out, to make room in the context")
		return nil
	}
	l.note("the conversation is summarised, to make room in the context")
	messages, err := l.room.summarise(ctx, l.state.Messages, func(ctx context.Context, messages []ollama.Message) (string, error) {
		reply, err := l.ask(ctx, messages, nil)
		return reply.Text, err
	})
	if err != nil {
		return err
	}
	l.state.Messages = messages
	return nil
}

// recover goes on after an error of the model if it can. Otherwise it returns it.
func (l *loop) recover(ctx context.Context, reply ollama.Reply, err error) error {
	if ctx.Err() != nil {
		return err
	}
	text := strings.ToLower(err.Error())
	switch ending := agent.EndingOf(err); {
	case ending == agent.EndTokenLimit && l.state.Cut < maxCut:
		l.state.Cut++
		reply.Calls = nil
		l.heard(reply)
		l.say("user", "Your answer was cut off: it was too long. Do less at once: write long files in parts, or edit them.")
	case ending == agent.EndEmpty && l.state.Thoughts < maxThoughts:
		l.state.Thoughts++
		l.heard(reply)
		l.say("user", "You have thought, and called no tool. Call one now, or done.")
	case ending == agent.EndEmpty:
		return &agent.Error{Ending: EndStuck, What: "the model thinks and says nothing", Next: "ask another model, or set think to false"}
	case !l.state.Blocks && strings.Contains(text, "does not support tools"):
		l.askForBlocks("the model has no tools")
	case ending == agent.EndServerError && (strings.Contains(text, "pars") || strings.Contains(text, "tool call")):
		return l.misunderstood(&callError{"the server could not read your call: " + safetext.Line(err.Error(), 300)})
	case ending == agent.EndTruncatedPrompt && l.state.Cut < maxCut: // the count was wrong
		l.state.Cut++
		l.room.ratio *= 0.8
	default:
		return err
	}
	return nil
}

// misunderstood tells the model that its call cannot be understood; after some of them blocks are asked for.
func (l *loop) misunderstood(err error) error {
	l.state.ParseErrors++
	l.note("a call was not understood: " + err.Error())
	last := len(l.state.Messages) - 1
	if l.state.Messages[last].Role == "assistant" {
		l.state.Messages[last].ToolCalls = nil // which nothing answers
	}
	switch {
	case l.state.ParseErrors > 3*maxParse:
		return &agent.Error{Ending: EndStuck, What: "the calls of the model cannot be understood: " + safetext.Line(err.Error(), 200),
			Next: "ask another model"}
	case l.state.ParseErrors >= maxParse && !l.state.Blocks:
		l.askForBlocks("its calls cannot be understood")
		l.say("user", err.Error()+". From now on write calls as fenced blocks, as the system text shows.")
	default:
		l.say("user", err.Error()+". Call the tool again.")
	}
	return nil
}

// silent is an answer without a call. Where nothing is to be changed it is the answer.
func (l *loop) silent(reply ollama.Reply) (done bool, err error) {
	l.state.Silent++
	l.state.Summary = reply.Text
	switch {
	case l.permissions.mode == modePlan:
		return true, nil
	case l.state.Silent <= maxSilent:
		how := "Call a tool now, or done if the task is finished."
		if l.state.Blocks {
			how = "Write a fenced block that calls a tool now, as the system text shows, or ```done if the task is finished."
		}
		l.note("the model called nothing and is reminded")
		l.say("user", how)
		return false, nil
	}
	return false, &agent.Error{Ending: EndStuck, What: "the model talks and calls no tool",
		Next: "ask another model, or ask in the mode plan for an answer alone"}
}

// stuckError says that there is no progress.
func stuckError(what string) error {
	return &agent.Error{Ending: EndStuck, What: what, Next: "look at its workspace, then say more exactly what to do, or ask another model"}
}

// printed tells what a command prints, as far as a transcript should hold it.
func (l *loop) printed(limit int) func(string) {
	var line safetext.LastLine
	left := limit
	return func(text string) {
		l.mu.Lock()
		defer l.mu.Unlock()
		line.Add(text)
		l.live.LastLine = line.String()
		e := agent.Event{Live: l.live}
		if n := min(left, len(text)); n > 0 {
			e.Entry = transcript.Entry{Kind: transcript.Stderr, Text: strings.ToValidUTF8(text[:n], "\uFFFD")}
			left -= n
		}
		l.emitted(e)
	}
}
