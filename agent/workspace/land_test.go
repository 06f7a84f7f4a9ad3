//go:build unix

package workspace

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func land(t *testing.T, w *Workspace, how Landing) LandedChange {
	t.Helper()
	done, err := w.Land(t.Context(), how)
	if err != nil {
		t.Fatal(err)
	}
	return done
}

func TestLand(t *testing.T) {
	for _, mode := range []Mode{Squash, Merge, Rebase} {
		t.Run(string(mode), func(t *testing.T) {
			u := newUser(t)
			u.write("gone.txt", "x\n")
			base := u.commit("second")
			w, _ := create(t, u, Spec{})
			// What the user has that is not committed.
			u.write("dir/b.txt", "b\nunstaged\n")
			u.write("staged.txt", "staged\n")
			u.git("add", "staged.txt")
			u.write("untracked.txt", "untracked\n")
			before := u.git("status", "--porcelain")

			in := func(name string) string { return filepath.Join(w.Info().Dir, name) }
			write(t, in("a.txt"), "ONE\ntwo\nthree\n")
			write(t, in("new/deep.txt"), "new\n")
			must(t, os.Remove(in("gone.txt")))
			done := land(t, w, Landing{Mode: mode, Message: "Do it"})
			if got := u.git("status", "--porcelain"); got != before {
				t.Errorf("the user's state was\n%s\nand is\n%s", before, got)
			}
			if got := u.read("a.txt") + u.read("new/deep.txt") + u.read("gone.txt"); got != "ONE\ntwo\nthree\nnew\n-" {
				t.Errorf("got %q", got)
			}
			if got := u.git("rev-parse", "main"); got != done.New || u.git("log", "-1", "--format=%s %an") != "Do it A User" {
				t.Errorf("main is %s: %s", got, u.git("log", "-1"))
			}
			if got := u.git("rev-parse", "main^1"); got != base {
				t.Errorf("the parent is %s", got)
			}
			if got := w.Info(); got.State != Landed || got.Commit != done.New {
				t.Errorf("got %+v", got)
			}
			if _, err := w.UndoLanding(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := u.git("status", "--porcelain"); got != before || u.git("rev-parse", "main") != base || u.read("gone.txt") != "x\n" {
				t.Errorf("after undo the user's state was\n%s\nand is\n%s", before, got)
			}
			u.git("fsck", "--strict")
		})
	}
}

func TestLandOnMovedTarget(t *testing.T) {
	u := newUser(t)
	w, _ := create(t, u, Spec{})
	u.write("dir/b.txt", "moved on\n")
	old := u.commit("moved on")
	write(t, filepath.Join(w.Info().Dir, "a.txt"), "one\n")
	failed := errors.New("a test failed")
	verify := func(_ context.Context, dir string) error {
		write(t, filepath.Join(dir, "made-by-test.txt"), "x")
		if got := read(t, filepath.Join(dir, "dir/b.txt")); got != "moved on\n" {
			t.Errorf("verified is a tree with %q", got)
		}
		return failed
	}
	_, err := w.Land(t.Context(), Landing{Verify: verify})
	if e, ok := errors.AsType[*VerifyError](err); !ok || !errors.Is(e, failed) {
		t.Fatal(err)
	}
	if got := u.git("rev-parse", "main"); got != old {
		t.Errorf("main has moved to %s", got)
	}
	must(t, os.Remove(filepath.Join(w.Info().Dir, "made-by-test.txt")))
	failed = nil
	land(t, w, Landing{Verify: verify})
	if got := u.git("ls-tree", "-r", "--name-only", "main") + u.read("a.txt") + u.read("dir/b.txt"); got != "a.txt\ndir/b.txtone\nmoved on\n" {
		t.Errorf("got %q", got)
	}
	if got := u.git("status", "--porcelain"); got != "" {
		t.Errorf("the user has %q", got)
	}
}

func TestLandRefused(t *testing.T) {
	t.Parallel()
	setups := []struct {
		name string
		do   func(u user)
		want string
	}{
		{"conflict", func(u user) { u.write("a.txt", "mine\n"); u.commit("mine") }, "conflicts with main in a.txt"},
		{"unstaged", func(u user) { u.write("a.txt", "mine\n") }, "in the way: a.txt"},
		{"staged", func(u user) { u.write("a.txt", "mine\n"); u.git("add", "a.txt") }, "in the way: a.txt"},
		{"untracked", func(u user) { u.write("new.txt", "mine\n") }, "in the way: new.txt"},
		{"ignored", func(u user) { u.write(".git/info/exclude", "new.txt\n"); u.write("new.txt", "mine\n") }, "in the way: new.txt"},
		{"folder", func(u user) { u.write("new.txt/mine", "mine\n") }, "in the way: new.txt/mine"},
		{"merge", func(u user) {
			u.git("checkout", "-q", "-b", "other", "HEAD")
			u.write("dir/b.txt", "other\n")
			u.commit("other")
			u.git("checkout", "-q", "main")
			u.write("dir/c.txt", "c\n")
			u.commit("c")
			u.git("merge", "-q", "--no-commit", "--no-ff", "other")
		}, "a merge is in progress"},
		{"git at work", func(u user) { u.write(".git/index.lock", "") }, "git is at work"},
		{"nothing", func(u user) { u.write("a.txt", "one\n"); u.write("new.txt", "new\n"); u.commit("the same") }, "main has the change already"},
	}
	for _, s := range setups {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			u := newUser(t)
			w, _ := create(t, u, Spec{})
			write(t, filepath.Join(w.Info().Dir, "a.txt"), "one\n")
			write(t, filepath.Join(w.Info().Dir, "new.txt"), "new\n")
			s.do(u)
			before := userState(t, u.dir)
			_, err := w.Land(t.Context(), Landing{})
			if err == nil || !strings.Contains(err.Error(), s.want) {
				t.Errorf("got %v", err)
			}
			if after := userState(t, u.dir); after != before {
				t.Errorf("the user's files were\n%s\nand are\n%s", before, after)
			}
		})
	}
}

// A file that was touched, and has not changed, is not in the way.
func TestLandOnTouchedFiles(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	w, _ := create(t, u, Spec{})
	write(t, filepath.Join(w.Info().Dir, "a.txt"), "one\n")
	must(t, os.Chtimes(filepath.Join(u.dir, "a.txt"), time.Now(), time.Now().Add(time.Hour)))
	land(t, w, Landing{})
	if got := u.read("a.txt") + u.git("status", "--porcelain"); got != "one\n" {
		t.Errorf("got %q", got)
	}
}

func TestAcceptedOnly(t *testing.T) {
	u := newUser(t)
	u.write("long.txt", lines(100))
	u.write("bin", "a\x00b")
	u.commit("more")
	w, _ := create(t, u, Spec{})
	in := func(name string) string { return filepath.Join(w.Info().Dir, name) }
	write(t, in("long.txt"), lines(100, 10, 50, 90))
	write(t, in("bin"), "a\x00c")
	write(t, in("new.txt"), "new\n")
	d := diff(t, w)
	must(t, w.Accept(t.Context(), Choice{Tree: d.Tree, Path: "long.txt", Hunks: []string{d.File("long.txt").Hunks[1].ID}}, true))
	must(t, w.Accept(t.Context(), Choice{Tree: d.Tree, Path: "bin"}, true))
	land(t, w, Landing{AcceptedOnly: true})
	if got := u.read("long.txt") + u.read("bin") + u.read("new.txt"); got != lines(100, 50)+"a\x00c-" {
		t.Errorf("got %q", got)
	}
	if got := short(diff(t, w)); got != "long.txt modified +2 -2\nnew.txt added +1 -0" {
		t.Errorf("left are\n%s", got)
	}
	land(t, w, Landing{})
	if got := u.read("long.txt") + u.read("new.txt") + u.git("status", "--porcelain"); got != lines(100, 10, 50, 90)+"new\n" {
		t.Errorf("got %q", got)
	}
}

func TestWithChanges(t *testing.T) {
	u := newUser(t)
	u.write("dir/b.txt", "mine\n")
	u.write("untracked.txt", "mine too\n")
	before := u.git("status", "--porcelain")
	w, notes := create(t, u, Spec{WithChanges: true})
	if len(notes) > 0 {
		t.Error(notes)
	}
	if got := read(t, filepath.Join(w.Info().Dir, "dir/b.txt")) + read(t, filepath.Join(w.Info().Dir, "untracked.txt")); got != "mine\nmine too\n" {
		t.Errorf("got %q", got)
	}
	if got := u.git("stash", "list"); got != "" {
		t.Errorf("the stash has %q", got)
	}
	write(t, filepath.Join(w.Info().Dir, "a.txt"), "changed\n")
	land(t, w, Landing{})
	if got := u.git("show", "--stat", "--format="); !strings.Contains(got, "a.txt") || strings.Contains(got, "b.txt") {
		t.Errorf("landed was\n%s", got)
	}
	if got := u.git("status", "--porcelain"); got != before {
		t.Errorf("the user has %q", got)
	}
}

func TestKeep(t *testing.T) {
	u := newUser(t)
	w, _ := create(t, u, Spec{})
	write(t, filepath.Join(w.Info().Dir, "a.txt"), "one\n")
	main := u.git("rev-parse", "main")
	done := land(t, w, Landing{Mode: Keep, Message: "Keep it"})
	if got := u.git("rev-parse", "drover/7-fix-it"); got != done.New || u.git("rev-parse", "main") != main {
		t.Errorf("the branch is %s", got)
	}
	if _, err := w.Discard(t.Context()); err != nil {
		t.Fatal(err)
	}
	u.git("checkout", "-q", "drover/7-fix-it")
	if got := u.read("a.txt"); got != "one\n" {
		t.Errorf("got %q", got)
	}
}

func TestOccupied(t *testing.T) {
	u := newUser(t)
	w, _ := create(t, u, Spec{})
	write(t, filepath.Join(w.Info().Dir, "a.txt"), "one\n")
	free, err := w.Occupy()
	must(t, err)
	_, discard := w.Discard(t.Context())
	_, landing := w.Land(t.Context(), Landing{})
	for _, err := range []error{discard, landing} {
		if err == nil || !strings.HasPrefix(err.Error(), "somebody is at work in workspace 7-fix-it") {
			t.Errorf("got %v", err)
		}
	}
	snapshot(t, w, "meanwhile")
	free()
	land(t, w, Landing{})
}
