package workspace

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"drover/agent/safetext"
)

// repository is a git repository of the user's, seen from one folder in it.
type repository struct {
	common  string // the git folder that all worktrees share
	gitDir  string // the git folder of this worktree
	top     string // the root of the files; empty if it is bare
	prefix  string // the folder in top, with slashes; empty for top itself
	objects string
	shallow string // a file; empty if the history is complete
	format  string // of object names: sha1 or sha256
	allowed []setting
	promise bool     // objects may be missing: it is a partial clone
	filters []string // that the user's git runs contents through
	signs   bool     // the user wants commits to be signed
}

// setting is a setting of git and its value.
type setting struct{ key, value string }

// contentSettings are those that are taken from the user's configuration, because without them files would be read or
// written otherwise than by the user's own git. None of them names anything that is executed. Keys are in lower case.
var contentSettings = []string{
	"core.autocrlf", "core.eol", "core.ignorecase", "core.precomposeunicode", "core.filemode", "core.symlinks",
	"core.protecthfs", "core.protectntfs", "core.excludesfile", "core.attributesfile", "core.bigfilethreshold",
	"core.compression", "core.loosecompression", "core.sparsecheckout", "core.sparsecheckoutcone",
	"core.longpaths", "merge.renames", "merge.directoryrenames", "merge.renamelimit", "diff.renamelimit", "diff.algorithm",
	"user.name", "user.email",
}

// errNoRepository says that a folder is not in a git repository.
var errNoRepository = errors.New("not in a git repository")

// openRepository finds the repository that a folder is in.
func openRepository(ctx context.Context, dir string) (*repository, error) {
	g := git{cwd: dir, configs: true}
	out, err := g.run(ctx, nil, "rev-parse", "--path-format=absolute", "--git-common-dir", "--absolute-git-dir",
		"--git-path", "objects", "--git-path", "shallow", "--show-object-format", "--is-bare-repository", "--is-inside-work-tree")
	if err != nil {
		if exitCode(err) == 128 && strings.Contains(err.Error(), "not a git repository") {
			return nil, errNoRepository
		}
		return nil, err
	}
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if len(lines) != 7 {
		return nil, problem("the name of the repository's folder has a line end in it", "rename the folder")
	}
	r := &repository{common: lines[0], gitDir: lines[1], objects: lines[2], format: lines[4]}
	if _, err := os.Stat(lines[3]); err == nil {
		r.shallow = lines[3]
	}
	switch {
	case lines[6] == "true":
		if r.top, err = g.line(ctx, "rev-parse", "--path-format=absolute", "--show-toplevel"); err != nil {
			return nil, err
		}
		if r.prefix, err = g.line(ctx, "rev-parse", "--show-prefix"); err != nil {
			return nil, err
		}
		r.prefix = strings.TrimSuffix(r.prefix, "/")
	case lines[5] != "true":
		return nil, problem("the folder is inside a git folder", "name the folder with the files")
	}
	return r, r.configure(ctx, git{dir: r.gitDir, configs: true})
}

// configure reads the user's settings that matter.
func (r *repository) configure(ctx context.Context, g git) error {
	all, err := g.fields(ctx, nil, "config", "--list", "-z", "--includes")
	if err != nil {
		return err
	}
	r.allowed = nil
	for _, entry := range all {
		key, value, hasValue := strings.Cut(entry, "\n")
		if !hasValue {
			value = "true"
		}
		switch {
		case slices.Contains(contentSettings, key):
			r.allowed = append(r.allowed, setting{key, value})
		case strings.HasPrefix(key, "remote.") && strings.HasSuffix(key, ".promisor"):
			r.promise = true
		case strings.HasPrefix(key, "filter."):
			if name := key[strings.LastIndex(key, ".")+1:]; name == "clean" || name == "smudge" || name == "process" {
				r.filters = append(r.filters, key[len("filter."):strings.LastIndex(key, ".")])
			}
		case key == "commit.gpgsign":
			r.signs = value != "false" && value != "no" && value != "off" && value != "0"
		}
	}
	return nil
}

// user is git on the user's own git folder: for refs and the register of worktrees.
func (r *repository) user() git {
	g := git{dir: r.gitDir, shallow: r.shallow, author: "drover", mail: "drover@localhost"}
	for _, s := range r.allowed {
		switch s.key {
		case "user.name":
			g.author = s.value
		case "user.email":
			g.mail = s.value
		}
	}
	return g
}

// contents makes a git folder of drover's own in dir, and returns git with it, for the files in tree with this index
// file. Objects are read from and written to the user's store.
func (r *repository) contents(dir, tree, index string) (git, error) {
	for _, file := range []string{"exclude", "attributes"} {
		if err := carry(filepath.Join(r.common, "info", file), filepath.Join(dir, "info", file)); err != nil {
			return git{}, err
		}
	}
	if err := carry(filepath.Join(r.gitDir, "info", "sparse-checkout"), filepath.Join(dir, "info", "sparse-checkout")); err != nil {
		return git{}, err
	}
	if err := makeGitDir(dir, r.format, r.allowed); err != nil {
		return git{}, err
	}
	// An index that is split names the file with its other half, which git looks for in the git folder.
	halves, err := filepath.Glob(filepath.Join(r.gitDir, "sharedindex.*"))
	for _, half := range halves {
		err = errors.Join(err, carry(half, filepath.Join(dir, filepath.Base(half))))
	}
	if err != nil {
		return git{}, err
	}
	return git{dir: dir, tree: tree, index: index, objects: r.objects, shallow: r.shallow}, nil
}

// carry copies a small file, or removes the copy if there is no such file.
func carry(from, to string) error {
	data, err := os.ReadFile(from)
	if errors.Is(err, os.ErrNotExist) {
		if err := os.Remove(to); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		return nil
	}
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o600) //nolint:gosec // it is in a git folder of drover's own
}

// makeGitDir makes a git folder with drover's configuration and these settings, or brings the one that is there up to
// date.
func makeGitDir(dir, format string, settings []setting) error {
	for _, sub := range []string{"refs", "objects", "info"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			return err
		}
	}
	var b strings.Builder
	version := 0
	if format != "" && format != "sha1" {
		version = 1
		fmt.Fprintf(&b, "[extensions]\n\tobjectFormat = %s\n", quoteSetting(format))
	}
	fmt.Fprintf(&b,
		"[core]\n\trepositoryFormatVersion = %d\n\tbare = false\n\tlogAllRefUpdates = false\n\tsafecrlf = false\n"+
			"\tquotePath = false\n\tsplitIndex = false\n",
		version)
	b.WriteString("[diff]\n\tignoreSubmodules = all\n[checkout]\n\tworkers = 1\n[index]\n\tversion = 2\n")
	b.WriteString("[user]\n\tname = drover\n\temail = drover@localhost\n") // the user's own follow, if git knows them
	for _, s := range settings {
		section, name, _ := strings.Cut(s.key, ".")
		fmt.Fprintf(&b, "[%s]\n\t%s = %s\n", section, name, quoteSetting(s.value))
	}
	if err := replaceFile(filepath.Join(dir, "config"), []byte(b.String())); err != nil {
		return err
	}
	head := filepath.Join(dir, "HEAD")
	if _, err := os.Stat(head); err == nil {
		return nil
	}
	return replaceFile(head, []byte("ref: refs/heads/none\n"))
}

// quoteSetting writes a value as a configuration file has it.
func quoteSetting(value string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`, "\x00", "").Replace(value) + `"`
}

// busyWith says what is in progress in the worktree with this git folder, for people; empty for nothing.
func busyWith(gitDir string) string {
	for _, o := range []struct{ file, what string }{
		{"rebase-merge", "a rebase"}, {"rebase-apply", "a rebase"}, {"MERGE_HEAD", "a merge"},
		{"CHERRY_PICK_HEAD", "a cherry-pick"}, {"REVERT_HEAD", "a revert"}, {"sequencer",
			"a cherry-pick or revert"}, {"BISECT_LOG", "a bisect"},
	} {
		if _, err := os.Lstat(filepath.Join(gitDir, o.file)); err == nil {
			return o.what
		}
	}
	return ""
}

// resolve returns the commit that a name stands for, and the branch that it names, without refs/heads/, if it does.
// An empty name is what is checked out.
func (r *repository) resolve(ctx context.Context, name string) (commit, branch string, err error) {
	asked := name
	if name == "" {
		asked = "HEAD"
	}
	commit, err = r.user().line(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", asked+"^{commit}")
	switch {
	case err != nil && name == "":
		return "", "", problem("the repository has no commit yet", "commit something, or ask for a copy")
	case err != nil:
		return "", "", problem(fmt.Sprintf("the base %s is not a commit of the repository", safetext.Line(name, 0)),
			"name a branch, a tag or a commit")
	}
	var full string
	if name == "" {
		full, err = r.user().line(ctx, "symbolic-ref", "--quiet", "HEAD")
		if exitCode(err) == 1 {
			err = nil // nothing but a commit is checked out
		}
	} else {
		full, err = r.user().line(ctx, "rev-parse", "--symbolic-full-name", "--end-of-options", name)
	}
	if err != nil {
		return "", "", err
	}
	full = strings.TrimPrefix(strings.TrimSpace(full), "--end-of-options\n")
	branch, found := strings.CutPrefix(full, "refs/heads/")
	if !found {
		branch = ""
	}
	return commit, branch, nil
}
