package engine_test

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"drover/agent"
	"drover/agent/engine"
	"drover/dispatcher"
)

// A journal that a version wrote in which requests had their first form opens, with all that they ask.
func TestAJournalOfBeforeOpens(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	unpack(t, filepath.Join("testdata", "journal-before.db.gz"), filepath.Join(dir, "journal.db"))
	l, err := engine.New(engine.Options{
		Workers: 1, Server: nowhere(t), Held: []string{"the test looks"},
		Storage: &engine.StorageOptions{Dir: dir, Origin: engine.OriginRun, Restore: true, Interrupted: engine.InterruptedAgain},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	want := map[string]agent.Request{
		"7": {
			Prompt: "one", Model: "m", Options: map[string]any{"num_predict": int64(5), "seed": int64(12345678901234), "temperature": 0.5},
			Timeout: 90 * time.Second, Think: "true", Format: json.RawMessage(`{"a":2,"b":1,"type":"object"}`), KeepAlive: "-1",
		},
		"b":      {Prompt: "two", System: "brief", Timeout: 1500 * time.Millisecond},
		"task-1": {Prompt: "three <&>"},
	}
	pending := l.State(dispatcher.SnapshotRequest{Pending: dispatcher.Window{Limit: 10}}).Pending
	if len(pending) != len(want) {
		t.Errorf("%d tasks wait", len(pending))
	}
	for _, task := range pending {
		if !reflect.DeepEqual(task.Request, want[task.ID]) {
			t.Errorf("%s: got  %+v\nwant %+v", task.ID, task.Request, want[task.ID])
		}
	}
}

// unpack writes what a compressed file has in it.
func unpack(t *testing.T, from, to string) {
	t.Helper()
	file, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(r)
	if err == nil {
		err = os.WriteFile(to, data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
