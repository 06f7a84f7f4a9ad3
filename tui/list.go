package tui

import (
	"drover/dispatcher"
	"drover/tui/keys"
)

// overscan is how many pages before and behind the visible one are asked from the engine, so that moving by
// lines or by a page never shows a row that is not there yet.
const overscan = 1

// list is the scroll position and the selection of a pane whose items the engine holds. It knows the IDs of
// a window only, however long the whole is. The selection is an ID: when items come and go before it, it
// moves along, and what was being read stays where it was. Only an item that is gone hands its place to the
// one that took it.
type list struct {
	total  int // items there are
	page   int // items that can be seen at once; set by the layout
	offset int // first item that can be seen
	cursor int // the selected item; 0 when there is none

	id    string   // of the item at cursor; empty while it is not known
	held  bool     // the user has moved here, or looks at this pane; otherwise the first item is the selected one
	base  int      // index of ids[0]
	ids   []string // of the latest window
	far   bool     // the user has selected another than the first
	moved bool     // the latest sync put another ID under the cursor than the user had chosen
}

// window is the stretch of the list that has to be asked for.
func (l *list) window() dispatcher.Window {
	if l.page <= 0 {
		return dispatcher.Window{}
	}
	from := max(0, l.offset-overscan*l.page)
	return dispatcher.Window{Offset: from, Limit: l.offset + (1+overscan)*l.page - from}
}

// sync takes the items of a window. at is where the selected ID was found when it is not in ids, or -1.
func (l *list) sync(total int, window dispatcher.Window, ids []string, at int) {
	l.total, l.base, l.ids, l.moved = total, window.Offset, ids, false
	if window.Limit == 0 {
		l.clamp()
		return // nobody looks at it; where the selected one is now shows when somebody does
	}
	if !l.held {
		l.offset, l.cursor, l.id = 0, 0, l.at(0)
		return
	}
	was := l.id
	found := at
	for i, id := range ids {
		if id == was && was != "" {
			found = l.base + i
			break
		}
	}
	if found >= 0 && was != "" {
		if l.offset > 0 {
			l.offset += found - l.cursor // what is read stays in its place
		}
		l.cursor = found
	}
	l.clamp()
	if found < 0 || was == "" {
		l.id = l.at(l.cursor)
		l.moved = was != "" && l.id != was
	}
}

// at returns the ID of an item, empty when it is outside of the known window.
func (l *list) at(index int) string {
	if i := index - l.base; i >= 0 && i < len(l.ids) {
		return l.ids[i]
	}
	return ""
}

// clamp keeps the cursor in the list and the offset around the cursor.
func (l *list) clamp() {
	l.cursor = max(0, min(l.cursor, l.total-1))
	if l.page > 0 && l.cursor >= l.offset+l.page {
		l.offset = l.cursor - l.page + 1
	}
	l.offset = max(0, min(l.offset, l.cursor, max(0, l.total-l.page)))
}

// resize says how many items can be seen.
func (l *list) resize(page int) {
	l.page = max(page, 0)
	l.clamp()
}

// hold makes the selection stay with its task from now on.
func (l *list) hold() { l.held = true }

// release is called when the user looks at another pane: a list that was left at its first item shows what comes
// before it from then on.
func (l *list) release() { l.held = l.far }

// move selects the item delta further down.
func (l *list) move(delta int) { l.to(l.cursor + delta) }

// to selects the item at index.
func (l *list) to(index int) {
	l.held = true
	l.cursor = index
	l.clamp()
	l.far = l.cursor > 0
	l.id = l.at(l.cursor)
}

// scroll does the actions that move within a list.
func (l *list) scroll(a keys.Action) {
	switch a {
	case keys.Up:
		l.move(-1)
	case keys.Down:
		l.move(1)
	case keys.PageUp:
		l.move(-max(1, l.page-1))
	case keys.PageDown:
		l.move(max(1, l.page-1))
	case keys.First:
		l.to(0)
	case keys.Last:
		l.to(l.total - 1)
	default:
		return
	}
}

// visible returns the first item that can be seen, and the one behind the last.
func (l *list) visible() (first, last int) {
	return l.offset, min(l.offset+l.page, l.total)
}
