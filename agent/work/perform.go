package work

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"drover/agent"
	"drover/agent/ollama"
	"drover/agent/safetext"
)

// restAfter is how long a command may take before the conversation gives its place at the server to another.
const restAfter = 3 * time.Second

// maxTold is how much of what one command prints goes into the transcript, in bytes.
const maxTold = 32 << 10

// outcome is what came of a call.
type outcome struct {
	text   string // for the model
	failed bool
}

// perform does what a model calls for: what only reads all at the same time, the rest in order, done at the end. It reports
// whether the task is done.
func (l *loop) perform(ctx context.Context, calls []call) (done bool, err error) {
	results := make([]outcome, len(calls))
	var reads sync.WaitGroup
	changed, finish := false, -1
	for i, c := range calls {
		switch {
		case i >= maxCalls:
			results[i] = outcome{fmt.Sprintf("not done: at most %d calls in one answer", maxCalls), true}
		case c.Tool == toolDone:
			finish = i
		case !toolNamed(c.Tool).changes:
			reads.Go(func() { results[i] = l.read(c) })
			l.note(c.label())
			l.noteRead(c)
		default:
			reads.Wait()
			if results[i], err = l.change(ctx, c); err != nil {
				return false, err
			}
			changed = changed || !results[i].failed
		}
	}
	reads.Wait()
	if l.state.Denials >= maxDenials {
		return false, &agent.Error{Ending: EndDenied,
			What: fmt.Sprintf("%d times one after the other the model wanted what it may not do", l.state.Denials),
			Next: "allow it by a rule (allow) or by another mode, or ask for something else"}
	}
	if err := l.progress(ctx, calls, results, changed); err != nil {
		return false, err
	}
	if finish >= 0 {
		if failed := slices.IndexFunc(results, func(o outcome) bool { return o.failed }); failed >= 0 {
			results[finish] = outcome{"not done: another call of this answer failed. Look at it first", true}
		} else if done, results[finish], err = l.done(ctx, calls[finish]); err != nil || done {
			return done, err
		}
	}
	l.answer(calls, results)
	return false, nil
}

// answer adds the results to the conversation.
func (l *loop) answer(calls []call, results []outcome) {
	if l.state.Calls == callsNative {
		for i, c := range calls {
			said := ollama.Message{Role: "tool", Content: results[i].text, ToolName: c.Tool, ToolCallID: c.ID}
			l.state.Messages = append(l.state.Messages, said)
		}
		return
	}
	var b strings.Builder
	for i, c := range calls {
		fmt.Fprintf(&b, "Result of %s:\n%s\n\n", c.label(), results[i].text)
	}
	l.say("user", strings.TrimSpace(b.String()))
}

// label is a call in one line.
func (c call) label() string {
	switch c.Tool {
	case toolRun:
		return toolRun + " " + safetext.Line(c.Args["command"], 200)
	case toolSearch:
		return toolSearch + " " + safetext.Line(c.Args["pattern"], 100) + " " + safetext.Line(c.Args["path"], 100)
	case toolDone:
		return toolDone
	}
	label := c.Tool + " " + safetext.Line(firstOf(c.Args["path"], "."), 200)
	if from := c.Args["from"]; from != "" {
		label += " from line " + safetext.Line(from, 10)
	}
	return label
}

// read does what only looks. It is called from several goroutines.
func (l *loop) read(c call) outcome {
	name, _ := l.files.at(firstOf(c.Args["path"], "."))
	if r := l.permissions.rule(c, name); r.decision == denied {
		return outcome{"denied: " + r.why, true}
	}
	var text string
	var err error
	switch c.Tool {
	case toolList:
		text, err = l.files.list(c.Args["path"])
	case toolSearch:
		text, err = l.files.search(c.Args["pattern"], c.Args["path"])
	case toolRead:
		if number, ok := strings.CutPrefix(c.Args["path"], outputPrefix); ok {
			if text, err = l.disk.kept(number); err == nil {
				var from int
				_, _ = fmt.Sscan(c.Args["from"], &from)
				text = page(text, max(from, 1), l.room.result())
			}
			break
		}
		text, err = l.files.read(c.Args["path"], c.Args["from"])
	}
	return outcomeOf(text, err)
}

func outcomeOf(text string, err error) outcome {
	if err != nil {
		return outcome{"failed: " + err.Error(), true}
	}
	return outcome{text: text}
}

// noteRead remembers which files were read while nothing is changed.
func (l *loop) noteRead(c call) {
	if path := c.Args["path"]; c.Tool == toolRead && !slices.Contains(l.state.Read, path) && len(l.state.Read) < maxReadBonus {
		l.state.Read = append(l.state.Read, path)
	}
}

// change does what may change something, if it may be done. Its error ends the attempt.
func (l *loop) change(ctx context.Context, c call) (outcome, error) {
	name := ""
	if c.Tool != toolRun {
		var err error
		if name, err = l.files.at(c.Args["path"]); err != nil {
			l.note(c.label() + ": " + err.Error())
			return outcomeOf("", err), nil
		}
	}
	r := l.permissions.rule(c, name)
	if r.decision == asked {
		var err error
		if r, err = l.askPerson(ctx, c, r); err != nil {
			return outcome{}, err
		}
	}
	if r.decision == denied {
		l.state.Denials++
		l.note(c.label() + ": denied: " + r.why)
		return outcome{"denied: " + r.why + ". Find another way, or go on with something else", true}, nil
	}
	l.state.Denials = 0
	l.note(c.label() + " (" + r.why + ")")
	switch c.Tool {
	case toolWrite:
		return outcomeOf(l.files.write(c.Args["path"], c.Args["content"])), nil
	case toolEdit:
		return outcomeOf(l.files.edit(c.Args["path"], c.Args["old"], c.Args["new"])), nil
	}
	output, exit, ok, err := l.execute(ctx, c.Args["command"])
	if err != nil {
		if ctx.Err() != nil {
			return outcome{}, err
		}
		return outcomeOf("", err), nil
	}
	_ = ok // a command that fails has told something, as a test does
	return outcome{text: l.shown(output, exit)}, nil
}

// execute runs a command line, and gives the place at the server away if that takes long.
func (l *loop) execute(ctx context.Context, text string) (output, exit string, ok bool, err error) {
	l.mu.Lock()
	l.live.Phase, l.live.LastLine, l.live.SilenceWarning = agent.PhaseRunning, safetext.Line(text, 200), 0
	l.mu.Unlock()
	l.tell("")
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		output, exit, ok, err = l.shell.run(ctx, text, l.printed(maxTold))
	}()
	timer := time.NewTimer(restAfter)
	defer timer.Stop()
	select {
	case <-ended:
	case <-timer.C:
		l.conversation.Rest()
		<-ended
	}
	if changed, guardErr := l.space.guard(); changed {
		l.note("the command changed .git, which was put back")
		err = errors.Join(err, guardErr)
	}
	return output, exit, ok, err
}

// shown returns an output as the model gets it: its beginning and its end, if it is long, and where the rest is.
func (l *loop) shown(output, exit string) string {
	where := ""
	if len(output) > l.room.result() {
		l.state.Outputs++
		if name, err := l.disk.output(l.state.Outputs, output); err == nil {
			where = "; read " + name + " has all"
		}
	}
	text := headAndTail(output, l.room.result(), where)
	if strings.TrimSpace(text) == "" {
		text = "(no output)"
	}
	return strings.TrimRight(text, "\n") + "\n[" + exit + "]"
}

// askPerson puts a call before a person and waits. Its error is why the attempt has ended meanwhile.
func (l *loop) askPerson(ctx context.Context, c call, r ruling) (ruling, error) {
	inbox := l.agent.config.Inbox
	if inbox == nil {
		r.decision, r.why = denied, r.why+", and nobody can be asked in a run without a screen (--mode auto, --mode edits or --allow)"
		return r, nil
	}
	l.conversation.Rest()
	l.mu.Lock()
	l.live.Phase, l.live.LastLine, l.live.SilenceWarning = agent.PhaseAsking, "may it "+c.label()+"?", 0
	l.mu.Unlock()
	l.note("asks: " + c.label() + ": " + r.why)
	answer, err := inbox.Ask(ctx, agent.InboxItem{
		Task: l.task.ID, Kind: agent.ItemApproval, Text: c.label(),
		Why: safetext.Line(r.why, 300), Always: safetext.Line(strings.Join(r.always, ", "), 300),
	})
	switch {
	case err != nil:
		return r, err
	case !answer.Allow:
		r.decision, r.why = denied, firstOf(strings.TrimSpace(answer.Text), "a person has denied it")
	case answer.Always && len(r.always) > 0:
		l.state.Always = append(l.state.Always, r.always...)
		rules, _ := parseRules(r.always)
		l.permissions.allow = append(l.permissions.allow, rules...)
		r.decision, r.why = allowed, "allowed by a person, from now on by rule "+strings.Join(r.always, ", ")
	default:
		r.decision, r.why = allowed, "allowed by a person"
	}
	return r, nil
}

// progress looks whether the model gets anywhere, keeps what it has changed, and adds to the results what it should know.
func (l *loop) progress(ctx context.Context, calls []call, results []outcome, changed bool) error {
	if changed {
		l.state.Changed, l.state.Verified, l.state.Nudged = true, false, false
		l.state.Idle, l.state.Read = 0, nil
		labels := make([]string, 0, len(calls))
		for _, c := range calls {
			labels = append(labels, c.label())
		}
		notes, err := l.space.snapshot(ctx, fmt.Sprintf("round %d: %s", l.state.Round+1, clip(strings.Join(labels, ", "), 200)))
		for _, note := range notes {
			l.note(note)
		}
		if err != nil {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			what := safetext.Line("the state of the workspace could not be kept: "+err.Error(), 300)
			return &agent.Error{Ending: agent.EndFailed, What: what, Err: err}
		}
	} else {
		l.state.Idle++
	}
	worst := 0
	for i, c := range calls {
		worst = max(worst, l.repeats(c, results[i]))
		if n := l.repeats(c, results[i]); n == repeatedNudge-1 {
			results[i].text += "\n[You have called this several times, and it said the same. Do something else.]"
		}
		l.state.Recent = append(l.state.Recent, fingerprint(c, results[i]))
	}
	l.state.Recent = l.state.Recent[max(0, len(l.state.Recent)-repeatedOf):]
	if worst >= repeatedStuck-1 {
		return stuckError(fmt.Sprintf("the model called %s %d times with the same result", calls[0].label(), worst+1))
	}
	if l.permissions.mode == modePlan {
		return nil
	}
	switch idle := l.state.Idle - len(l.state.Read); {
	case idle >= idleStuck:
		return stuckError(fmt.Sprintf("the model has changed nothing in %s", plural(l.state.Idle, "round")))
	case idle >= idleNudge && !l.state.Nudged:
		l.state.Nudged = true
		results[len(results)-1].text += "\n[You have only looked for many rounds. Make the change now, or call done.]"
	}
	return nil
}

// repeats returns how often a call with this result is among the latest.
func (l *loop) repeats(c call, o outcome) (n int) {
	sum := fingerprint(c, o)
	for _, other := range l.state.Recent {
		if other == sum {
			n++
		}
	}
	return n
}

func fingerprint(c call, o outcome) string {
	names := make([]string, 0, len(c.Args))
	for name := range c.Args {
		names = append(names, name)
	}
	sort.Strings(names)
	h := sha256.New()
	for _, name := range names {
		fmt.Fprintf(h, "%s=%q;", name, c.Args[name])
	}
	text, _, _ := strings.Cut(o.text, "\n[You have called this")
	fmt.Fprintf(h, "%s %q", c.Tool, text)
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// done looks whether what the model calls done passes. What does not goes back to it, some times.
func (l *loop) done(ctx context.Context, c call) (bool, outcome, error) {
	l.state.Summary = c.Args["summary"]
	l.note("done: " + oneLine(l.state.Summary, 300))
	if l.verify == "" || l.permissions.mode == modePlan {
		return true, outcome{}, nil
	}
	l.note("verifies: " + l.verify)
	output, exit, ok, err := l.execute(ctx, l.verify)
	switch {
	case err != nil && ctx.Err() != nil:
		return false, outcome{}, err
	case err != nil:
		what := safetext.Line("the check could not be run: "+err.Error(), 300)
		return false, outcome{}, &agent.Error{Ending: EndVerifyFailed, What: what, Err: err}
	case ok:
		l.state.Verified = true
		l.note("it passes: " + l.verify)
		notes, err := l.space.snapshot(ctx, "done: "+oneLine(l.state.Summary, 200))
		for _, note := range notes {
			l.note(note)
		}
		return err == nil, outcome{}, err
	}
	l.state.Failed++
	l.note("it does not pass (" + exit + ")")
	if l.state.Failed > maxUnverified {
		return false, outcome{}, &agent.Error{Ending: EndVerifyFailed,
			What: safetext.Line(fmt.Sprintf("%s does not pass: %s", l.verify, lastLine(output, exit)), 400),
			Next: "look at its workspace " + l.space.id}
	}
	text := fmt.Sprintf("not done: %s does not pass. Mend that, then call done again.\n%s", l.verify, l.shown(output, exit))
	return false, outcome{text, true}, nil
}

// lastLine returns the last line of an output that is not blank.
func lastLine(output, otherwise string) string {
	lines := strings.Split(strings.TrimSpace(output), "\n")
	return firstOf(strings.TrimSpace(lines[len(lines)-1]), otherwise)
}
