//go:build unix

package workspace

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// user is the user's repository in a test, and git as the user runs it.
type user struct {
	t   *testing.T
	dir string
}

// TestMain has all git of the tests read no configuration of this machine.
func TestMain(m *testing.M) {
	if encoded := os.Getenv("DROVER_TEST_OPERATION"); encoded != "" {
		operate(encoded)
	}
	home, err := os.MkdirTemp("", "drover-test-home")
	if err != nil {
		panic(err)
	}
	for name, value := range map[string]string{"HOME": home, "XDG_CONFIG_HOME": home, "GIT_CONFIG_NOSYSTEM": "1"} {
		os.Setenv(name, value)
	}
	code := m.Run()
	os.RemoveAll(home)
	os.Exit(code)
}

// newUser makes a repository with one commit of two files.
func newUser(t *testing.T) user {
	t.Helper()
	u := user{t, filepath.Join(t.TempDir(), "repo")}
	if err := os.Mkdir(u.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	u.git("init", "-q", "-b", "main")
	u.git("config", "user.name", "A User")
	u.git("config", "user.email", "user@example.com")
	u.write("a.txt", "one\ntwo\nthree\n")
	u.write("dir/b.txt", "b\n")
	u.commit("first")
	return u
}

func (u user) git(args ...string) string {
	u.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = u.dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		u.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

func (u user) write(name, content string) { write(u.t, filepath.Join(u.dir, name), content) }

func (u user) read(name string) string { return read(u.t, filepath.Join(u.dir, name)) }

func (u user) commit(message string) string {
	u.t.Helper()
	u.git("add", "-A")
	u.git("commit", "-q", "--allow-empty", "-m", message)
	return u.git("rev-parse", "HEAD")
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// read returns the content of a file, or a dash if there is none.
func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return "-"
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// create makes a workspace for task 7.
func create(t *testing.T, u user, spec Spec) (*Workspace, []string) {
	t.Helper()
	w, notes, err := New(filepath.Join(t.TempDir(), "worktrees")).Create(t.Context(), specOf(u, spec))
	if err != nil {
		t.Fatal(err)
	}
	return w, notes
}

func specOf(u user, spec Spec) Spec {
	if spec.Source == "" {
		spec.Source = u.dir
	}
	spec.Serial, spec.Slug = 7, "Fix it!"
	return spec
}

func snapshot(t *testing.T, w *Workspace, message string) Snapshot {
	t.Helper()
	s, notes, err := w.Snapshot(t.Context(), message)
	if err != nil {
		t.Fatal(err)
	}
	if len(notes) > 0 {
		t.Log(notes)
	}
	return s
}

func TestWorktreeAndSnapshots(t *testing.T) {
	u := newUser(t)
	u.write("new.txt", "not committed\n")
	w, notes := create(t, u, Spec{})
	info := w.Info()
	if got := strings.Join(notes, "; "); got != "1 uncommitted file is not in it" {
		t.Errorf("the notes are %q", got)
	}
	if info.Branch != "drover/7-fix-it" || info.Target != "main" || info.State != Ready || info.Base != u.git("rev-parse", "main") {
		t.Errorf("got %+v", info)
	}
	in := func(name string) string { return filepath.Join(info.Dir, name) }
	if got := read(t, in("a.txt")) + read(t, in("new.txt")); got != "one\ntwo\nthree\n-" {
		t.Errorf("got %q", got)
	}
	agent := user{t, info.Dir}
	if got := agent.git("status", "--porcelain"); got != "" {
		t.Errorf("git in the workspace says %q", got)
	}

	write(t, in("a.txt"), "ONE\ntwo\nthree\n")
	write(t, in("deep/new.txt"), "new\n")
	first := snapshot(t, w, "round 1")
	if err := os.Remove(in("a.txt")); err != nil {
		t.Fatal(err)
	}
	write(t, in("deep/new.txt"), "newer\n")
	snapshot(t, w, "round 2")
	if got := u.git("ls-tree", "-r", "--name-only", "refs/drover/7/2"); got != "deep/new.txt\ndir/b.txt" {
		t.Errorf("snapshot 2 has %q", got)
	}
	if _, err := w.Restore(t.Context(), first.Number); err != nil {
		t.Fatal(err)
	}
	if got := read(t, in("a.txt")) + read(t, in("deep/new.txt")); got != "ONE\ntwo\nthree\nnew\n" {
		t.Errorf("after going back: %q", got)
	}
	all, err := w.Snapshots(t.Context())
	if err != nil || len(all) != 4 || all[1].Message != "round 1" || all[1].Base != info.Base || all[0].Commit != info.Base {
		t.Errorf("the snapshots are %+v, %v", all, err)
	}
}
