package list

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"drover/dispatcher"
	"drover/tui/keys"
)

// feed gives a list the window it asks for.
func feed(l *List, all []string) {
	w := l.Window()
	from := min(w.Offset, len(all))
	at := slices.Index(all, l.ID)
	l.Sync(len(all), w, all[from:min(from+w.Limit, len(all))], at)
}

func numbers(from, to int) []string {
	var ids []string
	for i := from; i < to; i++ {
		ids = append(ids, fmt.Sprint(i))
	}
	return ids
}

func TestListKeepsTheSelectionByID(t *testing.T) {
	t.Parallel()
	l := &List{}
	l.Resize(5, 1)
	feed(l, numbers(0, 100))
	l.Hold()
	for range 20 {
		l.Move(1)
		feed(l, numbers(0, 100))
	}
	row := l.Cursor - l.Offset
	feed(l, numbers(7, 100)) // seven at the front have started
	if l.ID != "20" || l.Cursor != 13 || l.Cursor-l.Offset != row {
		t.Errorf("the selection is %q at %d, row %d; it was 20 in row %d", l.ID, l.Cursor, l.Cursor-l.Offset, row)
	}
	feed(l, append([]string{"a", "b", "c"}, numbers(7, 100)...))
	if l.ID != "20" || l.Cursor != 16 || l.Cursor-l.Offset != row {
		t.Errorf("the selection is %q at %d after others came", l.ID, l.Cursor)
	}
	feed(l, numbers(21, 100)) // it has gone itself, with all before it
	if l.ID == "20" || !l.Moved || l.ID != l.at(l.Cursor) {
		t.Errorf("the selection is %q at %d (moved: %v) after its task has gone", l.ID, l.Cursor, l.Moved)
	}
	feed(l, nil)
	if l.ID != "" || l.Cursor != 0 {
		t.Errorf("the selection is %q at %d in an empty list", l.ID, l.Cursor)
	}
}

// One that was looked at and left at its first item shows what comes; one in which another was selected stays there.
func TestListThatIsLeftAtTheTopGoesOnShowingIt(t *testing.T) {
	t.Parallel()
	l := &List{}
	l.Resize(3, 1)
	feed(l, numbers(10, 20))
	l.Hold()
	feed(l, numbers(8, 20))
	if l.ID != "10" || l.Cursor != 2 {
		t.Errorf("while it is looked at the selection is %q at %d", l.ID, l.Cursor)
	}
	l.Release()
	feed(l, numbers(5, 20))
	if l.ID != "5" || l.Offset != 0 {
		t.Errorf("when it is left the selection is %q, the first that is seen is at %d", l.ID, l.Offset)
	}
	l.Hold()
	l.Move(1)
	l.Release()
	feed(l, numbers(0, 20))
	if l.ID != "6" {
		t.Errorf("the selection of another than the first became %q", l.ID)
	}
}

func TestListThatNobodyHasTouchedStaysAtTheTop(t *testing.T) {
	t.Parallel()
	l := &List{}
	l.Resize(5, 1)
	feed(l, numbers(10, 20))
	feed(l, numbers(0, 20))
	if l.Cursor != 0 || l.ID != "0" || l.Offset != 0 || l.Moved {
		t.Errorf("the selection is %q at %d", l.ID, l.Cursor)
	}
}

func TestListAsksForAWindowOnly(t *testing.T) {
	t.Parallel()
	l := &List{Total: 100_000}
	l.Resize(10, 1)
	l.To(50_000)
	if w := l.Window(); w.Limit > 30 || w.Offset > l.Offset || w.Offset+w.Limit < l.Offset+10 {
		t.Errorf("the window is %+v at offset %d", w, l.Offset)
	}
	l.Resize(0, 1)
	if w := l.Window(); w != (dispatcher.Window{}) {
		t.Errorf("a pane that is not shown asks for %+v", w)
	}
}

// TestListStaysInBounds moves and changes a list in every order.
func TestListStaysInBounds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := &List{}
		all := numbers(0, rapid.IntRange(0, 40).Draw(t, "items"))
		next := len(all)
		l.Resize(rapid.IntRange(0, 8).Draw(t, "page"), 1)
		feed(l, all)
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			was := l.ID
			switch rapid.IntRange(0, 6).Draw(t, "step") {
			case 0:
				l.Scroll(rapid.SampledFrom([]keys.Action{keys.Up, keys.Down, keys.PageUp, keys.PageDown, keys.First, keys.Last}).Draw(t, "move"))
				was = l.ID
			case 1:
				n := rapid.IntRange(0, len(all)).Draw(t, "gone")
				all = all[n:]
			case 2:
				if len(all) > 0 {
					i := rapid.IntRange(0, len(all)-1).Draw(t, "one")
					all = slices.Delete(slices.Clone(all), i, i+1)
				}
			case 3:
				i := rapid.IntRange(0, len(all)).Draw(t, "place")
				all = slices.Insert(slices.Clone(all), i, fmt.Sprint(next))
				next++
			case 4:
				l.Resize(rapid.IntRange(0, 8).Draw(t, "page"), 1)
			case 5:
				l.Hold()
			case 6:
				if l.Release(); !l.Held {
					was = ""
				}
			}
			shown := l.Page > 0
			feed(l, all)
			if shown {
				feed(l, all) // the window that the first one led to
			}
			if l.Cursor < 0 || l.Cursor > max(0, len(all)-1) || l.Offset < 0 || l.Offset > l.Cursor {
				t.Fatalf("cursor %d, offset %d of %d", l.Cursor, l.Offset, len(all))
			}
			if shown && l.Cursor >= l.Offset+l.Page {
				t.Fatalf("the cursor %d is below the page %d+%d", l.Cursor, l.Offset, l.Page)
			}
			if shown && len(all) > 0 && l.ID != all[l.Cursor] {
				t.Fatalf("the selection is %q, at %d stands %q", l.ID, l.Cursor, all[l.Cursor])
			}
			if shown && l.Held && was != "" && slices.Contains(all, was) && l.ID != was {
				t.Fatalf("the selection went from %q to %q although the first is still there", was, l.ID)
			}
		}
	})
}
