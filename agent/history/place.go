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

// taskOf returns what the journal knows of a task.
func taskOf(row *journal.Row) agent.Task {
	task := agent.TaskOf(&row.Task)
	if task.Request.Program() == "" {
		task.DefaultModel = row.Model
	}
	return task
}

// record returns a task of the journal as programs read it.
func record(row *journal.Row) agent.Record { return agent.NewRecord(taskOf(row)) }

// tasks returns the tasks of the journal that a query asks for. What seems to run and was left is interrupted, and its result
// is what it said: the next process that works with the journal will write that down.
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
		query := func(q journal.Query) iter.Seq2[journal.Row, error] {
			return func(yield func(journal.Row, error) bool) {
				for row, err := range r.Query(ctx, q) {
					if left && row.State == journal.Running {
						p.interrupt(&row)
					}
					if !yield(row, err) {
						return
					}
				}
			}
		}
		search(query, q)(yield)
	}
}

// interrupt makes an interrupted task of one whose process was killed.
func (p Place) interrupt(row *journal.Row) {
	row.State, row.Task.Error = journal.Interrupted, codec.Interrupted()
	row.Task.Status = row.State.Status()
	folder, _ := p.transcripts()
	if folder == nil {
		return
	}
	defer folder.Close()
	t := &row.Task
	said, err := folder.Said(transcript.Task{ID: t.ID, Serial: t.Serial, CreatedAt: t.CreatedAt, Attempt: t.Attempts})
	if err != nil {
		return // that it was interrupted is known all the same
	}
	request, _ := agent.RequestOf(t.Payload)
	t.Result, t.CompletedAt = agent.PartialResult(request, row.Model, said), said.Last
}

// plural returns "1 task", "2 tasks".
func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// Task returns the task of that name, as drover logs takes it; false if there is none.
func Task(ctx context.Context, p Place, name string) (agent.Task, bool, error) {
	r, err := p.reader()
	if err != nil && !errors.Is(err, journal.ErrNone) {
		return agent.Task{}, false, err
	}
	row, err := p.find(ctx, r, name)
	if err != nil || row == nil {
		return agent.Task{}, false, err
	}
	return taskOf(row), true, nil
}
