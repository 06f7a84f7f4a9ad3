package workspace

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bluekeyes/go-gitdiff/gitdiff"
)

const (
	// maxShown is the size, in bytes, from which on a file is only said to differ.
	maxShown = "2m"

	// maxPatch is how long a whole diff may be, in bytes. What comes behind it is left out.
	maxPatch = 48 << 20
)

// Diff is what differs between the base and the present state of a workspace.
type Diff struct {
	Base, Tree     string // a commit and a tree
	Files          []File // in the order of their paths
	Added, Deleted int    // lines
	Cut            bool   // it is too long: files are missing at the end
	Notes          []string
}

// Status says what happened to a file.
type Status string

// The statuses.
const (
	Added    Status = "added"
	Deleted  Status = "deleted"
	Modified Status = "modified"
	Renamed  Status = "renamed" // and perhaps modified
	Retyped  Status = "retyped" // a file has become a symbolic link, or the like
)

// File is a file in a diff. Paths are slash-separated, from the root of the workspace; they are hostile.
type File struct {
	Path     string
	Old      string // the path in the base, if it is another one
	Status   Status
	OldMode  uint32 // as git has it: 0o100644, 0o100755 executable, 0o120000 a symbolic link, 0o160000 a submodule; 0 if there was none
	NewMode  uint32
	Binary   bool // or too large to be shown
	Added    int  // lines
	Deleted  int
	Hunks    []Hunk // for reading; empty for a binary file, and if only its mode or name has changed
	Whole    bool   // it can only be accepted or reverted as a whole, not by hunks
	ID       string
	Accepted bool // all of it is

	oldID, newID string // of the contents
}

// Hunk is a place in a file where it differs.
type Hunk struct {
	ID       string // stays the same while the hunk does, wherever in the file it moves to
	OldStart int    // the number of its first line in the base, from 1
	OldLines int
	NewStart int
	NewLines int
	Section  string // what git says the place belongs to, often a function; hostile
	Lines    []Line
	Accepted bool
}

// Line is a line of a hunk.
type Line struct {
	Op   byte   // ' ', '-' or '+'
	Text string // with its line end, if it has one; hostile, and not always UTF-8
}

// Choice is a part of a diff.
type Choice struct {
	Tree  string   // of the diff that was looked at
	Path  string   // of the file
	Hunks []string // their IDs; empty for all of the file
}

// Diff compares the workspace with its base. Files that are not ignored are in it, also those that git in the workspace does
// not know yet.
func (w *Workspace) Diff(ctx context.Context) (d *Diff, err error) {
	err = w.locked(ctx, func(g git) error {
		d, err = w.diff(ctx, g)
		return err
	})
	return d, err
}

// DiffSince compares the workspace with one of its snapshots.
func (w *Workspace) DiffSince(ctx context.Context, number int) (d *Diff, err error) {
	err = w.locked(ctx, func(g git) error {
		commit, err := w.refs().line(ctx, "rev-parse", "--verify", "--quiet", fmt.Sprintf("%s/%d", w.Info().Refs, number))
		if err != nil {
			return problem(fmt.Sprintf("workspace %s has no snapshot %d", w.Info().ID, number), "")
		}
		tree, skipped, err := g.record(ctx)
		if err != nil {
			return err
		}
		if d, err = g.compare(ctx, commit, tree); err == nil {
			d.Notes = leftOut(skipped)
		}
		return err
	})
	return d, err
}

// leftOut says which files are in neither snapshot nor diff.
func leftOut(skipped []string) []string {
	if len(skipped) == 0 {
		return nil
	}
	return []string{"left out, as they cannot be read or are repositories of their own: " + list(skipped)}
}

// diff is Diff for somebody who has the lock.
func (w *Workspace) diff(ctx context.Context, g git) (*Diff, error) {
	info := w.Info()
	tree, skipped, err := g.record(ctx)
	if err != nil {
		return nil, err
	}
	d, err := g.compare(ctx, info.Base, tree)
	if err != nil {
		return nil, err
	}
	d.Notes = leftOut(skipped)
	d.mark(info.Accepted)
	return d, nil
}

// compare compares a commit, or a tree, with a tree.
func (g git) compare(ctx context.Context, base, tree string) (*Diff, error) {
	out := limited{limit: maxPatch}
	err := g.stream(ctx, nil, &out,
		"-c", "core.bigFileThreshold="+maxShown, "-c", "core.quotePath=true", "diff-tree", "-r",
		"--raw", "-p", "-M", "--full-index", "--no-color",
		"--no-ext-diff", "--no-textconv", "--ignore-submodules=dirty", "--submodule=short",
		"--src-prefix=a/", "--dst-prefix=b/", base, tree)
	if err != nil && !out.full {
		return nil, err
	}
	d, err := parseDiff(out.Bytes())
	if err != nil {
		return nil, err
	}
	d.Base, d.Tree, d.Cut = base, tree, out.full
	return d, nil
}

var errFull = errors.New("there is more than is wanted")

// limited takes so many bytes, and then fails.
type limited struct {
	bytes.Buffer
	limit int
	full  bool
}

func (l *limited) Write(p []byte) (int, error) {
	if l.Len()+len(p) > l.limit {
		l.full = true
		// What is left ends with a whole file.
		l.Truncate(max(0, bytes.LastIndex(l.Bytes(), []byte("\ndiff --git "))+1))
		return 0, errFull
	}
	return l.Buffer.Write(p)
}

// parseDiff reads what git diff-tree -p prints.
func parseDiff(patch []byte) (*Diff, error) {
	parsed, summary, err := gitdiff.Parse(bytes.NewReader(patch))
	if err != nil {
		return nil, fmt.Errorf("the diff of git cannot be read: %w", err)
	}
	raw, err := parseRaw(summary)
	if err != nil {
		return nil, err
	}
	d := &Diff{}
	for _, p := range parsed {
		if len(raw) == 0 {
			return nil, errors.New("the diff of git has more files than its summary")
		}
		file := fileOf(p, raw[0])
		if raw[0].status != "T" || p.IsNew {
			raw = raw[1:]
		}
		last := len(d.Files) - 1
		if last >= 0 && d.Files[last].Path == file.Path && d.Files[last].Status == Deleted && file.Status == Added {
			// Git says so of a file that has become something else.
			before := d.Files[last]
			d.Files = d.Files[:last]
			file.Status, file.Deleted, file.Whole = Retyped, before.Deleted, true
			file.Hunks = append(before.Hunks, file.Hunks...)
		}
		d.Files = append(d.Files, file)
	}
	for _, file := range d.Files {
		d.Added += file.Added
		d.Deleted += file.Deleted
	}
	return d, nil
}

// change is a line of what git diff-tree --raw prints, without names.
type change struct {
	oldMode, newMode uint32
	oldID, newID     string
	status           string // one letter
}

func parseRaw(summary string) ([]change, error) {
	var all []change
	for line := range strings.Lines(summary) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		var c change
		if _, err := fmt.Sscanf(line, ":%o %o %s %s %1s", &c.oldMode, &c.newMode, &c.oldID, &c.newID, &c.status); err != nil {
			return nil, fmt.Errorf("the summary of git's diff cannot be read: %w", err)
		}
		all = append(all, c)
	}
	return all, nil
}

const (
	modeLink      = 0o120000
	modeSubmodule = 0o160000
)

func fileOf(p *gitdiff.File, c change) File {
	file := File{
		Path: p.NewName, Status: Modified, OldMode: c.oldMode, NewMode: c.newMode, Binary: p.IsBinary, oldID: c.oldID, newID: c.newID,
	}
	switch {
	case p.IsNew:
		file.Status = Added
	case p.IsDelete:
		file.Status, file.Path = Deleted, p.OldName
	case p.IsRename:
		file.Status, file.Old = Renamed, p.OldName
	}
	file.ID = hash(file.Path, file.Old, fmt.Sprint(c))
	file.Whole = len(p.TextFragments) == 0 || file.Status == Deleted || file.OldMode != file.NewMode && file.OldMode != 0 ||
		slices.Contains([]uint32{modeLink, modeSubmodule}, file.NewMode)
	seen := make(map[string]int)
	for _, f := range p.TextFragments {
		hunk := Hunk{
			OldStart: int(f.OldPosition), OldLines: int(f.OldLines), NewStart: int(f.NewPosition), NewLines: int(f.NewLines),
			Section: f.Comment,
			Lines:   make([]Line, len(f.Lines)),
		}
		sum := sha256.New()
		sum.Write([]byte(file.Path))
		for i, line := range f.Lines {
			hunk.Lines[i] = Line{Op: " -+"[line.Op], Text: line.Line}
			sum.Write([]byte{0, hunk.Lines[i].Op})
			sum.Write([]byte(line.Line))
		}
		id := hex.EncodeToString(sum.Sum(nil)[:8])
		seen[id]++
		if n := seen[id]; n > 1 {
			id = fmt.Sprintf("%s.%d", id, n)
		}
		hunk.ID = id
		file.Added += int(f.LinesAdded)
		file.Deleted += int(f.LinesDeleted)
		file.Hunks = append(file.Hunks, hunk)
	}
	return file
}

func hash(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:8])
}

// mark marks what was accepted.
func (d *Diff) mark(accepted []string) {
	for i := range d.Files {
		file := &d.Files[i]
		file.Accepted = !file.Whole || slices.Contains(accepted, file.ID)
		for j := range file.Hunks {
			hunk := &file.Hunks[j]
			hunk.Accepted = file.Whole && file.Accepted || slices.Contains(accepted, hunk.ID)
			file.Accepted = file.Accepted && hunk.Accepted
		}
	}
}

// File returns the file with a path, or nil.
func (d *Diff) File(path string) *File {
	for i := range d.Files {
		if d.Files[i].Path == path {
			return &d.Files[i]
		}
	}
	return nil
}
