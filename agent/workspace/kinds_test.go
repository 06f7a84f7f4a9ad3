//go:build unix

package workspace

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// newFolder makes a folder without git.
func newFolder(t *testing.T) user {
	t.Helper()
	u := user{t, filepath.Join(t.TempDir(), "folder")}
	u.write("a.txt", "one\r\ntwo\r\n")
	u.write("dir/b.txt", "b\n")
	u.write(".gitattributes", "* text=auto eol=lf\n")
	must(t, os.Symlink("dir/b.txt", filepath.Join(u.dir, "link")))
	return u
}

func TestCopy(t *testing.T) {
	u := newFolder(t)
	before := userState(t, u.dir)
	w, notes := create(t, u, Spec{})
	if len(notes) > 0 || w.Info().Kind != Copy {
		t.Errorf("%s, %q", w.Info().Kind, notes)
	}
	if got := userState(t, w.Info().Dir); got != before {
		t.Errorf("the copy is\n%s\nof\n%s", got, before)
	}
	write(t, filepath.Join(w.Info().Dir, "a.txt"), "ONE\r\ntwo\r\n")
	write(t, filepath.Join(w.Info().Dir, "new/c.txt"), "c\n")
	snapshot(t, w, "round 1")
	if got := short(diff(t, w)); got != "a.txt modified +1 -1\nnew/c.txt added +1 -0" {
		t.Errorf("got\n%s", got)
	}
	u.write("dir/b.txt", "changed by the user\n")
	land(t, w, Landing{})
	if got := u.read("a.txt") + u.read("new/c.txt") + u.read("dir/b.txt"); got != "ONE\r\ntwo\r\nc\nchanged by the user\n" {
		t.Errorf("got %q", got)
	}
	if _, err := w.UndoLanding(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := u.read("a.txt") + u.read("new/c.txt") + u.read("dir/b.txt"); got != "one\r\ntwo\r\n-changed by the user\n" {
		t.Errorf("after undo %q", got)
	}
	u.write("a.txt", "mine\r\n")
	var conflict *ConflictError
	if _, err := w.Land(t.Context(), Landing{}); !errors.As(err, &conflict) || conflict.Files[0] != "a.txt" {
		t.Errorf("got %v", err)
	}
}

func TestInPlace(t *testing.T) {
	for _, newOne := range []func(*testing.T) user{newFolder, newUser} {
		u := newOne(t)
		u.write("untracked.txt", "untracked\n")
		before := userState(t, u.dir)
		w, _ := create(t, u, Spec{Kind: InPlace})
		if _, _, err := w.room.store.Create(t.Context(), specOf(u, Spec{Kind: InPlace})); err == nil {
			t.Error("two at the same time in one folder")
		}
		u.write("a.txt", "changed\n")
		u.write("new.txt", "new\n")
		must(t, os.Remove(filepath.Join(u.dir, "untracked.txt")))
		after := userState(t, u.dir)
		if got := short(diff(t, w)); !strings.Contains(got, "a.txt modified") || !strings.Contains(got, "new.txt added") {
			t.Errorf("got\n%s", got)
		}
		if _, err := w.Discard(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := userState(t, u.dir); got != before {
			t.Errorf("after discarding\n%s\nbefore\n%s", got, before)
		}
		if _, err := w.room.store.Restore(t.Context(), "7"); err != nil {
			t.Fatal(err)
		}
		if got := userState(t, u.dir); got != after {
			t.Errorf("restored\n%s\nbefore\n%s", got, after)
		}
		land(t, w, Landing{})
		if got := userState(t, u.dir); got != after {
			t.Errorf("landed\n%s\nbefore\n%s", got, after)
		}
	}
}

func TestTrash(t *testing.T) {
	u := newUser(t)
	u.write(".gitignore", "*.log\n")
	u.commit("ignore")
	w, _ := create(t, u, Spec{})
	s := w.room.store
	dir := w.Info().Dir
	write(t, filepath.Join(dir, "a.txt"), "changed\n")
	write(t, filepath.Join(dir, "x.log"), "ignored\n")
	must(t, os.MkdirAll(filepath.Join(dir, "locked"), 0o755))
	write(t, filepath.Join(dir, "locked/f.log"), "x")
	must(t, os.Chmod(filepath.Join(dir, "locked"), 0o555))
	before := strings.ReplaceAll(userState(t, dir), "symbolic-ref", "")
	branches := u.git("branch", "--list")

	if _, err := w.Discard(t.Context()); err != nil {
		t.Fatal(err)
	}
	if exists(dir) || strings.Contains(u.git("worktree", "list"), "drover") || strings.Contains(u.git("branch", "--list"), "drover") {
		t.Errorf("something is left: %s, %s", u.git("worktree", "list"), u.git("branch", "--list"))
	}
	restored, err := s.Restore(t.Context(), w.Info().ID)
	must(t, err)
	if got := strings.ReplaceAll(userState(t, dir), "symbolic-ref", ""); got != before || u.git("branch", "--list") != branches {
		t.Errorf("restored is\n%s\nof\n%s", got, before)
	}
	if got := (user{t, dir}).git("status", "--porcelain"); got != "M a.txt" {
		t.Errorf("git in it says %q", got)
	}
	if _, err := restored.Discard(t.Context()); err != nil {
		t.Fatal(err)
	}

	// The files of one in the trash may be lost; its snapshots are not.
	must(t, removeAll(restored.room.trash(restored.Info().Name)))
	if _, err := s.Restore(t.Context(), "7"); err != nil {
		t.Fatal(err)
	}
	if got := read(t, filepath.Join(dir, "a.txt")); got != "changed\n" {
		t.Errorf("got %q", got)
	}
	must(t, removeAll(dir)) // somebody removes the folder
	if _, _, err := restored.Snapshot(t.Context(), "x"); err == nil || !strings.Contains(err.Error(), "is gone") {
		t.Errorf("got %v", err)
	}
	if _, err := restored.Discard(t.Context()); err != nil {
		t.Fatal(err)
	}

	if removed, err := s.Prune(t.Context(), time.Now().Add(-Keep30Days)); err != nil || len(removed) > 0 {
		t.Errorf("removed %q, %v", removed, err)
	}
	if removed, err := s.Prune(t.Context(), time.Now().Add(time.Hour)); err != nil || len(removed) != 1 {
		t.Errorf("removed %q, %v", removed, err)
	}
	if got := u.git("for-each-ref", "--format=%(refname)"); got != "refs/heads/main" {
		t.Errorf("left is %s", got)
	}
	if _, err := s.Open(t.Context(), "7"); !errors.Is(err, ErrUnknown) {
		t.Errorf("got %v", err)
	}
}

// What exists is never taken over, and what is somebody else's is never removed.
func TestNamesAreNotTaken(t *testing.T) {
	u := newUser(t)
	u.git("branch", "drover/7-fix-it")
	u.git("update-ref", "refs/drover/7.2/5", "HEAD")
	s := New(filepath.Join(t.TempDir(), "worktrees"))
	w, _, err := s.Create(t.Context(), specOf(u, Spec{}))
	must(t, err)
	if got := w.Info(); got.Branch != "drover/7-fix-it-3" || got.Refs != "refs/drover/7.3" {
		t.Errorf("got %+v", got)
	}
	// A worktree of the user's on a disk that is not there stays registered.
	other := filepath.Join(t.TempDir(), "other")
	u.git("worktree", "add", "-q", "-b", "other", other)
	must(t, os.Rename(other, other+"-away"))
	if _, err := w.Discard(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Prune(t.Context(), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if got := u.git("worktree", "list"); !strings.Contains(got, other) {
		t.Errorf("registered are %s", got)
	}
	if got := u.git("branch", "--format=%(refname:short)"); got != "drover/7-fix-it\nmain\nother" {
		t.Errorf("the branches are %s", got)
	}
}

func TestSetup(t *testing.T) {
	u := newUser(t)
	u.write("setup.sh", "echo made > made.txt\necho to be seen\n")
	u.commit("setup")
	s := New(filepath.Join(t.TempDir(), "worktrees"))
	prepared := 0
	setup := Setup{Command: "sh ./setup.sh", Preparing: func(*Workspace) { prepared++ }}
	w, _, err := s.Create(t.Context(), specOf(u, Spec{Setup: setup}))
	consent, ok := errors.AsType[*ConsentError](err)
	if !ok || prepared > 0 || w.Info().State != Preparing || exists(filepath.Join(w.Info().Dir, "made.txt")) {
		t.Fatalf("got %v", err)
	}
	must(t, s.Allow(t.Context(), consent.Hash))
	must(t, w.Prepare(t.Context(), setup))
	if got := read(t, filepath.Join(w.Info().Dir, "made.txt")); got != "made\n" || prepared != 1 || w.Info().State != Ready {
		t.Errorf("got %q", got)
	}
	u.write("setup.sh", "echo $DROVER_SOURCE; exit 3\n")
	u.commit("other content")
	w, _, err = s.Create(t.Context(), specOf(u, Spec{Setup: setup}))
	if consent, ok = errors.AsType[*ConsentError](err); !ok {
		t.Fatalf("a script that has changed: %v", err)
	}
	must(t, s.Allow(t.Context(), consent.Hash))
	var failed *SetupError
	if err := w.Prepare(t.Context(), setup); !errors.As(err, &failed) || failed.Output != u.dir+"\n" {
		t.Errorf("got %v", err)
	}
	// A setup that does not come to an end is ended, with what it has started.
	ctx, cancel := context.WithCancel(t.Context())
	setup.Run = func(ctx context.Context, _, dir string, env []string, output io.Writer) error {
		cancel()
		return shell(ctx, "sleep 1000 & sleep 1000", dir, env, output)
	}
	if err := w.Prepare(ctx, setup); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestInclude(t *testing.T) {
	u := newUser(t)
	u.write(".gitignore", "*.env\nnode_modules/\nlinks/\n")
	u.write(".worktreeinclude", "*.env\nnode_modules/\nlinks/\nuntracked.txt\na.txt\n")
	u.commit("ignore")
	u.write("local.env", "SECRET=1\n")
	u.write("node_modules/x/index.js", "x\n")
	u.write("untracked.txt", "not ignored, so not copied\n")
	u.write("links/target", "target\n")
	must(t, os.Symlink("target", filepath.Join(u.dir, "links/inside")))
	must(t, os.Symlink("../../outside", filepath.Join(u.dir, "links/outside")))
	w, notes := create(t, u, Spec{})
	in := func(name string) string { return filepath.Join(w.Info().Dir, name) }
	if got := read(t, in("local.env")) + read(t, in("node_modules/x/index.js")) + read(t, in("links/inside")) + read(t, in("untracked.txt")); got != "SECRET=1\nx\ntarget\n-" {
		t.Errorf("got %q", got)
	}
	if got := strings.Join(notes, "\n"); exists(in("links/outside")) || !strings.Contains(got, "not copied: links/outside (it leads out of the workspace)") {
		t.Errorf("the notes are %q", got)
	}
	if got := short(diff(t, w)); got != "" {
		t.Errorf("the diff has %s", got)
	}
}

func TestSubmodulesAndSubfolder(t *testing.T) {
	lib := newUser(t)
	u := newUser(t)
	u.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", lib.dir, "lib")
	u.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", lib.dir, "empty")
	u.write("big.bin", "x")
	u.write(".gitattributes", "*.bin filter=lfs\n")
	u.commit("lib")
	u.git("config", "filter.lfs.smudge", "touch /executed")
	u.git("submodule", "deinit", "-q", "-f", "empty")
	must(t, removeAll(filepath.Join(u.dir, ".git/modules/empty")))
	w, notes := create(t, u, Spec{Source: filepath.Join(u.dir, "dir")})
	got := strings.Join(notes, "\n")
	if !strings.Contains(got, "submodules are there as files") || !strings.Contains(got, "not been fetched are empty: empty") ||
		!strings.Contains(got, "only pointers: big.bin") {
		t.Errorf("the notes are %q", got)
	}
	if w.Info().Work != filepath.Join(w.Info().Dir, "dir") {
		t.Errorf("work begins in %s", w.Info().Work)
	}
	if got := read(t, filepath.Join(w.Info().Dir, "lib/a.txt")); got != "one\ntwo\nthree\n" {
		t.Errorf("got %q", got)
	}
	write(t, filepath.Join(w.Info().Dir, "lib/a.txt"), "changed\n")
	if got := short(diff(t, w)); got != "" {
		t.Errorf("the diff has %s", got)
	}
	write(t, filepath.Join(w.Info().Dir, "a.txt"), "changed\n")
	land(t, w, Landing{})
	if got := u.git("status", "--porcelain"); got != "" {
		t.Errorf("the user has %q", got)
	}
}
