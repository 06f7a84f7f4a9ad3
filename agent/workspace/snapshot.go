package workspace

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// git returns git for the files of the workspace, with drover's own index.
func (w *Workspace) git() git {
	info := w.Info()
	g := git{dir: filepath.Join(w.home, "git"), tree: info.Dir, index: filepath.Join(w.home, "index")}
	if info.Kind == Worktree {
		g.objects = filepath.Join(info.Common, "objects")
		if shallow := filepath.Join(info.Common, "shallow"); exists(shallow) {
			g.shallow = shallow
		}
	}
	return g
}

// refs returns git for the refs that the snapshots are kept by.
func (w *Workspace) refs() git {
	if info := w.Info(); info.Kind == Worktree {
		return git{dir: info.Common}
	}
	return git{dir: filepath.Join(w.home, "git")}
}

// Snapshot keeps the present state of all files that are not ignored. Its number is one more than that of the last. The
// message is for people; its first line is enough.
//
// A note says what is not in it: files that cannot be read, and the contents of git repositories in the workspace.
func (w *Workspace) Snapshot(ctx context.Context, message string) (s Snapshot, notes []string, err error) {
	err = w.locked(ctx, func(g git) error {
		var err error
		s, notes, err = w.snapshot(ctx, g, message)
		return err
	})
	return s, notes, err
}

// snapshot is Snapshot for somebody who has the lock.
func (w *Workspace) snapshot(ctx context.Context, g git, message string) (Snapshot, []string, error) {
	info := w.Info()
	if info.State == Creating {
		return Snapshot{}, nil, problem("the workspace was never finished", "discard it")
	}
	if !exists(info.Dir) {
		return Snapshot{}, nil, problem(fmt.Sprintf("the folder %s of the workspace is gone", info.Dir),
			"discard the workspace and restore it: its last snapshot is kept")
	}
	tree, skipped, err := g.record(ctx)
	if err != nil {
		return Snapshot{}, nil, err
	}
	notes := leftOut(skipped)
	refs := w.refs()
	refs.lock = g.lock
	last, err := refs.line(ctx, "rev-parse", "--verify", "--quiet", fmt.Sprintf("%s/%d", info.Refs, info.Last))
	if err != nil {
		return Snapshot{}, nil, fmt.Errorf("snapshot %d of workspace %s: %w", info.Last, info.ID, err)
	}
	parents := []string{last}
	if own := w.ownCommit(ctx); own != "" && own != info.Start {
		parents = append(parents, own)
	}
	if info.Base != info.Start {
		parents = append(parents, info.Base) // so that git finds where it and its target part
	}
	s := Snapshot{Number: info.Last + 1, Tree: tree, Base: info.Base, Time: w.room.store.now().UTC(), Message: message}
	// The base is part of the message, so that a snapshot says by itself what it is compared with.
	s.Commit, err = g.commit(ctx, tree, cleanMessage(message)+"\n"+baseTrailer+info.Base, parents...)
	if err != nil {
		return Snapshot{}, nil, err
	}
	step("recorded")
	for {
		_, err = refs.run(ctx, nil, "update-ref", fmt.Sprintf("%s/%d", info.Refs, s.Number), s.Commit, "")
		if err == nil {
			break
		}
		// One that a killed process has not written down any more is kept.
		if _, taken := refs.line(ctx, "rev-parse", "--verify", "--quiet", fmt.Sprintf("%s/%d", info.Refs, s.Number)); taken != nil {
			return Snapshot{}, nil, err
		}
		s.Number++
	}
	step("kept")
	return s, notes, w.save(func(i *Info) { i.Last = s.Number })
}

// baseTrailer is in front of the base in the last line of a snapshot's message.
const baseTrailer = "Base: "

// ownCommit returns the commit that is checked out in the workspace, if somebody can make commits there.
func (w *Workspace) ownCommit(ctx context.Context) string {
	info := w.Info()
	if info.Kind != Worktree || !exists(info.Admin) {
		return ""
	}
	commit, err := git{dir: info.Admin}.line(ctx, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
	if err != nil {
		return ""
	}
	return commit
}

// Snapshots returns all that are kept, in order. The first, number 0, is what the work started from.
func (w *Workspace) Snapshots(ctx context.Context) ([]Snapshot, error) {
	info := w.Info()
	out, err := w.refs().line(ctx, "for-each-ref",
		"--format=%(refname)%00%(objectname)%00%(tree)%00%(committerdate:unix)%00%(contents:subject)%00%(contents:body)%01", info.Refs+"/")
	if err != nil {
		return nil, err
	}
	var all []Snapshot
	for entry := range strings.SplitSeq(out, "\x01") {
		fields := strings.Split(strings.TrimPrefix(entry, "\n"), "\x00")
		if len(fields) != 6 {
			continue
		}
		number, err := strconv.Atoi(strings.TrimPrefix(fields[0], info.Refs+"/"))
		if err != nil {
			continue
		}
		seconds, _ := strconv.ParseInt(fields[3], 10, 64)
		s := Snapshot{
			Number: number, Commit: fields[1], Tree: fields[2], Time: time.Unix(seconds, 0).UTC(), Message: fields[4], Base: info.Start,
		}
		if at := strings.LastIndex(fields[5], baseTrailer); at >= 0 {
			s.Base = strings.TrimSpace(fields[5][at+len(baseTrailer):])
		}
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b Snapshot) int { return a.Number - b.Number })
	return all, nil
}

// Restore goes back to a snapshot: the files become what they were, ignored ones stay as they are. The present state is
// kept by a snapshot before, which is returned, so that going back can be taken back.
func (w *Workspace) Restore(ctx context.Context, number int) (before Snapshot, err error) {
	all, err := w.Snapshots(ctx)
	if err != nil {
		return before, err
	}
	var to *Snapshot
	for i := range all {
		if all[i].Number == number {
			to = &all[i]
		}
	}
	if to == nil {
		return before, problem(fmt.Sprintf("workspace %s has no snapshot %d", w.Info().ID, number),
			fmt.Sprintf("the last one is %d", w.Info().Last))
	}
	err = w.locked(ctx, func(g git) error {
		var err error
		if before, _, err = w.snapshot(ctx, g, fmt.Sprintf("before going back to snapshot %d", number)); err != nil {
			return err
		}
		if err := g.checkout(ctx, before.Tree, to.Tree, true); err != nil {
			return err
		}
		return w.rebase(ctx, g, to.Base)
	})
	return before, err
}

// rebase notes that the work is compared with another commit now.
func (w *Workspace) rebase(ctx context.Context, g git, base string) error {
	info := w.Info()
	if info.Base == base {
		return nil
	}
	if err := w.save(func(i *Info) { i.Base = base }); err != nil {
		return err
	}
	if info.Kind != Worktree {
		return nil
	}
	// The branch goes along, unless somebody has made commits on it.
	refs := w.refs()
	refs.lock = g.lock
	if _, err := refs.run(ctx, nil, "update-ref", "-m", "drover: base", "refs/heads/"+info.Branch, base, info.Base); err != nil {
		return nil //nolint:nilerr // it stays where it is
	}
	// And so does the index of git in the workspace, unless somebody uses it.
	if exists(filepath.Join(info.Admin, "index.lock")) {
		return nil
	}
	own := g
	own.index = filepath.Join(info.Admin, "index")
	_, err := own.run(ctx, nil, "read-tree", "--reset", base)
	return err
}
