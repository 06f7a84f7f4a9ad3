//go:build unix

package cli

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"drover/agent/workspace"
)

// From a workspace with a change to a branch with it, and back, by commands alone.
func TestWorkspaces(t *testing.T) {
	state, dir := t.TempDir(), filepath.Join(t.TempDir(), "repo")
	t.Setenv("HOME", state)
	t.Setenv("XDG_CONFIG_HOME", state)
	git := func(args ...string) string {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-c", "user.name=x", "-c", "user.email=x"}, args...)...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %q: %v: %s", args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	write := func(folder, content string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(folder, "a.txt"), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	drover := func(want string, args ...string) {
		t.Helper()
		cmd := New()
		var out bytes.Buffer
		cmd.SetArgs(append(args, "--state-dir", state))
		cmd.SetOut(&out)
		cmd.SetErr(&out)
		if err := cmd.ExecuteContext(t.Context()); err != nil {
			out.WriteString(err.Error())
		}
		if !strings.Contains(out.String(), want) {
			t.Errorf("drover %q printed\n%s\nwithout\n%s", args, &out, want)
		}
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	git("init", "-q", "-b", "main")
	write(dir, "one\n")
	git("add", "-A")
	git("commit", "-q", "-m", "first")

	drover("there are no workspaces", "worktrees")
	drover("there is no workspace 7", "land", "7")
	store := workspace.New(filepath.Join(state, worktreesFolder))
	w, _, err := store.Create(t.Context(), workspace.Spec{Source: dir, Serial: 7, Slug: "count"})
	if err != nil {
		t.Fatal(err)
	}
	drover("has no change to land", "land", "7")
	write(w.Info().Dir, "two\x1b[31m\n")
	drover("-one\n+two", "diff", "#7")
	drover("modified     +1    -1  a.txt\n1 file, +1 -1", "diff", "--stat", "7-count")
	drover("7-count               worktree  ready", "worktrees")
	drover("does not pass: exit 3: exit status 3", "land", "--verify", "exit 3", "7")
	drover("main has the change: ", "land", "--verify", "grep two a.txt", "-m", "Count on", "7")
	if got := git("log", "-1", "--format=%s"); got != "Count on" {
		t.Errorf("landed is %q", got)
	}
	drover("main is as it was before", "land", "--undo", "7")
	drover("7-count is in the trash", "discard", "7")
	drover("is in the trash; drover worktrees restore 7-count", "diff", "7")
	drover(`"state":"trashed"`, "worktrees", "--json")
	drover("7-count is back in "+w.Info().Dir, "worktrees", "restore", "7")
	drover("main has the change: ", "land", "7")
	drover("moved to the trash: 1; removed from it: 0", "worktrees", "clean")
	drover("moved to the trash: 0; removed from it: 1", "worktrees", "clean", "--older-than", "1ns")
	drover("there are no workspaces", "worktrees")
	if got := git("status", "--porcelain") + git("for-each-ref", "--format=%(refname)"); got != "refs/heads/main" {
		t.Errorf("left is %q", got)
	}
}
