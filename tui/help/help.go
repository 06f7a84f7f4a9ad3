package help

import (
	"strings"

	"drover/tui/cells"
	"drover/tui/keys"
	"drover/tui/overlay"
)

// New returns the page.
func New(look *overlay.Look) *overlay.Scroller {
	return overlay.NewScroller(look, overlay.ScrollerOptions{
		Title:  "All keys",
		Rows:   func(w int) []string { return rows(look, w) },
		Key:    keys.Help,
		Offers: []keys.Action{keys.Up, keys.Down, keys.Back, keys.Quit},
	})
}

// columnWidth is how wide one column is.
const columnWidth = 40

// rows lists every binding of the key map, by group, in as many columns as fit.
func rows(look *overlay.Look, w int) []string {
	columns := max(1, min(3, w/columnWidth))
	cell := w / columns
	var groups [][]string
	for _, group := range keys.Groups() {
		rows := []string{cells.NewRow(look.Theme, cell, false).Gap(2).Put(look.Theme.Strong, group).End()}
		for _, e := range look.Keys.Lines(group) {
			l := cells.NewRow(look.Theme, cell, false).Gap(2)
			rows = append(rows, l.Cell(l.Inks.Accent, strings.Join(e.Keys, " "), 16).Gap(1).Put(l.Inks.Text, e.Words).End())
		}
		groups = append(groups, append(rows, cells.Spaces(cell)))
	}
	// Groups are dealt to the columns in order, each column up to its share.
	total := 0
	for _, g := range groups {
		total += len(g)
	}
	cols := make([][]string, columns)
	at := 0
	for _, g := range groups {
		if len(cols[at])+len(g)/2 > (total+columns-1)/columns && at < columns-1 {
			at++
		}
		cols[at] = append(cols[at], g...)
	}
	high := 0
	for _, c := range cols {
		high = max(high, len(c))
	}
	rows := make([]string, high)
	for y := range rows {
		var b strings.Builder
		for _, c := range cols {
			if y < len(c) {
				b.WriteString(c[y])
			} else {
				b.WriteString(cells.Spaces(cell))
			}
		}
		b.WriteString(cells.Spaces(w - cell*columns))
		rows[y] = b.String()
	}
	return rows
}
