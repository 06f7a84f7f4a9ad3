package work

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"drover/agent"
	"drover/agent/ollama"
	"drover/agent/safetext"
	"drover/agent/sandbox"
	"drover/agent/transcript"
	"drover/agent/workspace"
)

// Name is that of this kind of agent, in requests and in journals.
const Name = agent.KindWork

// How a task of this kind can end beside the ways in which all can.
const (
	EndStuck           agent.Ending = "stuck"
	EndVerifyFailed    agent.Ending = "verify_failed"
	EndSetupFailed     agent.Ending = "setup_failed"
	EndRoundsExhausted agent.Ending = "rounds_exhausted"
	EndDenied          agent.Ending = "denied"
)

var endings = []agent.EndingWords{
	{Ending: EndStuck, Meaning: "the model repeats itself, changes nothing or calls no tool",
		Next: "look at its workspace, then say more exactly what to do, or ask another model", Again: agent.AgainNever},
	{Ending: EndVerifyFailed, Meaning: "what the model did does not pass the check, and its further tries did not either",
		Next: "look at its workspace and at what the check says", Again: agent.AgainNever},
	{Ending: EndSetupFailed, Meaning: "the workspace could not be made", Next: "correct what the message says", Again: agent.AgainNever},
	{Ending: EndRoundsExhausted, Meaning: "the task took all its rounds without coming to an end",
		Next: "allow more rounds, or ask for less", Again: agent.AgainNever},
	{Ending: EndDenied, Meaning: "what the model wanted to do was refused again and again",
		Next: "allow it by a rule or another mode, or ask for something else", Again: agent.AgainNever},
}

// Conversation is several rounds with one model, on a place of its own; see pool.Conversation.
type Conversation interface {
	Ask(ctx context.Context, round ollama.Round, emit func(agent.Event)) (ollama.Reply, error)
	Abilities(ctx context.Context) []string
	Rest()
	Resume(ctx context.Context) error
	End()
}

// Config says what an [Agent] works with.
type Config struct {
	Options
	Begin        func(model string) (Conversation, error) // see pool.Pool.Begin
	ModelOptions map[string]any                           // of all requests, under those of a task
	Store        *workspace.Store
	Dir          string       // for what is kept of tasks between two attempts; private
	Environ      []string     // of drover, as os.Environ returns it
	Inbox        *agent.Inbox // where people are asked; nil where there is nobody
	Sandbox      sandbox.Sandbox
}

// Agent lets models work. It is safe for concurrent use.
type Agent struct{ config Config }

var _ agent.Agent = (*Agent)(nil)

// New returns an agent.
func New(c Config) *Agent { return &Agent{config: c} }

// Kind describes this kind of agent.
func (a *Agent) Kind() agent.Kind {
	return agent.Kind{Name: Name, Agent: a, Check: a.Check, Endings: endings}
}

// Check says what would be said of the request after it has got a lane. Its error is an *agent.Error.
func (a *Agent) Check(_ context.Context, request agent.Request) error {
	if info, err := os.Stat(request.Dir); err != nil || !info.IsDir() {
		return &agent.Error{Ending: agent.EndBadRequest, What: "there is no folder " + safetext.Line(request.Dir, 300) + " to work in",
			Next: "name one that is there (dir)"}
	}
	return checkRules(request)
}

// Run works on a request; see agent.Agent. It goes on from the last whole round of an earlier attempt that did not come to an end
// of its own.
func (a *Agent) Run(ctx context.Context, request agent.Request, emit func(agent.Event)) (agent.Result, error) {
	if err := a.Check(ctx, request); err != nil {
		return agent.Result{}, err
	}
	conversation, err := a.config.Begin(request.Model)
	if err != nil {
		return agent.Result{}, err
	}
	defer conversation.End()
	task := agent.CurrentTask(ctx)
	kept, err := diskOf(a.config.Dir, task)
	if err != nil {
		return agent.Result{}, keepError(err)
	}
	s, err := kept.load(task)
	if err != nil {
		return agent.Result{}, keepError(err)
	}
	if a.config.Inbox != nil {
		a.config.Inbox.Remove(task.ID) // what an earlier attempt had put there
	}
	again := s != nil
	if !again {
		s = &state{Version: stateVersion, Task: task.ID, Created: task.Created}
	}
	l := &loop{agent: a, request: request, conversation: conversation, state: s, disk: kept, emitted: emit, task: task}
	l.rounds = request.Rounds
	if l.rounds == 0 {
		l.rounds = a.config.Rounds
	}
	l.live = agent.Live{
		Model: request.Model, Phase: agent.PhasePreparing, Sent: time.Now(), Rounds: l.rounds, LastLine: "makes its workspace",
	}
	l.tell("")
	defer l.close()
	if err := l.prepare(ctx); err != nil {
		return agent.Result{}, err
	}
	if again {
		l.resumed()
	}
	result, err := l.run(ctx)
	l.ended(err)
	return result, err
}

func keepError(err error) error {
	return &agent.Error{Ending: agent.EndFailed, What: safetext.Line("what the task does cannot be kept: "+err.Error(), 300), Err: err}
}

// prepare makes all that a loop needs before its first round.
func (l *loop) prepare(ctx context.Context) (err error) {
	c := &l.agent.config
	var notes []string
	if l.space, notes, err = openSpace(ctx, c.Store, l.request, l.task.Serial, l.state.Workspace); err != nil {
		return err
	}
	for _, note := range notes {
		l.note(note)
	}
	l.state.Workspace, l.state.Dir = l.space.id, l.space.dir
	if err := l.disk.save(l.state); err != nil { // so that the workspace is found again
		return keepError(err)
	}
	l.room = newRoom(l.contextSize())
	if l.files, err = openFiles(l.space.dir, l.space.work, l.room.result()); err != nil {
		return setupFailed(ctx, err)
	}
	l.verify = l.verifyCommand()
	l.permit()
	if err := l.openShell(); err != nil {
		return setupFailed(ctx, err)
	}
	l.note(fmt.Sprintf("works in %s, mode %s, %s", l.space.dir, l.permissions.mode, l.guarded()))
	if l.verify == "" && l.permissions.mode != modePlan {
		note := "nothing verifies what is done"
		if offers := Offers(l.space.work); len(offers) > 0 {
			note += fmt.Sprintf("; verify = %q could", offers[0])
		}
		l.note(note)
	}
	return nil
}

// contextSize returns how large the context of the model is, in tokens: the same in every round, since a server loads a model
// anew for another size.
func (l *loop) contextSize() int {
	c := &l.agent.config
	size := c.Context
	for _, options := range []map[string]any{c.ModelOptions, l.request.Options} {
		switch n := options["num_ctx"].(type) {
		case int64:
			size = int(n)
		case int:
			size = n
		case float64:
			size = int(n)
		}
	}
	l.options = map[string]any{}
	maps.Copy(l.options, l.request.Options)
	l.options["num_ctx"] = size
	if size < smallContext {
		l.note(fmt.Sprintf("the context has only %d tokens (num_ctx); models lose their way in less than %d", size, smallContext))
	}
	return max(size, 1024)
}

// smallContext is the size of a context below which agents hardly work.
const smallContext = 16 << 10

// verifyCommand returns what has to pass.
func (l *loop) verifyCommand() string {
	switch verify := l.request.Verify; {
	case verify == agent.VerifyNone:
		return ""
	case verify != "":
		return verify
	}
	return l.agent.config.verifyOf(l.request.Dir)
}

// permit says what may be done unasked.
func (l *loop) permit() {
	c := &l.agent.config
	mode := l.request.Mode
	if mode == "" {
		mode = c.Mode
	}
	if l.request.Mode == "" && mode == modeAuto && l.request.Workspace == string(workspace.InPlace) {
		mode = modeEdits // there is no copy between the model and the user's files
	}
	l.permissions = permissions{mode: mode, sandboxed: c.Sandbox.Name != ""}
	for _, list := range []struct {
		texts []string
		to    *[]rule
	}{{l.request.Allow, &l.permissions.allow}, {c.Allow, &l.permissions.allow}, {l.state.Always, &l.permissions.allow},
		{l.request.Deny, &l.permissions.deny}, {c.Deny, &l.permissions.deny}} {
		rules, _ := parseRules(list.texts) // checked before
		*list.to = append(*list.to, rules...)
	}
}

// openShell makes what commands run in.
func (l *loop) openShell() error {
	c := &l.agent.config
	caches, temporary := filepath.Join(c.Dir, "caches"), filepath.Join(l.disk.dir, "tmp")
	for _, dir := range []string{caches, temporary} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	policy, err := policyOf(l.space, c, caches, temporary)
	if err != nil {
		return err
	}
	environ := slices.Concat(c.Environ, l.space.env)
	l.shell = newShell(l.space.work, environ, policy, c.Sandbox.Name != "", caches, temporary, c.CommandTimeout)
	return nil
}

// guarded says what holds commands back.
func (l *loop) guarded() string {
	c := &l.agent.config
	if c.Sandbox.Name == "" {
		return "without a sandbox (" + strings.Join(c.Sandbox.Gaps, "; ") + "): every command is asked for"
	}
	text := "commands in a sandbox (" + c.Sandbox.Name + "), network "
	if c.Network {
		text += "open"
	} else {
		text += "closed"
	}
	if len(c.Sandbox.Gaps) > 0 {
		text += "; " + strings.Join(c.Sandbox.Gaps, "; ")
	}
	return text
}

// close lets go of what a loop has open.
func (l *loop) close() {
	if l.files != nil {
		l.files.close()
	}
	if l.space != nil {
		l.space.free()
	}
	_ = os.RemoveAll(filepath.Join(l.disk.dir, "tmp"))
}

// maxComment is how long a comment may be, in bytes.
const maxComment = 64 << 10

// Comment adds what a person says about an ended task to its conversation. The next attempt goes on with that, in the same
// workspace.
func (a *Agent) Comment(task agent.Current, text string) error {
	refuse := func(what, next string) error {
		return &agent.Error{Ending: agent.EndBadRequest, What: what, Next: next}
	}
	if text = strings.TrimSpace(text); text == "" || len(text) > maxComment {
		return refuse("the comment is empty or too long", fmt.Sprintf("write up to %d KiB", maxComment>>10))
	}
	kept, err := diskOf(a.config.Dir, task)
	if err != nil {
		return keepError(err)
	}
	s, err := kept.loadEnded(task)
	switch {
	case err != nil:
		return keepError(err)
	case s == nil || len(s.Messages) == 0:
		return refuse("nothing is kept of what the task said", "submit a new task")
	}
	for _, c := range s.Messages[len(s.Messages)-1].ToolCalls { // done, which was not answered
		s.Messages = append(s.Messages, ollama.Message{Role: "tool", Content: "ok", ToolName: c.Function.Name, ToolCallID: c.ID})
	}
	s.Messages = append(s.Messages, ollama.Message{Role: "user", Content: "A person has looked at what you did and says:\n" + text})
	s.Ended, s.Commented, s.Verified, s.Summary = "", true, false, ""
	s.Round, s.Silent, s.Thoughts, s.Cut, s.Idle, s.Denials, s.Failed, s.ParseErrors = 0, 0, 0, 0, 0, 0, 0, 0
	s.Recent, s.Read, s.Nudged = nil, nil, false
	if err := kept.save(s); err != nil {
		return keepError(err)
	}
	return nil
}

// resumed says to the model that it was interrupted.
func (l *loop) resumed() {
	if l.state.Commented {
		l.state.Commented = false
		l.note("goes on with what a person has said")
		return
	}
	l.note(fmt.Sprintf("goes on after round %d of an earlier attempt", l.state.Round))
	if len(l.state.Messages) > 2 {
		l.say("user", "The work was interrupted here and goes on now. What you did last may have been done or not: look before you go on.")
	}
}

// ended keeps how the task ended, unless it can go on.
func (l *loop) ended(err error) {
	ending := agent.EndingOf(err)
	own := slices.ContainsFunc(endings, func(w agent.EndingWords) bool { return w.Ending == ending })
	if err != nil && !own {
		return // what is on the disk is its last whole round
	}
	l.state.Ended = string(ending)
	if err := l.disk.save(l.state); err != nil {
		l.note(keepError(err).Error())
	}
	if ending == EndVerifyFailed && l.agent.config.Inbox != nil {
		e, _ := errors.AsType[*agent.Error](err)
		l.agent.config.Inbox.Put(agent.InboxItem{
			Task: l.task.ID, Kind: agent.ItemVerifyFailed, Text: safetext.Line(l.verify, 200), Why: e.What,
		})
	}
}

// note puts a line into the transcript.
func (l *loop) note(text string) { l.tell(safetext.Line(text, 600)) }

// tell reports the state of the loop, with a line for the transcript if that is not empty.
func (l *loop) tell(notice string) {
	e := agent.Event{Live: l.live}
	if notice != "" {
		e.Entry = transcript.Entry{Kind: transcript.Notice, Text: notice}
	}
	l.emit(e)
}
