package workspace

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// origin is what the work starts from.
type origin struct {
	commit string
	branch string // the branch that the work can be landed on, without refs/heads/; empty for none
	notes  []string
}

// origin resolves what is asked for. It puts what it needs for that into the folder scratch, and removes it.
func (r *repository) origin(ctx context.Context, spec Spec, scratch string, l *lock) (o origin, err error) {
	if o.commit, o.branch, err = r.resolve(ctx, spec.Base); err != nil {
		return o, err
	}
	if spec.WithChanges && spec.Base != "" {
		return o, problem("uncommitted changes can only be added to what is checked out", "leave the base out, or start clean")
	}
	if r.top == "" {
		return o, nil
	}
	head, branch, err := r.resolve(ctx, "")
	if err != nil || head != o.commit || branch != o.branch {
		return o, nil // nothing is checked out that could differ from the base
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	g, err := r.contents(scratch, r.top, filepath.Join(scratch, "index"))
	if err != nil {
		return o, err
	}
	g.lock = l
	if err := os.WriteFile(filepath.Join(scratch, "HEAD"), []byte(head+"\n"), 0o600); err != nil {
		return o, err
	}
	if err := copyIndex(filepath.Join(r.gitDir, "index"), g.index); err != nil && !errors.Is(err, os.ErrNotExist) {
		return o, err
	}
	err = o.look(ctx, r, g, head, spec.WithChanges)
	return o, err
}

// look sees what is not committed, and makes a commit of it if it is wanted.
func (o *origin) look(ctx context.Context, r *repository, g git, head string, wanted bool) error {
	changed, unmerged, err := g.uncommitted(ctx)
	if err != nil {
		return err
	}
	busy := busyWith(r.gitDir)
	switch {
	case wanted && busy != "":
		return problem(fmt.Sprintf("%s is in progress in %s, so its uncommitted changes are not whole", busy, r.top),
			"finish it, or start clean")
	case wanted && unmerged > 0:
		return problem(fmt.Sprintf("%s in %s need to be merged first", count(unmerged, "file"), r.top), "merge them, or start clean")
	case wanted && changed > 0:
		tree, skipped, err := g.record(ctx)
		if err != nil {
			return err
		}
		o.notes = append(o.notes, leftOut(skipped)...)
		o.commit, err = g.commit(ctx, tree, "uncommitted changes in "+filepath.Base(r.top), head)
		return err
	case changed == 1:
		o.notes = append(o.notes, "1 uncommitted file is not in it")
	case changed > 1:
		o.notes = append(o.notes, count(changed, "uncommitted file")+" are not in it")
	}
	if busy != "" {
		o.notes = append(o.notes, fmt.Sprintf("%s is in progress in %s", busy, r.top))
	}
	return nil
}

// uncommitted counts the files that differ from the commit in the git folder's HEAD, untracked ones included, and those
// that are not merged.
func (g git) uncommitted(ctx context.Context) (changed, unmerged int, err error) {
	entries, err := g.fields(ctx, nil, "status", "--porcelain", "-z", "--untracked-files=all", "--ignore-submodules=all", "--no-renames")
	for _, entry := range entries {
		changed++
		if len(entry) > 2 && (strings.Contains(entry[:2], "U") || entry[:2] == "AA" || entry[:2] == "DD") {
			unmerged++
		}
	}
	return changed, unmerged, err
}
