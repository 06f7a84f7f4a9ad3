package workspace

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"drover/agent/safetext"
)

// What there is of copies and of work in place, where git has no part but that it keeps the snapshots: in a git folder of the
// workspace's own, byte for byte as the files are.

// exactly is what the attributes of that git folder say of every file, whatever the files themselves say.
const exactly = "* -text -ident -filter -working-tree-encoding -eol\n"

// createCopy copies the source.
func (s *Store) createCopy(ctx context.Context, spec Spec) (*Workspace, []string, error) {
	return s.createFolder(ctx, spec, spec.Source, func(w *Workspace) ([]string, error) {
		return copyFolder(ctx, spec.Source, w.Info().Dir)
	})
}

// createInPlace takes the source itself; all of the repository, if it is in one.
func (s *Store) createInPlace(ctx context.Context, spec Spec, r *repository) (*Workspace, []string, error) {
	dir := spec.Source
	if r != nil && r.top != "" {
		dir = r.top
	}
	all, err := s.List(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, info := range all {
		if info.Kind == InPlace && info.Dir == dir && (info.State == Ready || info.State == Preparing) {
			return nil, nil, problem(fmt.Sprintf("task %d works in %s already", info.Serial, dir),
				"land or discard it first, or ask for a copy")
		}
	}
	return s.createFolder(ctx, spec, dir, func(w *Workspace) ([]string, error) {
		return nil, w.save(func(i *Info) { i.Dir, i.Work = dir, spec.Source })
	})
}

// createFolder makes a workspace that is no worktree. The function fill brings its files to where they are to be.
func (s *Store) createFolder(ctx context.Context, spec Spec, of string, fill func(*Workspace) ([]string, error)) (w *Workspace,
	notes []string, err error) {
	room, err := s.room(of)
	if err != nil {
		return nil, nil, err
	}
	settings, err := userSettings(ctx)
	if err != nil {
		return nil, nil, err
	}
	err = room.locked(ctx, func(l *lock) error {
		if err := room.recover(ctx, l); err != nil {
			return err
		}
		if w, err = room.reserve(ctx, spec, nil); err != nil {
			return err
		}
		err := func() error {
			if err := w.save(func(i *Info) { i.Repository = of }); err != nil {
				return err
			}
			if notes, err = fill(w); err != nil {
				return err
			}
			step("filled")
			skipped, err := w.begin(ctx, settings, l)
			notes = append(notes, leftOut(skipped)...)
			return err
		}()
		if err != nil {
			return errors.Join(err, w.abandon(context.WithoutCancel(ctx), l))
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	return w, notes, nil
}

// begin takes the first snapshot, with which the work is compared.
func (w *Workspace) begin(ctx context.Context, settings []setting, l *lock) (skipped []string, err error) {
	dir := filepath.Join(w.home, "git")
	if err := makeGitDir(dir, "", settings); err != nil {
		return nil, err
	}
	if err := replaceFile(filepath.Join(dir, "info", "attributes"), []byte(exactly)); err != nil {
		return nil, err
	}
	g := w.git()
	g.lock = l
	tree, skipped, err := g.record(ctx)
	if err != nil {
		return nil, err
	}
	commit, err := g.commit(ctx, tree, "what the work started from")
	if err != nil {
		return nil, err
	}
	if _, err := g.run(ctx, nil, "update-ref", w.Info().Refs+"/0", commit, ""); err != nil {
		return nil, err
	}
	return skipped, w.save(func(i *Info) { i.Base, i.Start, i.State = commit, commit, Preparing })
}

// userSettings returns the settings of the user that count everywhere, without those for line ends.
func userSettings(ctx context.Context) ([]setting, error) {
	r := repository{}
	if err := r.configure(ctx, git{cwd: os.TempDir(), configs: true}); err != nil {
		return nil, err
	}
	var kept []setting
	for _, s := range r.allowed {
		if s.key != "core.autocrlf" && s.key != "core.eol" && s.key != "core.attributesfile" {
			kept = append(kept, s)
		}
	}
	return kept, nil
}

// copyFolder copies a folder without its git folder. Where the file system can, the copies share their space. Named in a
// note is what is neither a file nor a folder nor a link.
func copyFolder(ctx context.Context, from, to string) (notes []string, err error) {
	var others []string
	type stamp struct {
		path string
		info fs.FileInfo
	}
	var folders []stamp
	err = filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err == nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if rel == ".git" {
			if entry.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		switch mode := info.Mode(); {
		case mode.IsDir():
			folders = append(folders, stamp{target, info})
			return os.Mkdir(target, mode.Perm()|0o700)
		case mode.IsRegular():
			return cloneFile(path, target, info)
		case mode&fs.ModeSymlink != 0:
			link, err := os.Readlink(path)
			if err != nil {
				return err
			}
			return os.Symlink(link, target) //nolint:gosec // nobody works in the copy yet
		}
		others = append(others, rel)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("%s cannot be copied: %w", safetext.Line(from, 0), err)
	}
	for _, folder := range slices.Backward(folders) {
		_ = os.Chtimes(folder.path, folder.info.ModTime(), folder.info.ModTime())
	}
	if len(others) > 0 {
		notes = append(notes, "left out, as they are neither files nor folders nor links: "+list(others))
	}
	return notes, nil
}

// cloneFile copies a file, its mode and its time into a new one.
func cloneFile(from, to string, info fs.FileInfo) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, info.Mode().Perm()|0o200)
	if err != nil {
		return err
	}
	if !shareBlocks(out, in) {
		_, err = out.ReadFrom(in)
	}
	return errors.Join(err, out.Chmod(info.Mode().Perm()), out.Close(), os.Chtimes(to, info.ModTime(), info.ModTime()))
}

// landFiles brings the change of a copy into its source, and says of work in place that it is to stay.
func (w *Workspace) landFiles(ctx context.Context, how Landing) (done LandedChange, err error) {
	if how.Verify != nil {
		if err := how.Verify(ctx, w.Info().Work); err != nil {
			return done, &VerifyError{err}
		}
	}
	err = w.room.locked(ctx, func(l *lock) error {
		if err := w.room.recover(ctx, l); err != nil {
			return err
		}
		p, err := w.planFiles(ctx, how)
		if err != nil {
			return err
		}
		info := w.Info()
		done = LandedChange{
			Workspace: info.ID, Mode: Squash, Target: info.Repository, Old: p.old, New: p.tree,
			Time: w.room.store.now().UTC(), Notes: p.notes,
		}
		a := &advance{Workspace: info.ID, Old: p.old, New: p.tree, Top: info.Repository, Landed: done}
		if info.Kind == InPlace {
			return w.room.noteLanding(a)
		}
		return w.room.advanceFiles(ctx, a, l)
	})
	if err != nil {
		return done, err
	}
	return done, w.load()
}

// planFiles merges the change of a copy with what its source is now.
func (w *Workspace) planFiles(ctx context.Context, how Landing) (p *plan, err error) {
	p = &plan{how: how}
	err = w.locked(ctx, func(g git) error {
		info := w.Info()
		if info.State != Ready && info.State != Landed {
			return problem(fmt.Sprintf("the workspace is %s", info.State), "restore it first")
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
		if base == p.landed {
			return &Error{What: "the workspace has no change to land", Err: ErrNothing}
		}
		if info.Kind == InPlace {
			p.old, p.tree = base, p.landed
			return nil
		}
		if p.old, _, err = w.source(g).record(ctx); err != nil {
			return err
		}
		tree, conflicts, err := g.mergeFrom(ctx, base, p.old, p.landed)
		if err != nil {
			return err
		}
		if len(conflicts) > 0 {
			return &ConflictError{With: info.Repository, Files: conflicts}
		}
		if p.tree = tree; tree == p.old {
			return &Error{What: info.Repository + " has the change already", Err: ErrNothing}
		}
		return nil
	})
	return p, err
}

// source is git for the source of a copy, with an index of its own.
func (w *Workspace) source(g git) git {
	g.tree, g.index = w.Info().Repository, filepath.Join(w.home, "index.source")
	return g
}

// fileMover moves the files of the source of a copy.
func (r room) fileMover(a *advance, l *lock) (*mover, error) {
	w, err := r.open(a.Workspace)
	if err != nil {
		return nil, err
	}
	g := w.git()
	g.lock = l
	return &mover{room: r, a: a, tree: &repository{top: a.Top}, files: w.source(g)}, nil
}

// advanceFiles carries out a move of the source of a copy.
func (r room) advanceFiles(ctx context.Context, a *advance, l *lock) error {
	m, err := r.fileMover(a, l)
	if err != nil {
		return err
	}
	if err := m.checkUntracked(ctx); err != nil {
		return err
	}
	if err := r.write(advanceFile, a); err != nil {
		return err
	}
	step("written down")
	ctx = context.WithoutCancel(ctx)
	if err := m.files.checkout(ctx, a.Old, a.New, false); err != nil {
		_, back := m.settle(ctx, a.Old)
		if back == nil {
			back = r.forget()
		}
		return errors.Join(err, back)
	}
	step("moved")
	return r.conclude(a, m)
}

// recoverFiles finishes the landing of a copy.
func (r room) recoverFiles(ctx context.Context, a *advance, l *lock) error {
	m, err := r.fileMover(a, l)
	if errors.Is(err, ErrUnknown) {
		return r.forget()
	}
	if err != nil {
		return err
	}
	if !a.Installed {
		notes, err := m.settle(ctx, a.New)
		if err != nil {
			return err
		}
		a.Landed.Notes = append(a.Landed.Notes, notes...)
	}
	return r.conclude(a, m)
}

// undoFiles takes the landing of a copy back.
func (w *Workspace) undoFiles(ctx context.Context, done LandedChange) error {
	return w.room.locked(ctx, func(l *lock) error {
		if err := w.room.recover(ctx, l); err != nil {
			return err
		}
		a := &advance{Workspace: done.Workspace, Top: done.Target, Landed: done, Undo: true}
		if w.Info().Kind == InPlace {
			return w.room.noteLanding(a)
		}
		err := w.locked(ctx, func(g git) error {
			var err error
			if a.Old, _, err = w.source(g).record(ctx); err != nil {
				return err
			}
			tree, conflicts, err := g.mergeFrom(ctx, done.New, a.Old, done.Old)
			if len(conflicts) > 0 {
				return &ConflictError{With: "what was changed in " + done.Target + " since", Files: conflicts}
			}
			a.New = tree
			return err
		})
		if err != nil {
			return err
		}
		return w.room.advanceFiles(ctx, a, l)
	})
}

// restoreInPlace brings the files back that the work had left when it was discarded.
func (w *Workspace) restoreInPlace(ctx context.Context, g git) error {
	last, err := w.refs().line(ctx, "rev-parse", "--verify", "--quiet", fmt.Sprintf("%s/%d^{tree}", w.Info().Refs, w.Info().Last))
	if err != nil {
		return err
	}
	if err := w.save(func(i *Info) { i.State = Ready }); err != nil {
		return err
	}
	now, _, err := w.snapshot(ctx, g, "before it is restored")
	if err != nil {
		return err
	}
	return g.checkout(ctx, now.Tree, last, false)
}
