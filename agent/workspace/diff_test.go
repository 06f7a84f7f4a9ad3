//go:build unix

package workspace

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// lines returns numbered lines, some of them changed.
func lines(n int, changed ...int) string {
	var b strings.Builder
	for i := 1; i <= n; i++ {
		word := "line"
		for _, c := range changed {
			if c == i {
				word = "LINE"
			}
		}
		fmt.Fprintln(&b, word, i)
	}
	return b.String()
}

func diff(t *testing.T, w *Workspace) *Diff {
	t.Helper()
	d, err := w.Diff(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// short says what a diff has: path, status, lines, hunks.
func short(d *Diff) string {
	var all []string
	for _, f := range d.Files {
		name := f.Path
		if f.Old != "" {
			name = f.Old + "→" + name
		}
		text := fmt.Sprintf("%s %s +%d -%d", name, f.Status, f.Added, f.Deleted)
		if f.Whole {
			text += " whole"
		}
		if f.Accepted {
			text += " accepted"
		}
		all = append(all, text)
	}
	return strings.Join(all, "\n")
}

func TestDiff(t *testing.T) {
	u := newUser(t)
	u.write("long.txt", lines(100))
	u.write("moved.txt", lines(20))
	u.write("gone.txt", "gone\n")
	u.write("mode.sh", "x\n")
	u.write("type", "a file\n")
	u.write("bin", "a\x00b")
	u.write(".gitignore", "*.log\n")
	u.commit("more")
	w, _ := create(t, u, Spec{})
	in := func(name string) string { return filepath.Join(w.Info().Dir, name) }
	write(t, in("long.txt"), lines(100, 10, 50, 90))
	must(t, os.Rename(in("moved.txt"), in("dir/to here.txt")))
	must(t, os.Remove(in("gone.txt")))
	must(t, os.Chmod(in("mode.sh"), 0o755))
	must(t, os.Remove(in("type")))
	must(t, os.Symlink("/etc/passwd", in("type")))
	write(t, in("bin"), "a\x00c")
	write(t, in("x.log"), "ignored\n")
	write(t, in("q\"uo\tte\xff"), "no end")
	d := diff(t, w)
	want := `bin modified +0 -0 whole
moved.txt→dir/to here.txt renamed +0 -0 whole
gone.txt deleted +0 -1 whole
long.txt modified +3 -3
mode.sh modified +0 -0 whole
q"uo` + "\tte\xff" + ` added +1 -0
type retyped +1 -1 whole`
	if got := short(d); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if d.Added != 5 || d.Deleted != 5 {
		t.Errorf("+%d -%d", d.Added, d.Deleted)
	}
	if f := d.File("long.txt"); len(f.Hunks) != 3 || f.Hunks[1].OldStart != 47 || f.Hunks[1].Lines[3].Text != "line 50\n" {
		t.Errorf("got %+v", f.Hunks)
	}

	// Everything back, one by one.
	for range d.Files {
		if _, err := w.Revert(t.Context(), Choice{Tree: d.Tree, Path: d.Files[0].Path}); err != nil {
			t.Fatal(err)
		}
		d = diff(t, w)
	}
	if got := short(d); got != "" {
		t.Errorf("left:\n%s", got)
	}
	if got := (user{t, w.Info().Dir}).git("status", "--porcelain", "--ignored"); got != "!! x.log" {
		t.Errorf("after all was taken back: %q", got)
	}
}

func TestFileBecomesFolder(t *testing.T) {
	u := newUser(t)
	w, _ := create(t, u, Spec{})
	in := func(name string) string { return filepath.Join(w.Info().Dir, name) }
	must(t, os.Remove(in("a.txt")))
	write(t, in("a.txt/in"), "in a folder\n")
	must(t, removeAll(in("dir")))
	write(t, in("dir"), "a file\n")
	snapshot(t, w, "round 1")
	if got := short(diff(t, w)); got != "a.txt deleted +0 -3 whole\na.txt/in added +1 -0\ndir added +1 -0\ndir/b.txt deleted +0 -1 whole" {
		t.Errorf("got\n%s", got)
	}
	land(t, w, Landing{})
	if got := u.read("a.txt/in") + u.read("dir") + u.git("status", "--porcelain"); got != "in a folder\na file\n" {
		t.Errorf("got %q", got)
	}
	if _, err := w.UndoLanding(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := u.read("a.txt") + u.read("dir/b.txt") + u.git("status", "--porcelain"); got != "one\ntwo\nthree\nb\n" {
		t.Errorf("after undo %q", got)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestHunks(t *testing.T) {
	u := newUser(t)
	u.write("long.txt", lines(100))
	u.commit("more")
	w, _ := create(t, u, Spec{})
	file := filepath.Join(w.Info().Dir, "long.txt")
	write(t, file, lines(100, 10, 50, 90))
	d := diff(t, w)
	hunks := d.File("long.txt").Hunks
	choice := Choice{Tree: d.Tree, Path: "long.txt", Hunks: []string{hunks[1].ID}}
	must(t, w.Accept(t.Context(), choice, true))

	// An accepted hunk stays accepted when others come and go in front of it.
	write(t, file, "first\n"+lines(100, 30, 50))
	d = diff(t, w)
	for _, h := range d.File("long.txt").Hunks {
		if want := strings.Contains(fmt.Sprint(h.Lines), "LINE 50"); h.Accepted != want {
			t.Errorf("%+v", h)
		}
	}
	if _, err := w.Revert(t.Context(), choice); !errors.Is(err, ErrChanged) {
		t.Errorf("an old diff: %v", err)
	}
	choice = Choice{Tree: d.Tree, Path: "long.txt", Hunks: []string{d.File("long.txt").Hunks[1].ID}}
	before, err := w.Revert(t.Context(), choice)
	must(t, err)
	if got := read(t, file); got != "first\n"+lines(100, 50) {
		t.Errorf("got %q", got)
	}
	if _, err := w.Restore(t.Context(), before.Number); err != nil {
		t.Fatal(err)
	}
	if got := read(t, file); got != "first\n"+lines(100, 30, 50) {
		t.Errorf("got %q", got)
	}
}
