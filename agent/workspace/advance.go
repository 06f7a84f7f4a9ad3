package workspace

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"drover/agent/safetext"
)

// advance is the move of a target from one state to another: of a branch, and of the user's files where it is checked
// out. It is written down before it begins, so that whoever comes after a killed process can finish it. Its steps are:
//
//  1. take index.lock in the user's git folder, so that nobody else's git changes the index meanwhile;
//  2. see, on a copy of the index, that nothing uncommitted is in the way;
//  3. move the branch, if it still is where it was (compare and swap);
//  4. change the files;
//  5. put the new index in its place;
//  6. remove the lock.
//
// A process that is killed before the third has changed nothing. After it the move is finished by settle.
type advance struct {
	Workspace string `json:"workspace"`
	Ref       string `json:"ref,omitempty"` // empty for a folder without git
	Old       string `json:"old"`           // commits; trees for a folder without git
	New       string `json:"new"`
	Top       string `json:"top,omitempty"`     // the root of the user's files; empty if the branch is checked out nowhere
	GitDir    string `json:"git_dir,omitempty"` // the git folder of that worktree
	Installed bool   `json:"installed,omitempty"`

	Landed LandedChange `json:"landed"`
	Undo   bool         `json:"undo,omitempty"`
}

// errMoved says that a branch is not where it was any more.
var errMoved = errors.New("the branch has moved on")

// LocalChangesError says that files the user has changed, or that are not in git, are in the way of a landing.
type LocalChangesError struct {
	Dir   string
	Files []string // hostile
}

func (e *LocalChangesError) Error() string {
	return fmt.Sprintf("uncommitted files in %s are in the way: %s; commit or move them, then land again", e.Dir, list(e.Files))
}

const (
	advanceFile = "landing.json"
	landedFile  = "landed.json"
)

// worktreeOf returns the worktree in which a branch is checked out; nil for none.
func (w *Workspace) worktreeOf(ctx context.Context, ref string) (*repository, error) {
	info := w.Info()
	fields, err := git{dir: info.Common}.fields(ctx, nil, "worktree", "list", "--porcelain", "-z")
	if err != nil {
		return nil, err
	}
	var found []string
	at := ""
	for _, field := range fields {
		if path, ok := strings.CutPrefix(field, "worktree "); ok {
			at = path
		}
		if field == "branch "+ref && exists(at) {
			found = append(found, at)
		}
	}
	switch len(found) {
	case 0:
		return nil, nil
	case 1:
		return openRepository(ctx, found[0])
	}
	return nil, problem(fmt.Sprintf("%s is checked out in more than one worktree: %s", ref, list(found)), "leave it in one")
}

// carryOut lands a plan.
func (w *Workspace) carryOut(ctx context.Context, p *plan) (done LandedChange, err error) {
	info := w.Info()
	r, err := w.worktreeOf(ctx, p.ref())
	if err != nil {
		return done, err
	}
	done = LandedChange{
		Workspace: info.ID, Mode: p.how.Mode, Target: p.target, Old: p.old, New: p.new, Time: w.room.store.now().UTC(), Notes: p.notes,
	}
	if r != nil && r.signs {
		done.Notes = append(done.Notes, "the commit is not signed")
	}
	a := &advance{Workspace: info.ID, Ref: p.ref(), Old: p.old, New: p.new, Landed: done}
	if err := w.room.advance(ctx, a, r); err != nil {
		return done, err
	}
	return a.Landed, errors.Join(w.load(), w.finished(ctx, p))
}

// finished notes that the change has been landed, and what of it stays in the workspace.
func (w *Workspace) finished(ctx context.Context, p *plan) error {
	if !p.how.AcceptedOnly || p.landed == p.snapshot.Tree {
		return nil
	}
	return w.locked(ctx, func(g git) error {
		tree, conflicts, err := g.mergeFrom(ctx, p.landed, p.tree, p.snapshot.Tree)
		if err != nil || len(conflicts) > 0 {
			return err
		}
		if now, _, err := g.record(ctx); err != nil || now != p.snapshot.Tree {
			return err
		}
		if err := g.checkout(ctx, p.snapshot.Tree, tree, false); err != nil {
			return err
		}
		if err := w.save(func(i *Info) { i.State = Ready }); err != nil {
			return err
		}
		return w.rebase(ctx, g, p.new)
	})
}

// advance carries a move out. In r is the worktree where the branch is checked out, or nil.
func (r room) advance(ctx context.Context, a *advance, tree *repository) error {
	if tree != nil {
		a.Top, a.GitDir = tree.top, tree.gitDir
	}
	return r.locked(ctx, func(l *lock) error {
		if err := r.recover(ctx, l); err != nil {
			return err
		}
		if err := r.write(advanceFile, a); err != nil {
			return err
		}
		step("written down")
		m, err := r.mover(ctx, a, tree, l)
		if err == nil {
			err = m.check(ctx)
		}
		if err == nil {
			err = m.swap(ctx)
		}
		if err != nil { // nothing has happened
			return errors.Join(err, m.unlock(), r.forget())
		}
		// From here on it is finished, whatever happens to ctx.
		ctx := context.WithoutCancel(ctx)
		if err := m.move(ctx); err != nil {
			return errors.Join(err, m.back(ctx))
		}
		return r.conclude(a, m)
	})
}

// conclude writes down that a move has come to its end.
func (r room) conclude(a *advance, m *mover) error {
	a.Installed = true
	if err := r.write(advanceFile, a); err != nil {
		return err
	}
	step("installed")
	if err := m.unlock(); err != nil {
		return err
	}
	if err := r.noteLanding(a); err != nil {
		return err
	}
	step("noted")
	return r.forget()
}

// noteLanding writes down what has been landed, or is no longer.
func (r room) noteLanding(a *advance) error {
	all, err := r.landings()
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(l LandedChange) bool { return l.Workspace == a.Landed.Workspace && l.New == a.Landed.New })
	if !a.Undo {
		all = append(all, a.Landed)
	}
	const kept = 100
	if err := r.write(landedFile, all[max(0, len(all)-kept):]); err != nil {
		return err
	}
	w, err := r.open(a.Workspace)
	if err == nil {
		err = w.locked(context.Background(), func(git) error {
			return w.save(func(i *Info) {
				if i.State, i.Commit = Landed, a.Landed.New; a.Undo {
					i.State, i.Commit = Ready, ""
				}
			})
		})
	}
	if errors.Is(err, ErrUnknown) {
		return nil
	}
	return err
}

func (r room) landings() ([]LandedChange, error) {
	var all []LandedChange
	err := r.read(landedFile, &all)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return all, err
}

func (r room) write(name string, value any) error {
	data, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	return replaceFile(filepath.Join(r.dir, name), append(data, '\n'))
}

func (r room) read(name string, value any) error {
	data, err := os.ReadFile(filepath.Join(r.dir, name))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, value); err != nil {
		return fmt.Errorf("%s is damaged: %w", filepath.Join(r.dir, name), err)
	}
	return nil
}

// forget removes what was written down of a move that has come to its end.
func (r room) forget() error {
	err := os.Remove(filepath.Join(r.dir, advanceFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// UndoLanding takes the landing of the workspace back: the branch and the user's files become what they were. It is refused if
// the branch has moved on since, or if something uncommitted is in the way.
func (w *Workspace) UndoLanding(ctx context.Context) (undone LandedChange, err error) {
	turn, err := takeLock(ctx, filepath.Join(w.room.dir, landingLock))
	if err != nil {
		return undone, err
	}
	defer turn.release()
	if err := w.load(); err != nil {
		return undone, err
	}
	all, err := w.room.landings()
	if err != nil {
		return undone, err
	}
	info := w.Info()
	at := slices.IndexFunc(all, func(l LandedChange) bool { return l.Workspace == info.ID && l.New == info.Commit })
	if info.State != Landed || at < 0 {
		return undone, problem(fmt.Sprintf("workspace %s has no landing that can be undone", info.ID),
			"drover worktrees shows what was landed")
	}
	undone = all[at]
	if info.Kind != Worktree {
		return undone, w.undoFiles(ctx, undone)
	}
	ref := "refs/heads/" + undone.Target
	tree, err := w.worktreeOf(ctx, ref)
	if err != nil {
		return undone, err
	}
	a := &advance{Workspace: info.ID, Ref: ref, Old: undone.New, New: undone.Old, Landed: undone, Undo: true}
	err = w.room.advance(ctx, a, tree)
	if errors.Is(err, errMoved) {
		return undone, &Error{What: safetext.Line(undone.Target, 0) + " has moved on since",
			Next: "use git revert " + undone.New[:12], Err: err}
	}
	return undone, errors.Join(err, w.load())
}
