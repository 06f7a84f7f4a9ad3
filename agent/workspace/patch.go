package workspace

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// WritePatch writes a diff as git prints it, for people: names are not quoted, and what cannot be shown is only named.
func (d *Diff) WritePatch(w io.Writer) error {
	out := bufio.NewWriter(w)
	for i := range d.Files {
		d.Files[i].writePatch(out)
	}
	if d.Cut {
		fmt.Fprintln(out, "… the rest is too long to be shown")
	}
	return out.Flush()
}

func (f *File) writePatch(out *bufio.Writer) {
	old := f.Path
	if f.Old != "" {
		old = f.Old
	}
	fmt.Fprintf(out, "diff --git a/%s b/%s\n", old, f.Path)
	switch {
	case f.OldMode == 0:
		fmt.Fprintf(out, "new file mode %o\n", f.NewMode)
	case f.NewMode == 0:
		fmt.Fprintf(out, "deleted file mode %o\n", f.OldMode)
	case f.OldMode != f.NewMode:
		fmt.Fprintf(out, "old mode %o\nnew mode %o\n", f.OldMode, f.NewMode)
	}
	if f.Old != "" {
		fmt.Fprintf(out, "rename from %s\nrename to %s\n", f.Old, f.Path)
	}
	if f.Binary {
		fmt.Fprintf(out, "Binary files a/%s and b/%s differ\n", old, f.Path)
	}
	if len(f.Hunks) > 0 {
		from, to := "a/"+old, "b/"+f.Path
		if f.OldMode == 0 {
			from = "/dev/null"
		}
		if f.NewMode == 0 {
			to = "/dev/null"
		}
		fmt.Fprintf(out, "--- %s\n+++ %s\n", from, to)
	}
	for _, h := range f.Hunks {
		fmt.Fprintln(out, strings.TrimSpace(fmt.Sprintf("@@ -%d,%d +%d,%d @@ %s", h.OldStart, h.OldLines, h.NewStart, h.NewLines,
			h.Section)))
		for _, line := range h.Lines {
			_ = out.WriteByte(line.Op)
			_, _ = out.WriteString(line.Text)
			if !strings.HasSuffix(line.Text, "\n") {
				_, _ = out.WriteString("\n\\ No newline at end of file\n")
			}
		}
	}
}

// WriteStat writes the files of a diff with their numbers of lines.
func (d *Diff) WriteStat(w io.Writer) error {
	out := bufio.NewWriter(w)
	for _, f := range d.Files {
		name := f.Path
		if f.Old != "" {
			name = f.Old + " → " + f.Path
		}
		switch {
		case f.Binary:
			fmt.Fprintf(out, "%-9s %11s  %s\n", f.Status, "binary", name)
		default:
			fmt.Fprintf(out, "%-9s %5s %5s  %s\n", f.Status, fmt.Sprintf("+%d", f.Added), fmt.Sprintf("-%d", f.Deleted), name)
		}
	}
	if d.Cut {
		fmt.Fprintln(out, "… and more files than can be shown")
	}
	fmt.Fprintf(out, "%s, +%d -%d\n", count(len(d.Files), "file"), d.Added, d.Deleted)
	return out.Flush()
}
