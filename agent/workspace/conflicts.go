package workspace

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
)

// BringUpToDate brings what has happened on the target since into the workspace. Files that need somebody who decides are
// returned, and have conflict markers. The state before is kept by a snapshot, so that it can be taken back with
// [Workspace.Restore].
func (w *Workspace) BringUpToDate(ctx context.Context) (conflicts []string, err error) {
	info := w.Info()
	if info.Kind != Worktree || info.Target == "" {
		return nil, problem("the work did not begin on a branch", "there is nothing to bring it up to")
	}
	target, err := w.refs().line(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", "refs/heads/"+info.Target)
	if err != nil {
		return nil, problem("there is no branch "+info.Target+" any more", "")
	}
	return w.bringTo(ctx, target, info.Target)
}

// bringTo brings the workspace to a commit.
func (w *Workspace) bringTo(ctx context.Context, commit, name string) (conflicts []string, err error) {
	err = w.locked(ctx, func(g git) error {
		info := w.Info()
		if info.State == Trashed {
			return problem("the workspace is in the trash", "restore it first")
		}
		if info.Base == commit {
			return nil
		}
		before, _, err := w.snapshot(ctx, g, "before it is brought up to "+name)
		if err != nil {
			return err
		}
		p := &plan{old: commit, landed: before.Tree}
		if p.tip, err = g.commit(ctx, before.Tree, before.Message, info.Base); err != nil {
			return err
		}
		tree, files, err := w.mergedTree(ctx, g, p)
		if err != nil {
			return err
		}
		conflicts = files
		if err := g.checkout(ctx, before.Tree, tree, false); err != nil {
			return err
		}
		return w.rebase(ctx, g, commit)
	})
	return conflicts, err
}

// Conflict says that two workspaces, or a workspace and its target, cannot both be landed as they are.
type Conflict struct {
	First  string   // the ID of a workspace
	Second string   // that of another one; empty for the target
	Target string   // the branch, if Second is empty
	Files  []string // hostile
}

// contender is a workspace in the search for conflicts, as its last snapshot has it.
type contender struct {
	info    Info
	commit  string
	target  string // the commit of its target; empty if that has not moved
	changed paths
	moved   paths // what has changed in the target since
}

// Conflicts looks which workspaces of the store that are not landed yet conflict with each other, or with the branch that
// they are to be landed on. It compares their last snapshots, and takes milliseconds.
func (s *Store) Conflicts(ctx context.Context) ([]Conflict, error) {
	all, err := s.all()
	if err != nil {
		return nil, err
	}
	byRepository := make(map[string][]*contender)
	var order []string
	for _, w := range all {
		if info := w.Info(); info.Kind == Worktree && info.State == Ready && info.Last > 0 && exists(info.Common) {
			if byRepository[info.Common] == nil {
				order = append(order, info.Common)
			}
			byRepository[info.Common] = append(byRepository[info.Common], &contender{info: info})
		}
	}
	var found []Conflict
	for _, common := range order {
		w, err := all[0].room.store.Open(ctx, byRepository[common][0].info.ID)
		if err != nil {
			return nil, err
		}
		g := w.git()
		conflicts, err := g.conflicts(ctx, git{dir: common}, byRepository[common])
		if err != nil {
			return nil, err
		}
		found = append(found, conflicts...)
	}
	return found, nil
}

func (g git) conflicts(ctx context.Context, refs git, all []*contender) ([]Conflict, error) {
	if err := g.changes(ctx, refs, all); err != nil {
		return nil, err
	}
	var pairs []Conflict
	var input bytes.Buffer
	for i, a := range all {
		if overlap(a.changed, a.moved) {
			pairs = append(pairs, Conflict{First: a.info.ID, Target: a.info.Target})
			fmt.Fprintf(&input, "%s %s\n", a.target, a.commit)
		}
		for _, b := range all[i+1:] {
			if overlap(a.changed, b.changed) {
				pairs = append(pairs, Conflict{First: a.info.ID, Second: b.info.ID})
				fmt.Fprintf(&input, "%s %s\n", a.commit, b.commit)
			}
		}
	}
	if len(pairs) == 0 {
		return nil, nil
	}
	out, err := g.run(ctx, input.Bytes(), "merge-tree", "--write-tree", "--stdin", "-z", "--name-only", "--no-messages",
		"--allow-unrelated-histories")
	if err != nil {
		return nil, err
	}
	// Of each: 1 or 0 for without conflicts and with them, the tree, the files, an empty field.
	fields := strings.Split(string(out), "\x00")
	var found []Conflict
	for _, pair := range pairs {
		if len(fields) < 3 {
			return nil, fmt.Errorf("git merge-tree has answered for fewer pairs than %d", len(pairs))
		}
		clean := fields[0] == "1"
		fields = fields[2:]
		for len(fields) > 0 && fields[0] != "" {
			pair.Files = append(pair.Files, fields[0])
			fields = fields[1:]
		}
		if len(fields) > 0 {
			fields = fields[1:]
		}
		if pair.Files = slices.Compact(pair.Files); !clean {
			found = append(found, pair)
		}
	}
	return found, nil
}

// changes looks which files each has changed, and which its target.
func (g git) changes(ctx context.Context, refs git, all []*contender) error {
	names := []string{"for-each-ref", "--format=%(refname) %(objectname)"}
	for _, c := range all {
		names = append(names, fmt.Sprintf("%s/%d", c.info.Refs, c.info.Last))
		if c.info.Target != "" {
			names = append(names, "refs/heads/"+c.info.Target)
		}
	}
	out, err := refs.line(ctx, names...)
	if err != nil {
		return err
	}
	commits := make(map[string]string)
	for line := range strings.Lines(out) {
		name, commit, _ := strings.Cut(strings.TrimSpace(line), " ")
		commits[name] = commit
	}
	var input bytes.Buffer
	var into []*paths
	for _, c := range all {
		if c.commit = commits[fmt.Sprintf("%s/%d", c.info.Refs, c.info.Last)]; c.commit == "" {
			continue
		}
		fmt.Fprintf(&input, "%s %s\n", c.info.Base+"^{tree}", c.commit+"^{tree}")
		into = append(into, &c.changed)
		if target := commits["refs/heads/"+c.info.Target]; c.info.Target != "" && target != "" && target != c.info.Base {
			c.target = target
			fmt.Fprintf(&input, "%s %s\n", c.info.Base+"^{tree}", target+"^{tree}")
			into = append(into, &c.moved)
		}
	}
	trees, err := g.run(ctx, bytes.ReplaceAll(input.Bytes(), []byte(" "), []byte("\n")), "cat-file", "--batch-check=%(objectname)")
	if err != nil {
		return err
	}
	lines := strings.Fields(string(trees))
	if len(lines) != 2*len(into) {
		return fmt.Errorf("a snapshot is missing: %s", strings.TrimSpace(string(trees)))
	}
	input.Reset()
	var headers []string
	for i := 0; i < len(lines); i += 2 {
		headers = append(headers, lines[i]+" "+lines[i+1]+"\n")
		input.WriteString(headers[len(headers)-1])
	}
	rest, err := g.run(ctx, input.Bytes(), "diff-tree", "--stdin", "-r", "-z", "--name-only", "--no-renames", "--no-ext-diff")
	if err != nil {
		return err
	}
	for i, set := range into {
		*set = make(map[string]bool)
		rest = bytes.TrimPrefix(rest, []byte(headers[i]))
		for len(rest) > 0 && (i+1 == len(into) || !bytes.HasPrefix(rest, []byte(headers[i+1]))) {
			path, behind, _ := bytes.Cut(rest, []byte{0})
			rest = behind
			set.add(string(path))
		}
	}
	return nil
}

// paths is a set of files, and of the folders that they are in: a file may have come where another has a folder.
type paths map[string]bool

func (p paths) add(path string) {
	for p[path] = false; ; {
		slash := strings.LastIndexByte(path, '/')
		if slash < 0 {
			return
		}
		path = path[:slash]
		if _, seen := p[path]; seen {
			return
		}
		p[path] = true
	}
}

// overlap reports whether two have a file in common, or one has a file where the other has a folder.
func overlap(a, b paths) bool {
	for path, isFolder := range a {
		if other, there := b[path]; there && (!isFolder || !other) {
			return true
		}
	}
	return false
}
