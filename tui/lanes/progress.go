package lanes

import (
	"strconv"
	"strings"

	"drover/agent"
	"drover/agent/engine"
	"drover/dispatcher"
	"drover/tui/cells"
)

// How far the task of a lane is. A task of a model is known to be so far of its limit of tokens, and may well end
// before. Where nobody knows, nothing is shown.

const (
	barCells      = 8                // of the bar itself
	progressWidth = barCells + 1 + 5 // with the number and the gap behind it: " 42% "

	progressRoom = progressWidth + 20 // where a lane has less for what it says, there is no bar
)

// progressOf is how far the task of a lane is, in percent; known says whether anything can be said of it.
func progressOf(lane *engine.Lane, live agent.Live) (percent int, known bool) {
	percent = live.Percent()
	return percent, lane.State != dispatcher.LaneIdle && (percent > 0 || live.TokenLimit > 0)
}

// progressColumn is how many of the w cells of what the lanes say are for their progress. For bars all lanes give room,
// also those of which nothing is known, so that what they say stands in one column; a number only takes room where
// there is one, since where room is scarce, words are worth more than columns.
func (p *Lanes) progressColumn(w int) int {
	if w < progressRoom {
		return 0
	}
	for i := range p.data.Lanes {
		lane := &p.data.Lanes[i]
		if _, known := progressOf(lane, lane.Live); known {
			return progressWidth
		}
	}
	return 0
}

// putProgress writes how far a lane's task is: a bar and the number into a column, or the number alone where there is
// none. The parts of the bar differ in shape. Nothing is written before the first token, nor for a task that is being
// cancelled. It returns how many cells it took.
func (p *Lanes) putProgress(l *cells.Row, lane *engine.Lane, live agent.Live, column int) int {
	percent, known := progressOf(lane, live)
	if !known || lane.State != dispatcher.LaneRunning || percent == 0 && live.FirstToken.IsZero() {
		l.Gap(column)
		return column
	}
	number := strconv.Itoa(percent) + "%"
	if column == 0 {
		w := max(len(number), 3)
		l.Right(l.Inks.Dim, number, w).Gap(1)
		return w + 1
	}
	done := 0
	if percent > 0 { // what has begun is seen to have, and only what is done is full
		done = 1 + percent*(barCells-1)/100
	}
	l.Put(l.Inks.Good, strings.Repeat(l.Glyphs.Done, done))
	l.Put(l.Inks.Faint, strings.Repeat(l.Glyphs.ToDo, barCells-done)).Gap(1)
	l.Right(l.Inks.Dim, number, 4).Gap(1)
	return column
}
