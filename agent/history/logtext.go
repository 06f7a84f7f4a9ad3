package history

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"

	"drover/agent/safetext"
	"drover/agent/transcript"
	"drover/dispatcher/journal"
)

// logWriter writes the lines of a file as text for people, or as they are. The text is that of a batch: a line of
// its own begins with ──, thinking and standard error stand between marks, and nothing that was said begins like these.
type logWriter struct {
	out     *bufio.Writer
	json    bool
	kind    transcript.Kind  // of the text that is being written; None between two
	cleaner safetext.Cleaner // of that text, since a sequence may be cut into pieces
	quoter  safetext.Quoter  // of what comes out of that
	inLine  bool             // the latest character was not the end of a line
	wrote   bool
	ended   bool // the latest attempt has its end
}

// marks stand around what is not the answer.
var marks = map[transcript.Kind]string{transcript.Thinking: "think", transcript.Stderr: "stderr"}

func newLogWriter(w io.Writer, json bool) *logWriter {
	return &logWriter{out: bufio.NewWriter(w), json: json}
}

func (l *logWriter) flush() error { return l.out.Flush() }

// line writes one line of a file. The error of the writer comes with flush.
func (l *logWriter) line(line transcript.Line) error {
	l.ended = line.Kind == transcript.End
	if l.json {
		_, err := l.out.Write(line.MarshalLine())
		return err
	}
	switch line.Kind {
	case transcript.Text, transcript.Thinking, transcript.Stderr:
		l.said(line.Kind, line.Text)
	case transcript.Attempt:
		l.begin(transcript.None)
		if l.wrote {
			l.write("\n")
		}
		l.write(fmt.Sprintf("── attempt %s  %s\n", safetext.Line(line.Text, 20), moment(line.At)))
	case transcript.End:
		l.begin(transcript.None)
		l.write(fmt.Sprintf("── %s  %s\n", safetext.Line(line.Text, 100), moment(line.At)))
	case transcript.Notice, transcript.Failure:
		l.begin(transcript.None)
		l.write(line.Kind.String() + ": " + safetext.Line(line.Text, 0) + "\n")
	default:
	}
	return nil
}

func moment(at time.Time) string { return at.Local().Format(time.DateTime) }

// said writes a piece of text, thinking or standard error.
func (l *logWriter) said(kind transcript.Kind, text string) {
	if l.kind != kind {
		l.begin(kind)
	}
	l.write(l.quoter.Write(l.cleaner.Write(text)))
}

// begin ends the text before and begins another one, or none.
func (l *logWriter) begin(kind transcript.Kind) {
	l.cleaner = safetext.Cleaner{} // nothing is left in the old one: lines of JSON have whole characters
	l.write(l.quoter.Close())
	if l.inLine {
		l.write("\n")
	}
	if mark := marks[l.kind]; mark != "" {
		l.write("</" + mark + ">\n")
	}
	if mark := marks[kind]; mark != "" {
		l.write("<" + mark + ">\n")
	}
	l.kind = kind
}

func (l *logWriter) write(text string) {
	if text == "" {
		return
	}
	_, _ = l.out.WriteString(text) // flush returns the error
	l.wrote, l.inLine = true, !strings.HasSuffix(text, "\n")
}

// end writes what is left to say when nothing more comes: without a file, what the journal has of the task.
func (l *logWriter) end(noFile bool, row *journal.Row) error {
	if noFile && l.json {
		return l.flush()
	}
	if noFile {
		l.fromJournal(row)
	}
	l.begin(transcript.None)
	if !noFile && !l.json && !l.ended && row.State == journal.Interrupted { // killed, and nobody has looked at it since
		l.write(fmt.Sprintf("── %s\n", row.State))
	}
	return l.flush()
}

func (l *logWriter) fromJournal(row *journal.Row) {
	task := taskOf(row)
	result := task.Result
	if result.Text == "" && result.Thinking == "" {
		l.write(fmt.Sprintf("it is %s and has said nothing, or its transcript is gone\n", row.State))
	} else {
		l.write("its transcript is gone; this is the result in the journal\n")
		if result.Thinking != "" {
			l.said(transcript.Thinking, result.Thinking)
		}
		l.said(transcript.Text, result.Text)
	}
	l.begin(transcript.None)
	if task.Error != nil {
		l.write(fmt.Sprintf("%s: %s\n", row.State, safetext.Line(task.Error.Error(), 0)))
	}
}
