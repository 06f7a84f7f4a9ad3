package history

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path/filepath"
	"slices"
	"strings"

	"drover/agent/textfile"
	"drover/dispatcher/journal"
)

// ExportOptions say what is exported, how and where to.
type ExportOptions struct {
	Filter

	Format string // "jsonl", "csv" or "markdown"; empty for what the name of File ends in, else jsonl
	File   string // empty or "-" for the writer
	Force  bool   // replace a file that is there

	Note func(string) // is told in a sentence what a format could not take; nil for nobody
}

// encoder writes tasks in one format.
type encoder interface {
	begin() error
	task(row *journal.Row) error
	end() (note string, err error) // note says what is not as it was; empty for nothing
}

// formats are the encoders by name, with the endings of file names that mean them.
var formats = []struct {
	name     string
	suffixes []string
	encoder  func(w io.Writer) encoder
}{
	{"jsonl", []string{".jsonl", ".ndjson", ".json"}, func(w io.Writer) encoder { return jsonEncoder{w} }},
	{"csv", []string{".csv"}, newCSVEncoder},
	{"markdown", []string{".md", ".markdown"}, func(w io.Writer) encoder { return markdownEncoder{w} }},
}

// Formats returns the names of the formats.
func Formats() []string {
	var names []string
	for _, f := range formats {
		names = append(names, f.name)
	}
	return names
}

// Export writes the tasks of the journal, the earliest first, and returns how many there were. Memory does not grow
// with their number. JSON lines have everything exactly, as agent.Record has it; the other two are for people and
// their spreadsheets and leave out what could do harm there.
//
// A file is written as textfile.Write does it. Errors are those of journal.OpenReader, also when there is no journal,
// *UsageError, and those of writing.
func Export(ctx context.Context, w io.Writer, p Place, o ExportOptions) (n int, err error) {
	q, err := o.query()
	if err != nil {
		return 0, err
	}
	newEncoder, err := o.encoder()
	if err != nil {
		return 0, err
	}
	r, err := p.reader()
	if err != nil {
		return 0, err
	}
	write := func(w io.Writer) (err error) {
		n, err = writeTasks(w, p.tasks(ctx, r, q), newEncoder, o.Note)
		return err
	}
	if o.File == "" || o.File == "-" {
		err = write(w)
	} else {
		err = textfile.Write(o.File, o.Force, write)
		if errors.Is(err, fs.ErrExist) {
			err = fmt.Errorf("%s is there already and is not replaced; name another file, or use --force", o.File)
		}
	}
	return n, err
}

// writeTasks writes tasks as they come, and returns how many there were.
func writeTasks(
	w io.Writer, tasks iter.Seq2[journal.Row, error], newEncoder func(io.Writer) encoder, tell func(string),
) (n int, err error) {
	out := bufio.NewWriterSize(w, 64<<10)
	e := newEncoder(out)
	if err := e.begin(); err != nil {
		return 0, err
	}
	for task, err := range tasks {
		if err == nil {
			err = e.task(&task)
		}
		if err != nil {
			return n, err
		}
		n++
	}
	note, err := e.end()
	if err = errors.Join(err, out.Flush()); err == nil && note != "" && tell != nil {
		tell(note)
	}
	return n, err
}

// encoder returns what makes an encoder of the format that is wanted.
func (o ExportOptions) encoder() (func(io.Writer) encoder, error) {
	name := strings.ToLower(o.Format)
	suffix := strings.ToLower(filepath.Ext(o.File))
	for _, f := range formats {
		if name == f.name || name == "" && slices.Contains(f.suffixes, suffix) {
			return f.encoder, nil
		}
	}
	if name != "" {
		return nil, &UsageError{fmt.Sprintf("the format %q is not one of %s", o.Format, strings.Join(Formats(), ", "))}
	}
	return formats[0].encoder, nil
}

// jsonEncoder writes a record a line.
type jsonEncoder struct{ w io.Writer }

func (e jsonEncoder) begin() error         { return nil }
func (e jsonEncoder) end() (string, error) { return "", nil }

func (e jsonEncoder) task(row *journal.Row) error {
	line, err := record(row).Line()
	if err != nil {
		return err
	}
	_, err = e.w.Write(line)
	return err
}
