package list

import (
	"fmt"

	"drover/dispatcher"
	"drover/tui/cells"
	"drover/tui/keys"
	"drover/tui/theme"
)

// overscan is how many pages before and behind the visible one are asked from the engine, so that moving by
// lines or by a page never shows a row that is not there yet.
const overscan = 1

// List is the scroll position and the selection of a pane whose items the engine holds. It knows the IDs of
// a window only, however long the whole is. The selection is an ID: when items come and go before it, it
// moves along, and what was being read stays where it was. Only an item that is gone hands its place to the
// one that took it.
type List struct {
	Total  int // items there are
	Page   int // items that can be seen at once; set by the layout
	Each   int // rows of one item
	Offset int // first item that can be seen
	Cursor int // the selected item; 0 when there is none

	ID    string   // of the item at cursor; empty while it is not known
	Held  bool     // the user has moved here, or looks at this pane; otherwise the first item is the selected one
	Base  int      // index of ids[0]
	ids   []string // of the latest window
	far   bool     // the user has selected another than the first
	Moved bool     // the latest sync put another ID under the cursor than the user had chosen

	Filter string // only items that match it are in the list; empty for all
	Whole  bool   // all that match are known; otherwise there may be more
}

// Window is the stretch of the list that has to be asked for.
func (l *List) Window() dispatcher.Window {
	if l.Page <= 0 {
		return dispatcher.Window{}
	}
	from := max(0, l.Offset-overscan*l.Page)
	return dispatcher.Window{Offset: from, Limit: l.Offset + (1+overscan)*l.Page - from}
}

// Sync takes the items of a window. at is where the selected ID was found when it is not in ids, or -1.
func (l *List) Sync(total int, window dispatcher.Window, ids []string, at int) {
	l.Total, l.Base, l.ids, l.Moved = total, window.Offset, ids, false
	if window.Limit == 0 {
		l.clamp()
		return // nobody looks at it; where the selected one is now shows when somebody does
	}
	if !l.Held {
		l.Offset, l.Cursor, l.ID = 0, 0, l.at(0)
		return
	}
	was := l.ID
	found := at
	for i, id := range ids {
		if id == was && was != "" {
			found = l.Base + i
			break
		}
	}
	if found >= 0 && was != "" {
		if l.Offset > 0 {
			l.Offset += found - l.Cursor // what is read stays in its place
		}
		l.Cursor = found
	}
	l.clamp()
	if found < 0 || was == "" {
		l.ID = l.at(l.Cursor)
		l.Moved = was != "" && l.ID != was
	}
}

// at returns the ID of an item, empty when it is outside of the known window.
func (l *List) at(index int) string {
	if i := index - l.Base; i >= 0 && i < len(l.ids) {
		return l.ids[i]
	}
	return ""
}

// clamp keeps the cursor in the list and the offset around the cursor.
func (l *List) clamp() {
	l.Cursor = max(0, min(l.Cursor, l.Total-1))
	if l.Page > 0 && l.Cursor >= l.Offset+l.Page {
		l.Offset = l.Cursor - l.Page + 1
	}
	l.Offset = max(0, min(l.Offset, l.Cursor, max(0, l.Total-l.Page)))
}

// Resize says how many rows there are, and how many each item has.
func (l *List) Resize(rows, each int) {
	l.Each = each
	l.Page = max(rows, 0) / each
	l.clamp()
}

// Hold makes the selection stay with its task from now on.
func (l *List) Hold() { l.Held = true }

// Release is called when the user looks at another pane: a list that was left at its first item shows what comes
// before it from then on.
func (l *List) Release() { l.Held = l.far }

// Move selects the item delta further down.
func (l *List) Move(delta int) { l.To(l.Cursor + delta) }

// To selects the item at index.
func (l *List) To(index int) {
	l.Held = true
	l.Cursor = index
	l.clamp()
	l.far = l.Cursor > 0
	l.ID = l.at(l.Cursor)
}

// Scroll does the actions that move within a list.
func (l *List) Scroll(a keys.Action) {
	switch a {
	case keys.Up:
		l.Move(-1)
	case keys.Down:
		l.Move(1)
	case keys.PageUp:
		l.Move(-max(1, l.Page-1))
	case keys.PageDown:
		l.Move(max(1, l.Page-1))
	case keys.First:
		l.To(0)
	case keys.Last:
		l.To(l.Total - 1)
	default:
		return
	}
}

// Click selects the item that is drawn in a row of the list. It reports whether there is one, and whether it was selected before.
func (l *List) Click(row int) (hit, again bool) {
	n := l.Offset + row/max(l.Each, 1)
	if row < 0 || n >= min(l.Total, l.Offset+l.Page) {
		return false, false
	}
	again = n == l.Cursor
	l.To(n)
	return true, again
}

// visible returns the first item that can be seen, and the one behind the last.
func (l *List) visible() (first, last int) {
	return l.Offset, min(l.Offset+l.Page, l.Total)
}

// Draw lays the visible items out in h rows of w cells. item draws one of the window by its index in it, in as many rows as
// each item has; known is how many the window has, and empty what stands there when there is no item at all.
func (l *List) Draw(th *theme.Theme, w, h int, empty string, focused bool, known int, item func(i int, selected bool) []string) []string {
	rows := make([]string, 0, h)
	if l.Total == 0 && h > 0 {
		rows = append(rows, cells.EmptyRow(th, w, empty))
	}
	first, last := l.visible()
	for at := first; at < last; at++ {
		i := at - l.Base
		if i < 0 || i >= known { // the window that has it is on its way
			for range l.Each {
				rows = append(rows, cells.Spaces(w))
			}
			continue
		}
		rows = append(rows, item(i, focused && at == l.Cursor)...)
	}
	return cells.Fill(rows, w, h)
}

// part says which part is seen when not all of it is: "3-9 of 120".
func (l *List) part() string {
	first, last := l.visible()
	switch {
	case last-first >= l.Total || last <= first:
		return cells.Count(l.Total)
	case last == first+1:
		return cells.Count(last) + " of " + cells.Count(l.Total)
	}
	return fmt.Sprintf("%s-%s of %s", cells.Count(first+1), cells.Count(last), cells.Count(l.Total))
}

// Known is the latest window, as far as there were items in it.
func (l *List) Known() dispatcher.Window { return dispatcher.Window{Offset: l.Base, Limit: len(l.ids)} }

// Reset selects the first item from now on.
func (l *List) Reset() { l.Offset, l.Cursor, l.ID, l.Held = 0, 0, "", true }
