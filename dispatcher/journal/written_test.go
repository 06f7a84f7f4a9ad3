package journal

import (
	"os"
	"path/filepath"
	"testing"

	"drover/dispatcher"
)

func withResults(o *Options) { o.Origin, o.Results = "run", true }

func TestWhatEndedAndWasNotWrittenIsRecovered(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, withResults)
	w := newEntryWriter(t, j)
	ended := func(id string) dispatcher.Task {
		task := w.accept(id, 0, "p")
		w.start(&task)
		w.end(&task, dispatcher.StatusCompleted, "answer of "+id, nil, 0)
		return task
	}
	j.Written(ended("written").Serial)
	ended("a")
	twice := ended("twice")
	j.Written(twice.Serial)
	w.end(&twice, dispatcher.StatusCompleted, "more", nil, 0) // its agent returned late
	again := ended("again")
	w.queue(&again, 0, 0) // retried
	ended("a")
	closed(t, j)

	j = open(t, dir) // of another origin
	if r := recovered(t, j, "screen", 10); len(r.Unwritten) != 0 || r.Elsewhere != 3 {
		t.Errorf("the screen has %q, and %d elsewhere", ids(r.Unwritten), r.Elsewhere)
	}
	closed(t, j)

	j = open(t, dir, withResults)
	r := recovered(t, j, "run", 0)
	if got := ids(r.Unwritten); got != "a a" || ids(r.Pending) != "again" || r.Elsewhere != 0 {
		t.Fatalf("not written: %q, pending %q, elsewhere %d", got, ids(r.Pending), r.Elsewhere)
	}
	if r.Unwritten[0].Result != "answer of a" || r.Unwritten[0].Status != dispatcher.StatusCompleted {
		t.Errorf("%+v", r.Unwritten[0])
	}
	j.Written(r.Unwritten[0].Serial)
	if r := recovered(t, j, "run", 0); len(r.Unwritten) != 1 {
		t.Errorf("not written after one was: %q", ids(r.Unwritten))
	}
	if _, err := j.Prune(PruneOptions{}); err != nil {
		t.Fatal(err)
	}
	if r := recovered(t, j, "run", 0); len(r.Unwritten) != 0 {
		t.Errorf("not written after a prune: %q", ids(r.Unwritten))
	}
}

func TestNobodyAsksForResultsThatNobodyWrites(t *testing.T) {
	j := open(t, t.TempDir())
	w := newEntryWriter(t, j)
	task := w.accept("a", 0, "p")
	w.end(&task, dispatcher.StatusCancelled, nil, nil, 0)
	if r := recovered(t, j, "", 1); len(r.Unwritten) != 0 {
		t.Errorf("%q", ids(r.Unwritten))
	}
}

// A journal of every version before opens; what ended in it counts as written, and what was interrupted stays so.
func TestAJournalOfEachVersionBeforeOpens(t *testing.T) {
	for version := 1; version < len(migrations); version++ {
		dir := t.TempDir()
		path := filepath.Join(dir, databaseName)
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := connect(path, readWrite)
		if err == nil {
			err = migrate(c, 0, migrations[:version])
		}
		if err == nil {
			err = c.script("INSERT INTO tasks(serial, id, origin, state, priority, place, payload, end_seq, error_kind) VALUES " +
				"(1, 'ended', 'run', 2, 0, 1, x'773A70', 1, NULL), (2, 'pending', 'run', 0, 0, 2, x'773A70', NULL, NULL)," +
				"(3, 'left', 'run', 4, 0, 3, x'773A70', 2, 'interrupted'), (4, 'gone', 'run', 4, 0, 4, x'773A70', 3, 'cancelled')")
		}
		if err == nil {
			err = c.close()
		}
		if err != nil {
			t.Fatal(err)
		}
		r := recovered(t, open(t, dir, withResults), "run", 10)
		if ids(r.Ended) != "ended left gone" || ids(r.Pending) != "pending" || len(r.Unwritten) != 0 {
			t.Errorf("version %d: ended %q, pending %q, not written %q", version, ids(r.Ended), ids(r.Pending), ids(r.Unwritten))
		}
		for row, err := range read(t, dir).Query(t.Context(), Query{States: []State{Interrupted}}) {
			if err != nil || row.Task.ID != "left" {
				t.Errorf("version %d: %s is interrupted, %v", version, row.Task.ID, err)
			}
		}
	}
}
