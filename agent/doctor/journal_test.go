package doctor

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"drover/agent"
	"drover/dispatcher"
	"drover/dispatcher/journal"
)

func TestJournal(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	look := func() (lines []string) {
		r := New("1.2.3")
		r.Journal(dir)
		for _, c := range r.Checks {
			lines = append(lines, fmt.Sprintf("%s %s %s", c.State, c.Name, strings.ReplaceAll(c.What, dir, "DIR")))
		}
		return lines
	}
	want := func(beginning string) {
		t.Helper()
		if got := look(); len(got) != 1 || !strings.HasPrefix(got[0], beginning) {
			t.Errorf("got %q, want %q", got, beginning)
		}
	}
	want("ok journal there is none yet in DIR")
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
		t.Errorf("looking has left %v, %v", entries, err)
	}
	j, err := journal.Open(dir, journal.Options{Codec: agent.Codec{}, Origin: "screen", Command: "drover"})
	if err != nil {
		t.Fatal(err)
	}
	task := dispatcher.Task{ID: "a", Serial: 1, Payload: agent.Request{Prompt: "x"}}
	j.Append(dispatcher.Entry{Kind: dispatcher.EntryAccepted, Task: task})
	task.Status = dispatcher.StatusCompleted
	j.Append(dispatcher.Entry{Kind: dispatcher.EntryEnded, Task: task})
	task = dispatcher.Task{ID: "b", Serial: 2, Payload: agent.Request{Prompt: "x"}}
	j.Sync(j.Append(dispatcher.Entry{Kind: dispatcher.EntryAccepted, Task: task}))
	want(fmt.Sprintf("ok journal tasks: 2, of them ended 1, pending 1, running or interrupted 0; held by process %d (drover) since ", os.Getpid()))
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	want("ok journal tasks: 2, of them ended 1, pending 1, interrupted 0")
	if err := os.WriteFile(filepath.Join(dir, "journal.db"), []byte(strings.Repeat("rubbish ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	want("problem journal the journal DIR/journal.db is damaged")
}
