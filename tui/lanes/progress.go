package lanes

import (
	"slices"
	"strconv"
	"strings"

	"drover/agent/engine"
	"drover/dispatcher"
	"drover/tui/cells"
)

// How far the task of a lane is. A task of a model is known to be so far of its limit of tokens, and may well end
// before. Where nobody knows, nothing is shown.

const (
	barCells = 8
	barRoom  = barCells + 1 + 20 // where a lane has less for what it says, there is no bar
)

// progressOf is how far the task of a lane is, in percent; known says whether anything can be said of it: not before the first
// token, nor of a task that is being cancelled.
func progressOf(lane *engine.Lane) (percent int, known bool) {
	live := &lane.Live
	percent = live.Percent()
	return percent, lane.State == dispatcher.LaneRunning && (percent > 0 || live.TokenLimit > 0 && !live.FirstToken.IsZero())
}

// progressText is the number, empty where nothing is known.
func progressText(lane *engine.Lane) string {
	percent, known := progressOf(lane)
	if !known {
		return ""
	}
	return strconv.Itoa(percent) + "%"
}

// progresses reports whether anything is known of a lane. Then all give room for it, so that what they say stands in one column.
func (p *Lanes) progresses() bool {
	return slices.ContainsFunc(p.data.Lanes, func(lane engine.Lane) bool { _, known := progressOf(&lane); return known })
}

// putBar writes how far a lane's task is, in a bar whose parts differ in shape, if the w cells have room for it. It returns how
// many are left.
func (p *Lanes) putBar(l *cells.Row, lane *engine.Lane, w int) int {
	if w < barRoom || !p.progresses() {
		return w
	}
	percent, known := progressOf(lane)
	if !known {
		l.Gap(barCells + 1)
		return w - barCells - 1
	}
	done := 0
	if percent > 0 { // what has begun is seen to have, and only what is done is full
		done = 1 + percent*(barCells-1)/100
	}
	l.Put(l.Inks.Good, strings.Repeat(l.Glyphs.Done, done))
	l.Put(l.Inks.Faint, strings.Repeat(l.Glyphs.ToDo, barCells-done)).Gap(1)
	return w - barCells - 1
}
