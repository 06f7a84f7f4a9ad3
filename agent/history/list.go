package history

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"drover/dispatcher/journal"
)

// ListOptions say what is listed, and how.
type ListOptions struct {
	Filter

	All   bool      // also what has ended; so it is in any case with a Status or a Search
	JSON  bool      // one record a line instead of a table
	Width int       // columns of the terminal; 0 for no terminal, so that nothing is cut but long prompts
	Now   time.Time // for ages
}

// List writes the tasks of the journal, the latest first. That there are none is a sentence in the place of a table.
// Its errors are those of journal.OpenReader, *UsageError, and those of w.
func List(ctx context.Context, w io.Writer, p Place, o ListOptions) error {
	q, err := o.query()
	if err != nil {
		return err
	}
	q.Newest = true
	q.Open = !o.All && len(q.States) == 0 && q.Search == ""
	r, err := p.reader()
	if errors.Is(err, journal.ErrNone) {
		return o.none(w, err.Error())
	}
	if err != nil {
		return err
	}
	tasks := p.tasks(ctx, r, q)
	if o.JSON {
		return writeRecords(w, tasks)
	}
	some, err := writeTable(w, tasks, o.Width, o.Now)
	if err != nil || some {
		return err
	}
	if !q.Open {
		return o.none(w, "no task matches")
	}
	return o.none(w, nothingOpen(r))
}

func (o ListOptions) none(w io.Writer, sentence string) error {
	if o.JSON {
		return nil
	}
	_, err := fmt.Fprintln(w, sentence)
	return err
}

// nothingOpen says that everything has ended, and how much that is.
func nothingOpen(r *journal.Reader) string {
	counts, _ := r.Count(journal.Query{})
	n := 0
	for _, count := range counts {
		n += count
	}
	if n == 0 {
		return "there are no tasks"
	}
	return fmt.Sprintf("no task is open; drover list --all shows the %s that ended", plural(n, "task"))
}

// writeRecords writes a line of JSON for each task.
func writeRecords(w io.Writer, tasks iter.Seq2[journal.Row, error]) error {
	for task, err := range tasks {
		if err != nil {
			return err
		}
		line, err := record(&task).Line()
		if err != nil {
			return err
		}
		if _, err := w.Write(line); err != nil {
			return err
		}
	}
	return nil
}
