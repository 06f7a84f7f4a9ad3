package forecast

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"drover/agent"
	"drover/agent/safetext"
	"drover/dispatcher"
)

// Reason is why a task has not ended, for programs. The names are stable.
type Reason string

// The reasons. The first ones are of tasks that wait in the queue, then come those of tasks that have a lane.
const (
	BecauseNext         Reason = "next"          // nobody is before it
	BecauseBehind       Reason = "behind"        // others are before it
	BecausePaused       Reason = "paused"        // somebody has paused the queue
	BecauseNoServer     Reason = "no_server"     // no model server answers
	BecauseServerBusy   Reason = "server_busy"   // the servers have refused requests and are left alone for a moment
	BecauseUnanswered   Reason = "unanswered"    // it has not been said what becomes of interrupted tasks
	BecauseCrowded      Reason = "crowded"       // as many agents work with its model as there are slots
	BecauseHeld         Reason = "held"          // anything else that holds the queue
	BecauseRetrying     Reason = "retrying"      // the next attempt has its time
	BecauseModelMissing Reason = "model_missing" // no server has its model
	BecauseStopping     Reason = "stopping"      // the program comes to its end
	BecauseNoProcess    Reason = "no_process"    // no program works on the queue
	BecauseElsewhere    Reason = "elsewhere"     // a process has it that does not say more
	BecauseInterrupted  Reason = "interrupted"   // the program ended while it ran

	BecauseHeldBack   Reason = "held_back" // as many requests as are allowed at once are under way
	BecauseQueued     Reason = "queued"    // it waits inside the server
	BecauseWaiting    Reason = "waiting"   // it was sent, and nothing more is known
	BecauseLoading    Reason = "loading"
	BecauseReading    Reason = "reading"
	BecauseModelStuck Reason = "model_stuck" // the model answers nobody
	BecauseThinking   Reason = "thinking"
	BecauseGenerating Reason = "generating"
	BecauseQuiet      Reason = "quiet" // nothing has come for a while
	BecauseRunning    Reason = "running"
	BecausePreparing  Reason = "preparing" // its workspace is being made
	BecauseAsking     Reason = "asking"    // it waits for a person
	BecauseCancelling Reason = "cancelling"
	BecauseLaneStuck  Reason = "lane_stuck" // it was cancelled and does not return

	BecauseEnded Reason = "ended"
)

// Answer says why a task has not ended, until when it will have, and what a person can do.
type Answer struct {
	ID     string `json:"id"`
	Serial uint64 `json:"serial"`
	Status string `json:"status"`
	Reason Reason `json:"reason"`

	Text string `json:"text"`           // what it waits for or does, in a sentence without a full stop
	Next string `json:"next,omitempty"` // what can be done about it, the same; empty for nothing

	Before      *int      `json:"before,omitempty"`        // pending: how many tasks are before it
	NextAttempt time.Time `json:"next_attempt,omitzero"`   // pending: when it is tried again
	Start       Span      `json:"expected_start,omitzero"` // pending: when it gets a lane
	End         Span      `json:"expected_end,omitzero"`
}

// Case is what is known of a task and of what it depends on. Only what concerns it need be there.
type Case struct {
	Now      time.Time
	Task     *agent.Task
	Estimate Estimate

	// Of a pending task.
	Before   int // tasks that are before it in the queue
	Held     Reason
	HeldBy   string // with Held, the reason in the words of whoever holds it
	Stopping bool

	// Of a task that has a lane.
	State dispatcher.LaneState
	Since time.Time // when it entered State
	Live  agent.Live

	Lanes     int // that there are
	IdleLanes int
	Server    agent.Server
}

// Explain answers why the task of a case has not ended.
func Explain(c *Case) Answer {
	t := c.Task
	a := Answer{ID: t.ID, Serial: t.Serial, Status: t.StatusName()}
	switch {
	case t.Status.Ended():
		explainEnd(&a, t)
		return a
	case t.Status == dispatcher.StatusPending:
		a.Before, a.Start, a.NextAttempt = &c.Before, c.Estimate.Start, t.NotBefore
		c.pending(&a)
	default:
		c.running(&a)
	}
	a.End = c.Estimate.End
	return a
}

// explainEnd says how a task ended.
func explainEnd(a *Answer, t *agent.Task) {
	a.Reason, a.Text = BecauseEnded, "it has "+t.Status.String()
	if t.Status == dispatcher.StatusCancelled {
		a.Text = "it was cancelled"
	}
	ending := agent.EndingOf(t.Error)
	if ending == agent.EndInterrupted {
		a.Reason, a.Text, a.Next = BecauseInterrupted, "it was interrupted: "+ending.Meaning(), ending.Next()
		return
	}
	if t.Error == nil {
		return
	}
	a.Text += ": " + what(t.Error)
	if e, ok := errors.AsType[*agent.Error](t.Error); ok {
		a.Next = cmp.Or(line(e.Next), ending.Next())
	}
}

// Words is a reason in one or two words, for a column.
func (a *Answer) Words() string {
	switch a.Reason {
	case BecauseBehind:
		return fmt.Sprintf("behind %d", *a.Before)
	case BecauseNoServer:
		return "no server"
	case BecauseServerBusy:
		return "server busy"
	case BecauseModelMissing:
		return "no model"
	default:
		return strings.ReplaceAll(string(a.Reason), "_", " ")
	}
}

// Lines is the answer in sentences for people, one a line: why, until about when, and what can be done.
func (a *Answer) Lines(now time.Time) []string {
	lines := []string{sentence(a.Text)}
	switch {
	case a.Start.Known() && a.End.Known():
		lines = append(lines, fmt.Sprintf("It starts in %s, and has ended in %s.", a.Start.In(now), a.End.In(now)))
	case a.End.Known():
		lines = append(lines, fmt.Sprintf("It has ended in %s.", a.End.In(now)))
	case a.Reason.goesOn():
		lines = append(lines, "Until when is "+unknown+".")
	}
	if a.Next != "" {
		lines = append(lines, sentence("what helps: "+a.Next))
	}
	return lines
}

// goesOn reports whether something is done about a task, so that one may ask how long that takes.
func (r Reason) goesOn() bool {
	switch r {
	case BecausePaused, BecauseNoServer, BecauseUnanswered, BecauseHeld, BecauseStopping, BecauseNoProcess, BecauseElsewhere,
		BecauseInterrupted, BecauseCancelling, BecauseLaneStuck, BecauseEnded:
		return false
	default:
		return true
	}
}

// pending explains why a task waits.
func (c *Case) pending(a *Answer) {
	switch {
	case c.Stopping:
		a.Reason, a.Text = BecauseStopping, "drover is ending and starts no more tasks"
		return
	case c.Held != "":
		c.held(a)
		return
	case c.Task.NotBefore.After(c.Now):
		a.Reason = BecauseRetrying
		next := c.Task.NotBefore
		a.Text = fmt.Sprintf("attempt %d comes at %s, in %s", c.Task.Attempts+1, clock(c.Now, next), lasting(next.Sub(c.Now)))
		if c.Task.Error != nil {
			a.Text += ", because the one before failed: " + what(c.Task.Error)
		}
		return
	case c.missing(a):
		return
	}
	if c.Before == 0 {
		a.Reason, a.Text = BecauseNext, "it is the next one, and starts as soon as a lane is free"
	} else {
		a.Reason, a.Text = BecauseBehind, fmt.Sprintf("it waits for a lane, with %s before it", plural(c.Before, "task"))
	}
	a.Next = c.faster()
}

// held explains what holds the queue.
func (c *Case) held(a *Answer) {
	a.Reason = c.Held
	switch c.Held {
	case BecausePaused:
		a.Text, a.Next = "the queue is paused", "press p on the screen to go on"
	case BecauseNoServer:
		a.Text = cmp.Or(line(c.Server.Err), "no model server answers")
		a.Next = "start the server; it is looked for all the time"
		if next := c.Server.NextCheck; next.After(c.Now) {
			a.Next = fmt.Sprintf("start the server; it is looked for again in %s", lasting(next.Sub(c.Now)))
		}
	case BecauseServerBusy:
		a.Text = "the model server has refused requests and is left alone for a moment"
		if until := c.Server.PausedUntil; until.After(c.Now) {
			a.Text = fmt.Sprintf("the model server has refused requests and is left alone until %s, for %s",
				clock(c.Now, until), lasting(until.Sub(c.Now)))
		}
	case BecauseUnanswered:
		a.Text = "nothing starts before somebody has said what becomes of the interrupted tasks"
		a.Next = "answer the question on the screen"
	case BecauseCrowded:
		a.Text = "as many agents work with its model as the servers work on at once; " +
			"it starts when one of them has ended or waits for a person"
	default:
		a.Reason, a.Text = BecauseHeld, "the queue is held: "+line(c.HeldBy)
	}
}

// missing reports whether no server has the model of the task.
func (c *Case) missing(a *Answer) bool {
	r := &c.Task.Request
	if r.KindName() != agent.KindChat || agent.IsCloud(r.Model) {
		return false
	}
	model := cmp.Or(r.Model, c.Server.DefaultModel)
	if c.Server.State != agent.ServerUp || model != "" && c.Server.Installed(model) >= 0 {
		return false
	}
	a.Reason = BecauseModelMissing
	if model == "" {
		a.Text, a.Next = "the model server has no model", "pull one, for example with `ollama pull llama3.2`"
		return true
	}
	a.Text = fmt.Sprintf("the model server does not have the model %s; it fails when its turn comes", line(model))
	a.Next = fmt.Sprintf("run `ollama pull %s`", line(model))
	for i := range c.Server.Servers {
		s := &c.Server.Servers[i]
		had := func(m agent.Model) bool { return agent.FullName(m.Name) == agent.FullName(model) }
		if s.State == agent.ServerDown && slices.ContainsFunc(s.Models, had) {
			a.Text = fmt.Sprintf("the only server with the model %s does not answer: %s", line(model), s.Host)
			a.Next = "start that server"
		}
	}
	return true
}

// faster says what would start a waiting task sooner; empty for nothing.
func (c *Case) faster() string {
	slots, hint := dispatcher.MaxWorkers, ""
	if c.Task.Request.KindName() == agent.KindChat {
		slots, hint = c.slots()
	}
	switch more := min(slots, dispatcher.MaxWorkers); {
	case hint != "":
		return hint
	case c.Lanes < more && c.IdleLanes == 0:
		return fmt.Sprintf("use more lanes: there are %d, and up to %d could be busy", c.Lanes, more)
	case c.Before > 0 && c.Task.Priority > dispatcher.PriorityHigh:
		return "raise its priority, or move it to the front"
	}
	return ""
}

// slots returns how many requests the servers work on at once, as far as that is known, and what one of them hints at.
func (c *Case) slots() (n int, hint string) {
	for i := range c.Server.Servers {
		s := &c.Server.Servers[i]
		if s.State != agent.ServerUp {
			continue
		}
		if s.SlotsFrom != "" {
			n += s.Slots
		}
		hint = cmp.Or(hint, s.Hint)
	}
	return n, hint
}

// running explains what a task does that has a lane.
func (c *Case) running(a *Answer) {
	live := &c.Live
	since := lasting(c.Now.Sub(c.Since))
	switch c.State {
	case dispatcher.LaneIdle, dispatcher.LaneRunning:
	case dispatcher.LaneCancelling:
		a.Reason, a.Text = BecauseCancelling, "it was cancelled "+since+" ago and is coming to its end"
		return
	case dispatcher.LaneStuck:
		a.Reason, a.Text = BecauseLaneStuck, "it was cancelled and has not returned for "+since
		a.Next = "add a lane if its place is needed; it is free again when drover is restarted"
		return
	}
	sent := lasting(c.Now.Sub(cmp.Or(live.Sent, c.Since)))
	if silent := live.Silent(c.Now); silent > 0 {
		a.Reason, a.Text = BecauseQuiet, fmt.Sprintf("nothing has come for %s, after %s", lasting(silent), plural(live.Tokens, "token"))
		a.Next = "see whether the server still works, or cancel the task and try again"
		return
	}
	switch live.Phase {
	case agent.PhaseHeld:
		a.Reason = BecauseHeldBack
		a.Text = fmt.Sprintf("it is not sent yet: %s to models in the cloud are under way, as many as are allowed at once",
			plural(c.Server.Cloud.Lanes, "request"))
		a.Next = "raise --cloud-slots if the account allows more"
	case agent.PhaseQueued:
		c.queued(a, sent)
	case agent.PhaseLoading:
		a.Reason, a.Text = BecauseLoading, fmt.Sprintf("the server is loading the model %s, for %s so far", line(live.Model), sent)
	case agent.PhasePrompt:
		a.Reason, a.Text = BecauseReading, fmt.Sprintf("the model reads the prompt, for %s so far", sent)
	case agent.PhaseStuck:
		a.Reason = BecauseModelStuck
		a.Text = fmt.Sprintf("the model %s is in memory and answers nobody, for %s so far", line(live.Model), sent)
		a.Next = "unload it on the page of the servers; drover does so by itself after a while"
	case agent.PhaseThinking, agent.PhaseGenerating:
		a.Reason = BecauseGenerating
		if live.Phase == agent.PhaseThinking {
			a.Reason = BecauseThinking
		}
		a.Text = fmt.Sprintf("it is %s, %s so far", live.Phase, plural(live.Tokens, "token"))
		if live.TokenLimit > 0 {
			a.Text = fmt.Sprintf("it is %s, %d of at most %s so far", live.Phase, live.Tokens, plural(live.TokenLimit, "token"))
		}
		if rate := live.Rate(); rate > 0 {
			a.Text += fmt.Sprintf(", at %.1f tokens/s", rate)
		}
	case agent.PhasePreparing:
		a.Reason, a.Text = BecausePreparing, fmt.Sprintf("its workspace is being made, for %s so far", since)
	case agent.PhaseAsking:
		a.Reason, a.Text = BecauseAsking, "it waits for a person: "+line(live.LastLine)
		a.Next = "allow it or deny it"
	case agent.PhaseRunning:
		a.Reason, a.Text = BecauseRunning, fmt.Sprintf("it has run for %s", since)
		if !live.LastToken.IsZero() {
			a.Text += fmt.Sprintf(", and said something %s ago", lasting(c.Now.Sub(live.LastToken)))
		}
	default:
		a.Reason, a.Text = BecauseWaiting, fmt.Sprintf("it was sent %s ago, and nothing has come back yet", sent)
	}
}

// queued explains the wait inside a server.
func (c *Case) queued(a *Answer, since string) {
	a.Reason, a.Text = BecauseQueued, fmt.Sprintf("it waits inside the server, for %s so far", since)
	i := slices.IndexFunc(c.Server.Servers, func(s agent.ServerInfo) bool { return s.Host == c.Live.Server })
	if i < 0 {
		return
	}
	s := &c.Server.Servers[i]
	a.Text = fmt.Sprintf("it waits inside the server %s, for %s so far, with %s there, %d of them generating",
		line(s.Host), since, plural(s.Lanes, "lane"), s.Generating)
	a.Next = s.Hint
}

// what says what happened, of an error.
func what(err error) string {
	if e, ok := errors.AsType[*agent.Error](err); ok {
		return line(e.What)
	}
	return line(err.Error())
}

// line makes text that others wrote fit into a sentence.
func line(text string) string { return safetext.Line(text, 200) }
