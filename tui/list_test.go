package tui

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"drover/dispatcher"
	"drover/tui/keys"
)

// feed gives a list the window it asks for.
func feed(l *list, all []string) {
	w := l.window()
	from := min(w.Offset, len(all))
	at := slices.Index(all, l.id)
	l.sync(len(all), w, all[from:min(from+w.Limit, len(all))], at)
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
	l := &list{}
	l.resize(5)
	feed(l, numbers(0, 100))
	l.hold()
	for range 20 {
		l.move(1)
		feed(l, numbers(0, 100))
	}
	row := l.cursor - l.offset
	feed(l, numbers(7, 100)) // seven at the front have started
	if l.id != "20" || l.cursor != 13 || l.cursor-l.offset != row {
		t.Errorf("the selection is %q at %d, row %d; it was 20 in row %d", l.id, l.cursor, l.cursor-l.offset, row)
	}
	feed(l, append([]string{"a", "b", "c"}, numbers(7, 100)...))
	if l.id != "20" || l.cursor != 16 || l.cursor-l.offset != row {
		t.Errorf("the selection is %q at %d after others came", l.id, l.cursor)
	}
	feed(l, numbers(21, 100)) // it has gone itself, with all before it
	if l.id == "20" || !l.moved || l.id != l.at(l.cursor) {
		t.Errorf("the selection is %q at %d (moved: %v) after its task has gone", l.id, l.cursor, l.moved)
	}
	feed(l, nil)
	if l.id != "" || l.cursor != 0 {
		t.Errorf("the selection is %q at %d in an empty list", l.id, l.cursor)
	}
}

// One that was looked at and left at its first item shows what comes; one in which another was selected stays there.
func TestListThatIsLeftAtTheTopGoesOnShowingIt(t *testing.T) {
	t.Parallel()
	l := &list{}
	l.resize(3)
	feed(l, numbers(10, 20))
	l.hold()
	feed(l, numbers(8, 20))
	if l.id != "10" || l.cursor != 2 {
		t.Errorf("while it is looked at the selection is %q at %d", l.id, l.cursor)
	}
	l.release()
	feed(l, numbers(5, 20))
	if l.id != "5" || l.offset != 0 {
		t.Errorf("when it is left the selection is %q, the first that is seen is at %d", l.id, l.offset)
	}
	l.hold()
	l.move(1)
	l.release()
	feed(l, numbers(0, 20))
	if l.id != "6" {
		t.Errorf("the selection of another than the first became %q", l.id)
	}
}

func TestListThatNobodyHasTouchedStaysAtTheTop(t *testing.T) {
	t.Parallel()
	l := &list{}
	l.resize(5)
	feed(l, numbers(10, 20))
	feed(l, numbers(0, 20))
	if l.cursor != 0 || l.id != "0" || l.offset != 0 || l.moved {
		t.Errorf("the selection is %q at %d", l.id, l.cursor)
	}
}

func TestListAsksForAWindowOnly(t *testing.T) {
	t.Parallel()
	l := &list{total: 100_000}
	l.resize(10)
	l.to(50_000)
	if w := l.window(); w.Limit > 30 || w.Offset > l.offset || w.Offset+w.Limit < l.offset+10 {
		t.Errorf("the window is %+v at offset %d", w, l.offset)
	}
	l.resize(0)
	if w := l.window(); w != (dispatcher.Window{}) {
		t.Errorf("a pane that is not shown asks for %+v", w)
	}
}

// TestListStaysInBounds moves and changes a list in every order.
func TestListStaysInBounds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := &list{}
		all := numbers(0, rapid.IntRange(0, 40).Draw(t, "items"))
		next := len(all)
		l.resize(rapid.IntRange(0, 8).Draw(t, "page"))
		feed(l, all)
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			was := l.id
			switch rapid.IntRange(0, 6).Draw(t, "step") {
			case 0:
				l.scroll(rapid.SampledFrom([]keys.Action{keys.Up, keys.Down, keys.PageUp, keys.PageDown, keys.First, keys.Last}).Draw(t, "move"))
				was = l.id
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
				l.resize(rapid.IntRange(0, 8).Draw(t, "page"))
			case 5:
				l.hold()
			case 6:
				if l.release(); !l.held {
					was = ""
				}
			}
			shown := l.page > 0
			feed(l, all)
			if shown {
				feed(l, all) // the window that the first one led to
			}
			if l.cursor < 0 || l.cursor > max(0, len(all)-1) || l.offset < 0 || l.offset > l.cursor {
				t.Fatalf("cursor %d, offset %d of %d", l.cursor, l.offset, len(all))
			}
			if shown && l.cursor >= l.offset+l.page {
				t.Fatalf("the cursor %d is below the page %d+%d", l.cursor, l.offset, l.page)
			}
			if shown && len(all) > 0 && l.id != all[l.cursor] {
				t.Fatalf("the selection is %q, at %d stands %q", l.id, l.cursor, all[l.cursor])
			}
			if shown && l.held && was != "" && slices.Contains(all, was) && l.id != was {
				t.Fatalf("the selection went from %q to %q although the first is still there", was, l.id)
			}
		}
	})
}
