// Workspaces measures what is done with the workspaces of tasks, beside what git takes for the like:
//
//	go run -C dispatcher/bench ./workspaces [-rounds 9] [-files 10000]
//
// It prints the diff of 3,000 files, the search for conflicts between ten workspaces, how long it is until a workspace of a
// large repository is ready, and how long a landing takes. Each number is the median of the rounds, of which those of
// drover and of git take turns; behind it are the fastest and the slowest.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"drover/agent/workspace"
)

func main() {
	b := bench{}
	flag.IntVar(&b.rounds, "rounds", 9, "how often to measure each")
	flag.IntVar(&b.files, "files", 10000, "files of the large repository")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := b.run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "workspaces:", err)
		os.Exit(1) //nolint:gocritic // what is deferred only gives the signal back
	}
}

type bench struct {
	rounds, files int
	dir           string
}

func (b *bench) run(ctx context.Context) (err error) {
	if b.dir, err = os.MkdirTemp("", "drover-bench-workspaces"); err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	for _, one := range []func(context.Context) error{b.diffs, b.conflicts, b.ready, b.landing} {
		if err := one(ctx); err != nil {
			return err
		}
	}
	return nil
}

// times are how long something took, round by round.
type times []time.Duration

func (t times) median() time.Duration {
	sorted := slices.Sorted(slices.Values(t))
	return sorted[len(sorted)/2]
}

func (t times) String() string {
	return fmt.Sprintf("%7.1f ms (%.1f to %.1f)", ms(t.median()), ms(slices.Min(t)), ms(slices.Max(t)))
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// measure takes the time of each round of something.
func (b *bench) measure(do func() error) (all times, err error) {
	for range b.rounds {
		begun := time.Now()
		if err := do(); err != nil {
			return nil, err
		}
		all = append(all, time.Since(begun))
	}
	return all, nil
}

// git runs git as the user does.
func git(ctx context.Context, dir string, args ...string) error {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("git %s: %w: %s", strings.Join(args, " "), err, out)
	}
	return nil
}

// repository makes a repository of so many files, in folders of a hundred.
func (b *bench) repository(ctx context.Context, name string, files int) (string, error) {
	dir := filepath.Join(b.dir, name)
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return "", err
	}
	for i := range files {
		if err := put(file(dir, i), fmt.Sprintf("package p%d\n", i)+strings.Repeat("// a line of a file\n", 40)); err != nil {
			return "", err
		}
	}
	for _, args := range [][]string{
		{"init", "-q", "-b", "main"}, {"config", "user.name", "bench"}, {"config", "user.email", "bench@localhost"},
		{"config", "gc.auto", "0"}, {"add", "-A"}, {"commit", "-q", "-m", "first"}, {"gc", "-q"},
	} {
		if err := git(ctx, dir, args...); err != nil {
			return "", err
		}
	}
	return dir, nil
}

func file(dir string, i int) string {
	return filepath.Join(dir, fmt.Sprintf("dir%d", i/100), fmt.Sprintf("file%d.go", i))
}

func put(path, content string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(content), 0o600)
}

// change changes a line of a file.
func change(dir string, i int, line string) error {
	return put(file(dir, i), fmt.Sprintf("package p%d\n%s\n", i, line)+strings.Repeat("// a line of a file\n", 40))
}

func (b *bench) store() *workspace.Store { return workspace.New(filepath.Join(b.dir, "worktrees")) }

func (b *bench) create(ctx context.Context, source string, serial int) (*workspace.Workspace, error) {
	w, _, err := b.store().Create(ctx, workspace.Spec{Source: source, Serial: uint64(serial)})
	return w, err
}

const small = 3000 // files

// diffs measures the diff of a repository in which little has changed, and that of one in which every file has.
func (b *bench) diffs(ctx context.Context) error {
	dir, err := b.repository(ctx, "small", small)
	if err != nil {
		return err
	}
	w, err := b.create(ctx, dir, 1)
	if err != nil {
		return err
	}
	round := 0
	for _, changed := range []int{10, small} {
		first, again := times{}, times{}
		for range b.rounds {
			round++
			for i := range changed {
				if err := change(w.Info().Dir, i, fmt.Sprintf("// %d", round)); err != nil {
					return err
				}
			}
			for _, into := range []*times{&first, &again} {
				begun := time.Now()
				d, err := w.Diff(ctx)
				if err != nil || len(d.Files) != changed {
					return fmt.Errorf("the diff is wrong: %w", err)
				}
				*into = append(*into, time.Since(begun))
			}
		}
		fmt.Printf("diff, %4d of %d files changed           %v\n", changed, small, first)
		fmt.Printf("  the same again                          %v\n", again)
	}
	return nil
}

const rivals = 10 // workspaces

// conflicts measures the search for conflicts between workspaces that all change the same files.
func (b *bench) conflicts(ctx context.Context) error {
	dir := filepath.Join(b.dir, "small")
	for i := range rivals {
		w, err := b.create(ctx, dir, 100+i)
		if err != nil {
			return err
		}
		for f := range 20 {
			if err := change(w.Info().Dir, f, fmt.Sprintf("// of %d", i)); err != nil {
				return err
			}
		}
		if _, _, err := w.Snapshot(ctx, "a round"); err != nil {
			return err
		}
	}
	found := 0
	all, err := b.measure(func() error {
		conflicts, err := b.store().Conflicts(ctx)
		found = len(conflicts)
		return err
	})
	if err == nil {
		fmt.Printf("conflicts of %d workspaces, %d found     %v\n", rivals, found, all)
	}
	return err
}

// ready measures how long it takes until a workspace of a large repository can be worked in.
func (b *bench) ready(ctx context.Context) error {
	dir, err := b.repository(ctx, "large", b.files)
	if err != nil {
		return err
	}
	var ours, gits times
	for i := range b.rounds {
		begun := time.Now()
		w, err := b.create(ctx, dir, 1000+i)
		if err != nil {
			return err
		}
		ours = append(ours, time.Since(begun))
		if _, err := w.Discard(ctx); err != nil {
			return err
		}
		other := filepath.Join(b.dir, fmt.Sprintf("plain%d", i))
		begun = time.Now()
		if err := git(ctx, dir, "worktree", "add", "-q", "-b", fmt.Sprintf("plain%d", i), other); err != nil {
			return err
		}
		gits = append(gits, time.Since(begun))
		if err := git(ctx, dir, "worktree", "remove", "--force", other); err != nil {
			return err
		}
	}
	if _, err := b.store().Prune(ctx, time.Now().Add(time.Hour)); err != nil {
		return err
	}
	compare(fmt.Sprintf("a workspace of %d files", b.files), ours, "git worktree add", gits)
	return nil
}

// landing measures a landing of ten files, beside git merge --squash and git commit.
func (b *bench) landing(ctx context.Context) error {
	dir := filepath.Join(b.dir, "large")
	var ours, gits times
	for i := range b.rounds {
		w, err := b.create(ctx, dir, 2000+i)
		if err != nil {
			return err
		}
		for f := range 10 {
			if err := change(w.Info().Dir, f, fmt.Sprintf("// landed %d", i)); err != nil {
				return err
			}
		}
		if _, _, err := w.Snapshot(ctx, "the last round"); err != nil { // as there is one when a task has ended
			return err
		}
		begun := time.Now()
		if _, err := w.Land(ctx, workspace.Landing{}); err != nil {
			return err
		}
		ours = append(ours, time.Since(begun))

		branch := fmt.Sprintf("squash%d", i)
		for _, args := range [][]string{{"checkout", "-q", "-b", branch}, {"commit", "-q", "-a", "-m", "x", "--allow-empty"}} {
			if err := git(ctx, dir, args...); err != nil {
				return err
			}
		}
		for f := range 10 {
			if err := change(dir, f, fmt.Sprintf("// squashed %d", i)); err != nil {
				return err
			}
		}
		for _, args := range [][]string{{"commit", "-q", "-a", "-m", "x"}, {"checkout", "-q", "main"}} {
			if err := git(ctx, dir, args...); err != nil {
				return err
			}
		}
		begun = time.Now()
		if err := git(ctx, dir, "merge", "-q", "--squash", branch); err != nil {
			return err
		}
		gits = append(gits, time.Since(begun))
		if err := git(ctx, dir, "commit", "-q", "-m", "squashed"); err != nil {
			return err
		}
	}
	compare("a landing of 10 files", ours, "git merge --squash", gits)
	return nil
}

func compare(what string, ours times, other string, gits times) {
	fmt.Printf("%-41s %v\n  %-39s %v\n  ratio of the medians                    %7.2f\n", what, ours, other, gits,
		ms(ours.median())/ms(gits.median()))
}
