package history

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"drover/agent"
	"drover/agent/transcript"
	"drover/dispatcher"
	"drover/dispatcher/journal"
)

// LogsOptions say how what a task said is shown.
type LogsOptions struct {
	Follow bool // go on until the task has ended
	JSON   bool // the lines of its file instead of text
}

const (
	// pollFile is how often a file that is followed is looked at; a line comes a tenth of a second after it was said
	// anyway. Watching it by means of the system would need a library for each of them, for the same to be seen.
	pollFile = 200 * time.Millisecond
	// pollTask is how often the journal is asked whether the task has ended.
	pollTask = time.Second
)

// Logs writes what a task said: all its attempts, from its file. The task is named by its number, as agent.TaskNumber has
// it, or by its ID, of several with the same the latest. Text is for people, and safe on a
// terminal; thinking is marked. A task whose file is gone is shown by what the journal has of it.
//
// Following ends with the task, with ctx, whose cause it returns, or when no process is there that could go on
// with it.
func Logs(ctx context.Context, w io.Writer, p Place, name string, o LogsOptions) error {
	r, task, err := p.named(ctx, name)
	if err != nil {
		return err
	}
	l := &logs{place: p, reader: r, task: task, left: p.left(), asked: time.Now(), out: newLogWriter(w, o.JSON)}
	defer l.close()
	for {
		last := !o.Follow || !l.mayGoOn() // before the reading, so that nothing said before the end is missed
		if err := l.copy(); err != nil {
			return err
		}
		if last {
			return l.out.end(l.file == nil, task)
		}
		if err := l.wait(ctx); err != nil {
			return err
		}
	}
}

// named finds a task, or says that there is none. The reader is nil where there is no journal.
func (p Place) named(ctx context.Context, name string) (*journal.Reader, *journal.Row, error) {
	r, none := p.reader()
	if none != nil && !errors.Is(none, journal.ErrNone) {
		return nil, nil, none
	}
	row, err := p.find(ctx, r, name)
	if err == nil && row == nil {
		err = cmp.Or(none, fmt.Errorf("there is no task %q; drover list --all shows what there is", name))
	}
	return r, row, err
}

// find returns the task that is meant, nil if there is none.
func (p Place) find(ctx context.Context, r *journal.Reader, name string) (*journal.Row, error) {
	var queries []journal.Query
	serial, isNumber := agent.TaskNumber(name)
	if isNumber {
		queries = append(queries, journal.Query{Serial: serial})
		name = strings.TrimPrefix(name, "#")
	}
	if name != "" { // an empty one would ask for all
		queries = append(queries, journal.Query{ID: name, Newest: true, Limit: 1})
	}
	for _, q := range queries {
		if r == nil {
			break
		}
		for task, err := range p.tasks(ctx, r, q) {
			return &task, err
		}
	}
	if folder, _ := p.transcripts(); folder != nil && isNumber && folder.Size(serial) > 0 { // the journal was lost
		defer folder.Close()
		return &journal.Row{Task: dispatcher.Task{Serial: serial}, State: journal.Cancelled}, nil
	}
	return nil, nil
}

// logs is the way from a file to the writer.
type logs struct {
	place  Place
	reader *journal.Reader
	task   *journal.Row
	left   bool // nobody works with the journal
	out    *logWriter
	file   *transcript.Reader // nil while there is none
	asked  time.Time          // when the journal was asked last
}

// mayGoOn reports whether more may be said: the task is pending or running, and a process works with the journal.
func (l *logs) mayGoOn() bool {
	return (l.task.State == journal.Pending || l.task.State == journal.Running) && !l.left
}

func (l *logs) close() {
	if l.file != nil {
		_ = l.file.Close()
	}
}

// copy writes what there is and has not been written yet.
func (l *logs) copy() error {
	if l.file == nil {
		if err := l.open(); err != nil || l.file == nil {
			return err
		}
	}
	for {
		line, err := l.file.Next()
		if errors.Is(err, io.EOF) {
			return l.out.flush()
		}
		if err == nil {
			err = l.out.line(line)
		}
		if err != nil {
			return err
		}
	}
}

func (l *logs) open() error {
	folder, err := l.place.transcripts()
	if err != nil || folder == nil {
		return err
	}
	defer folder.Close()
	file, err := folder.Open(l.task.Task.Serial)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	l.file = file
	return err
}

// wait waits a moment, and asks the journal about the task when that is due.
func (l *logs) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(pollFile):
	}
	if time.Since(l.asked) < pollTask {
		return nil
	}
	l.asked, l.left = time.Now(), l.place.left()
	for task, err := range l.place.tasks(ctx, l.reader, journal.Query{Serial: l.task.Task.Serial}) {
		if err != nil {
			return err
		}
		*l.task = task
		return nil
	}
	l.task.State = journal.Cancelled // it was removed
	return nil
}
