package tui

// The sizes at which the layout changes.
const (
	minWidth, minHeight = 20, 3 // below, the screen only says that it is too small

	stackedWidth  = 50 // narrower screens show one pane at a time
	stackedHeight = 16 // so do lower ones
	pairedWidth   = 96 // from here on queue and finished tasks stand side by side
	gridWidth     = 150
	gridHeight    = 36 // from both on: lanes and finished tasks at the left, queue and errors at the right
	statusHeight  = 20 // lower screens show notices in the place of the keys

	splitWidth = 3 // a line between two columns, with a space on each side
)

// paneID names a pane. The order is that of tab.
type paneID int

const (
	paneLanes paneID = iota
	paneQueue
	paneFinished
	paneErrors
	paneCount
)

// rect is a rectangle in cells; the empty one is not shown.
type rect struct{ x, y, w, h int }

func (r rect) empty() bool { return r.w <= 0 || r.h <= 0 }

// demand is what the layout depends on besides the size of the screen.
type demand struct {
	zoomed bool            // the focused pane gets everything
	hidden [paneCount]bool // at least one is not
	lanes  int             // how many lanes there are
	errors int             // how many errors are kept
	banner int             // rows that the server's banner wants; 0 for none
	focus  paneID          // decides what is shown where there is room for one pane only
	second paneID          // paneQueue or paneFinished: which one the shared place shows
}

// layout says where everything is. Rectangles do not overlap and lie within the screen. Queue and finished
// tasks share one place (tabs) when only one of them has a rectangle.
type layout struct {
	tooSmall bool
	single   bool // one pane at a time
	header   rect
	banner   rect
	panes    [paneCount]rect // with their titles
	split    []rect          // lines between columns
	metrics  rect
	status   rect
	keys     rect
}

// arrange computes the layout of a screen of w×h cells. It is pure.
func arrange(w, h int, d demand) layout {
	if w < minWidth || h < minHeight {
		return layout{tooSmall: true}
	}
	l := layout{keys: rect{0, h - 1, w, 1}}
	if h <= miniHeight || w <= miniWidth {
		l.single = true
		l.panes[d.focus] = rect{0, 0, w, h - 1}
		return l
	}
	l.header = rect{0, 0, w, 1}
	top, bottom := 1, h-1 // the rows that are still free
	if h >= stackedHeight-4 {
		bottom--
		l.metrics = rect{0, bottom, w, 1}
	}
	if h >= statusHeight {
		// The notice stands right above the keys, the metrics above it.
		l.status = rect{0, bottom, w, 1}
		bottom--
		l.metrics.y = bottom
	}
	if d.banner > 0 && bottom-top >= d.banner+3 {
		l.banner = rect{0, top, w, d.banner}
		top += d.banner
	}
	body := rect{0, top, w, bottom - top}
	switch {
	case d.zoomed || w < stackedWidth || h < stackedHeight:
		l.single = true
		l.panes[d.focus] = body
	case w >= gridWidth && h >= gridHeight:
		l.grid(body, d)
	default:
		l.stack(body, d)
	}
	return l
}

// stack puts the panes below each other.
func (l *layout) stack(body rect, d demand) {
	const minList = 4 // a title and three tasks
	lanes, errors, lists := 1+d.lanes, errorsWanted(d.errors, body.h), minList
	if d.hidden[paneLanes] {
		lanes = 0
	}
	if d.hidden[paneErrors] {
		errors = 0
	}
	if d.hidden[paneQueue] && d.hidden[paneFinished] {
		lists = 0
	}
	if over := lanes + lists + errors - body.h; over > 0 && errors > 0 {
		errors = max(1, errors-over)
	}
	if over := lanes + lists + errors - body.h; over > 0 && lanes > 0 {
		lanes = max(2, lanes-over)
	}
	switch rest := body.h - lanes - errors; {
	case lists > 0:
		// Where there is plenty, each lane gets a second row.
		if roomy := 1 + 2*d.lanes; lanes > 0 && body.h-errors-roomy >= 14 {
			lanes = roomy
		}
		lists = body.h - lanes - errors
	case lanes > 0:
		lanes += rest
	default:
		errors += rest
	}
	l.panes[paneLanes] = rect{body.x, body.y, body.w, lanes}
	if lists > 0 {
		l.shared(rect{body.x, body.y + lanes, body.w, lists}, d)
	}
	l.panes[paneErrors] = rect{body.x, body.y + lanes + lists, body.w, errors}
}

// shared gives queue and finished tasks their places side by side, or one of them the whole.
func (l *layout) shared(r rect, d demand) {
	switch {
	case d.hidden[paneQueue]:
		l.panes[paneFinished] = r
		return
	case d.hidden[paneFinished]:
		l.panes[paneQueue] = r
		return
	case r.w < pairedWidth:
		l.panes[d.second] = r
		return
	}
	left := (r.w - splitWidth + 1) / 2
	l.panes[paneQueue] = rect{r.x, r.y, left, r.h}
	l.split = append(l.split, rect{r.x + left, r.y, splitWidth, r.h})
	l.panes[paneFinished] = rect{r.x + left + splitWidth, r.y, r.w - left - splitWidth, r.h}
}

// grid puts lanes over finished tasks at the left, queue over errors at the right. A side of which both panes are
// hidden leaves its place to the other.
func (l *layout) grid(body rect, d demand) {
	left, right := body, body
	switch {
	case d.hidden[paneLanes] && d.hidden[paneFinished]:
		left.w = 0
	case d.hidden[paneQueue] && d.hidden[paneErrors]:
		right.w = 0
	default:
		left.w = (body.w - splitWidth) * 3 / 5
		right.x, right.w = body.x+left.w+splitWidth, body.w-left.w-splitWidth
		l.split = append(l.split, rect{body.x + left.w, body.y, splitWidth, body.h})
	}
	if left.w > 0 {
		l.column(left, paneLanes, paneFinished, min(1+2*d.lanes, body.h-5), d)
	}
	if right.w > 0 {
		errors := 1
		if d.errors > 0 {
			errors = min(1+errorRows*d.errors, body.h/2)
		}
		l.column(right, paneQueue, paneErrors, body.h-errors, d)
	}
}

// column puts one pane of some height over another, or one of them alone where the other is hidden.
func (l *layout) column(r rect, over, under paneID, height int, d demand) {
	switch {
	case d.hidden[under]:
		height = r.h
	case d.hidden[over]:
		height = 0
	}
	l.panes[over] = rect{r.x, r.y, r.w, height}
	l.panes[under] = rect{r.x, r.y + height, r.w, r.h - height}
}

// errorsWanted is how high the errors pane would be: its title when there are none, otherwise also as many
// errors as fit into a sixth of the body, one at least.
func errorsWanted(n, body int) int {
	if n == 0 {
		return 1
	}
	return 1 + errorRows*min(n, max(1, body/6/errorRows))
}
