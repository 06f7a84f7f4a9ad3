package doctor

import (
	"errors"
	"fmt"
	"time"

	"drover/agent"
	"drover/dispatcher/journal"
)

// Journal looks at the journal in a folder for state, without touching it.
func (r *Report) Journal(dir string) {
	const name = "journal"
	reader, err := journal.OpenReader(dir, agent.Codec{})
	var counts map[journal.State]int
	if err == nil {
		counts, err = reader.Count(journal.Query{})
	}
	switch {
	case errors.Is(err, journal.ErrNone):
		r.Add(name, OK, "there is none yet in "+dir, "")
	case err != nil:
		r.Fail(name, err)
	default:
		ended := counts[journal.Completed] + counts[journal.Failed] + counts[journal.Cancelled]
		open := counts[journal.Interrupted] + counts[journal.Running]
		what := fmt.Sprintf("tasks: %d, of them ended %d, pending %d", ended+open+counts[journal.Pending], ended, counts[journal.Pending])
		holder, held := journal.HeldBy(dir)
		switch {
		case held && holder.PID != 0:
			what += fmt.Sprintf(", running or interrupted %d; held by process %d (%s) since %s", open, holder.PID,
				holder.Command, holder.Since.Local().Format(time.DateTime))
		case held:
			what += fmt.Sprintf(", running or interrupted %d; held by another process", open)
		default:
			what += fmt.Sprintf(", interrupted %d", open)
		}
		r.Add(name, OK, what, "")
	}
	if fs, ok := journal.NetworkFS(dir); ok {
		r.Add(name, Hint, fmt.Sprintf("%s is on a network file system (%s), on which another computer can damage it", dir, fs),
			"name a folder on a local disk with --state-dir")
	}
}
