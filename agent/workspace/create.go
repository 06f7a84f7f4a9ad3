package workspace

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"drover/agent/safetext"
)

// Create makes a workspace. The notes are sentences for people about what is not as they may expect: uncommitted files
// that are not in it, submodules, files kept elsewhere. They may quote names of files and are hostile.
//
// With a *ConsentError or a *SetupError the workspace is returned too. It can be looked at, made ready with
// [Workspace.Prepare] or discarded.
func (s *Store) Create(ctx context.Context, spec Spec) (w *Workspace, notes []string, err error) {
	source, err := filepath.Abs(spec.Source)
	if err != nil {
		return nil, nil, err
	}
	spec.Source = source
	if info, err := os.Stat(spec.Source); err != nil || !info.IsDir() {
		return nil, nil, &Error{What: "there is no folder " + spec.Source, Next: "name one that is there", Err: err}
	}
	r, err := openRepository(ctx, spec.Source)
	switch {
	case errors.Is(err, errNoRepository) && spec.Kind == Worktree:
		return nil, nil, problem(spec.Source+" is not in a git repository", "ask for a copy, or for the folder itself")
	case err != nil && !errors.Is(err, errNoRepository):
		return nil, nil, err
	case spec.Kind == "" && r != nil:
		spec.Kind = Worktree
	case spec.Kind == "":
		spec.Kind = Copy
	}
	switch spec.Kind {
	case Worktree:
		w, notes, err = s.createWorktree(ctx, spec, r)
	case Copy:
		w, notes, err = s.createCopy(ctx, spec)
	case InPlace:
		w, notes, err = s.createInPlace(ctx, spec, r)
	default:
		return nil, nil, problem(fmt.Sprintf("%q is not a kind of workspace", spec.Kind), "it is worktree, copy or inplace")
	}
	if err != nil {
		return nil, nil, err
	}
	return w, notes, w.prepare(ctx, spec.Setup)
}

// createWorktree makes a worktree of a repository.
func (s *Store) createWorktree(ctx context.Context, spec Spec, r *repository) (*Workspace, []string, error) {
	room, err := s.room(r.common)
	if err != nil {
		return nil, nil, err
	}
	var w *Workspace
	var notes []string
	err = room.locked(ctx, func(l *lock) error {
		if err := room.recover(ctx, l); err != nil {
			return err
		}
		if w, err = room.reserve(ctx, spec, r); err != nil {
			return err
		}
		notes, err = w.fill(ctx, spec, r, l)
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

// reserve finds a name that nothing has yet, and writes down that a workspace of that name is being made.
func (r room) reserve(ctx context.Context, spec Spec, repo *repository) (*Workspace, error) {
	plain := fmt.Sprint(spec.Serial)
	if words := slug(spec.Slug); words != "" {
		plain += "-" + words
	}
	for i := 1; ; i++ {
		name, refs := plain, fmt.Sprintf("refs/drover/%d", spec.Serial)
		if i > 1 {
			name, refs = fmt.Sprintf("%s-%d", plain, i), fmt.Sprintf("%s.%d", refs, i)
		}
		branch := ""
		if repo != nil {
			branch = "drover/" + name
			taken, err := repo.user().line(ctx, "for-each-ref", "--count=1", "--format=%(refname)", "refs/heads/"+branch, refs+"/")
			if err != nil {
				return nil, err
			}
			if taken != "" {
				continue
			}
		}
		if exists(r.files(name)) || exists(r.trash(name)) {
			continue
		}
		home := r.home(name)
		if err := os.Mkdir(home, 0o700); err != nil {
			if errors.Is(err, os.ErrExist) {
				continue
			}
			return nil, err
		}
		w := &Workspace{room: r, home: home}
		return w, w.save(func(info *Info) {
			*info = Info{
				ID: name, Serial: spec.Serial, Name: name, Kind: spec.Kind, State: Creating, Created: r.store.now().UTC(),
				Source: spec.Source, Dir: r.files(name), Work: r.files(name), Branch: branch, Refs: refs,
			}
		})
	}
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// fill registers a worktree, and puts the files of its base into it.
func (w *Workspace) fill(ctx context.Context, spec Spec, r *repository, l *lock) (notes []string, err error) {
	from, err := r.origin(ctx, spec, filepath.Join(w.home, "origin"), l)
	if err != nil {
		return nil, err
	}
	notes = from.notes
	if err := w.save(func(i *Info) {
		i.Repository, i.Common = r.top, r.common
		i.Base, i.Start, i.Target, i.WithChanges = from.commit, from.commit, from.branch, spec.WithChanges
	}); err != nil {
		return nil, err
	}
	info := w.Info()
	user := r.user()
	user.lock = l
	if _, err := user.run(ctx, nil, "update-ref", info.Refs+"/0", info.Base, ""); err != nil {
		return nil, err
	}
	if _, err := user.run(ctx, nil, "worktree", "add", "--quiet", "--no-checkout", "--no-track", "-b", info.Branch, info.Dir,
		info.Base); err != nil {
		return nil, err
	}
	step("registered")
	// Nobody but git has been in the folder yet.
	link, err := os.ReadFile(filepath.Join(info.Dir, ".git"))
	if err != nil {
		return nil, err
	}
	admin, _ := strings.CutPrefix(strings.TrimSpace(string(link)), "gitdir: ")
	if !filepath.IsAbs(admin) {
		admin = filepath.Join(info.Dir, admin)
	}
	if err := w.save(func(i *Info) { i.Admin = admin }); err != nil {
		return nil, err
	}
	g, err := r.contents(filepath.Join(w.home, "git"), info.Dir, filepath.Join(w.home, "index"))
	if err != nil {
		return nil, err
	}
	g.lock = l
	if _, err := g.run(ctx, nil, "read-tree", "-m", "-u", info.Base); err != nil {
		if r.promise {
			return nil, &Error{What: "the repository is a partial clone, and files of the base have not been fetched",
				Next: "fetch them with git fetch --refetch --no-filter", Err: err}
		}
		return nil, err
	}
	step("filled")
	// The index that git in the workspace uses; drover's own stays beside it.
	if err := copyIndex(g.index, filepath.Join(admin, "index")); err != nil {
		return nil, err
	}
	more, err := w.furnish(ctx, spec, r, g)
	return append(notes, more...), err
}

// furnish does what remains when the files of the base are there.
func (w *Workspace) furnish(ctx context.Context, spec Spec, r *repository, g git) (notes []string, err error) {
	info := w.Info()
	if !spec.NoSubmodule {
		more, err := w.submodules(ctx, g, r)
		if err != nil {
			return nil, err
		}
		notes = append(notes, more...)
	}
	if !spec.NoInclude {
		more, err := w.include(ctx, r, g.lock)
		if err != nil {
			return nil, err
		}
		notes = append(notes, more...)
	}
	pointers, err := w.filtered(ctx, r, g)
	if err != nil {
		return nil, err
	}
	notes = append(notes, pointers...)
	work := filepath.Join(info.Dir, filepath.FromSlash(r.prefix))
	if stat, err := os.Stat(work); err != nil || !stat.IsDir() {
		notes = append(notes, fmt.Sprintf("%s is not in the base: work begins in the root of the repository", r.prefix))
		work = info.Dir
	}
	return notes, w.save(func(i *Info) { i.Work, i.State = work, Preparing })
}

// filtered says which files are not as the user has them, because the user's git runs them through a program.
func (w *Workspace) filtered(ctx context.Context, r *repository, g git) (notes []string, err error) {
	if len(r.filters) == 0 {
		return nil, nil
	}
	paths, err := g.run(ctx, nil, "ls-files", "-z")
	if err != nil {
		return nil, err
	}
	fields, err := g.fields(ctx, paths, "check-attr", "-z", "--stdin", "filter")
	if err != nil {
		return nil, err
	}
	files := make(map[string][]string)
	for ; len(fields) >= 3; fields = fields[3:] {
		if slices.Contains(r.filters, fields[2]) {
			files[fields[2]] = append(files[fields[2]], fields[0])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		what := "as in git"
		if name == "lfs" {
			what = "only pointers"
		}
		notes = append(notes, fmt.Sprintf("drover does not run the filter %s, so these are %s: %s", safetext.Line(name, 0), what,
			list(files[name])))
	}
	return notes, nil
}
