package errorlist

import (
	"drover/dispatcher"
	"drover/tui/facts"
)

// Group is all errors of one kind. It stands in the list in the place of them, with the latest of them.
type Group struct {
	Kind   string // as [facts.Failure] has it
	Latest dispatcher.TaskExecutionError
	Seqs   []uint64
	Tasks  []string // once each, the latest first
}

// GroupByKind makes groups of errors; the one with the latest error comes first, as they do.
func GroupByKind(errors []dispatcher.TaskExecutionError) []Group {
	var groups []Group
	at := map[string]int{}
	seen := map[[2]string]bool{}
	for _, e := range errors {
		kind, _, _ := facts.Failure(e.Error)
		i, ok := at[kind]
		if !ok {
			i = len(groups)
			at[kind] = i
			groups = append(groups, Group{Kind: kind, Latest: e})
		}
		g := &groups[i]
		g.Seqs = append(g.Seqs, e.Seq)
		if task := [2]string{kind, e.TaskID}; !seen[task] {
			seen[task] = true
			g.Tasks = append(g.Tasks, e.TaskID)
		}
	}
	return groups
}
