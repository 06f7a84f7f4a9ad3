package history

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"slices"

	"drover/agent"
	"drover/agent/transcript"
	"drover/dispatcher/journal"
)

// Place says where everything is. Neither folder need exist.
type Place struct {
	Journal     string // the folder of the journal
	Transcripts string // the folder of the transcripts
}

// UsageError is an option that cannot be used.
type UsageError struct{ What string }

func (e *UsageError) Error() string { return e.What }

// codec is what makes requests and results of what the journal has.
var codec agent.Codec

// reader opens the journal for reading.
func (p Place) reader() (*journal.Reader, error) { return journal.OpenReader(p.Journal, codec) }

// transcripts opens the folder of transcripts; nil if there is none.
func (p Place) transcripts() (*transcript.Folder, error) {
	folder, err := transcript.OpenFolder(p.Transcripts)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return folder, err
}

// left reports whether nobody works with the journal, so that what runs in it was left by a process that was
// killed.
func (p Place) left() bool {
	_, held := journal.HeldBy(p.Journal)
	return !held
}

// record returns a task of the journal as programs read it.
func record(row *journal.Row) agent.Record {
	return agent.NewRecord(agent.TaskOf(&row.Task))
}

// tasks returns the tasks of the journal that a query asks for. What seems to run and was left is interrupted: the
// next process that works with the journal will write that down.
func (p Place) tasks(ctx context.Context, r *journal.Reader, q journal.Query) iter.Seq2[journal.Row, error] {
	return func(yield func(journal.Row, error) bool) {
		left := p.left()
		if left && len(q.States) > 0 {
			q.States = slices.DeleteFunc(slices.Clone(q.States), func(s journal.State) bool { return s == journal.Running })
			switch {
			case len(q.States) == 0:
				return
			case slices.Contains(q.States, journal.Interrupted):
				q.States = append(q.States, journal.Running)
			}
		}
		for row, err := range search(ctx, r, q) {
			if err != nil {
				yield(row, err)
				return
			}
			if left && row.State == journal.Running {
				row.State, row.Task.Error = journal.Interrupted, codec.Interrupted()
				row.Task.Status = row.State.Status()
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}

// plural returns "1 task", "2 tasks".
func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}
