package main

import (
	"fmt"
	"io"
	"os"
	"strings"
)

func printMarkdown(w io.Writer, rows []row) error {
	lines := []string{
		"| " + strings.Join(columns, " | ") + " |",
		strings.Repeat("|---", len(columns)) + "|",
	}
	for _, r := range rows {
		lines = append(lines, "| "+strings.Join(r.cells(), " | ")+" |")
	}
	_, err := fmt.Fprintln(w, strings.Join(lines, "\n"))
	return err
}

// The marks in the guide between which the measured part stands.
const (
	guideBegin = "<!-- measured: begin -->\n"
	guideEnd   = "<!-- measured: end -->\n"
)

// intoGuide replaces what stands between the marks of a file: the machine, the table and the missed goals, so
// that these three are always of one run.
func intoGuide(path string, rows []row) error {
	old, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, begins := strings.Cut(string(old), guideBegin)
	_, after, ends := strings.Cut(rest, guideEnd)
	if !begins || !ends {
		return fmt.Errorf("%s has no marks %q and %q", path, guideBegin, guideEnd)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s%s\n%s.\n\n", before, guideBegin, machine())
	if err := printMarkdown(&b, rows); err != nil {
		return err
	}
	fmt.Fprintf(&b, "\n%s\n%s%s", missedGoals(rows), guideEnd, after)
	return os.WriteFile(path, []byte(b.String()), 0o600)
}

// missedGoals says in a sentence which goals were not met.
func missedGoals(rows []row) string {
	var missed []string
	goals := 0
	for _, r := range rows {
		if r.goal == "" {
			continue
		}
		goals++
		if r.met == yesNo(false) {
			name := r.what
			if r.than != "" {
				name += " (against " + r.than + ")"
			}
			missed = append(missed, "- "+name)
		}
	}
	if len(missed) == 0 {
		return fmt.Sprintf("All %d goals were met.\n", goals)
	}
	return fmt.Sprintf("%d of %d goals were missed:\n\n%s\n", len(missed), goals, strings.Join(missed, "\n"))
}
