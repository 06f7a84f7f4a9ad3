//go:build unix

package workspace

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// trap is a way to have git run a program. The bite shows that it works: git as anybody runs it falls for it.
type trap struct {
	name  string
	plant func(u user, w *Workspace, program string)
	bite  func(u user, w *Workspace) *exec.Cmd
	hides bool // other traps
}

// gitIn is git as anybody runs it.
func gitIn(dir string, args ...string) *exec.Cmd {
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	return cmd
}

func inWorkspace(args ...string) func(user, *Workspace) *exec.Cmd {
	return func(_ user, w *Workspace) *exec.Cmd { return gitIn(w.Info().Dir, args...) }
}

// add adds a line to a file.
func add(t *testing.T, path, line string) {
	t.Helper()
	before := ""
	if exists(path) {
		before = read(t, path)
	}
	write(t, path, before+line+"\n")
}

// attribute has the workspace say something of a file.
func attribute(w *Workspace, t *testing.T, line string) {
	t.Helper()
	add(t, filepath.Join(w.Info().Dir, ".gitattributes"), line)
}

var traps = []trap{
	{"filter", func(u user, w *Workspace, program string) {
		u.git("config", "filter.plain.clean", program)
		u.git("config", "filter.plain.smudge", program)
		attribute(w, u.t, "a.txt filter=plain")
	}, inWorkspace("add", "-A"), false},
	{"filter process", func(u user, w *Workspace, program string) {
		u.git("config", "filter.long.process", program)
		attribute(w, u.t, "b.txt filter=long")
	}, inWorkspace("add", "-A"), false},
	{"filter in included file", func(u user, _ *Workspace, program string) {
		u.write(".git/more", "[filter \"included\"]\n\tclean = "+program+"\n")
		u.git("config", "include.path", "more")
		add(u.t, filepath.Join(u.dir, ".git/info/attributes"), "c.txt filter=included")
	}, inWorkspace("add", "-A"), false},
	{"filter in the worktree's configuration", func(u user, w *Workspace, program string) {
		u.git("config", "extensions.worktreeConfig", "true")
		write(u.t, filepath.Join(w.Info().Admin, "config.worktree"),
			"[filter \"own\"]\n\tclean = "+program+"\n[core]\n\tattributesFile = "+u.dir+"/.git/attr\n")
		u.write(".git/attr", "d.txt filter=own\n")
	}, inWorkspace("add", "-A"), false},
	{"hooks", func(u user, _ *Workspace, program string) {
		for _, hook := range []string{"post-checkout", "reference-transaction", "post-index-change", "pre-commit", "post-merge", "pre-auto-gc"} {
			u.write(".git/hooks/"+hook, "#!/bin/sh\n"+program+"\n")
			must(u.t, os.Chmod(filepath.Join(u.dir, ".git/hooks", hook), 0o755))
		}
	}, inWorkspace("update-ref", "refs/heads/bitten", "HEAD"), false},
	{"hooks folder", func(u user, w *Workspace, program string) {
		hook := filepath.Join(w.Info().Dir, "hooks/post-index-change")
		write(u.t, hook, "#!/bin/sh\n"+program+"\n")
		must(u.t, os.Chmod(hook, 0o755))
		u.git("config", "core.hooksPath", filepath.Dir(hook))
	}, inWorkspace("add", "-A"), true},
	{"monitor", func(u user, _ *Workspace, program string) { u.git("config", "core.fsmonitor", program) }, inWorkspace("status"), false},
	{"external diff", func(u user, _ *Workspace, program string) { u.git("config", "diff.external", program) }, inWorkspace("diff"), true},
	{"diff command", func(u user, w *Workspace, program string) {
		u.git("config", "diff.command.command", program)
		attribute(w, u.t, "a.txt diff=command")
	}, inWorkspace("diff"), false},
	{"text converter", func(u user, w *Workspace, program string) {
		u.git("config", "diff.converter.textconv", program)
		attribute(w, u.t, "b.txt diff=converter")
	}, inWorkspace("diff"), false},
	{"merge driver", func(u user, w *Workspace, program string) {
		u.git("config", "merge.driven.driver", program)
		add(u.t, filepath.Join(u.dir, ".git/info/attributes"), "b.txt merge=driven")
	}, func(u user, w *Workspace) *exec.Cmd {
		script := `git add -A && git commit -qm x && git checkout -q -b side HEAD^ && echo side > dir/b.txt && git commit -qam side && git merge -q @{-1}`
		cmd := exec.Command("sh", "-c", script)
		cmd.Dir = w.Info().Dir
		return cmd
	}, false},
	{"signature", func(u user, _ *Workspace, program string) {
		u.git("config", "commit.gpgSign", "true")
		u.git("config", "gpg.program", program)
	}, inWorkspace("commit", "--allow-empty", "-m", "x"), false},
	{"repository in the workspace", func(u user, w *Workspace, program string) {
		sub := user{u.t, filepath.Join(w.Info().Dir, "sub")}
		must(u.t, os.Mkdir(sub.dir, 0o755))
		sub.git("init", "-q")
		sub.git("-c", "user.name=x", "-c", "user.email=x", "commit", "-q", "--allow-empty", "-m", "x")
		sub.git("config", "core.fsmonitor", program)
		// As if it were a submodule of the base.
		(user{u.t, w.Info().Dir}).git("update-index", "--add", "--cacheinfo", "160000,"+sub.git("rev-parse", "HEAD")+",sub")
	}, inWorkspace("status"), false},
	{"git folder of the workspace", func(u user, w *Workspace, program string) {
		evil := user{u.t, filepath.Join(w.Info().Dir, "evil")}
		must(u.t, os.Mkdir(evil.dir, 0o755))
		evil.git("init", "-q", "--bare")
		evil.git("config", "core.bare", "false")
		evil.git("config", "core.worktree", w.Info().Dir)
		evil.git("config", "core.fsmonitor", program)
		write(u.t, filepath.Join(w.Info().Dir, ".git"), "gitdir: "+evil.dir+"\n")
	}, inWorkspace("status"), true},
	{"transport", func(u user, w *Workspace, program string) {
		u.git("config", "remote.origin.url", "ext::"+program)
		u.git("config", "remote.origin.promisor", "true")
		u.git("config", "protocol.ext.allow", "always")
		u.git("config", "core.sshCommand", program)
	}, inWorkspace("cat-file", "-p", strings.Repeat("1", 40)), false},
}

// everything does all that can be done with a workspace. What fails does not matter here.
func everything(t *testing.T, u user, w *Workspace) {
	t.Helper()
	ctx := t.Context()
	s := w.room.store
	_, _, err := w.Snapshot(ctx, "round 1")
	must(t, err)
	d, err := w.Diff(ctx)
	must(t, err)
	_, _ = w.Revert(ctx, Choice{Tree: d.Tree, Path: "dir/b.txt"})
	_, err = w.Restore(ctx, 1)
	must(t, err)
	u.git("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "update-ref", "refs/heads/main", "main^")
	_, _ = w.BringUpToDate(ctx)
	_, _ = s.Conflicts(ctx)
	other, _, err := s.Create(ctx, specOf(u, Spec{WithChanges: true}))
	if err == nil {
		_, err = other.Discard(ctx)
	}
	must(t, err)
	for _, mode := range []Mode{Squash, Merge, Rebase, Keep} {
		_, _ = w.Land(ctx, Landing{Mode: mode})
		_, _ = w.UndoLanding(ctx)
	}
	_, err = w.Discard(ctx)
	must(t, err)
	_, err = s.Restore(ctx, w.Info().ID)
	must(t, err)
	_, err = w.Discard(ctx)
	must(t, err)
	_, err = s.Prune(ctx, time.Now().Add(time.Hour))
	must(t, err)
}

// inTrap makes a workspace with changes, in a repository that a trap can be planted in.
func inTrap(t *testing.T) (user, *Workspace) {
	t.Helper()
	u := newUser(t)
	for _, name := range []string{"dir/b.txt", "c.txt", "d.txt"} {
		u.write(name, "second\n")
	}
	u.commit("second")
	w, _ := create(t, u, Spec{})
	for _, name := range []string{"a.txt", "dir/b.txt", "c.txt", "d.txt"} {
		write(t, filepath.Join(w.Info().Dir, name), "changed\n")
	}
	return u, w
}

// program makes a program that leaves a file when it runs.
func program(t *testing.T) (path, canary string) {
	t.Helper()
	dir := t.TempDir()
	path, canary = filepath.Join(dir, "program"), filepath.Join(dir, "executed")
	write(t, path, "#!/bin/sh\ntouch "+canary+"\nexit 1\n")
	must(t, os.Chmod(path, 0o755))
	return path, canary
}

// Nothing that a workspace or a repository can configure is run by drover's git. Some traps hide others, so they are not
// all planted at once.
func TestNothingIsExecuted(t *testing.T) {
	t.Parallel()
	for _, hiding := range []bool{false, true} {
		t.Run(fmt.Sprintf("hiding=%v", hiding), func(t *testing.T) {
			t.Parallel()
			u, w := inTrap(t)
			canaries := make(map[string]string)
			for _, trap := range traps {
				if trap.hides == hiding {
					path, canary := program(t)
					canaries[trap.name] = canary
					trap.plant(u, w, path)
				}
			}
			for _, canary := range canaries { // planting may have sprung some
				must(t, os.RemoveAll(canary))
			}
			everything(t, u, w)
			for name, canary := range canaries {
				if exists(canary) {
					t.Errorf("%s: drover's git has run it", name)
				}
			}
		})
	}
}

// The traps are traps.
func TestTrapsBite(t *testing.T) {
	t.Parallel()
	for _, trap := range traps {
		t.Run(trap.name, func(t *testing.T) {
			t.Parallel()
			u, w := inTrap(t)
			path, canary := program(t)
			trap.plant(u, w, path)
			out, _ := trap.bite(u, w).CombinedOutput()
			if !exists(canary) {
				t.Errorf("it does not work: %s", out)
			}
		})
	}
}

// Whatever the workspace has in the place of a folder, nothing outside is written.
func TestNothingOutsideIsWritten(t *testing.T) {
	u := newUser(t)
	w, _ := create(t, u, Spec{})
	outside := filepath.Join(t.TempDir(), "outside")
	write(t, filepath.Join(outside, "b.txt"), "outside\n")
	must(t, removeAll(filepath.Join(w.Info().Dir, "dir")))
	must(t, os.Symlink(outside, filepath.Join(w.Info().Dir, "dir")))
	d := diff(t, w)
	if got := short(d); got != "dir added +1 -0 whole\ndir/b.txt deleted +0 -1 whole" {
		t.Errorf("the diff is %s", got)
	}
	_, err := w.Revert(t.Context(), Choice{Tree: d.Tree, Path: "dir/b.txt"})
	t.Log(err)
	must(t, os.WriteFile(filepath.Join(w.Info().Dir, "a.txt"), nil, 0o644))
	if _, err := w.Restore(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	if got := read(t, filepath.Join(outside, "b.txt")); got != "outside\n" {
		t.Errorf("outside is %q", got)
	}
	if info, err := os.Lstat(filepath.Join(w.Info().Dir, "dir")); err != nil || !info.IsDir() {
		t.Error("the folder is not there again")
	}
	// The bite: whoever writes without looking writes there.
	must(t, removeAll(filepath.Join(w.Info().Dir, "dir")))
	must(t, os.Symlink(outside, filepath.Join(w.Info().Dir, "dir")))
	write(t, filepath.Join(w.Info().Dir, "dir/b.txt"), "written through\n")
	if got := read(t, filepath.Join(outside, "b.txt")); got != "written through\n" {
		t.Errorf("outside is %q", got)
	}
}

// Variables of the environment do not lead git astray.
func TestEnvironment(t *testing.T) {
	u := newUser(t)
	other := newUser(t)
	before := userState(t, other.dir)
	for name, value := range map[string]string{
		"GIT_DIR": other.dir + "/.git", "GIT_WORK_TREE": other.dir, "GIT_INDEX_FILE": other.dir + "/.git/index",
		"GIT_EXTERNAL_DIFF": "false", "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.bare", "GIT_CONFIG_VALUE_0": "true",
		"GIT_OBJECT_DIRECTORY": other.dir,
	} {
		t.Setenv(name, value)
	}
	w, _, err := New(filepath.Join(t.TempDir(), "worktrees")).Create(t.Context(), specOf(u, Spec{}))
	must(t, err)
	write(t, filepath.Join(w.Info().Dir, "a.txt"), "one\n")
	if got := short(diff(t, w)); got != "a.txt modified +0 -2" {
		t.Errorf("the diff is %s", got)
	}
	land(t, w, Landing{})
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); strings.HasPrefix(name, "GIT_") && name != "GIT_CONFIG_NOSYSTEM" {
			must(t, os.Unsetenv(name))
		}
	}
	if got := u.read("a.txt") + u.git("status", "--porcelain"); got != "one\n" {
		t.Errorf("got %q", got)
	}
	if after := userState(t, other.dir); after != before {
		t.Errorf("the other repository was\n%s\nand is\n%s", before, after)
	}
}

// An agent that has git at work, or that was killed in the middle of it, is in nobody's way.
func TestIndexLockOfTheAgent(t *testing.T) {
	u := newUser(t)
	w, _ := create(t, u, Spec{})
	held := filepath.Join(w.Info().Admin, "index.lock")
	write(t, held, "")
	write(t, filepath.Join(w.Info().Dir, "a.txt"), "one\n")
	if err := gitIn(w.Info().Dir, "add", "-A").Run(); err == nil {
		t.Error("the trap does not work")
	}
	snapshot(t, w, "round 1")
	if got := short(diff(t, w)); got != "a.txt modified +0 -2" {
		t.Errorf("the diff is %s", got)
	}
	u.write("dir/b.txt", "moved on\n")
	u.commit("moved on")
	if _, err := w.BringUpToDate(t.Context()); err != nil {
		t.Fatal(err)
	}
	land(t, w, Landing{})
	if got := read(t, held); got != "" {
		t.Errorf("the lock is %q", got)
	}
	if got := u.read("a.txt"); got != "one\n" {
		t.Errorf("got %q", got)
	}
}

// A git that is gone too far is ended, with what keeps its output open.
func TestTimeLimit(t *testing.T) {
	dir := t.TempDir()
	slow := filepath.Join(dir, "git")
	write(t, slow, "#!/bin/sh\nsleep 1000 &\nexit 0\n")
	must(t, os.Chmod(slow, 0o755))
	begun := time.Now()
	if err := (git{cwd: dir}).start(t.Context(), slow, nil, &strings.Builder{}, "version"); err != nil {
		t.Error(err)
	}
	if took := time.Since(begun); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestVersions(t *testing.T) {
	for text, want := range map[string]string{
		"git version 2.38.0\n": "", "git version 2.39.5 (Apple Git-154)\n": "", "git version 3.0.1.windows.1\n": "",
		"git version 2.37.9\n": "git 2.37 is too old: workspaces need git 2.38 or newer; update git",
		"something\n":          `git does not say its version, but "something"; install git 2.38 or newer`,
	} {
		got := ""
		if err := checkVersion(text); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q: got %q", text, got)
		}
	}
	t.Setenv("PATH", t.TempDir())
	if _, _, err := New(t.TempDir()).Create(t.Context(), Spec{Source: t.TempDir(), Serial: 1}); err == nil || !strings.HasPrefix(err.Error(), "git is not installed") {
		t.Errorf("got %v", err)
	}
}

// The user's own configuration of all repositories is not run either.
func TestUsersConfiguration(t *testing.T) {
	u, w := inTrap(t)
	path, canary := program(t)
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CONFIG_HOME", home)
	write(t, filepath.Join(home, "attributes"), "* filter=own diff=own\n")
	write(t, filepath.Join(home, ".gitconfig"), "[core]\n\tattributesFile = "+home+"/attributes\n\tfsmonitor = "+path+
		"\n[filter \"own\"]\n\tclean = "+path+"\n\tsmudge = "+path+"\n[diff \"own\"]\n\ttextconv = "+path+"\n")
	snapshot(t, w, "round 1")
	_ = diff(t, w)
	if _, _, err := w.room.store.Create(t.Context(), specOf(u, Spec{WithChanges: true})); err != nil {
		t.Fatal(err)
	}
	_, err := w.Land(t.Context(), Landing{})
	if err == nil || !strings.Contains(err.Error(), "goes through the filter own, which drover does not run") {
		t.Errorf("got %v", err)
	}
	if exists(canary) {
		t.Error("drover's git has run it")
	}
	_ = gitIn(w.Info().Dir, "add", "-A").Run()
	if !exists(canary) {
		t.Error("the trap does not work")
	}
}
