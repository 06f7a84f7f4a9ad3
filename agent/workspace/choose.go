package workspace

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"drover/agent/safetext"
)

// Accept notes that a part of the diff was accepted, or takes that back. It stays so as long as that part does not change.
// The error matches ErrChanged if the workspace has changed since the diff was made.
func (w *Workspace) Accept(ctx context.Context, c Choice, accepted bool) error {
	return w.locked(ctx, func(g git) error {
		d, file, hunks, err := w.chosen(ctx, g, c)
		if err != nil {
			return err
		}
		ids := hunks
		if file.Whole {
			ids = []string{file.ID}
		}
		return w.save(func(i *Info) {
			i.Accepted = slices.DeleteFunc(i.Accepted, func(id string) bool { return !d.has(id) || slices.Contains(ids, id) })
			if accepted {
				i.Accepted = append(i.Accepted, ids...)
			}
		})
	})
}

// has reports whether an ID is one of the diff.
func (d *Diff) has(id string) bool {
	return slices.ContainsFunc(d.Files, func(f File) bool {
		return f.ID == id || slices.ContainsFunc(f.Hunks, func(h Hunk) bool { return h.ID == id })
	})
}

// Revert undoes a part of the diff in the files. The state before is kept by a snapshot, which is returned. The error
// matches ErrChanged if the workspace has changed since the diff was made.
func (w *Workspace) Revert(ctx context.Context, c Choice) (before Snapshot, err error) {
	err = w.locked(ctx, func(g git) error {
		d, file, hunks, err := w.chosen(ctx, g, c)
		if err != nil {
			return err
		}
		if before, _, err = w.snapshot(ctx, g, "before taking back a part of "+safetext.Line(file.Path, 0)); err != nil {
			return err
		}
		if before.Tree != c.Tree {
			return ErrChanged
		}
		left := func(f *File, id string) bool { return f != file || !slices.Contains(hunks, id) && !file.Whole }
		tree, err := g.build(ctx, d, d.Tree, filepath.Join(w.home, "index.part"), left)
		if err != nil {
			return err
		}
		return g.checkout(ctx, d.Tree, tree, false)
	})
	return before, err
}

// chosen returns the present diff with the file of a choice in it, and the IDs of the hunks: all, if none is named.
func (w *Workspace) chosen(ctx context.Context, g git, c Choice) (*Diff, *File, []string, error) {
	d, err := w.diff(ctx, g)
	if err != nil {
		return nil, nil, nil, err
	}
	file := d.File(c.Path)
	if d.Tree != c.Tree || file == nil {
		return nil, nil, nil, ErrChanged
	}
	if file.Whole && len(c.Hunks) > 0 {
		return nil, nil, nil, problem(safetext.Line(c.Path, 0)+" can only be taken as a whole", "choose the file")
	}
	hunks := c.Hunks
	for _, id := range hunks {
		if !slices.ContainsFunc(file.Hunks, func(h Hunk) bool { return h.ID == id }) {
			return nil, nil, nil, ErrChanged
		}
	}
	if len(hunks) == 0 {
		for _, h := range file.Hunks {
			hunks = append(hunks, h.ID)
		}
	}
	return d, file, hunks, nil
}

// build makes a tree in which of every file in a diff only some of its hunks are applied. Is whole is asked with the ID of a
// file that can only be taken as a whole, and otherwise with those of its hunks. What is not in the diff is as in the tree from,
// which is that of the diff, or its base. The index is a file for it to use.
func (g git) build(ctx context.Context, d *Diff, from, index string, applied func(f *File, id string) bool) (string, error) {
	part := g
	part.index = index
	if _, err := part.run(ctx, nil, "read-tree", from); err != nil {
		return "", err
	}
	var wanted bytes.Buffer
	entry := func(mode uint32, object, path string) {
		if mode == 0 {
			object = strings.Repeat("0", len(d.Tree))
		}
		fmt.Fprintf(&wanted, "%o %s\t%s\x00", mode, object, path)
	}
	// First what goes, so that a file can take the place of a folder.
	var puts []func() error
	for i := range d.Files {
		f := &d.Files[i]
		all, some := f.applied(applied)
		old := f.Path
		if f.Old != "" {
			old = f.Old
		}
		switch {
		case all:
			if f.Old != "" || f.NewMode == 0 {
				entry(0, "", old)
			}
			if f.NewMode != 0 {
				puts = append(puts, func() error { entry(f.NewMode, f.newID, f.Path); return nil })
			}
		case !some:
			if f.Old != "" || f.OldMode == 0 {
				entry(0, "", f.Path)
			}
			if f.OldMode != 0 {
				puts = append(puts, func() error { entry(f.OldMode, f.oldID, old); return nil })
			}
		default:
			if f.Old != "" {
				entry(0, "", old)
			}
			puts = append(puts, func() error {
				id, err := g.compose(ctx, f, applied)
				if err == nil {
					entry(f.NewMode, id, f.Path)
				}
				return err
			})
		}
	}
	for _, put := range puts {
		if err := put(); err != nil {
			return "", err
		}
	}
	if _, err := part.run(ctx, wanted.Bytes(), "update-index", "-z", "--index-info"); err != nil {
		return "", err
	}
	return part.line(ctx, "write-tree")
}

// applied reports whether all, and whether some of a file's changes are applied.
func (f *File) applied(is func(*File, string) bool) (all, some bool) {
	if f.Whole {
		all = is(f, f.ID)
		return all, all
	}
	all = true
	for _, h := range f.Hunks {
		if is(f, h.ID) {
			some = true
		} else {
			all = false
		}
	}
	return all, some
}

// compose writes the content of a file with some of its hunks applied to the object store, and returns its name.
func (g git) compose(ctx context.Context, f *File, applied func(*File, string) bool) (string, error) {
	var base []byte
	if f.OldMode != 0 {
		var err error
		if base, err = g.run(ctx, nil, "cat-file", "blob", f.oldID); err != nil {
			return "", err
		}
	}
	content, err := apply(base, f.Hunks, func(h Hunk) bool { return applied(f, h.ID) })
	if err != nil {
		return "", fmt.Errorf("%s: %w", safetext.Line(f.Path, 0), err)
	}
	out, err := g.run(ctx, content, "hash-object", "-w", "--stdin", "--no-filters")
	return strings.TrimSpace(string(out)), err
}

// apply applies those of the hunks of a file that are wanted to its base.
func apply(base []byte, hunks []Hunk, wanted func(Hunk) bool) ([]byte, error) {
	var out bytes.Buffer
	lines := bytes.SplitAfter(base, []byte("\n"))
	if last := len(lines) - 1; len(lines[last]) == 0 {
		lines = lines[:last]
	}
	at := 0
	for _, h := range hunks {
		start := h.OldStart - 1
		if h.OldLines == 0 {
			start = h.OldStart // it names the line behind which the new ones come
		}
		if start < at || start+h.OldLines > len(lines) {
			return nil, fmt.Errorf("the hunk at line %d is not one of this file", h.OldStart)
		}
		for ; at < start; at++ {
			out.Write(lines[at])
		}
		if !wanted(h) {
			continue
		}
		for _, line := range h.Lines {
			if line.Op != '+' {
				if at >= len(lines) || string(lines[at]) != line.Text {
					return nil, fmt.Errorf("the hunk at line %d does not fit", h.OldStart)
				}
				at++
			}
			if line.Op != '-' {
				out.WriteString(line.Text)
			}
		}
	}
	for ; at < len(lines); at++ {
		out.Write(lines[at])
	}
	return out.Bytes(), nil
}
