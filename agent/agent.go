package agent

import (
	"context"
	"encoding/json"
	"path/filepath"
	"time"

	"drover/agent/transcript"
)

// Request is what an agent is asked: the Payload of a dispatcher's task. It is read-only after submit.
type Request struct {
	Kind    string         `json:"kind,omitempty"`    // which agent; empty for KindCommand if there is a command, otherwise for KindChat
	Prompt  string         `json:"prompt"`            // what to do; never empty
	System  string         `json:"system,omitempty"`  // system text; empty for none
	Model   string         `json:"model,omitempty"`   // empty for the default model
	Options map[string]any `json:"options,omitempty"` // runner options by their Ollama names, over the defaults
	Timeout time.Duration  `json:"timeout,omitempty"` // for one attempt as a whole; 0 for the default limit

	Think     string          `json:"think,omitempty"`      // one of ThinkLevels; empty for the default
	Format    json.RawMessage `json:"format,omitempty"`     // `"json"` or a JSON schema for the answer; empty for text
	KeepAlive string          `json:"keep_alive,omitempty"` // how long the model stays loaded: "10m", "300" (s), "-1" for ever
	Images    []string        `json:"images,omitempty"`     // absolute paths of pictures; read at every attempt

	// What a command is asked besides its prompt; see package agent/command.
	Command []string          `json:"command,omitempty"` // program and arguments, or the name of a profile
	Dir     string            `json:"dir,omitempty"`     // absolute path of the working directory
	Env     map[string]string `json:"env,omitempty"`     // over drover's environment; stored as it is written here

	Work // what a task of KindWork is asked besides its prompt

	// Extra is what its user keeps with the task: no agent looks at it, and it is in the task's record.
	Extra map[string]json.RawMessage `json:"extra,omitempty"`
}

// Submission is a request on its way into the queue.
type Submission struct {
	ID       string // unique among the tasks that are known
	Priority int    // dispatcher.PriorityHigh, PriorityNormal or PriorityLow
	Request
}

// Program returns what the command of a request runs, as it was named; empty for a request that is not for a command.
// Such a request has no tokens and no model.
func (r Request) Program() string {
	if len(r.Command) == 0 {
		return ""
	}
	return filepath.Base(r.Command[0])
}

// Agent works on one request at a time for each call. Run is called from several goroutines at once.
//
// It reports what it says through emit as it is said; emit never blocks. It is called by one goroutine at a time,
// and not after Run has returned. Run returns what it has when ctx ends, together with an error. An answer that is not whole
// and honest is an error: an *Error says how it ended, and an error that matches ErrUnreachable that nothing
// was tried because the server cannot be reached.
type Agent interface {
	Run(ctx context.Context, request Request, emit func(Event)) (Result, error)
}

// Event is one thing an agent reports while it works.
type Event struct {
	Entry transcript.Entry // what goes into the transcript; the zero Entry goes nowhere
	Live  Live             // the state after this event, shown on the lane
}

// Phase is what an agent waits for or does, as far as its client can know.
type Phase int

// The phases of an attempt.
const (
	PhaseWaiting    Phase = iota // sent, nothing has come back, and nothing more is known
	PhaseHeld                    // not sent yet: as many requests as are allowed at once are under way
	PhaseQueued                  // sent; the server works on as many others as it does at once, as far as we know
	PhaseLoading                 // sent; the model was not in memory, and has not said anything to anybody since
	PhasePrompt                  // sent; the model is in memory and nobody is before it: it reads the prompt
	PhaseStuck                   // sent; the model is in memory but answers nobody: see ServerInfo.Stuck
	PhaseThinking                // thinking text arrives
	PhaseGenerating              // the answer arrives
	PhaseRunning                 // a command runs: whether it thinks or waits is not known
	PhasePreparing               // its workspace is being made
	PhaseAsking                  // it waits for a person
)

// MarshalText returns what String does.
func (p Phase) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText takes what String returns. Another text is PhaseWaiting, without an error: a newer version may have sent it.
func (p *Phase) UnmarshalText(name []byte) error {
	for *p = PhaseAsking; *p > PhaseWaiting && p.String() != string(name); {
		*p--
	}
	return nil
}

// BeforeFirstToken reports whether nothing has come back in this phase.
func (p Phase) BeforeFirstToken() bool { return p < PhaseThinking }

// String returns one or two words: "waiting", "held back", "queued", "loading", "reading", "stuck", "thinking",
// "generating", "running", "preparing" or "asking".
func (p Phase) String() string {
	switch p {
	case PhaseWaiting:
		return "waiting"
	case PhaseHeld:
		return "held back"
	case PhaseQueued:
		return "queued"
	case PhaseLoading:
		return "loading"
	case PhasePrompt:
		return "reading"
	case PhaseStuck:
		return "stuck"
	case PhaseThinking:
		return "thinking"
	case PhaseGenerating:
		return "generating"
	case PhaseRunning:
		return "running"
	case PhasePreparing:
		return "preparing"
	case PhaseAsking:
		return "asking"
	}
	return "unknown"
}

// Live is the state of a running attempt: the Detail of the dispatcher's progress reports.
type Live struct {
	Model      string    `json:"model"`                // the model that really works on it
	Server     string    `json:"server"`               // the server that it is with, as agent.ServerInfo.Host; empty before it was chosen
	Phase      Phase     `json:"phase"`                // what it does
	Tokens     int       `json:"tokens"`               // chunks received so far, about one a token
	TokenLimit int       `json:"token_limit"`          // the most tokens it may generate; 0 when that is not known
	Sent       time.Time `json:"sent,omitzero"`        // when the request went out
	FirstToken time.Time `json:"first_token,omitzero"` // when the first chunk came; zero before
	LastToken  time.Time `json:"last_token,omitzero"`  // when the latest came; zero before
	Made       time.Time `json:"made,omitzero"`        // when that was made, by the server's own clock if it says so; zero before
	// SilenceWarning is how long a silence may last after the first token before it is worth telling; 0 for ever.
	SilenceWarning time.Duration `json:"silence_warning"`

	Round  int    `json:"round,omitempty"`  // the number of the present one, of a task that takes several; from 1
	Rounds int    `json:"rounds,omitempty"` // the most there may be
	Calls  string `json:"calls,omitempty"`  // how the model calls tools, as in WorkResult; empty before it has
	// Kept is how much of the latest prompt the server had from before, in percent, as far as its times tell; 0 if it is not known.
	Kept int `json:"kept,omitempty"`

	// LastLine is the latest line of output that is not blank, cleaned for a terminal; of a long one its last 256 bytes.
	LastLine string `json:"last_line"`
}

// Percent returns how much of what may come has come, from 0 to 99: by the token limit, since nothing else
// is known of an answer before it ends; 0 without one.
func (l Live) Percent() int {
	if l.TokenLimit <= 0 {
		return 0
	}
	return min(l.Tokens*100/l.TokenLimit, 99)
}

// Silent returns for how long nothing has come by now, if that is long enough to be worth telling; otherwise
// 0. The wait for the first token is no silence: that may rightly take long.
func (l Live) Silent(now time.Time) time.Duration {
	if silence := now.Sub(l.LastToken); l.SilenceWarning > 0 && !l.LastToken.IsZero() && silence >= l.SilenceWarning {
		return silence
	}
	return 0
}

// Rate returns the tokens per second between the first and the latest token; 0 before the second one.
func (l Live) Rate() float64 {
	d := l.LastToken.Sub(l.FirstToken)
	if l.Tokens < 2 || d <= 0 {
		return 0
	}
	return float64(l.Tokens-1) / d.Seconds()
}

// Result is what an agent answered: the Result of a dispatcher's task.
type Result struct {
	Model      string  `json:"model,omitempty"`
	Server     string  `json:"server,omitempty"` // the one that answered, as ServerInfo.Host
	Text       string  `json:"text"`
	Thinking   string  `json:"thinking,omitempty"`
	DoneReason string  `json:"done_reason,omitempty"` // as the server named it: "stop", "length", …; empty when it did not
	Metrics    Metrics `json:"metrics"`

	Work *WorkResult `json:"work,omitempty"` // of a task of KindWork; read-only
}

// Metrics are the numbers of one attempt. Durations are zero where the server gave none.
type Metrics struct {
	PromptTokens int           `json:"prompt_tokens,omitempty"` // as the server counts; includes cached ones
	Tokens       int           `json:"tokens,omitempty"`        // generated; counted by chunks when Approximate
	Approximate  bool          `json:"approximate,omitempty"`   // the server did not report, the attempt was cut short
	Rate         float64       `json:"rate,omitempty"`          // tokens per second of generation alone
	FirstToken   time.Duration `json:"first_token,omitempty"`   // from sending the request to the first chunk
	ServerWait   time.Duration `json:"server_wait,omitempty"`   // total − load − prompt − generation: time queued inside the server
	Load         time.Duration `json:"load,omitempty"`          // loading the model
	PromptEval   time.Duration `json:"prompt_eval,omitempty"`
	Eval         time.Duration `json:"eval,omitempty"`
	Total        time.Duration `json:"total,omitempty"`   // as the client saw it
	Context      int           `json:"context,omitempty"` // size of the model's context in tokens; 0 when that is not known
}

// ContextShare returns how much of the context the prompt and the answer took, from 0 to 1; 0 when it is not
// known.
func (m Metrics) ContextShare() float64 {
	if m.Context <= 0 {
		return 0
	}
	return min(float64(m.PromptTokens+m.Tokens)/float64(m.Context), 1)
}
