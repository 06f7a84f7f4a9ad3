package list

import (
	"fmt"

	"drover/tui/cells"
)

// Filter is what a list shows a part of: the items that match a text.
type Filter struct {
	Text  string // empty for all items
	Whole bool   // all matches are known; otherwise there may be more
}

// Part says how much of a list is shown: which rows of it, or how many of total items match.
func (f Filter) Part(l *List, total int) string {
	if f.Text == "" {
		return l.Part()
	}
	more := ""
	if !f.Whole {
		more = " so far"
	}
	return fmt.Sprintf("%s of %s match%s: %s", cells.Count(l.Total), cells.Count(total), more, cells.OneLine(f.Text))
}

// Nothing is what a list without items says: otherwise, unless it is filtered. back is the key that takes the filter away.
func (f Filter) Nothing(otherwise, back string) string {
	switch {
	case f.Text == "":
		return otherwise
	case !f.Whole:
		return "Looking for matches."
	}
	return "Nothing matches. " + back + " shows everything again."
}
