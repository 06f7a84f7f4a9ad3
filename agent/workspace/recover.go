package workspace

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// recover finishes or undoes what a killed process has left. Its caller has the lock of the room, so whatever is half
// done belongs to nobody.
func (r room) recover(ctx context.Context, l *lock) error {
	if err := r.recoverAdvance(ctx, l); err != nil {
		return err
	}
	return r.recoverWorkspaces(ctx, l)
}

func (r room) recoverAdvance(ctx context.Context, l *lock) error {
	var a advance
	err := r.read(advanceFile, &a)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if a.Ref == "" {
		return r.recoverFiles(ctx, &a, l)
	}
	var tree *repository
	if a.GitDir != "" && exists(a.GitDir) {
		if tree, err = openRepository(ctx, a.Top); err != nil || tree.gitDir != a.GitDir {
			return &Error{What: "the landing of workspace " + a.Workspace + " was interrupted, and " + a.Top + " is not as it was",
				Next: "mend it, then try again", Err: err}
		}
	}
	m, err := r.mover(ctx, &a, tree, l)
	if errors.Is(err, ErrUnknown) {
		return r.forget()
	}
	if err != nil {
		return err
	}
	now, _ := m.user.line(ctx, "rev-parse", "--verify", "--quiet", a.Ref)
	switch {
	case now == a.Old: // the branch was not moved, and so nothing was
		m.claim()
		return errors.Join(m.unlock(), r.forget())
	case now == a.New && a.Installed, now == a.New && tree == nil:
		m.claim()
		return r.conclude(&a, m)
	case now == a.New:
		if err := m.lockIndex(ctx); err != nil {
			return err
		}
		notes, err := m.settle(ctx, a.New)
		if err != nil {
			return err
		}
		a.Landed.Notes = append(a.Landed.Notes, notes...)
		if err := m.installIndex(); err != nil {
			return err
		}
		return r.conclude(&a, m)
	}
	// Somebody has moved the branch on. What they have, they have.
	m.claim()
	if _, err := m.user.run(ctx, nil, "merge-base", "--is-ancestor", a.New, a.Ref); err == nil {
		return r.conclude(&a, m)
	}
	return errors.Join(m.unlock(), r.forget())
}

// claim takes over the lock of the index if a killed process has left it for the same move.
func (m *mover) claim() {
	if m.tree == nil {
		return
	}
	held, err := os.ReadFile(m.indexLock())
	m.hasIndex = err == nil && bytes.Equal(held, m.mark())
}

// settle brings the files of a move that was interrupted to one of its ends: each file that is as it was before the move,
// or as it is after it, or on the way from one to the other. What is otherwise was changed by the user and stays; the notes
// name it. The index is brought to the same end, where the user has not changed it.
func (m *mover) settle(ctx context.Context, to string) (notes []string, err error) {
	if m.tree == nil {
		return nil, nil
	}
	if m.paths, err = m.files.changedPaths(ctx, m.a.Old, m.a.New); err != nil {
		return nil, err
	}
	safe, others, err := m.classify(ctx)
	if err != nil {
		return nil, err
	}
	if len(others) > 0 {
		notes = append(notes, "left as they were changed meanwhile: "+list(others))
	}
	if err := os.Remove(m.files.index + ".lock"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	// The index of the user has not been changed yet. What they have staged stays.
	if err := m.copyIndex(ctx); err != nil {
		return nil, err
	}
	entries, staged, err := m.entries(ctx, to)
	if err != nil {
		return nil, err
	}
	unstaged := slices.DeleteFunc(slices.Clone(m.paths), func(path string) bool { return slices.Contains(staged, path) })
	if err := m.files.putEntries(ctx, unstaged, entries, len(to)); err != nil {
		return nil, err
	}
	safe = slices.DeleteFunc(safe, func(path string) bool { return slices.Contains(staged, path) })
	if len(staged) > 0 {
		notes = append(notes, "left as they were staged meanwhile: "+list(staged))
	}
	for _, path := range safe {
		if _, there := entries[path]; !there {
			if err := removeFile(m.files.tree, path); err != nil {
				return nil, err
			}
		}
	}
	var write, blocked []string
	for _, path := range safe {
		_, there := entries[path]
		switch {
		case there && isFolder(m.files.tree, path): // with something in it that is the user's, which git would remove
			blocked = append(blocked, path)
		case there:
			write = append(write, path)
		}
	}
	if len(blocked) > 0 {
		notes = append(notes, "not written, as there are folders of yours: "+list(blocked))
	}
	if len(write) == 0 {
		return notes, nil
	}
	_, err = m.files.run(ctx, joinNUL(write), "checkout-index", "-f", "-u", "-q", "-z", "--stdin")
	return notes, err
}

// entries returns what the paths of the move are in the commit to, as update-index reads it, and those of which the index
// has something that is at neither end.
func (m *mover) entries(ctx context.Context, to string) (entries map[string]string, staged []string, err error) {
	var ends []map[string]string
	for _, commit := range []string{m.a.Old, m.a.New} {
		all, err := m.files.fields(ctx, nil, "ls-tree", "-r", "-z", commit)
		if err != nil {
			return nil, nil, err
		}
		end := make(map[string]string)
		for _, entry := range all { // mode, type and object, a tab, the path
			about, path, _ := strings.Cut(entry, "\t")
			if fields := strings.Fields(about); len(fields) == 3 {
				end[path] = fields[0] + " " + fields[2]
			}
		}
		ends = append(ends, end)
	}
	all, err := m.files.fields(ctx, nil, "ls-files", "--stage", "-z")
	if err != nil {
		return nil, nil, err
	}
	now := make(map[string]string)
	for _, entry := range all {
		mode, object, path := stageEntry(entry)
		now[path] = mode + " " + object
	}
	for _, path := range m.paths {
		if now[path] != ends[0][path] && now[path] != ends[1][path] {
			staged = append(staged, path)
		}
	}
	if to == m.a.Old {
		return ends[0], staged, nil
	}
	return ends[1], staged, nil
}

// stageEntry takes an entry apart that git ls-files --stage prints: mode, object and stage, a tab, the path.
func stageEntry(entry string) (mode, object, path string) {
	about, path, _ := strings.Cut(entry, "\t")
	if fields := strings.Fields(about); len(fields) == 3 {
		mode, object = fields[0], fields[1]
	}
	return mode, object, path
}

// putEntries sets the entries of paths in the index; those that are in no entry are removed.
func (g git) putEntries(ctx context.Context, paths []string, entries map[string]string, width int) error {
	var remove, put bytes.Buffer
	for _, path := range paths {
		if entry, there := entries[path]; there {
			fmt.Fprintf(&put, "%s\t%s\x00", entry, path)
		} else {
			fmt.Fprintf(&remove, "0 %s\t%s\x00", strings.Repeat("0", width), path)
		}
	}
	_, err := g.run(ctx, append(remove.Bytes(), put.Bytes()...), "update-index", "-z", "--index-info")
	return err
}

// classify tells the paths of a move that are at one of its ends, or on the way, from those that the user has changed.
func (m *mover) classify(ctx context.Context) (safe, others []string, err error) {
	differs := make(map[string]int)
	for _, end := range []string{m.a.Old, m.a.New} {
		probe := m.files
		probe.index += ".probe"
		if err := os.Remove(probe.index + ".lock"); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, nil, err
		}
		if _, err := probe.run(ctx, nil, "read-tree", end); err != nil {
			return nil, nil, err
		}
		entries, err := probe.fields(ctx, nil, "ls-files", "-z", "--modified", "--deleted", "--others")
		if err != nil {
			return nil, nil, err
		}
		slices.Sort(entries)
		for _, path := range slices.Compact(entries) {
			differs[path]++
		}
	}
	for _, path := range m.paths {
		info, err := os.Lstat(filepath.Join(m.files.tree, path))
		switch {
		case err != nil, differs[path] < 2: // gone, or at one end
			safe = append(safe, path)
		case info.Mode().IsRegular() && m.begun(ctx, path):
			safe = append(safe, path)
		default:
			others = append(others, path)
		}
	}
	return safe, others, nil
}

// begun reports whether a file is the beginning of what it is at one end of the move: git was killed while it wrote it.
func (m *mover) begun(ctx context.Context, path string) bool {
	there, err := os.ReadFile(filepath.Join(m.files.tree, path))
	if err != nil {
		return false // it is the user's
	}
	for _, end := range []string{m.a.Old, m.a.New} {
		whole, err := m.files.run(ctx, nil, "cat-file", "--filters", end+":"+path)
		if err == nil && bytes.HasPrefix(whole, there) {
			return true
		}
	}
	return false
}

// removeFile removes a file and the folders that are empty then. It follows no link.
func removeFile(root, path string) error {
	r, err := os.OpenRoot(root)
	if err != nil {
		return err
	}
	defer r.Close()
	if info, err := r.Lstat(path); err != nil || info.IsDir() {
		return nil // it is gone, or a file is where its folder was, or the user has a folder there
	}
	if err := r.Remove(path); err != nil {
		return err
	}
	for dir := filepath.Dir(path); dir != "."; dir = filepath.Dir(dir) {
		if r.Remove(dir) != nil {
			break
		}
	}
	return nil
}
