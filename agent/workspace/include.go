package workspace

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// includeFile names ignored files, by patterns as .gitignore has them, that a new worktree gets a copy of.
const includeFile = ".worktreeinclude"

// include copies the ignored files of the user that includeFile names. What is there already is not overwritten, and no
// link is made that leads out of the workspace.
func (w *Workspace) include(ctx context.Context, r *repository, l *lock) (notes []string, err error) {
	if r.top == "" || !exists(filepath.Join(r.top, includeFile)) {
		return nil, nil
	}
	dir := filepath.Join(w.home, "origin")
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	g, err := r.contents(dir, r.top, filepath.Join(dir, "index"))
	if err != nil {
		return nil, err
	}
	g.lock = l
	if err := copyIndex(filepath.Join(r.gitDir, "index"), g.index); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	named, err := g.run(ctx, nil, "ls-files", "-z", "--others", "--ignored", "--exclude-from="+includeFile)
	if err != nil || len(named) == 0 {
		return nil, err
	}
	paths, err := g.fields(ctx, named, "check-ignore", "-z", "--stdin")
	if err != nil && exitCode(err) != 1 { // 1: none of them is ignored
		return nil, err
	}
	root, err := os.OpenRoot(w.Info().Dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	var left []string
	for _, name := range paths {
		if err := includeOne(root, r.top, name); err != nil {
			left = append(left, fmt.Sprintf("%s (%v)", name, err))
		}
	}
	if len(left) > 0 {
		notes = append(notes, "not copied: "+list(left))
	}
	return notes, nil
}

var errLeads = errors.New("it leads out of the workspace")

// includeOne copies one file or link.
func includeOne(root *os.Root, top, name string) error {
	from := filepath.Join(top, filepath.FromSlash(name))
	info, err := os.Lstat(from)
	if err != nil {
		return err
	}
	if _, err := root.Lstat(name); err == nil {
		return nil
	}
	if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		target, err := os.Readlink(from)
		if err != nil {
			return err
		}
		if filepath.IsAbs(target) || !filepath.IsLocal(filepath.Join(filepath.Dir(name), target)) {
			return errLeads
		}
		return root.Symlink(target, name)
	case !info.Mode().IsRegular():
		return errors.New("it is not a file")
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, info.Mode().Perm()|0o200)
	if err != nil {
		return err
	}
	if !shareBlocks(out, in) {
		_, err = out.ReadFrom(in)
	}
	return errors.Join(err, out.Chmod(info.Mode().Perm()), out.Close(), root.Chtimes(name, info.ModTime(), info.ModTime()))
}

// submodules is a worktree in the making whose submodules are filled.
type submodules struct {
	settings []setting
	scratch  string // a folder
	lock     *lock
	filled   []string
	missing  []string
}

// submodules puts the files of submodules into the workspace that the user has fetched. Nothing is fetched, and no
// command that a submodule is configured with is run. They are files and not repositories there: what is changed in them
// is not part of the change.
func (w *Workspace) submodules(ctx context.Context, g git, r *repository) (notes []string, err error) {
	s := &submodules{settings: r.allowed, scratch: filepath.Join(w.home, "submodules"), lock: g.lock}
	defer func() { err = errors.Join(err, os.RemoveAll(s.scratch)) }()
	homes := []string{r.gitDir, r.common}
	if err := s.fill(ctx, g, w.Info().Base, homes, r.top, "", 0); err != nil {
		return nil, err
	}
	if len(s.filled) > 0 {
		notes = append(notes, "submodules are there as files, and what is changed in them is not part of the change: "+list(s.filled))
	}
	if len(s.missing) > 0 {
		notes = append(notes, "submodules that have not been fetched are empty: "+list(s.missing))
	}
	return notes, nil
}

const submoduleDepth = 8

// fill fills the submodules of one tree. In homes are the git folders in which theirs may be; top is where the user has
// the files of that tree, and prefix where it is in the workspace.
func (s *submodules) fill(ctx context.Context, g git, commit string, homes []string, top, prefix string, depth int) error {
	links, err := g.links(ctx)
	if err != nil || len(links) == 0 || depth > submoduleDepth {
		return err
	}
	names, err := g.submoduleNames(ctx, commit)
	if err != nil {
		return err
	}
	for _, link := range links {
		shown := path.Join(prefix, link.path)
		home := findSubmodule(homes, names[link.path], filepath.Join(top, filepath.FromSlash(link.path)))
		if home == "" {
			s.missing = append(s.missing, shown)
			continue
		}
		dir := filepath.Join(s.scratch, fmt.Sprint(len(s.filled)+len(s.missing)))
		if err := makeGitDir(dir, "", s.settings); err != nil {
			return err
		}
		sub := git{
			dir: dir, tree: filepath.Join(g.tree, filepath.FromSlash(link.path)), index: filepath.Join(dir, "index"),
			objects: filepath.Join(home, "objects"), lock: s.lock,
		}
		if err := os.MkdirAll(sub.tree, 0o750); err != nil {
			return err
		}
		if _, err := sub.run(ctx, nil, "read-tree", "-m", "-u", link.object); err != nil {
			s.missing = append(s.missing, shown)
			continue
		}
		s.filled = append(s.filled, shown)
		if err := s.fill(ctx, sub, link.object, []string{home}, filepath.Join(top, filepath.FromSlash(link.path)), shown,
			depth+1); err != nil {
			return err
		}
	}
	return nil
}

// findSubmodule returns the git folder of a submodule; empty if there is none.
func findSubmodule(homes []string, name, files string) string {
	if name != "" && filepath.IsLocal(name) {
		for _, home := range homes {
			if dir := filepath.Join(home, "modules", filepath.FromSlash(name)); exists(filepath.Join(dir, "objects")) {
				return dir
			}
		}
	}
	if dir := filepath.Join(files, ".git"); exists(filepath.Join(dir, "objects")) {
		return dir
	}
	return ""
}

// link is a submodule in the index.
type link struct{ path, object string }

func (g git) links(ctx context.Context) ([]link, error) {
	entries, err := g.fields(ctx, nil, "ls-files", "--stage", "-z")
	var links []link
	for _, entry := range entries {
		if mode, object, path := stageEntry(entry); mode == "160000" {
			links = append(links, link{path, object})
		}
	}
	return links, err
}

// submoduleNames returns the names of submodules by their paths.
func (g git) submoduleNames(ctx context.Context, commit string) (map[string]string, error) {
	if _, err := g.run(ctx, nil, "cat-file", "-e", commit+":.gitmodules"); err != nil {
		return nil, nil //nolint:nilerr // it has none
	}
	entries, err := g.fields(ctx, nil, "config", "--blob", commit+":.gitmodules", "--list", "-z")
	if err != nil {
		return nil, fmt.Errorf(".gitmodules: %w", err)
	}
	names := make(map[string]string)
	for _, entry := range entries {
		key, at, _ := strings.Cut(entry, "\n")
		name, isSubmodule := strings.CutPrefix(key, "submodule.")
		if name, isPath := strings.CutSuffix(name, ".path"); isSubmodule && isPath {
			names[at] = name
		}
	}
	return names, nil
}
