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
	var open map[journal.State]int
	var ended int
	if err == nil {
		open, err = reader.Count(journal.Query{Open: true})
	}
	if err == nil {
		ended, err = countEnded(reader)
	}
	switch {
	case errors.Is(err, journal.ErrNone):
		r.Add(name, OK, "there is none yet in "+dir, "")
	case err != nil:
		r.Fail(name, err)
	default:
		pending, running := open[journal.Pending], open[journal.Running]+open[journal.Interrupted]
		what := fmt.Sprintf("tasks: %d, of them ended %d, pending %d", ended+running+pending, ended, pending)
		holder, held := journal.HeldBy(dir)
		switch {
		case held && holder.PID != 0:
			what += fmt.Sprintf(", running or interrupted %d; held by process %d (%s) since %s", running, holder.PID,
				holder.Command, holder.Since.Local().Format(time.DateTime))
		case held:
			what += fmt.Sprintf(", running or interrupted %d; held by another process", running)
		default:
			what += fmt.Sprintf(", interrupted %d", running)
		}
		r.Add(name, OK, what, "")
	}
	if fs, ok := journal.NetworkFS(dir); ok {
		r.Add(name, Hint, fmt.Sprintf("%s is on a network file system (%s), on which another computer can damage it", dir, fs),
			"name a folder on a local disk with --state-dir")
	}
}

func countEnded(r *journal.Reader) (n int, err error) {
	states, err := r.Count(journal.Query{Ended: true})
	for _, count := range states {
		n += count
	}
	return n, err
}
