package command

import (
	"context"
	"fmt"
	"time"

	"drover/agent"
	"drover/agent/safetext"
	"drover/agent/transcript"
)

// Name is that of this kind of agent, in requests and in journals.
const Name = agent.KindCommand

// EndFailed is how an attempt has ended whose command said by its exit code that it failed.
const EndFailed agent.Ending = "command_failed"

const (
	// Grace is how long a command that is to end may take for it before it is killed.
	Grace = 5 * time.Second

	// maxOutput is how much standard output is an answer, in bytes. A command that writes more is ended, since the
	// answer would not be whole.
	maxOutput = 16 << 20

	// maxErrors is how much standard error is kept, in bytes. What follows is left out, since it is no part of the answer.
	maxErrors = 1 << 20
)

// Profile is a command that has a name in the settings.
type Profile struct {
	Run     []string          // program and arguments
	Dir     string            // working directory of tasks that name none; empty for that of drover
	Env     map[string]string // over the environment of drover
	PassEnv []string          // variables of drover's environment that commands do not get otherwise
	Timeout time.Duration     // of a task that has none; 0 for the default limit
}

// Config says what the commands of an [Agent] get.
type Config struct {
	Profiles map[string]Profile
	Environ  []string      // of drover, as os.Environ returns it
	Quiet    time.Duration // how long a silence is worth telling; 0 for never
}

// Agent runs commands. It is safe for concurrent use.
type Agent struct {
	config Config
	grace  time.Duration // Grace, but for tests
}

var _ agent.Agent = (*Agent)(nil)

// New returns an agent.
func New(c Config) *Agent {
	return &Agent{config: c, grace: Grace}
}

// Kind describes this kind of agent.
func (a *Agent) Kind() agent.Kind {
	return agent.Kind{
		Name: Name, Agent: a, Check: a.Check, Limit: a.Limit,
		Endings: []agent.EndingWords{{
			Ending: EndFailed, Meaning: "the command ended with an exit code other than 0, by a signal, or with too much output",
			Next: "read its standard error", Again: agent.AgainNever,
		}},
	}
}

// Check says what would be said of the request after it has got a lane: that there is no such program or directory, or
// that the prompt cannot be an argument. Its error is an *agent.Error.
func (a *Agent) Check(_ context.Context, request agent.Request) error {
	_, err := a.job(request)
	return err
}

// Limit returns the time limit of an attempt at a request that names none, 0 if its profile has none either.
func (a *Agent) Limit(request agent.Request) time.Duration {
	_, p := a.profile(request)
	return p.Timeout
}

// Run runs the command of a request; see agent.Agent. When ctx ends, or the command does, whatever it has started is
// ended too before Run returns.
func (a *Agent) Run(ctx context.Context, request agent.Request, emit func(agent.Event)) (agent.Result, error) {
	j, err := a.job(request)
	if err != nil {
		return agent.Result{}, err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	out := &output{emit: emit, tooMuch: func() { stop(j.wroteTooMuch()) }, live: agent.Live{
		Phase: agent.PhaseRunning, Sent: time.Now(), SilenceWarning: a.config.Quiet,
	}}
	out.notice("runs " + j.shown + " in " + j.dir)
	o, err := j.run(ctx, out.stdout(), out.stderr())
	out.finish()
	if o.left {
		out.notice("the command had ended and left something running, which was ended")
	}
	if o.alive {
		out.notice("something that the command has started is still there and cannot be ended")
	}
	result := out.result()
	switch {
	case ctx.Err() != nil:
		return result, context.Cause(ctx)
	case err != nil:
		return result, failed(fmt.Sprintf("%s could not be run: %v", j.name, err), "see whether it can be run by hand", err)
	}
	return result, j.outcomeError(o, out.lastErrorLine())
}

// outcomeError says what the end of a command means.
func (j *job) outcomeError(o outcome, lastError string) error {
	if o.code == 0 && o.signal == "" {
		return nil // a command that says nothing can have done its work
	}
	what := fmt.Sprintf("%s ended with exit code %d", j.name, o.code)
	if o.signal != "" {
		what = fmt.Sprintf("%s was ended by a signal (%s)", j.name, o.signal)
	}
	if lastError != "" {
		return failed(what+": "+lastError, "", nil)
	}
	return failed(what+" and wrote nothing to its standard error", "read what it said", nil)
}

func (j *job) wroteTooMuch() error {
	return failed(fmt.Sprintf("%s wrote more than %d MiB to its standard output and was ended", j.name, maxOutput>>20),
		"let it write less, or write into a file", nil)
}

func failed(what, next string, err error) *agent.Error {
	return &agent.Error{Ending: EndFailed, What: what, Next: next, Err: err}
}

// notice puts a line into the transcript.
func (o *output) notice(text string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.emit(agent.Event{Entry: transcript.Entry{Kind: transcript.Notice, Text: safetext.Line(text, 0)}, Live: o.live})
}
