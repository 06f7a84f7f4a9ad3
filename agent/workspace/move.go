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
	"time"

	"drover/agent/safetext"
)

// mover carries an advance out.
type mover struct {
	room     room
	a        *advance
	tree     *repository // where the branch is checked out; nil for nowhere
	user     git         // for refs
	files    git         // for the user's files, on a copy of the index
	hasIndex bool        // index.lock is this mover's
	paths    []string    // that change
}

// scratch is where a move has its own git folder and the copy of the index.
const scratch = ".landing"

func (r room) mover(_ context.Context, a *advance, tree *repository, l *lock) (*mover, error) {
	m := &mover{room: r, a: a, tree: tree}
	w, err := r.open(a.Workspace)
	if err != nil {
		return m, err
	}
	m.user = git{dir: w.Info().Common, lock: l}
	if tree == nil {
		return m, nil
	}
	m.user = tree.user()
	m.user.lock = l
	dir := filepath.Join(r.dir, scratch)
	if err := os.RemoveAll(dir); err != nil {
		return m, err
	}
	m.files, err = tree.contents(dir, tree.top, filepath.Join(dir, "index"))
	m.files.lock = l
	return m, err
}

// check sees whether the move can be made, and takes the lock of the user's index.
func (m *mover) check(ctx context.Context) error {
	if m.tree == nil {
		return nil
	}
	if busy := busyWith(m.tree.gitDir); busy != "" {
		return problem(fmt.Sprintf("%s is in progress in %s", busy, m.tree.top), "finish it, then land again")
	}
	if err := m.lockIndex(ctx); err != nil {
		return err
	}
	step("index locked")
	if head, err := m.user.line(ctx, "symbolic-ref", "--quiet", "HEAD"); err != nil || head != m.a.Ref {
		return problem("something else has been checked out in "+m.tree.top+" meanwhile", "land again")
	}
	if err := m.copyIndex(ctx); err != nil {
		return err
	}
	var err error
	if m.paths, err = m.files.changedPaths(ctx, m.a.Old, m.a.New); err != nil {
		return err
	}
	if err := m.checkFilters(ctx); err != nil {
		return err
	}
	if err := m.checkUntracked(ctx); err != nil {
		return err
	}
	return m.tryOut(ctx)
}

// tryOut sees whether git would change the files.
func (m *mover) tryOut(ctx context.Context) error {
	try := func() error {
		_, err := m.files.run(ctx, nil, "read-tree", "-m", "-u", "-n", m.a.Old, m.a.New)
		return err
	}
	if try() == nil {
		return nil
	}
	unmerged, err := m.files.run(ctx, nil, "ls-files", "--unmerged", "-z")
	if err != nil {
		return err
	}
	if len(unmerged) > 0 {
		return problem("there are files in "+m.tree.top+" that need to be merged", "merge them, then land again")
	}
	if err := m.refresh(ctx); err != nil {
		return err
	}
	if err := try(); err != nil {
		return m.inTheWay(ctx, err)
	}
	return nil
}

// refresh looks which of the files that seem to have changed really have.
func (m *mover) refresh(ctx context.Context) error {
	_, err := m.files.run(ctx, nil, "update-index", "-q", "--unmerged", "--refresh")
	if exitCode(err) == 1 {
		return nil
	}
	return err
}

// copyIndex copies the user's index. For a folder without git the index is that of the state before the move.
func (m *mover) copyIndex(ctx context.Context) error {
	if m.a.Ref == "" {
		_, err := m.files.run(ctx, nil, "read-tree", m.a.Old)
		return err
	}
	err := copyIndex(filepath.Join(m.tree.gitDir, "index"), m.files.index)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// checkFilters refuses to write files that the user's git would run through a program.
func (m *mover) checkFilters(ctx context.Context) error {
	if len(m.tree.filters) == 0 || len(m.paths) == 0 {
		return nil
	}
	fields, err := m.files.fields(ctx, joinNUL(m.paths), "check-attr", "-z", "--stdin", "filter")
	if err != nil {
		return err
	}
	for ; len(fields) >= 3; fields = fields[3:] {
		if slices.Contains(m.tree.filters, fields[2]) {
			return problem(fmt.Sprintf("%s goes through the filter %s, which drover does not run", safetext.Line(fields[0], 0),
				safetext.Line(fields[2], 0)),
				"keep the branch, and merge it yourself")
		}
	}
	return nil
}

// checkUntracked refuses to write over files that are not in git, ignored ones too: git takes those for worthless.
func (m *mover) checkUntracked(ctx context.Context) error {
	added, err := m.files.fields(ctx, nil, "diff-tree", "-r", "-z", "--no-renames", "--name-only", "--diff-filter=A", m.a.Old, m.a.New)
	if err != nil || len(added) == 0 {
		return err
	}
	var there []string
	for _, path := range added {
		if there = append(there, obstacles(m.files.tree, path)...); len(there) > shownFiles {
			break
		}
	}
	if len(there) == 0 {
		return nil
	}
	// Files of the old state that make room are no obstacle.
	tracked, err := m.files.fields(ctx, nil, "ls-tree", "-r", "-z", "--name-only", m.a.Old)
	if err != nil {
		return err
	}
	there = slices.DeleteFunc(there, func(path string) bool {
		_, found := slices.BinarySearch(tracked, path)
		return found || slices.Contains(tracked, path)
	})
	if len(there) > 0 {
		return &LocalChangesError{Dir: m.files.tree, Files: slices.Compact(there)}
	}
	return nil
}

// obstacles returns what stands where a file is to come: a file of that name or in the place of one of its folders, or
// all that is in a folder of that name.
func obstacles(root, path string) []string {
	parts := strings.Split(path, "/")
	for i := range parts {
		part := strings.Join(parts[:i+1], "/")
		info, err := os.Lstat(filepath.Join(root, part))
		if err != nil {
			return nil
		}
		if !info.IsDir() {
			return []string{part}
		}
	}
	var all []string
	_ = filepath.WalkDir(filepath.Join(root, path), func(at string, entry fs.DirEntry, err error) error {
		if rel, relErr := filepath.Rel(root, at); relErr == nil && (err != nil || !entry.IsDir()) {
			all = append(all, filepath.ToSlash(rel))
		}
		return nil
	})
	return all
}

// inTheWay names the user's files because of which git refuses the move.
func (m *mover) inTheWay(ctx context.Context, cause error) error {
	var files []string
	for _, args := range [][]string{
		{"diff-files", "-z", "--name-only", "--ignore-submodules=all"},
		{"diff-index", "-z", "--name-only", "--cached", "--ignore-submodules=all", m.a.Old},
	} {
		changed, err := m.files.fields(ctx, nil, args...)
		if err != nil {
			return cause
		}
		files = append(files, changed...)
	}
	slices.Sort(files)
	files = slices.DeleteFunc(slices.Compact(files), func(path string) bool {
		return !slices.ContainsFunc(m.paths, func(p string) bool {
			return p == path || strings.HasPrefix(p, path+"/") || strings.HasPrefix(path, p+"/")
		})
	})
	if len(files) == 0 {
		return cause
	}
	return &LocalChangesError{Dir: m.files.tree, Files: files}
}

// swap moves the branch, if it still is where it was.
func (m *mover) swap(ctx context.Context) error {
	if m.a.Ref == "" {
		return nil
	}
	message := "drover: land " + m.a.Workspace
	if m.a.Undo {
		message = "drover: undo landing of " + m.a.Workspace
	}
	_, err := m.user.run(ctx, nil, "update-ref", "-m", message, m.a.Ref, m.a.New, m.a.Old)
	if err == nil {
		step("swapped")
		return nil
	}
	if now, _ := m.user.line(ctx, "rev-parse", "--verify", "--quiet", m.a.Ref); now != m.a.Old {
		return errMoved
	}
	return err
}

// move changes the user's files and index.
func (m *mover) move(ctx context.Context) error {
	if m.tree == nil {
		return nil
	}
	if err := m.files.checkout(ctx, m.a.Old, m.a.New, false); err != nil {
		return err
	}
	step("moved")
	return m.installIndex()
}

// installIndex puts the copy of the index in the place of the user's.
func (m *mover) installIndex() error {
	if m.a.Ref == "" {
		return nil
	}
	to := filepath.Join(m.tree.gitDir, "index")
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(to); err == nil {
		mode = info.Mode().Perm()
	}
	if err := os.Chmod(m.files.index, mode); err != nil {
		return err
	}
	return copyIndex(m.files.index, to)
}

// back undoes a move that failed on the way.
func (m *mover) back(ctx context.Context) error {
	_, err := m.settle(ctx, m.a.Old)
	if err == nil && m.a.Ref != "" {
		_, err = m.user.run(ctx, nil, "update-ref", "-m", "drover: landing failed", m.a.Ref, m.a.Old, m.a.New)
	}
	if err != nil {
		return fmt.Errorf("what was done of it could not be undone, and is finished by the next landing: %w", err)
	}
	return errors.Join(m.unlock(), m.room.forget())
}

// The lock of an index is a file that git does not overwrite. What drover writes into it says whose it is.
func (m *mover) mark() []byte {
	return fmt.Appendf(nil, "drover lands %s: %s to %s\n", m.a.Workspace, m.a.Old, m.a.New)
}

func (m *mover) indexLock() string { return filepath.Join(m.tree.gitDir, "index.lock") }

// indexPatience is how long a landing waits for somebody else's git.
const indexPatience = 2 * time.Second

// lockIndex takes the lock of the user's index, or finds that a killed process has taken it for the same move.
func (m *mover) lockIndex(ctx context.Context) error {
	if m.a.Ref == "" || m.tree == nil {
		return nil
	}
	for end := time.Now().Add(indexPatience); ; {
		if held, err := os.ReadFile(m.indexLock()); err == nil && bytes.Equal(held, m.mark()) {
			m.hasIndex = true
			return nil
		}
		err := createWhole(m.indexLock(), m.mark())
		if err == nil {
			m.hasIndex = true
			return nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return err
		}
		if time.Now().After(end) {
			return &Error{What: "git is at work in " + m.tree.top,
				Next: "wait for it, or remove " + m.indexLock() + " if it was killed", Err: err}
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(lookAgain):
		}
	}
}

// unlock gives the lock of the user's index back.
func (m *mover) unlock() error {
	if !m.hasIndex {
		return nil
	}
	if held, err := os.ReadFile(m.indexLock()); err != nil || !bytes.Equal(held, m.mark()) {
		return nil //nolint:nilerr // somebody has removed it, and perhaps taken it
	}
	m.hasIndex = false
	return os.Remove(m.indexLock())
}
