package history

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"drover/agent/transcript"
	"drover/dispatcher/journal"
)

func (a *archive) prune(o PruneOptions) string {
	a.Helper()
	o.Now = now
	return output(a.T, func(b *strings.Builder) error { return Prune(a.Context(), b, a.Place, o) })
}

func (a *archive) files() (names []string) {
	entries, err := os.ReadDir(a.Transcripts)
	if err != nil {
		a.Fatal(err)
	}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

func TestPrune(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		options PruneOptions
		left    string
		files   int
		told    string
	}{
		"by age":        {PruneOptions{OlderThan: 24 * time.Hour}, "6 5 4 3", 2, "removed 2 tasks and 2 transcripts ("},
		"by number":     {PruneOptions{Keep: 1}, "6 5 4 3", 2, "removed 2 tasks and 2 transcripts ("},
		"by both":       {PruneOptions{OlderThan: 24 * time.Hour, Keep: 2}, "6 5 4 3 2", 3, "removed 1 task and 1 transcript ("},
		"all":           {PruneOptions{All: true}, "6 5 4", 2, "removed 3 tasks and 2 transcripts ("},
		"with the open": {PruneOptions{All: true, Unfinished: true}, "", 0, "removed 6 tasks and 4 transcripts ("},
		"only to see":   {PruneOptions{All: true, DryRun: true}, "6 5 4 3 2 1", 4, "would remove 3 tasks and 2 transcripts ("},
		"nothing":       {PruneOptions{OlderThan: 1000 * time.Hour}, "6 5 4 3 2 1", 4, "removed 0 tasks and 0 transcripts (0 B)\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := sample(t)
			a.close()
			told := a.prune(test.options)
			if !strings.HasPrefix(told, test.told) || strings.Count(told, "\n") != 1 {
				t.Errorf("it says %q, want %q", told, test.told)
			}
			list := a.list(ListOptions{All: true})
			if got := strings.Join(serials(t, list), " "); test.left != "" && got != test.left || test.left == "" && list != "no task matches\n" {
				t.Errorf("left are %s, want %s:\n%s", got, test.left, list)
			}
			if files := a.files(); len(files) != test.files {
				t.Errorf("left are the files %v, want %d", files, test.files)
			}
			// What is left can be read, and what is gone cannot.
			if test.options.All && !test.options.DryRun {
				if err := Logs(t.Context(), &strings.Builder{}, a.Place, "1", LogsOptions{}); err == nil {
					t.Error("there are logs of a task that is gone")
				}
			}
		})
	}
}

func TestPruneRefused(t *testing.T) {
	t.Parallel()
	a := sample(t) // which this process holds
	var told strings.Builder
	var held *journal.HeldError
	if err := Prune(t.Context(), &told, a.Place, PruneOptions{All: true}); !errors.As(err, &held) || held.PID != os.Getpid() || told.Len() > 0 {
		t.Errorf("while it is held: %v, %q", err, told.String())
	}
	if got := len(serials(t, a.list(ListOptions{All: true}))); got != 6 || !slices.Contains(a.files(), transcript.FileName(1)) {
		t.Errorf("%d tasks and %v are left", got, a.files())
	}
	var usage *UsageError
	for _, o := range []PruneOptions{{}, {Unfinished: true}, {DryRun: true}, {Keep: -1}, {OlderThan: -time.Hour, All: true}} {
		if err := Prune(t.Context(), &told, a.Place, o); !errors.As(err, &usage) {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

func TestPruneNothing(t *testing.T) {
	t.Parallel()
	empty := Place{Journal: t.TempDir(), Transcripts: filepath.Join(t.TempDir(), "none")}
	got := output(t, func(b *strings.Builder) error { return Prune(t.Context(), b, empty, PruneOptions{All: true}) })
	if !strings.HasPrefix(got, "there is no journal in ") {
		t.Errorf("it says %q", got)
	}
	if entries, _ := os.ReadDir(empty.Journal); len(entries) > 0 {
		t.Errorf("it made %v", entries)
	}
}

// A file that cannot be removed is told, and the rows are gone all the same.
func TestPruneFails(t *testing.T) {
	t.Parallel()
	a := sample(t)
	a.close()
	path := filepath.Join(a.Transcripts, transcript.FileName(1))
	if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o700), os.WriteFile(filepath.Join(path, "x"), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	var told strings.Builder
	err := Prune(t.Context(), &told, a.Place, PruneOptions{All: true, Now: now})
	if err == nil || !strings.Contains(err.Error(), "the transcript of task 1 cannot be removed") {
		t.Errorf("the error is %v", err)
	}
	if !strings.HasPrefix(told.String(), "removed 3 tasks and 0 transcripts") {
		t.Errorf("it says %q", told.String())
	}
}
