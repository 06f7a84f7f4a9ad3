package transcript

import (
	"bytes"
	"encoding/json"
	"time"

	"drover/agent/safetext"
)

// Task names the task that a transcript is of.
type Task struct {
	ID        string
	Serial    uint64    // names the file; 0 for a task that has none
	CreatedAt time.Time // tells two tasks of the same serial apart: one of them is of a journal that was lost
	Attempt   int       // the number of the attempt that begins, from 1 on
}

// Line is one line of a file, other than the first.
type Line struct {
	At   time.Time `json:"at"`   // when it was said, or began to be said
	Kind Kind      `json:"kind"` // never None
	Text string    `json:"text"` // as the model or the server sent it
}

// header is the first line of a file.
type header struct {
	Format    int       `json:"transcript"`
	Task      string    `json:"task"`
	Serial    uint64    `json:"serial"`
	CreatedAt time.Time `json:"created_at"`
}

// format is the number of the form that files have. Readers of it understand what later ones add, as long as the
// number stays.
const format = 1

// maxID is how many bytes of an ID are written, so that the first line stays within headerLimit.
const maxID = 1 << 10

func (t Task) header() header {
	id := t.ID[:boundary(t.ID, maxID)]
	return header{Format: format, Task: id, Serial: t.Serial, CreatedAt: t.CreatedAt.UTC().Truncate(time.Millisecond)}
}

// sameTask reports whether a file with that header belongs to a task. The time counts and not the ID, because IDs
// are counted from 1 in the same way as serials, and both begin again when a journal is lost.
func (h header) sameTask(t Task) bool { return h.CreatedAt.Equal(t.header().CreatedAt) }

// appendLine encodes a line of a file, with the line feed.
func appendLine(dst []byte, line any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(line); err != nil {
		return dst // a Line and a header can always be encoded but for a year beyond 9999
	}
	return append(append(dst, safetext.JSON(bytes.TrimRight(b.Bytes(), "\n"))...), '\n')
}

// MarshalLine encodes a line as it stands in a file, with the line feed: safe to print on a terminal.
func (l Line) MarshalLine() []byte { return appendLine(nil, l) }

// parseLine decodes a line of a file. It reports false for whatever is none.
func parseLine(text []byte) (Line, bool) {
	var line Line
	if json.Unmarshal(text, &line) != nil || line.Kind == None {
		return Line{}, false
	}
	return line, true
}

// parseHeader decodes the first line of a file. It reports false for whatever is none.
func parseHeader(text []byte) (header, bool) {
	var h header
	if json.Unmarshal(text, &h) != nil || h.Format != format {
		return header{}, false
	}
	return h, true
}
