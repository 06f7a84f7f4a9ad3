package list

import (
	"fmt"
	"strings"

	"drover/tui/cells"
)

// SetFilter shows the items that match a text, all if it is empty. The first match is selected; the selected item stays so
// among all.
func (l *List) SetFilter(text string) {
	if text = strings.Join(strings.Fields(text), " "); text == l.Filter {
		return
	}
	l.Filter, l.Whole = text, false
	if text == "" && l.ID != "" {
		l.Hold()
		return
	}
	l.Reset()
}

// Part says how much of a list is shown: which rows of it, or how many of total items match.
func (l *List) Part(total int) string {
	if l.Filter == "" {
		return l.part()
	}
	more := ""
	if !l.Whole {
		more = " so far"
	}
	return fmt.Sprintf("%s of %s match%s: %s", cells.Count(l.Total), cells.Count(total), more, cells.OneLine(l.Filter))
}

// Nothing is what a list without items says: otherwise, unless it is filtered. back is the key that takes the filter away.
func (l *List) Nothing(otherwise, back string) string {
	switch {
	case l.Filter == "":
		return otherwise
	case !l.Whole:
		return "Looking for matches."
	}
	return "Nothing matches. " + back + " shows everything again."
}
