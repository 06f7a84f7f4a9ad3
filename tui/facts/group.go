package facts

import (
	"strconv"

	"drover/dispatcher"
)

// ErrorGroup is all errors of one kind. It stands in the list in the place of them, with the latest of them.
type ErrorGroup struct {
	Kind   string // as [Failure] has it
	Latest dispatcher.TaskExecutionError
	Seqs   []uint64
	Tasks  []string // once each, the latest first
}

// GroupErrors makes groups of errors; the one with the latest error comes first, as they do.
func GroupErrors(errors []dispatcher.TaskExecutionError) []ErrorGroup {
	var groups []ErrorGroup
	at := map[string]int{}
	seen := map[[2]string]bool{}
	for _, e := range errors {
		kind, _, _ := Failure(e.Error)
		i, ok := at[kind]
		if !ok {
			i = len(groups)
			at[kind] = i
			groups = append(groups, ErrorGroup{Kind: kind, Latest: e})
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

// ErrorID is what lists know an error by.
func ErrorID(e *dispatcher.TaskExecutionError) string { return strconv.FormatUint(e.Seq, 10) }
