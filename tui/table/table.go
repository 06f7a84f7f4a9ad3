package table

import (
	"strings"

	"drover/tui/cells"
	"drover/tui/theme"
)

// Column is one column of a table whose rows show values of type T.
type Column[T any] struct {
	Heading string // stands in the title of the pane, over a column that is right of all that grow; empty for none
	From    int    // tables of fewer cells leave the column out; the larger, the earlier
	Width   int    // in cells; of a column that grows, the most that it takes while another grows too, 0 for half of it
	Grow    bool   // takes what the others leave; two columns may
	Least   int    // a column that grows is left out where fewer cells than this are left by the others
	Right   bool   // aligned at its right

	// Show is what stands in the column, cleaned, and in which ink of the row.
	Show func(item *T, in *theme.Inks) (text string, ink theme.Ink)
	// Draw draws what is more than one text, in exactly w cells; Show is not used then.
	Draw func(l *cells.Row, item *T, w int)
}

// Table is a list of columns that fit into a pane. Columns have a cell between them.
type Table[T any] struct {
	columns []Column[T]
	widths  []int
}

// Fit chooses the columns of a pane of w cells whose rows begin with head cells that are not the table's, and shares
// the room among them.
func Fit[T any](columns []Column[T], w, head int) Table[T] {
	var t Table[T]
	free := w - head + 1 // there is no cell before the first column
	for _, c := range columns {
		if w >= c.From && !c.Grow {
			free -= c.Width + 1
		}
	}
	var growing []int
	for _, c := range columns {
		if w < c.From || c.Grow && free-1 < c.Least {
			continue
		}
		if c.Grow {
			growing = append(growing, len(t.columns))
		}
		t.columns, t.widths = append(t.columns, c), append(t.widths, c.Width)
	}
	for i, at := range growing {
		width := max(free-1, 0)
		if rest := len(growing) - 1 - i; rest > 0 { // another one grows
			width = max(free-1, 0) / 2
			if most := t.columns[at].Width; most > 0 {
				width = min(most, width)
			}
		}
		t.widths[at] = width
		free -= width + 1
	}
	return t
}

// Headings are the headings of the columns right of all that grow, each over its column, for the right end of a title.
func (t Table[T]) Headings() string {
	from := 0
	for i, c := range t.columns {
		if c.Grow {
			from = i + 1
		}
	}
	var b strings.Builder
	for i, c := range t.columns[from:] {
		if i > 0 {
			b.WriteByte(' ')
		}
		pad := cells.Spaces(t.widths[from+i] - cells.Width(c.Heading))
		if c.Right {
			b.WriteString(pad + c.Heading)
		} else {
			b.WriteString(c.Heading + pad)
		}
	}
	return b.String()
}

// Row adds the columns of one item to a row.
func (t Table[T]) Row(l *cells.Row, item *T) {
	for i, c := range t.columns {
		if i > 0 {
			l.Gap(1)
		}
		w := t.widths[i]
		if c.Draw != nil {
			c.Draw(l, item, w)
			continue
		}
		text, ink := c.Show(item, l.Inks)
		if c.Right {
			l.Right(ink, text, w)
		} else {
			l.Cell(ink, text, w)
		}
	}
}
