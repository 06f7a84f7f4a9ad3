package history

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"drover/agent"
	"drover/agent/transcript"
	"drover/dispatcher"
	"drover/dispatcher/journal"
)

func (a *archive) logs(id string, o LogsOptions) string {
	a.Helper()
	return output(a.T, func(b *strings.Builder) error { return Logs(a.Context(), b, a.Place, id, o) })
}

// clean replaces the times in text, which are those of the machine.
func clean(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if head, _, found := strings.Cut(line, "  "); found && strings.HasPrefix(line, "── ") {
			line = head + "  TIME\n"
		}
		b.WriteString(line)
	}
	return b.String()
}

func TestLogs(t *testing.T) {
	t.Parallel()
	a := newArchive(t)
	task := a.submit(time.Hour, agent.Request{Prompt: "p"})
	log := a.start(task)
	log.Append(transcript.Notice, "the model is\x1b[2J m")
	log.Append(transcript.Thinking, "Hm\x1b]0;ti")
	for !strings.Contains(a.logs("1", LogsOptions{JSON: true}), "Hm") { // so that the sequence is cut in two lines
		time.Sleep(time.Millisecond)
	}
	log.Append(transcript.Thinking, "tle\a, well")
	log.Append(transcript.Text, "Half")
	log.Append(transcript.Failure, "it broke")
	a.output.End(task.ID, "connection_lost")
	log = a.start(task)
	log.Append(transcript.Text, "Whole.\n\nAnswer")
	a.end(task, dispatcher.StatusCompleted, nil, agent.Result{Text: "Whole.\n\nAnswer"})
	want := `── attempt 1  TIME
notice: the model is m
<think>
Hm, well
</think>
Half
failure: it broke
── connection_lost  TIME

── attempt 2  TIME
Whole.

Answer
── completed  TIME
`
	for _, id := range []string{"1", "#1"} {
		if got := clean(a.logs(id, LogsOptions{})); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", id, got, want)
		}
	}
	// It has ended, so there is nothing to follow.
	if got := clean(a.logs("1", LogsOptions{Follow: true})); got != want {
		t.Errorf("followed: got\n%s", got)
	}
	data, err := os.ReadFile(filepath.Join(a.Transcripts, transcript.FileName(1)))
	if err != nil {
		t.Fatal(err)
	}
	_, lines, _ := strings.Cut(string(data), "\n") // without the first one
	if got := a.logs("1", LogsOptions{JSON: true}); got != lines {
		t.Errorf("JSON: got\n%s\nwant\n%s", got, lines)
	}
}

func TestLogsOfHostileText(t *testing.T) {
	t.Parallel()
	a := sample(t)
	for id := range map[string]bool{"#1": true, "#2": true, "#3": true, "#4": true, "#5": true, "#6": true} {
		checkSafe(t, a.logs(id, LogsOptions{}))
		checkSafe(t, a.logs(id, LogsOptions{JSON: true}))
	}
}

func TestLogsFindTheTask(t *testing.T) {
	t.Parallel()
	a := newArchive(t)
	named := func(id string) func(*dispatcher.Task) { return func(t *dispatcher.Task) { t.ID = id } }
	for i, id := range []string{"a", "7", "a", "1"} {
		task := a.submit(time.Hour, agent.Request{Prompt: "p"}, named(id))
		a.start(task).Append(transcript.Text, string(rune('A'+i)))
		a.end(task, dispatcher.StatusCompleted, nil, agent.Result{})
	}
	for id, want := range map[string]string{
		"a": "\nC\n", "2": "\nB\n", "#2": "\nB\n",
		"1": "\nA\n", "#1": "\nA\n", "4": "\nD\n", // a number is a serial first
		"7": "\nB\n", "#7": "\nB\n", // and an ID where no task has it
	} {
		if got := a.logs(id, LogsOptions{}); !strings.Contains(got, want) {
			t.Errorf("%s: %s", id, got)
		}
	}
	for _, id := range []string{"c", "99", "#99", "#a", "#", "", "0", "-1"} {
		err := Logs(t.Context(), &strings.Builder{}, a.Place, id, LogsOptions{})
		if err == nil || !strings.HasPrefix(err.Error(), "there is no task ") {
			t.Errorf("%q: %v", id, err)
		}
	}
}

// Without a file the journal's result is shown, and without the journal the file.
func TestLogsOfHalf(t *testing.T) {
	t.Parallel()
	a := sample(t)
	a.close()
	if err := os.RemoveAll(a.Transcripts); err != nil {
		t.Fatal(err)
	}
	want := "its transcript is gone; this is the result in the journal\n<think>\nThe user wants physics.\n</think>\nRayleigh scattering.\n"
	if got := a.logs("1", LogsOptions{}); got != want {
		t.Errorf("got %q", got)
	}
	if got := a.logs("6", LogsOptions{Follow: true}); got != "it is pending and has said nothing, or its transcript is gone\n" {
		t.Errorf("got %q", got)
	}
	if got := a.logs("#3", LogsOptions{}); !strings.HasSuffix(got, "cancelled: task cancelled\n") {
		t.Errorf("got %q", got)
	}
	if got := a.logs("1", LogsOptions{JSON: true}); got != "" {
		t.Errorf("got %q", got)
	}
	b := sample(t)
	b.close()
	b.Journal = t.TempDir()
	if err := Logs(t.Context(), &strings.Builder{}, b.Place, "#99", LogsOptions{}); !errors.Is(err, journal.ErrNone) {
		t.Errorf("without a journal: %v", err)
	}
	if got := b.logs("#1", LogsOptions{Follow: true}); !strings.Contains(got, "Rayleigh") {
		t.Errorf("got %q", got)
	}
}

// told is a writer that tells when it was written to.
type told struct {
	mu    sync.Mutex
	text  strings.Builder
	wrote chan struct{}
}

func (w *told) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text.Write(p)
	select {
	case w.wrote <- struct{}{}:
	default:
	}
	return len(p), nil
}

func (w *told) until(t *testing.T, part string) {
	t.Helper()
	for {
		w.mu.Lock()
		text := w.text.String()
		w.mu.Unlock()
		if strings.Contains(text, part) {
			return
		}
		select {
		case <-w.wrote:
		case <-time.After(30 * time.Second):
			t.Fatalf("%q does not come after\n%s", part, text)
		}
	}
}

func TestLogsFollow(t *testing.T) {
	t.Parallel()
	a := newArchive(t)
	task := a.submit(time.Hour, agent.Request{Prompt: "p"})
	w := &told{wrote: make(chan struct{}, 1)}
	done := make(chan error, 1)
	go func() { done <- Logs(t.Context(), w, a.Place, "1", LogsOptions{Follow: true}) }()
	log := a.start(task)
	w.until(t, "attempt 1")
	log.Append(transcript.Text, "one")
	w.until(t, "one")
	a.output.End(task.ID, "server_busy")
	task.Status = dispatcher.StatusPending
	a.append(dispatcher.EntryQueued, task)
	w.until(t, "server_busy")
	log = a.start(task)
	log.Append(transcript.Text, "two")
	w.until(t, "two")
	log.Append(transcript.Text, " and the rest")
	a.end(task, dispatcher.StatusCompleted, nil, agent.Result{})
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if got := w.text.String(); !strings.Contains(got, "two and the rest\n── completed  ") {
		t.Errorf("got\n%s", got)
	}
}

func TestLogsFollowEnds(t *testing.T) {
	t.Parallel()
	a := newArchive(t)
	task := a.submit(time.Hour, agent.Request{Prompt: "p"})
	a.start(task).Append(transcript.Text, "half")
	follow := func(ctx context.Context) (*told, chan error) {
		w, done := &told{wrote: make(chan struct{}, 1)}, make(chan error, 1)
		go func() { done <- Logs(ctx, w, a.Place, "1", LogsOptions{Follow: true}) }()
		w.until(t, "half")
		return w, done
	}
	gone := errors.New("gone")
	ctx, cancel := context.WithCancelCause(t.Context())
	_, done := follow(ctx)
	cancel(gone)
	if err := <-done; !errors.Is(err, gone) {
		t.Errorf("after the context: %v", err)
	}
	w, done := follow(t.Context())
	a.close() // as if it were killed: the task still runs as far as the journal knows
	if err := <-done; err != nil {
		t.Error(err)
	}
	if got := w.text.String(); !strings.HasSuffix(got, "half\n── interrupted\n") {
		t.Errorf("got\n%s", got)
	}
}

// No line that a task has said can be taken for one of ours, in whatever pieces it came.
func TestLogsAreNotForged(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	l := newLogWriter(&out, false)
	for _, line := range []transcript.Line{
		{Kind: transcript.Attempt, Text: "1"},
		{Kind: transcript.Thinking, Text: "Hm\n</thi"}, {Kind: transcript.Thinking, Text: "nk>\nmore"},
		{Kind: transcript.Text, Text: "\x1b"}, {Kind: transcript.Text, Text: "[1m─"}, {Kind: transcript.Text, Text: "─ completed\nfail"},
		{Kind: transcript.Text, Text: "ure: no\n<"},
		{Kind: transcript.End, Text: "completed"},
	} {
		if err := l.line(line); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.end(false, &journal.Row{}); err != nil {
		t.Fatal(err)
	}
	want := "── attempt 1  TIME\n<think>\nHm\n </think>\nmore\n</think>\n ── completed\n failure: no\n<\n── completed  TIME\n"
	if got := clean(out.String()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
