package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"drover/dispatcher"
)

func TestMain(m *testing.M) {
	if run := os.Getenv(helperVar); run != "" {
		helpers[run]()
		return
	}
	goleak.VerifyTestMain(m)
}

// helperVar is the variable of the environment that makes another process of this test program. Each helper reads
// what it needs from its own variables.
const helperVar = "JOURNAL_TEST_HELPER"

var helpers = map[string]func(){"hold": hold, "victim": victim}

// words is a codec whose payloads and results are strings. Some strings make it fail, others panic.
type words struct{}

func (words) encode(v any) ([]byte, error) {
	switch s, ok := v.(string); {
	case !ok:
		return nil, fmt.Errorf("it is a %T", v)
	case s == "PANIC":
		panic("encoding " + s)
	default:
		return []byte("w:" + s), nil
	}
}

func (words) decode(data []byte) (any, error) {
	s, ok := strings.CutPrefix(string(data), "w:")
	switch {
	case !ok:
		return nil, fmt.Errorf("%q is no word", data)
	case s == "PANIC LATER":
		panic("decoding " + s)
	}
	return s, nil
}

func (w words) EncodePayload(v any) ([]byte, error)    { return w.encode(v) }
func (w words) DecodePayload(data []byte) (any, error) { return w.decode(data) }
func (w words) EncodeResult(v any) ([]byte, error)     { return w.encode(v) }
func (w words) DecodeResult(data []byte) (any, error)  { return w.decode(data) }

func (words) EncodeError(err error) (data []byte, kind string, encodeErr error) {
	if err.Error() == "PANIC" {
		panic("encoding an error")
	}
	return []byte(err.Error()), "kind of " + err.Error(), nil
}

func (words) DecodeError(data []byte) (decoded, decodeErr error) {
	return errors.New(string(data)), nil
}
func (words) Interrupted() error { return errors.New("interrupted") }
func (words) SearchText(payload, result any) (prompt, answer string) {
	prompt, _ = payload.(string)
	answer, _ = result.(string)
	return prompt, answer
}

func (words) Model(task *dispatcher.Task) string {
	s, _ := task.Payload.(string)
	model, _, found := strings.Cut(s, "/")
	if !found {
		return ""
	}
	return model
}

// open opens a journal and closes it at the end of the test.
func open(t *testing.T, dir string, change ...func(*Options)) *Journal {
	t.Helper()
	o := Options{Codec: words{}, Origin: "screen", Command: "test", settings: settings{logBytes: 1}}
	for _, f := range change {
		f(&o)
	}
	j, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j
}

func closed(t *testing.T, j *Journal) {
	t.Helper()
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}

// entryWriter appends entries as a dispatcher would and waits for them.
type entryWriter struct {
	t *testing.T
	*Journal
	last uint64
}

func newEntryWriter(t *testing.T, j *Journal) *entryWriter {
	last, _ := j.Last()
	return &entryWriter{t: t, Journal: j, last: last}
}

func (w *entryWriter) entry(e dispatcher.Entry) {
	w.t.Helper()
	w.Sync(w.Append(e))
	if trouble := w.Trouble(); trouble != nil {
		w.t.Fatal(trouble)
	}
}

var day = time.Date(2031, 5, 6, 7, 8, 9, 123456789, time.Local)

func (w *entryWriter) accept(id string, priority int, payload any) dispatcher.Task {
	w.t.Helper()
	w.last++
	task := dispatcher.Task{ID: id, Serial: w.last, Priority: priority, Payload: payload, CreatedAt: day}
	w.entry(dispatcher.Entry{Kind: dispatcher.EntryAccepted, Task: task})
	return task
}

func (w *entryWriter) start(task *dispatcher.Task) {
	w.t.Helper()
	task.Status, task.StartedAt, task.WorkerID = dispatcher.StatusRunning, day.Add(time.Second), 3
	task.Attempts++
	w.entry(dispatcher.Entry{Kind: dispatcher.EntryStarted, Task: *task})
}

func (w *entryWriter) end(task *dispatcher.Task, status dispatcher.TaskStatus, result any, err error, failure uint64) {
	w.t.Helper()
	task.Status, task.CompletedAt, task.Result, task.Error = status, day.Add(time.Minute), result, err
	w.entry(dispatcher.Entry{Kind: dispatcher.EntryEnded, Task: *task, Failure: failure})
}

func (w *entryWriter) queue(task *dispatcher.Task, after, before uint64) {
	w.t.Helper()
	task.Status, task.CompletedAt, task.Result = dispatcher.StatusPending, time.Time{}, nil
	w.entry(dispatcher.Entry{Kind: dispatcher.EntryQueued, Task: *task, After: after, Before: before})
}

func recovered(t *testing.T, j *Journal, origin string, ended int) *Recovered {
	t.Helper()
	r, err := j.Recover(origin, ended)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// ids lists tasks in short.
func ids(tasks []*dispatcher.Task) string {
	var list []string
	for _, task := range tasks {
		list = append(list, task.ID)
	}
	return strings.Join(list, " ")
}

// files returns the names in dir with their modes.
func modes(t *testing.T, dir string) map[string]os.FileMode {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]os.FileMode{}
	for _, e := range entries {
		info, err := os.Stat(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		found[e.Name()] = info.Mode().Perm()
	}
	return found
}
