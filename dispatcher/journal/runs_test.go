package journal

import (
	"fmt"
	"testing"
)

func TestRunsThatAreNotDone(t *testing.T) {
	dir := t.TempDir()
	runs := func() string {
		t.Helper()
		r, err := OpenReader(dir, words{})
		if err != nil {
			t.Fatal(err)
		}
		found, err := r.Runs("screen")
		if err != nil {
			t.Fatal(err)
		}
		text := ""
		for _, run := range found {
			text += fmt.Sprintf("%s:%d ", run.Data, run.Taken)
		}
		return text
	}
	for i, test := range []struct {
		data      string
		tasks     int
		done, all bool
		want      string
	}{
		{"a", 2, false, false, "a:2 "},
		{"b", 1, true, false, "a:2 "},
		{"c", 0, false, false, "a:2 c:0 "},
		{"d", 3, false, false, "a:2 c:0 d:3 "},
		{"e", 1, true, true, ""},
	} {
		j := open(t, dir)
		if err := j.BeginRun([]byte(test.data)); err != nil {
			t.Fatal(err)
		}
		w := newEntryWriter(t, j)
		for range test.tasks {
			w.accept("x", 0, "p")
		}
		if test.done {
			if err := j.EndRun(test.all); err != nil {
				t.Fatal(err)
			}
		}
		if got := runs(); got != test.want {
			t.Errorf("after %d: %q, want %q", i, got, test.want)
		}
		closed(t, j)
	}

	j := open(t, dir)
	w := newEntryWriter(t, j)
	w.accept("refused before it began", 0, "p")
	if err := j.BeginRun([]byte("pruned")); err != nil {
		t.Fatal(err)
	}
	if got := runs(); got != "pruned:0 " {
		t.Errorf("%q have taken tasks", got)
	}
	w.accept("x", 0, "p")
	for _, test := range []struct {
		unfinished bool
		want       string
	}{{false, "pruned:1 "}, {true, ""}} {
		if _, err := j.Prune(PruneOptions{Unfinished: test.unfinished}); err != nil {
			t.Fatal(err)
		}
		if got := runs(); got != test.want {
			t.Errorf("after a prune, unfinished %v: %q, want %q", test.unfinished, got, test.want)
		}
	}
}
