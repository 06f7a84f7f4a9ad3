package theme

import (
	"slices"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

func TestGlyphsAreOneCellWideAndDiffer(t *testing.T) {
	t.Parallel()
	for name, g := range map[string]Glyphs{"Unicode": Unicode(), "ASCII": ASCII()} {
		kinds := [][]string{
			{g.Running, g.Thinking, g.Waiting, g.Idle, g.Cancelling, g.Stuck},
			{g.Completed, g.Failed, g.Cancelled}, {g.High, g.Normal, g.Low}, {g.Up, g.Down}, {g.Rule, g.StrongRule},
			{g.Cursor, g.Marked, g.Split}, {g.Ellipsis, g.Arrow, g.Dot},
		}
		for _, kind := range kinds {
			for i, s := range kind {
				if ansi.StringWidth(s) != 1 || ansi.StringWidthWc(s) != 1 {
					t.Errorf("%s: %q is not one cell wide", name, s)
				}
				if slices.Contains(kind[:i], s) {
					t.Errorf("%s: %q stands for two things of one kind", name, s)
				}
			}
		}
	}
}
