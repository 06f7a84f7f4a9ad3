package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"drover/agent"
)

// workFlags are the flags of tasks that work. But for work itself they are for tasks that do not say.
type workFlags struct {
	work bool
	agent.Work
}

func (f *workFlags) bind(flags *pflag.FlagSet) {
	flags.BoolVar(&f.work, "work", false, "let a model with tools work on the prompts, in a workspace of the project in --dir or here;\n"+
		"for tasks that name no kind")
	flags.StringVar(&f.Verify, "verify", "", "the `COMMAND` that has to pass before such a task counts as done; none for nothing")
	flags.StringVar(&f.Mode, "mode", "", "what it may do unasked: "+strings.Join(agent.WorkModes, ", ")+"; in a run nobody can be asked,\n"+
		"and what would have to be is refused")
	flags.StringVar(&f.Workspace, "workspace", "", "the `KIND` of its workspace: "+strings.Join(agent.WorkspaceKinds, ", "))
	flags.StringVar(&f.Base, "base", "", "the branch, tag or `COMMIT` that it starts from")
	flags.BoolVar(&f.WithChanges, "with-changes", false, "it starts from the uncommitted state of the folder")
	flags.StringArrayVar(&f.Allow, "allow", nil, "a `RULE` for what it may do unasked, such as 'run go test *'; may be repeated")
	flags.StringArrayVar(&f.Deny, "deny", nil, "a `RULE` for what it may not do; may be repeated")
	flags.IntVar(&f.Rounds, "rounds", 0, "the most rounds that it may take")
}

// names are those of the flags that only tasks that work have.
var workFlagNames = []string{"verify", "mode", "workspace", "base", "with-changes", "allow", "deny", "rounds"}

// fill makes tasks work, and gives those that do what they do not say.
func (f *workFlags) fill(tasks []agent.Submission, given func(string) bool) error {
	works := 0
	for i := range tasks {
		t := &tasks[i]
		if f.work && t.Kind == "" && len(t.Command) == 0 {
			t.Kind = agent.KindWork
		}
		if t.KindName() != agent.KindWork {
			continue
		}
		works++
		for _, text := range []struct {
			to   *string
			from string
		}{{&t.Verify, f.Verify}, {&t.Mode, f.Mode}, {&t.Workspace, f.Workspace}, {&t.Base, f.Base}} {
			if *text.to == "" {
				*text.to = text.from
			}
		}
		t.WithChanges = t.WithChanges || f.WithChanges
		t.Allow, t.Deny = append(t.Allow, f.Allow...), append(t.Deny, f.Deny...)
		if t.Rounds == 0 {
			t.Rounds = f.Rounds
		}
	}
	for _, name := range workFlagNames {
		if works == 0 && given(name) {
			return fmt.Errorf("--%s is for tasks that work; add --work, or leave it out", name)
		}
	}
	return nil
}
