package workspace

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// record brings the index up to date with the files that are not ignored, and returns the tree of it. Left out are what
// cannot be read, and the contents of git repositories inside the tree; both are named in skipped. It runs no program
// but git, and none in such a repository.
func (g git) record(ctx context.Context) (tree string, skipped []string, err error) {
	// What a killed git has left. Nobody else uses this index, and whoever does holds the lock of the workspace.
	if err := os.Remove(g.index + ".lock"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", nil, err
	}
	entries, err := g.fields(ctx, nil, "ls-files", "-z", "-t", "--others", "--modified", "--deleted", "--exclude-standard")
	if err != nil {
		return "", nil, err
	}
	var changed, gone []string
	folders := make(map[string]bool)
	for _, entry := range entries {
		tag, path, _ := strings.Cut(entry, " ")
		switch {
		case tag == "R", !isBelow(g.tree, path, folders):
			gone = append(gone, path)
		case strings.HasSuffix(path, "/"): // a git repository
			skipped = append(skipped, path)
		case tag == "C" && isFolder(g.tree, path):
			if exists(filepath.Join(g.tree, path, ".git")) { // a submodule
				skipped = append(skipped, path+"/")
			} else {
				gone = append(gone, path) // a file that has become a folder
			}
		default:
			changed = append(changed, path)
		}
	}
	if len(gone) > 0 {
		if _, err := g.run(ctx, joinNUL(gone), "update-index", "-z", "--force-remove", "--stdin"); err != nil {
			return "", nil, err
		}
		slices.Sort(gone)
		changed = slices.DeleteFunc(changed, func(path string) bool {
			_, found := slices.BinarySearch(gone, path)
			return found
		})
	}
	unreadable, err := g.addFiles(ctx, changed)
	if err != nil {
		return "", nil, err
	}
	tree, err = g.line(ctx, "write-tree")
	return tree, append(skipped, unreadable...), err
}

// isBelow reports whether all that a path leads through are folders: git takes a file that is found through a link for one
// of the tree, and then refuses it. What is known of folders is kept in known.
func isBelow(root, path string, known map[string]bool) bool {
	slash := strings.LastIndexByte(strings.TrimSuffix(path, "/"), '/')
	if slash < 0 {
		return true
	}
	parent := path[:slash]
	is, seen := known[parent]
	if !seen {
		is = isFolder(root, parent) && isBelow(root, parent, known)
		known[parent] = is
	}
	return is
}

func isFolder(root, path string) bool {
	info, err := os.Lstat(filepath.Join(root, path))
	return err == nil && info.IsDir()
}

// addFiles puts files into the index and returns those that cannot be read.
func (g git) addFiles(ctx context.Context, paths []string) (unreadable []string, err error) {
	if len(paths) == 0 {
		return nil, nil
	}
	add := func() error {
		_, err := g.run(ctx, joinNUL(paths), "update-index", "-z", "--add", "--remove", "--replace", "--stdin")
		return err
	}
	if err = add(); err == nil || exitCode(err) != 128 {
		return nil, err
	}
	if paths, unreadable = readable(g.tree, paths); len(unreadable) == 0 {
		return nil, err
	}
	if len(paths) == 0 {
		return unreadable, nil
	}
	return unreadable, add()
}

// readable tells files that can be read, or are gone, from those that cannot.
func readable(root string, paths []string) (good, bad []string) {
	for _, path := range paths {
		full := filepath.Join(root, path)
		info, err := os.Lstat(full)
		if err == nil && info.Mode().IsRegular() {
			var file *os.File
			if file, err = os.OpenFile(full, os.O_RDONLY|syscall.O_NONBLOCK, 0); err == nil {
				err = file.Close()
			}
		}
		if err == nil || errors.Is(err, fs.ErrNotExist) {
			good = append(good, path)
		} else {
			bad = append(bad, path)
		}
	}
	return good, bad
}

// commit makes a commit of a tree, by the user if git knows one, otherwise by drover.
func (g git) commit(ctx context.Context, tree, message string, parents ...string) (string, error) {
	args := []string{"-c", "i18n.commitEncoding=UTF-8", "commit-tree", tree}
	for _, parent := range parents {
		if parent != "" {
			args = append(args, "-p", parent)
		}
	}
	out, err := g.run(ctx, []byte(cleanMessage(message)), args...)
	return strings.TrimSpace(string(out)), err
}

// cleanMessage returns a message that commit-tree takes.
func cleanMessage(message string) string {
	message = strings.TrimSpace(strings.ReplaceAll(strings.ToValidUTF8(message, "?"), "\x00", ""))
	if message == "" {
		message = "a change without a message"
	}
	return message + "\n"
}

// treeOf returns the tree of a commit.
func (g git) treeOf(ctx context.Context, commit string) (string, error) {
	return g.line(ctx, "rev-parse", "--verify", "--quiet", commit+"^{tree}")
}

// checkout changes the files and the index from one tree to another. What is the same in both stays as it is, and so does
// what is in neither. With force what is in the way is overwritten.
func (g git) checkout(ctx context.Context, from, to string, force bool) error {
	args := []string{"read-tree", "-m", "-u", from, to}
	if force {
		args = []string{"read-tree", "--reset", "-u", to}
	}
	_, err := g.run(ctx, nil, args...)
	return err
}

// changedPaths returns the paths in which two trees differ, without looking for renames.
func (g git) changedPaths(ctx context.Context, from, to string) ([]string, error) {
	return g.fields(ctx, nil, "diff-tree", "-r", "-z", "--no-renames", "--name-only", "--no-ext-diff", from, to)
}

// merge merges two commits and returns the tree, and the paths that need somebody who decides. With conflicts the tree
// holds files with conflict markers.
func (g git) merge(ctx context.Context, ours, theirs string) (tree string, conflicts []string, err error) {
	out, err := g.run(ctx, nil, "merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", "--allow-unrelated-histories",
		ours, theirs)
	if err != nil && exitCode(err) != 1 {
		return "", nil, err
	}
	fields := splitNUL(out)
	if len(fields) == 0 {
		return "", nil, fmt.Errorf("git merge-tree returned nothing: %w", errors.Join(err))
	}
	conflicts = slices.Compact(slices.Clip(fields[1:]))
	if exitCode(err) == 1 && len(conflicts) == 0 {
		return "", nil, errors.New("git merge-tree names no file of a conflict")
	}
	return fields[0], conflicts, nil
}

// mergeFrom merges as if base were where ours and theirs parted. All are trees.
func (g git) mergeFrom(ctx context.Context, base, ours, theirs string) (tree string, conflicts []string, err error) {
	var commits [3]string
	for i, tree := range []string{base, ours, theirs} {
		parent := ""
		if i > 0 {
			parent = commits[0]
		}
		if commits[i], err = g.commit(ctx, tree, "merge", parent); err != nil {
			return "", nil, err
		}
	}
	return g.merge(ctx, commits[1], commits[2])
}

// replaceFile writes a small file as a whole, or not at all. It does not wait for the disk: that would have to write all
// that was checked out a moment before, which takes seconds.
func replaceFile(path string, data []byte) error {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	err = errors.Join(err, file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path) //nolint:gosec // the path is of drover's own or of a git folder
	}
	if err != nil {
		_ = os.Remove(file.Name()) //nolint:gosec // it was made above
	}
	return err
}

// createWhole makes a file that is there with all of its content or not at all. One that is there is an error that is
// fs.ErrExist.
func createWhole(path string, data []byte) error {
	part := path + ".drover"
	if err := os.WriteFile(part, data, 0o644); err != nil { //nolint:gosec // as git's own files are
		return err
	}
	err := os.Link(part, path)
	return errors.Join(err, os.Remove(part))
}

// copyIndex copies an index with its time, by which git sees which files may have changed within the same instant.
func copyIndex(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	part := to + ".drover"
	if err := replaceFile(part, data); err != nil {
		return err
	}
	//nolint:gosec // the file was made above
	err = errors.Join(os.Chmod(part, info.Mode().Perm()), os.Chtimes(part, info.ModTime(), info.ModTime()))
	if err == nil {
		err = os.Rename(part, to) //nolint:gosec // the path is of drover's own or of a git folder
	}
	return err
}

// step is called between the steps of what a killed process must not leave half done. Tests set it.
var step = func(string) {}
