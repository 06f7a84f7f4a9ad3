package tui

import (
	"testing"

	"drover/tui/cells"
)

// rects lists everything a layout places.
func (l *layout) rects() []cells.Rect {
	rs := append([]cells.Rect{l.header, l.banner, l.output, l.metrics, l.status, l.keys}, l.panes[:]...)
	rs = append(rs, l.split...)
	var shown []cells.Rect
	for _, r := range rs {
		if !r.Empty() {
			shown = append(shown, r)
		}
	}
	return shown
}

func FuzzLayout(f *testing.F) {
	for _, size := range sizes {
		for hidden := range 15 {
			f.Add(size.w, size.h, 10, 2, 3, 0, 1, hidden, 0)
			f.Add(size.w, size.h, 1, 0, 0, 3, 2, hidden, 9)
		}
	}
	f.Add(0, 0, 0, 0, 0, 0, 1, 0, 0)
	f.Add(300, 5, 10, 1000, 3, 2, 2, 0, 1)
	f.Add(300, 10, 10, 1000, 3, 2, 2, 0, 1)
	f.Add(160, 45, 10, 2, 0, 0, 1, 0, 1)
	f.Fuzz(func(t *testing.T, w, h, lanes, errors, banner, focus, second, hidden, output int) {
		w, h, lanes, errors, banner = bound(w, 400), bound(h, 150), bound(lanes, 11), bound(errors, 2000), bound(banner, 2)*3
		d := demand{lanes: lanes, cards: 2 * lanes, errors: errors, banner: banner, focus: paneID(bound(focus, int(paneCount))),
			second: paneQueue + paneID(bound(second, 2)), output: output&1 == 1}
		d.items[paneQueue], d.items[paneFinished] = bound(output, 50), bound(output, 70)
		for hidden, p := bound(hidden, 15), paneID(0); p < paneCount; p++ {
			d.hidden[p] = hidden>>p&1 == 1 // never all of them
		}
		l := arrange(w, h, d)
		if l.tooSmall {
			if w >= minWidth && h >= minHeight {
				t.Fatalf("%d×%d is said to be too small", w, h)
			}
			return
		}
		covered := make([]bool, w*h)
		for _, r := range l.rects() {
			if r.X < 0 || r.Y < 0 || r.X+r.W > w || r.Y+r.H > h {
				t.Fatalf("%d×%d %+v: %+v is not within the screen", w, h, d, r)
			}
			for y := r.Y; y < r.Y+r.H; y++ {
				for x := r.X; x < r.X+r.W; x++ {
					if covered[y*w+x] {
						t.Fatalf("%d×%d %+v: %+v covers another at %d,%d", w, h, d, r, x, y)
					}
					covered[y*w+x] = true
				}
			}
		}
		for i, c := range covered {
			if !c {
				t.Fatalf("%d×%d %+v: nothing is at %d,%d", w, h, d, i%w, i/w)
			}
		}
		lists := w
		if !l.output.Empty() {
			lists = l.output.X - splitWidth
		}
		if want := d.output && w >= outputWidth && h > miniHeight; want == l.output.Empty() {
			t.Fatalf("%d×%d %+v: the output has the place %+v", w, h, d, l.output)
		}
		if !l.single {
			for p, r := range l.panes {
				id := paneID(p)
				shares := (id == paneQueue || id == paneFinished) && id != d.second && lists < pairedWidth
				if d.hidden[p] && !r.Empty() || !d.hidden[p] && r.Empty() && !shares {
					t.Fatalf("%d×%d %+v: pane %d has the place %+v", w, h, d, p, r)
				}
			}
		} else if l.panes[d.focus].Empty() {
			t.Fatalf("%d×%d %+v: the focused pane has no place", w, h, d)
		}
	})
}

// bound brings a fuzzed number into [0,n).
func bound(v, n int) int {
	if v < 0 {
		v = -(v + 1)
	}
	return v % n
}

func TestLayoutShowsTenLanesAt80x24And60x20(t *testing.T) {
	t.Parallel()
	for _, size := range []struct{ w, h int }{{80, 24}, {60, 20}, {100, 30}, {200, 50}} {
		for _, errors := range []int{0, 50} {
			l := arrange(size.w, size.h, demand{lanes: 10, cards: 20, errors: errors, second: paneQueue})
			if got := l.panes[paneLanes].H; got < 11 {
				t.Errorf("%d×%d with %d errors: the lanes have %d rows", size.w, size.h, errors, got)
			}
			if got := l.panes[paneQueue].H; got < 4 {
				t.Errorf("%d×%d with %d errors: the queue has %d rows", size.w, size.h, errors, got)
			}
			for _, banner := range []int{3, 6} {
				l := arrange(size.w, size.h, demand{lanes: 10, cards: 20, errors: errors, banner: banner, second: paneQueue})
				if l.panes[paneLanes].H < 11 || l.panes[paneQueue].H < 2 || l.banner.H < 1 {
					t.Errorf("%d×%d with %d errors and a banner: lanes %d, queue %d, banner %d rows", size.w, size.h, errors,
						l.panes[paneLanes].H, l.panes[paneQueue].H, l.banner.H)
				}
			}
		}
	}
}

// At the side of the output queue and finished tasks share the height by what they have to show.
func TestListsShareTheHeight(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ upper, lower, want int }{
		{1, 1, 4}, {100, 100, 10}, {100, 3, 16}, {100, 7, 13}, {3, 100, 4}, {8, 100, 8}, {8, 8, 8},
	} {
		if got := upperRows(20, c.upper, c.lower); got != c.want {
			t.Errorf("%d over %d: the upper list has %d of 20 rows, not %d", c.upper, c.lower, got, c.want)
		}
	}
}
