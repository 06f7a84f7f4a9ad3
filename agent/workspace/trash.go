package workspace

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"drover/agent/safetext"
)

// Keep30Days is how long what was discarded can be restored, unless a setting says otherwise.
const Keep30Days = 30 * 24 * time.Hour

// Discard takes the workspace away: its files are moved to the trash, from which [Store.Restore] brings them back, ignored
// ones included. Its branch is deleted if nothing was committed on it. In place, the folder becomes what it was when the
// work began; what it is now is kept as a snapshot.
func (w *Workspace) Discard(ctx context.Context) (notes []string, err error) {
	free, err := w.Occupy()
	if err != nil {
		return nil, err
	}
	defer free()
	err = w.room.locked(ctx, func(l *lock) error {
		if err := w.room.recover(ctx, l); err != nil {
			return err
		}
		return w.locked(ctx, func(g git) error {
			notes, err = w.discard(ctx, g)
			return err
		})
	})
	return notes, err
}

func (w *Workspace) discard(ctx context.Context, g git) (notes []string, err error) {
	info := w.Info()
	if info.State == Trashed {
		return nil, problem("workspace "+info.ID+" is in the trash already", "restore it, or wait until it is removed")
	}
	var last Snapshot
	switch last, notes, err = w.snapshot(ctx, g, "before discarding"); {
	case err != nil && info.Kind == InPlace:
		return nil, err
	case err != nil: // the files themselves are kept
		notes = append(notes, "its last state could not be made a snapshot: "+safetext.Line(err.Error(), 0))
	case info.Kind == InPlace:
		tree, err := g.treeOf(ctx, info.Start)
		if err != nil {
			return nil, err
		}
		if err := g.checkout(ctx, last.Tree, tree, false); err != nil {
			return nil, err
		}
	}
	if err := w.save(func(i *Info) { i.State, i.Trashed = Trashed, w.room.store.now().UTC() }); err != nil {
		return notes, err
	}
	step("discarded")
	return notes, w.clear(ctx, g.lock)
}

// clear moves the files of a workspace that is in the trash there, and takes it off the register of the repository.
func (w *Workspace) clear(ctx context.Context, l *lock) error {
	info := w.Info()
	if info.Kind == InPlace {
		return nil
	}
	if err := moveInto(info.Dir, w.room.trash(info.Name)); err != nil {
		return err
	}
	step("moved to the trash")
	return w.unregister(ctx, l)
}

// unregister takes a worktree whose files are gone off the register, and its branch if nothing was committed on it. It is
// never done by git worktree prune, which takes off others too.
func (w *Workspace) unregister(ctx context.Context, l *lock) error {
	info := w.Info()
	if info.Kind != Worktree || !exists(info.Common) {
		return nil
	}
	g := git{dir: info.Common, lock: l}
	if info.Admin != "" && exists(info.Admin) && !exists(info.Dir) {
		if _, err := g.run(ctx, nil, "worktree", "remove", "--force", "--force", info.Dir); err != nil && exists(info.Admin) {
			return err
		}
	}
	ref := "refs/heads/" + info.Branch
	tip, err := g.line(ctx, "rev-parse", "--verify", "--quiet", ref)
	if err == nil && tip == info.Base {
		_, err = g.run(ctx, nil, "update-ref", "-d", ref, tip)
		return err
	}
	return nil
}

// moveInto moves a folder to a place where nothing is, or adds what is in it to what an interrupted move has left there.
// Nothing is overwritten. The link of a worktree to its git folder is not moved.
func moveInto(from, to string) error {
	if !exists(from) {
		return nil
	}
	if !exists(to) {
		if err := os.Rename(from, to); err != nil {
			return err
		}
		return dropLink(to)
	}
	if err := dropLink(from); err != nil {
		return err
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if target := filepath.Join(to, e.Name()); !exists(target) {
			if err := os.Rename(filepath.Join(from, e.Name()), target); err != nil {
				return err
			}
		}
	}
	err = os.Remove(from)
	if err == nil {
		return nil
	}
	// Something is in both.
	return os.Rename(from, filepath.Join(to, fmt.Sprintf(".drover-rest-%d", time.Now().UnixNano())))
}

func dropLink(dir string) error {
	link := filepath.Join(dir, ".git")
	info, err := os.Lstat(link)
	if err != nil || info.IsDir() {
		return nil //nolint:nilerr // there is none
	}
	return os.Remove(link)
}

// Restore brings a workspace back from the trash.
func (s *Store) Restore(ctx context.Context, id string) (*Workspace, error) {
	w, err := s.Open(ctx, id)
	if err != nil {
		return nil, err
	}
	return w, w.room.locked(ctx, func(l *lock) error {
		if err := w.room.recover(ctx, l); err != nil {
			return err
		}
		return w.locked(ctx, func(g git) error { return w.restore(ctx, g) })
	})
}

func (w *Workspace) restore(ctx context.Context, g git) error {
	info := w.Info()
	if info.State != Trashed {
		return problem("workspace "+info.ID+" is not in the trash", "")
	}
	trash := w.room.trash(info.Name)
	switch info.Kind {
	case InPlace:
		if err := w.restoreInPlace(ctx, g); err != nil {
			return err
		}
	case Worktree:
		if err := w.register(ctx, g); err != nil {
			return err
		}
		step("registered again")
		fallthrough
	default:
		gone := !exists(trash)
		if err := moveInto(trash, info.Dir); err != nil {
			return err
		}
		if gone {
			if err := w.refill(ctx, g); err != nil {
				return err
			}
		}
	}
	return w.save(func(i *Info) { i.State, i.Trashed = Ready, time.Time{} })
}

// register enters a worktree into the register again.
func (w *Workspace) register(ctx context.Context, g git) error {
	info := w.Info()
	if !exists(info.Common) {
		return problem("the repository "+info.Common+" is gone", "its files are in "+w.room.trash(info.Name))
	}
	user := git{dir: info.Common, lock: g.lock}
	args := []string{"worktree", "add", "--quiet", "--no-checkout"}
	if _, err := user.line(ctx, "rev-parse", "--verify", "--quiet", "refs/heads/"+info.Branch); err == nil {
		args = append(args, info.Dir, info.Branch)
	} else {
		args = append(args, "--no-track", "-b", info.Branch, info.Dir, info.Base)
	}
	if _, err := user.run(ctx, nil, args...); err != nil {
		return err
	}
	link, err := os.ReadFile(filepath.Join(info.Dir, ".git"))
	if err != nil {
		return err
	}
	admin, _ := strings.CutPrefix(strings.TrimSpace(string(link)), "gitdir: ")
	if err := w.save(func(i *Info) { i.Admin = admin }); err != nil {
		return err
	}
	own := g
	own.index = filepath.Join(admin, "index")
	_, err = own.run(ctx, nil, "read-tree", "--reset", info.Base)
	return err
}

// refill puts the files of the last snapshot into a workspace whose files are lost.
func (w *Workspace) refill(ctx context.Context, g git) error {
	info := w.Info()
	if err := os.MkdirAll(info.Dir, 0o700); err != nil {
		return err
	}
	last, err := w.refs().line(ctx, "rev-parse", "--verify", "--quiet", fmt.Sprintf("%s/%d^{tree}", info.Refs, info.Last))
	if err != nil {
		return err
	}
	if err := os.Remove(g.index); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	_, err = g.run(ctx, nil, "read-tree", "--reset", "-u", last)
	return err
}

// Prune removes for good what was discarded before a time, with its snapshots, and returns the IDs.
func (s *Store) Prune(ctx context.Context, before time.Time) (removed []string, err error) {
	rooms, err := s.rooms()
	if err != nil {
		return nil, err
	}
	for _, r := range rooms {
		err = errors.Join(err, r.locked(ctx, func(l *lock) error {
			if err := r.recover(ctx, l); err != nil {
				return err
			}
			names, err := r.names()
			for _, name := range names {
				w, openErr := r.open(name)
				if openErr != nil || w.Info().State != Trashed || !w.Info().Trashed.Before(before) {
					err = errors.Join(err, openErr)
					continue
				}
				if e := w.remove(ctx, l); e != nil {
					err = errors.Join(err, e)
					continue
				}
				removed = append(removed, w.Info().ID)
			}
			return err
		}))
	}
	return removed, err
}

// remove removes all that there is of a workspace; the record of it last, so that what was interrupted is finished.
func (w *Workspace) remove(ctx context.Context, l *lock) error {
	info := w.Info()
	if info.Kind != InPlace {
		if err := errors.Join(removeAll(w.room.trash(info.Name)), removeAll(info.Dir)); err != nil {
			return err
		}
	}
	if err := w.unregister(ctx, l); err != nil {
		return err
	}
	if info.Kind == Worktree && exists(info.Common) {
		g := git{dir: info.Common, lock: l}
		refs, err := g.line(ctx, "for-each-ref", "--format=delete %(refname)", info.Refs+"/")
		if err != nil {
			return err
		}
		if refs != "" {
			if _, err := g.run(ctx, []byte(refs+"\n"), "update-ref", "--stdin"); err != nil {
				return err
			}
		}
	}
	return removeAll(w.home)
}

// removeAll removes a folder, also if folders in it cannot be written to. It follows no link.
func removeAll(path string) error {
	err := os.RemoveAll(path)
	if err == nil {
		return nil
	}
	_ = filepath.WalkDir(path, func(at string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			_ = os.Chmod(at, 0o700) //nolint:gosec // a folder that is about to be removed
		}
		return nil
	})
	return os.RemoveAll(path)
}

// Size returns how much space the files of the workspace take, in bytes, in the trash too.
func (w *Workspace) Size() (size int64) {
	info := w.Info()
	dir := info.Dir
	if info.State == Trashed {
		dir = w.room.trash(info.Name)
	}
	if info.Kind == InPlace {
		dir = w.home
	}
	_ = filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			if info, err := entry.Info(); err == nil {
				size += info.Size()
			}
		}
		return nil
	})
	return size
}

// abandon removes a workspace that could not be made, or whose making was interrupted. Nobody has worked in it.
func (w *Workspace) abandon(ctx context.Context, l *lock) error { return w.remove(ctx, l) }

// recoverWorkspaces finishes what was begun of creating and discarding workspaces.
func (r room) recoverWorkspaces(ctx context.Context, l *lock) error {
	entries, err := os.ReadDir(filepath.Join(r.dir, metaFolder))
	if err != nil {
		return err
	}
	for _, e := range entries {
		w, err := r.open(e.Name())
		if errors.Is(err, ErrUnknown) {
			err = removeAll(r.home(e.Name())) // there was no time to write down what it is
		} else if err == nil {
			err = w.recover(ctx, l)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *Workspace) recover(ctx context.Context, l *lock) error {
	switch info := w.Info(); {
	case info.State == Creating:
		return w.abandon(ctx, l)
	case info.State == Trashed && (exists(info.Dir) || info.Admin != "" && exists(info.Admin)):
		return w.clear(ctx, l)
	}
	return nil
}
