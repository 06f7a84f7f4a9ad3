//go:build unix

package workspace

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

func TestConflicts(t *testing.T) {
	u := newUser(t)
	u.write("long.txt", lines(100))
	u.write("dir/x.txt", "x\n")
	u.commit("more")
	s := New(filepath.Join(t.TempDir(), "worktrees"))
	add := func(serial int, edit func(in func(string) string)) {
		w, _, err := s.Create(t.Context(), Spec{Source: u.dir, Serial: uint64(serial)})
		must(t, err)
		edit(func(name string) string { return filepath.Join(w.Info().Dir, name) })
		snapshot(t, w, "round 1")
	}
	add(1, func(in func(string) string) { write(t, in("long.txt"), lines(100, 10)) })
	add(2, func(in func(string) string) { write(t, in("long.txt"), lines(100, 90)) })
	add(3, func(in func(string) string) {
		write(t, in("long.txt"), strings.Replace(lines(100), "line 10\n", "other\n", 1))
		write(t, in("dir/y.txt"), "y\n")
	})
	add(4, func(in func(string) string) {
		must(t, removeAll(in("dir")))
		write(t, in("dir"), "a file\n")
	})
	u.write("long.txt", strings.Replace(lines(100), "line 90\n", "mine\n", 1))
	u.commit("moved on")
	found, err := s.Conflicts(t.Context())
	must(t, err)
	var got []string
	for _, c := range found {
		got = append(got, fmt.Sprintf("%s-%s%s: %s", c.First, c.Second, c.Target, strings.Join(c.Files, " ")))
	}
	if got := strings.Join(got, "\n"); !strings.Contains(got, "1-3: long.txt\n2-main: long.txt\n3-4: dir") || len(found) != 3 {
		t.Errorf("got\n%s", got)
	}
}

func TestBringUpToDate(t *testing.T) {
	u := newUser(t)
	u.write("long.txt", lines(100))
	u.commit("more")
	w, _ := create(t, u, Spec{})
	in := func(name string) string { return filepath.Join(w.Info().Dir, name) }
	write(t, in("long.txt"), lines(100, 10))
	write(t, in("a.txt"), "the agent's\n")
	u.write("a.txt", "the user's\n")
	u.write("dir/b.txt", "moved on\n")
	main := u.commit("moved on")
	files, err := w.BringUpToDate(t.Context())
	if err != nil || strings.Join(files, " ") != "a.txt" {
		t.Fatal(files, err)
	}
	if got := read(t, in("a.txt")); !strings.Contains(got, "<<<<<<<") || !strings.Contains(got, "the agent's") || !strings.Contains(got, "the user's") {
		t.Errorf("got %q", got)
	}
	if got := read(t, in("dir/b.txt")); got != "moved on\n" || w.Info().Base != main {
		t.Errorf("got %q, %+v", got, w.Info())
	}
	write(t, in("a.txt"), "both\n")
	if got := short(diff(t, w)); got != "a.txt modified +1 -1\nlong.txt modified +1 -1" {
		t.Errorf("the diff is\n%s", got)
	}
	if got := (user{t, w.Info().Dir}).git("status", "--porcelain"); got != "M a.txt\n M long.txt" {
		t.Errorf("git in the workspace says %q", got)
	}
	land(t, w, Landing{})
	if got := u.read("a.txt") + u.git("log", "-1", "--format=%P"); got != "both\n"+main {
		t.Errorf("got %q", got)
	}
	all, err := w.Snapshots(t.Context())
	must(t, err)
	if _, err := w.Restore(t.Context(), all[1].Number); err != nil { // before it was brought up to date
		t.Fatal(err)
	}
	if got := read(t, in("a.txt")) + read(t, in("dir/b.txt")); got != "the agent's\nb\n" || w.Info().Base != w.Info().Start {
		t.Errorf("got %q", got)
	}
}

// FuzzDiff reads what is no diff of git.
func FuzzDiff(f *testing.F) {
	f.Add([]byte(":100644 100644 a b M\tx\n\ndiff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@ f\n a\n-b\n+c\n\\ No newline at end of file\n"), []byte("a\nb"))
	f.Fuzz(func(t *testing.T, patch, base []byte) {
		d, err := parseDiff(patch)
		if err != nil {
			return
		}
		for i := range d.Files {
			file := &d.Files[i]
			none, err := apply(base, file.Hunks, func(Hunk) bool { return false })
			if err == nil && string(none) != string(base) {
				t.Errorf("without any hunk %q became %q", base, none)
			}
			_, _ = apply(base, file.Hunks, func(Hunk) bool { return true })
		}
	})
}
