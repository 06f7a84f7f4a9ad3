package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"drover/agent/engine"
	"drover/config"
)

// A file with a task that cannot succeed is refused as a whole, with its line; the screen numbers the tasks of another.
func TestTheScreenReadsFiles(t *testing.T) {
	t.Parallel()
	s, err := engine.New(engine.Options{Workers: 1, Demo: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	read := func(text string) (int, error) {
		name := filepath.Join(t.TempDir(), "a.jsonl")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		tasks, _, err := readBatch(t.Context(), name, &config.Config{}, s)
		for _, task := range tasks {
			if task.ID != "" {
				t.Errorf("a task is called %q", task.ID)
			}
		}
		return len(tasks), err
	}
	const good = `{"id":"a","prompt":"x"}` + "\n"
	if n, err := read(good + `{"id":"b","prompt":"y","model":"demo-fast"}`); n != 2 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	const want = `a.jsonl:2: there is no agent of kind "away"`
	if n, err := read(good + `{"prompt":"y","kind":"away"}` + "\n" + `{"prompt":"z"}`); n != 0 || err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("%d, %v", n, err)
	}
}
