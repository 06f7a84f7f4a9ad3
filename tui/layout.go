package tui

import (
	"drover/tui/cells"
	"drover/tui/errorlist"
)

// The sizes at which the layout changes.
const (
	minWidth, minHeight = 20, 3 // below, the screen only says that it is too small

	stackedWidth  = 50 // narrower screens show one pane at a time
	stackedHeight = 16 // so do lower ones
	pairedWidth   = 96 // from here on queue and finished tasks stand side by side
	gridWidth     = 150
	gridHeight    = 36  // from both on: lanes and finished tasks at the left, queue and errors at the right
	statusHeight  = 20  // lower screens show notices in the place of the keys
	outputWidth   = 120 // narrower ones show no output next to the lists
	stackedLists  = 16  // next to an output, from here on queue and finished tasks stand one over the other

	leastOutput, mostOutput = 50, 100 // cells of the output next to the lists, which otherwise has two fifths

	miniHeight = 8  // screens that are not higher are small: one row for each lane, and one for the numbers
	miniWidth  = 40 // so are those that are not wider

	minList   = 4 // rows of a list: a title and three tasks
	leastList = 2 // rows of a list where there is not enough room for all lanes

	splitWidth = 3 // a line between two columns, with a space on each side
)

// demand is what the layout depends on besides the size of the screen.
type demand struct {
	zoomed bool            // the focused pane gets everything
	hidden [paneCount]bool // at least one is not
	lanes  int             // how many lanes there are
	cards  int             // rows of theirs where those that work have two
	items  [paneCount]int  // how many there are in the lists of tasks
	errors int             // how many errors are kept
	banner int             // rows that the server's banner wants; 0 for none
	output bool            // the output of the selected task stands next to the lists if there is room
	focus  paneID          // decides what is shown where there is room for one pane only
	second paneID          // paneQueue or paneFinished: which one the shared place shows
}

// layout says where everything is. Rectangles do not overlap and lie within the screen. Queue and finished
// tasks share one place (tabs) when only one of them has a rectangle.
type layout struct {
	tooSmall bool
	single   bool // one pane at a time
	header   cells.Rect
	banner   cells.Rect
	panes    [paneCount]cells.Rect // with their titles
	output   cells.Rect            // of the selected task, at the right of all panes
	split    []cells.Rect          // lines between columns
	metrics  cells.Rect
	status   cells.Rect
	keys     cells.Rect
}

// mini reports whether the layout is that of a small screen, a pane beside an editor say.
func (l *layout) mini() bool { return l.header.Empty() && !l.tooSmall }

// arrange computes the layout of a screen of w×h cells. It is pure.
func arrange(w, h int, d demand) layout {
	if w < minWidth || h < minHeight {
		return layout{tooSmall: true}
	}
	l := layout{keys: cells.Rect{X: 0, Y: h - 1, W: w, H: 1}}
	if h <= miniHeight || w <= miniWidth {
		l.single = true
		l.panes[d.focus] = cells.Rect{X: 0, Y: 0, W: w, H: h - 1}
		return l
	}
	l.header = cells.Rect{X: 0, Y: 0, W: w, H: 1}
	top, bottom := 1, h-1 // the rows that are still free
	if h >= stackedHeight-4 {
		bottom--
		l.metrics = cells.Rect{X: 0, Y: bottom, W: w, H: 1}
	}
	if h >= statusHeight {
		// The notice stands right above the keys, the metrics above it.
		l.status = cells.Rect{X: 0, Y: bottom, W: w, H: 1}
		bottom--
		l.metrics.Y = bottom
	}
	if d.banner > 0 && bottom-top >= d.banner+3 {
		// Its end gives way to the lanes.
		l.banner = cells.Rect{X: 0, Y: top, W: w, H: max(1, min(d.banner, bottom-top-(1+d.lanes)-leastList-1))}
		top += l.banner.H
	}
	body := cells.Rect{X: 0, Y: top, W: w, H: bottom - top}
	if d.output && !d.zoomed && w >= outputWidth {
		body = l.giveOutput(body)
	}
	switch {
	case d.zoomed || w < stackedWidth || h < stackedHeight:
		l.single = true
		l.panes[d.focus] = body
	case body.W >= gridWidth && h >= gridHeight:
		l.grid(body, d)
	default:
		l.stack(body, d)
	}
	return l
}

// giveOutput gives the output its place at the right of the body, and returns what is left for the lists.
func (l *layout) giveOutput(body cells.Rect) cells.Rect {
	out := max(leastOutput, min(body.W*2/5, mostOutput))
	left := body.W - out - splitWidth
	l.split = append(l.split, cells.Rect{X: left, Y: body.Y, W: splitWidth, H: body.H})
	l.output = cells.Rect{X: left + splitWidth, Y: body.Y, W: out, H: body.H}
	body.W = left
	return body
}

// stack puts the panes below each other.
func (l *layout) stack(body cells.Rect, d demand) {
	lanes, errors, lists := 1+d.lanes, errorsWanted(d.errors, body.H), minList
	if d.hidden[paneLanes] {
		lanes = 0
	}
	if d.hidden[paneErrors] {
		errors = 0
	}
	if d.hidden[paneQueue] && d.hidden[paneFinished] {
		lists = 0
	}
	if over := lanes + lists + errors - body.H; over > 0 && errors > 0 {
		errors = max(1, errors-over)
	}
	if over := lanes + lists + errors - body.H; over > 0 && lanes > 0 && lists > 0 {
		lists = max(leastList, lists-over)
	}
	if over := lanes + lists + errors - body.H; over > 0 && lanes > 0 {
		lanes = max(2, lanes-over)
	}
	switch rest := body.H - lanes - errors; {
	case lists > 0:
		// Where there is plenty, each lane that works gets a second row; where all could have one, so that nothing jumps to
		// another form when one more works.
		if lanes > 0 && body.H-errors-(1+2*d.lanes) >= 14 {
			lanes = 1 + d.cards
		}
		lists = body.H - lanes - errors
	case lanes > 0:
		lanes += rest
	default:
		errors += rest
	}
	l.panes[paneLanes] = cells.Rect{X: body.X, Y: body.Y, W: body.W, H: lanes}
	if lists > 0 {
		l.shared(cells.Rect{X: body.X, Y: body.Y + lanes, W: body.W, H: lists}, d)
	}
	l.panes[paneErrors] = cells.Rect{X: body.X, Y: body.Y + lanes + lists, W: body.W, H: errors}
}

// shared gives queue and finished tasks their places side by side, or one of them the whole.
func (l *layout) shared(r cells.Rect, d demand) {
	switch {
	case d.hidden[paneQueue]:
		l.panes[paneFinished] = r
		return
	case d.hidden[paneFinished]:
		l.panes[paneQueue] = r
		return
	case !l.output.Empty() && r.H >= stackedLists:
		l.column(r, paneQueue, paneFinished, upperRows(r.H, 1+d.items[paneQueue], 1+d.items[paneFinished]), d)
		return
	case r.W < pairedWidth:
		l.panes[d.second] = r
		return
	}
	left := (r.W - splitWidth + 1) / 2
	l.panes[paneQueue] = cells.Rect{X: r.X, Y: r.Y, W: left, H: r.H}
	l.split = append(l.split, cells.Rect{X: r.X + left, Y: r.Y, W: splitWidth, H: r.H})
	l.panes[paneFinished] = cells.Rect{X: r.X + left + splitWidth, Y: r.Y, W: r.W - left - splitWidth, H: r.H}
}

// upperRows is how many of h rows are for the upper of two lists that want so many: a half, more where the lower one wants
// less than that, and never more than the upper one wants.
func upperRows(h, upper, lower int) int {
	most := h - max(minList, min(lower, h/2))
	return max(minList, min(upper, most))
}

// grid puts lanes over finished tasks at the left, queue over errors at the right. A side of which both panes are
// hidden leaves its place to the other.
func (l *layout) grid(body cells.Rect, d demand) {
	left, right := body, body
	switch {
	case d.hidden[paneLanes] && d.hidden[paneFinished]:
		left.W = 0
	case d.hidden[paneQueue] && d.hidden[paneErrors]:
		right.W = 0
	default:
		left.W = (body.W - splitWidth) * 3 / 5
		right.X, right.W = body.X+left.W+splitWidth, body.W-left.W-splitWidth
		l.split = append(l.split, cells.Rect{X: body.X + left.W, Y: body.Y, W: splitWidth, H: body.H})
	}
	if left.W > 0 {
		l.column(left, paneLanes, paneFinished, min(1+d.cards, body.H-5), d)
	}
	if right.W > 0 {
		errors := 1
		if d.errors > 0 {
			errors = min(1+errorlist.Rows*d.errors, body.H/2)
		}
		l.column(right, paneQueue, paneErrors, body.H-errors, d)
	}
}

// column puts one pane of some height over another, or one of them alone where the other is hidden.
func (l *layout) column(r cells.Rect, over, under paneID, height int, d demand) {
	switch {
	case d.hidden[under]:
		height = r.H
	case d.hidden[over]:
		height = 0
	}
	l.panes[over] = cells.Rect{X: r.X, Y: r.Y, W: r.W, H: height}
	l.panes[under] = cells.Rect{X: r.X, Y: r.Y + height, W: r.W, H: r.H - height}
}

// errorsWanted is how high the errors pane would be: its title when there are none, otherwise also as many
// errors as fit into a sixth of the body, one at least.
func errorsWanted(n, body int) int {
	if n == 0 {
		return 1
	}
	return 1 + errorlist.Rows*min(n, max(1, body/6/errorlist.Rows))
}

// tooSmall is the screen of a terminal in which nothing fits.
func tooSmall(w, h int) []string {
	rows := make([]string, max(h, 0))
	for i := range rows {
		text := ""
		if i == h/2 {
			text = cells.Cut("too small", w, "")
		}
		rows[i] = text + cells.Spaces(w-cells.Width(text))
	}
	return rows
}
