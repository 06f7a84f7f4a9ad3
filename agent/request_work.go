package agent

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

// KindWork is a model with tools in a workspace; see package agent/work.
const KindWork = "work"

// Work is what a task of [KindWork] is asked besides its prompt, in the folder Request.Dir.
type Work struct {
	Workspace   string `json:"workspace,omitempty"`    // one of WorkspaceKinds; empty for a worktree in a git repository, otherwise a copy
	Base        string `json:"base,omitempty"`         // a branch, tag or commit to start from; empty for what is checked out in the folder
	WithChanges bool   `json:"with_changes,omitempty"` // start from the uncommitted state of the folder
	// a line for the shell that has to pass; empty for what the settings say, VerifyNone for nothing
	Verify string   `json:"verify,omitempty"`
	Mode   string   `json:"mode,omitempty"`   // one of WorkModes; empty for what the settings say
	Allow  []string `json:"allow,omitempty"`  // rules for what may be done unasked: "run go test *", "edit src/**"
	Deny   []string `json:"deny,omitempty"`   // and for what may not be done at all, whatever else is said
	Rounds int      `json:"rounds,omitempty"` // the most rounds; 0 for what the settings say
}

// WorkspaceKinds are the values of Work.Workspace besides the empty one.
var WorkspaceKinds = []string{"worktree", "copy", "inplace"}

// WorkModes are the values of Work.Mode besides the empty one: change nothing; ask before every change and command; ask
// before every command; ask only where a rule says so.
var WorkModes = []string{"plan", "ask", "edits", "auto"}

// VerifyNone is a Work.Verify that checks nothing, whatever the settings say.
const VerifyNone = "none"

// The limits of what a task may ask.
const (
	MaxRounds = 1000
	maxRules  = 100
	maxRule   = 1 << 10 // bytes
	maxVerify = 4 << 10 // bytes
)

func (w Work) empty() bool {
	return w.Workspace == "" && w.Base == "" && !w.WithChanges && w.Verify == "" && w.Mode == "" && len(w.Allow)+len(w.Deny) == 0 &&
		w.Rounds == 0
}

// validateWork says what is wrong with the request as one to work on; nil for nothing. What its rules say is for package
// agent/work to judge.
func (r Request) validateWork() *Error {
	w := &r.Work
	switch {
	case r.KindName() != KindWork && !w.empty():
		return badRequest("workspace, base, with_changes, verify, mode, allow, deny and rounds are for tasks of the kind "+KindWork,
			"take them out, or add \"kind\": \"work\"")
	case r.KindName() != KindWork:
		return nil
	case len(r.Command) > 0 || len(r.Env) > 0:
		return badRequest("command and env are for tasks of the kind "+KindCommand, "take them out")
	case len(r.Images) > 0 || len(r.Format) > 0 || r.System != "":
		return badRequest("a task of the kind "+KindWork+" has no system text, format or images", "take them out")
	case r.Dir != "" && !filepath.IsAbs(r.Dir):
		return badRequest(fmt.Sprintf("the folder %q has no absolute path", r.Dir), "name it with its whole path")
	}
	return w.validate()
}

// validate says what is wrong with the fields themselves.
func (w *Work) validate() *Error {
	tooLong := func(s string) bool { return len(s) > maxVerify || !utf8.ValidString(s) || strings.ContainsRune(s, 0) }
	noRule := func(s string) bool { return len(s) > maxRule || strings.TrimSpace(s) == "" || tooLong(s) }
	switch {
	case w.Workspace != "" && !slices.Contains(WorkspaceKinds, w.Workspace):
		return badRequest(fmt.Sprintf("%q is not a kind of workspace", w.Workspace), "use one of "+strings.Join(WorkspaceKinds, ", "))
	case w.Mode != "" && !slices.Contains(WorkModes, w.Mode):
		return badRequest(fmt.Sprintf("%q is not a mode", w.Mode), "use one of "+strings.Join(WorkModes, ", "))
	case w.Rounds < 0 || w.Rounds > MaxRounds:
		return badRequest(fmt.Sprintf("the number of rounds is %d", w.Rounds), fmt.Sprintf("use one from 1 to %d", MaxRounds))
	case len(w.Allow)+len(w.Deny) > maxRules:
		return badRequest(fmt.Sprintf("there are more than %d rules", maxRules), "use patterns, or the settings")
	case tooLong(w.Base), tooLong(w.Verify), slices.ContainsFunc(w.Allow, noRule), slices.ContainsFunc(w.Deny, noRule):
		return badRequest("base, verify or a rule is empty, too long or not a text", "write it in one line, or put a command into a script")
	}
	return nil
}

// WorkResult is what a task of [KindWork] has left besides its answer.
type WorkResult struct {
	Workspace string `json:"workspace"`        // the ID of its workspace; empty if there is none
	Dir       string `json:"dir,omitempty"`    // the root of its files
	Branch    string `json:"branch,omitempty"` // empty if it has none
	Rounds    int    `json:"rounds"`
	Verify    string `json:"verify,omitempty"`   // the command that was to pass; empty for none
	Verified  bool   `json:"verified,omitempty"` // it has passed, on what is in the workspace
	Calls     string `json:"calls,omitempty"`    // how the model called tools: "native", "text" or "blocks"
}
