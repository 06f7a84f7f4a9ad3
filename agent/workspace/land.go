package workspace

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"drover/agent/safetext"
)

// Land takes the change over. The present state is kept by a snapshot before. Nothing of the user's that is not committed is
// touched: if the change needs a file that the user has changed too, or if a merge or rebase is in progress there, the error
// says so and nothing has happened. Landings on one repository wait for each other.
//
// The error is a *ConflictError if somebody has to decide (see [Workspace.BringUpToDate]), a *VerifyError if the check
// fails, and matches ErrNothing if there is no change.
//
// For a copy the source takes the place of the target; of the modes it has Squash, without a commit. In place everything
// is there already, and landing says only that it is to stay.
func (w *Workspace) Land(ctx context.Context, how Landing) (done LandedChange, err error) {
	if how.Mode == "" {
		how.Mode = Squash
	}
	free, err := w.Occupy()
	if err != nil {
		return done, err
	}
	defer free()
	turn, err := takeLock(ctx, filepath.Join(w.room.dir, landingLock))
	if err != nil {
		return done, err
	}
	defer turn.release()
	switch w.Info().Kind {
	case Worktree:
		return w.landWorktree(ctx, how)
	case Copy, InPlace:
		if how.Mode != Squash {
			return done, problem(fmt.Sprintf("what is not a worktree cannot be landed by %s", how.Mode), "use squash")
		}
		return w.landFiles(ctx, how)
	}
	return done, problem("the workspace is of no known kind", "")
}

// attempts is how often a landing begins again because the target has moved on while it was verified.
const attempts = 5

func (w *Workspace) landWorktree(ctx context.Context, how Landing) (done LandedChange, err error) {
	for range attempts {
		var p *plan
		if p, err = w.plan(ctx, how); err != nil {
			return done, err
		}
		if how.Mode == Keep {
			return w.keep(ctx, p)
		}
		if how.Verify != nil {
			if p, err = w.verify(ctx, how, p); err != nil {
				return done, err
			}
		}
		done, err = w.carryOut(ctx, p)
		if !errors.Is(err, errMoved) {
			return done, err
		}
	}
	return done, problem(fmt.Sprintf("%s moves on faster than the change is verified", w.Info().Target), "land it again")
}

// plan is a landing as it would be on the target as it is.
type plan struct {
	how      Landing
	target   string // the branch
	old      string // its commit
	new      string // what it is to become
	tree     string // the tree of that
	tip      string // the change as a commit of the workspace's branch
	snapshot Snapshot
	landed   string // the tree of the part of the workspace that is landed
	notes    []string
}

func (p *plan) ref() string { return "refs/heads/" + p.target }

// plan snapshots the workspace and merges it with the target, in memory.
func (w *Workspace) plan(ctx context.Context, how Landing) (p *plan, err error) {
	p = &plan{how: how}
	err = w.locked(ctx, func(g git) error {
		info := w.Info()
		switch info.State {
		case Ready, Landed:
		default:
			return problem(fmt.Sprintf("the workspace is %s", info.State), "restore it first")
		}
		if p.target = how.Target; p.target == "" {
			p.target = info.Target
		}
		if p.target == "" && how.Mode != Keep {
			return problem("the work did not begin on a branch", "name the branch to land on, or keep its own branch")
		}
		if p.snapshot, p.notes, err = w.snapshot(ctx, g, "before landing"); err != nil {
			return err
		}
		if p.landed, err = w.landedPart(ctx, g, how, p.snapshot.Tree); err != nil {
			return err
		}
		base, err := g.treeOf(ctx, info.Base)
		if err != nil {
			return err
		}
		own := w.commits(ctx, g)
		if p.landed == base && own == info.Base {
			return &Error{What: "the workspace has no change to land", Err: ErrNothing}
		}
		message := how.Message
		if message == "" {
			message = fmt.Sprintf("Task %d: %s", info.Serial, strings.TrimPrefix(info.Name, fmt.Sprintf("%d-", info.Serial)))
		}
		p.tip = own
		if tree, err := g.treeOf(ctx, own); err != nil || tree != p.landed {
			if p.tip, err = g.commit(ctx, p.landed, message, own); err != nil {
				return err
			}
		}
		if how.Mode == Keep {
			return nil
		}
		if p.old, err = w.refs().line(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", p.ref()); err != nil {
			return problem(fmt.Sprintf("there is no branch %s", safetext.Line(p.target, 0)), "name one that there is")
		}
		return w.merged(ctx, g, p, message, own)
	})
	return p, err
}

// landedPart returns the tree that is to be landed: all, or what was accepted.
func (w *Workspace) landedPart(ctx context.Context, g git, how Landing, all string) (string, error) {
	if !how.AcceptedOnly {
		return all, nil
	}
	d, err := g.compare(ctx, w.Info().Base, all)
	if err != nil {
		return "", err
	}
	d.mark(w.Info().Accepted)
	return g.build(ctx, d, d.Base, filepath.Join(w.home, "index.part"), func(f *File, id string) bool {
		for _, h := range f.Hunks {
			if h.ID == id {
				return h.Accepted
			}
		}
		return f.Accepted
	})
}

// commits returns the last of the commits that were made in the workspace on top of its base, or the base.
func (w *Workspace) commits(ctx context.Context, g git) string {
	info := w.Info()
	own := w.ownCommit(ctx)
	if own == "" || own == info.Base {
		return info.Base
	}
	if _, err := g.run(ctx, nil, "merge-base", "--is-ancestor", info.Base, own); err != nil {
		return info.Base
	}
	return own
}

// merged fills in what the target is to become.
func (w *Workspace) merged(ctx context.Context, g git, p *plan, message, own string) error {
	info := w.Info()
	if p.how.Mode == Merge && info.WithChanges {
		return problem("the work began with uncommitted changes, which a merge would commit", "land it by squash")
	}
	if p.how.Mode == Rebase && own != info.Base {
		return w.replay(ctx, g, p, own)
	}
	tree, conflicts, err := w.mergedTree(ctx, g, p)
	if err != nil {
		return err
	}
	if len(conflicts) > 0 {
		return &ConflictError{With: p.target, Files: conflicts}
	}
	p.tree = tree
	before, err := g.treeOf(ctx, p.old)
	if err != nil {
		return err
	}
	if tree == before {
		return &Error{What: p.target + " has the change already", Err: ErrNothing}
	}
	switch {
	case p.how.Mode == Merge:
		p.new, err = g.commit(ctx, tree, message, p.old, p.tip)
	case own == p.old && p.tip != own: // it is a commit on top of the target
		p.new = p.tip
	default:
		p.new, err = g.commit(ctx, tree, message, p.old)
	}
	return err
}

func (w *Workspace) mergedTree(ctx context.Context, g git, p *plan) (tree string, conflicts []string, err error) {
	info := w.Info()
	if info.Base == p.old {
		return p.landed, nil, nil
	}
	_, err = g.run(ctx, nil, "merge-base", "--is-ancestor", info.Base, p.old)
	if err == nil || p.how.Mode == Merge {
		return g.merge(ctx, p.old, p.tip)
	}
	// The base is not in the history of the target: it holds uncommitted changes, or the target was rewritten. What was
	// changed since the base is what counts.
	var trees [2]string
	for i, commit := range []string{info.Base, p.old} {
		if trees[i], err = g.treeOf(ctx, commit); err != nil {
			return "", nil, err
		}
	}
	return g.mergeFrom(ctx, trees[0], trees[1], p.landed)
}

// replay puts the commits of the workspace on top of the target, one by one.
func (w *Workspace) replay(ctx context.Context, g git, p *plan, own string) error {
	out, err := g.line(ctx, "rev-list", "--reverse", "--no-merges", "--topo-order", w.Info().Base+".."+own)
	if err != nil {
		return err
	}
	commits := strings.Fields(out)
	if p.tip != own {
		commits = append(commits, p.tip)
	}
	p.new = p.old
	for _, commit := range commits {
		var trees [3]string
		for i, of := range []string{commit + "^", p.new, commit} {
			if trees[i], err = g.treeOf(ctx, of); err != nil {
				return err
			}
		}
		tree, conflicts, err := g.mergeFrom(ctx, trees[0], trees[1], trees[2])
		if err != nil {
			return err
		}
		if len(conflicts) > 0 {
			return &ConflictError{With: p.target, Files: conflicts}
		}
		if tree == trees[1] {
			continue // the target has it already
		}
		message, err := g.run(ctx, nil, "show", "-s", "--no-show-signature", "--format=%B", commit)
		if err != nil {
			return err
		}
		if p.new, err = g.commit(ctx, tree, string(message), p.new); err != nil {
			return err
		}
		p.tree = tree
	}
	if p.new == p.old {
		return &Error{What: p.target + " has the change already", Err: ErrNothing}
	}
	return nil
}

// verify brings the workspace to the merged tree, has it checked, and returns the plan for what is landed then.
func (w *Workspace) verify(ctx context.Context, how Landing, p *plan) (*plan, error) {
	if p.old != w.Info().Base {
		if _, err := w.bringTo(ctx, p.old, p.target); err != nil {
			return nil, err
		}
		var err error
		if p, err = w.plan(ctx, how); err != nil {
			return nil, err
		}
	}
	if err := how.Verify(ctx, w.Info().Work); err != nil {
		return nil, &VerifyError{err}
	}
	return p, nil
}

// keep puts the change on the workspace's own branch.
func (w *Workspace) keep(ctx context.Context, p *plan) (LandedChange, error) {
	info := w.Info()
	done := LandedChange{
		Workspace: info.ID, Mode: Keep, Target: info.Branch, New: p.tip, Time: w.room.store.now().UTC(), Notes: p.notes,
	}
	err := w.locked(ctx, func(g git) error {
		refs := w.refs()
		refs.lock = g.lock
		old, err := refs.line(ctx, "rev-parse", "--verify", "--quiet", "refs/heads/"+info.Branch)
		if err != nil {
			old = "" // somebody has deleted it
		}
		done.Old = old
		if _, err := refs.run(ctx, nil, "update-ref", "-m", "drover: keep", "refs/heads/"+info.Branch, p.tip, old); err != nil {
			return err
		}
		return w.save(func(i *Info) { i.State, i.Commit = Landed, p.tip })
	})
	return done, err
}
