package work

import (
	"fmt"
	"slices"
	"strings"
)

// The modes; see agent.WorkModes.
const (
	modePlan  = "plan"
	modeAsk   = "ask"
	modeEdits = "edits"
	modeAuto  = "auto"
)

// permissions say what a model may do unasked.
type permissions struct {
	mode      string
	sandboxed bool // commands run in a sandbox
	allow     []rule
	deny      []rule
}

// verdicts on a call.
type decision int

const (
	allowed decision = iota
	denied
	asked
)

// ruling is what is decided about a call.
type ruling struct {
	decision decision
	why      string   // the rule or the mode that decides, for the transcript; of what is asked, why; one line
	always   []string // of what is asked, the rules that would allow it
}

// rule decides about a call; name is the path of it from the root, for a tool that has one. What denies wins.
func (p *permissions) rule(c call, name string) ruling {
	if c.Tool == toolRun {
		return p.ruleRun(c)
	}
	if i := slices.IndexFunc(p.deny, func(r rule) bool { return r.matchesPath(c.Tool, name) }); i >= 0 {
		return ruling{decision: denied, why: "the rule " + p.deny[i].text + " is against it"}
	}
	if t := toolNamed(c.Tool); !t.changes || c.Tool == toolDone {
		return ruling{why: "reading"}
	}
	if p.mode == modePlan {
		return ruling{decision: denied, why: "only a plan is asked for (mode plan); say what you would change"}
	}
	if i := slices.IndexFunc(p.allow, func(r rule) bool { return r.matchesPath(c.Tool, name) }); i >= 0 {
		return ruling{why: "rule " + p.allow[i].text}
	}
	if p.mode == modeAsk {
		return ruling{decision: asked, why: "the mode is ask, and no rule allows it", always: []string{c.Tool + " **"}}
	}
	return ruling{why: "mode " + p.mode}
}

func (p *permissions) ruleRun(c call) ruling {
	l := parseLine(c.Args["command"])
	if r := l.denying(p.deny); r != nil {
		return ruling{decision: denied, why: "the rule " + r.text + " is against it"}
	}
	if p.mode == modePlan {
		return ruling{decision: denied, why: "only a plan is asked for (mode plan)"}
	}
	if p.sandboxed {
		if rules := l.allowing(p.allow); rules != nil {
			texts := make([]string, len(rules))
			for i := range rules {
				texts[i] = rules[i].text
			}
			return ruling{why: "rule " + strings.Join(texts, ", ")}
		}
	}
	r := ruling{decision: asked, always: l.always()}
	switch againstRun := func(r rule) bool { return r.tool == "*" || r.tool == toolRun }; {
	case !p.sandboxed:
		r.why, r.always = "there is no sandbox, so every command is asked for", nil
	case p.mode == modeAuto && l.hidden && slices.ContainsFunc(p.deny, againstRun):
		r.why = "a rule may be against it: " + l.open
	case p.mode == modeAuto:
		return ruling{why: "mode auto, in the sandbox"}
	case l.open != "":
		r.why = fmt.Sprintf("the mode is %s, and %s", p.mode, l.open)
	default:
		r.why = fmt.Sprintf("the mode is %s, and no rule allows it", p.mode)
	}
	return r
}
