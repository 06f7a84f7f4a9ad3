package lanes

import (
	"time"

	"drover/agent/engine"
	"drover/dispatcher"
	"drover/tui/facts"
	"drover/tui/theme"
)

// historyLength is how many seconds of tokens per second are kept, for each lane and for all together.
const historyLength = 60

// maxSpark is how many of them are drawn at most, in cells.
const maxSpark = int(facts.QuietAfter / time.Second) // so that what stops with a quiet lane is an empty one

// samples are the latest rates, one for each second, the oldest first.
type samples []float64

func (s *samples) add(v float64) {
	if len(*s) == historyLength {
		copy(*s, (*s)[1:])
		*s = (*s)[:historyLength-1]
	}
	*s = append(*s, v)
}

// history has what the lanes did in the latest seconds. It is taken with the ticks of the clock, which runs
// only while there is something to do, so it costs nothing when nothing happens. Drawing it from every
// snapshot was the alternative: its shape would depend on how often there is one.
type history struct {
	at    time.Time // of the latest sample
	lanes [dispatcher.MaxWorkers]laneHistory
	total samples
}

// laneHistory is the history of one lane, over the tasks that it works on one after the other.
type laneHistory struct {
	samples
	task   string // whose tokens are counted
	tokens int
}

// sample takes one sample of every lane.
func (h *history) sample(lanes []engine.Lane, now time.Time) {
	passed := now.Sub(h.at)
	if passed <= 0 {
		return
	}
	if passed > 3*time.Second { // the clock has stood still: what is known is not the latest any more
		*h = history{at: now}
		for i := range lanes {
			if id := lanes[i].ID; id < len(h.lanes) {
				h.lanes[id].task, h.lanes[id].tokens = lanes[i].Task.ID, lanes[i].Live.Tokens
			}
		}
		return
	}
	h.at = now
	sum := 0.0
	for i := range lanes {
		lane := &lanes[i]
		if lane.ID >= len(h.lanes) {
			continue
		}
		l := &h.lanes[lane.ID]
		tokens := lane.Live.Tokens
		since := l.tokens
		if l.task != lane.Task.ID || tokens < since {
			since = 0 // another task, or another attempt
		}
		rate := float64(tokens-since) / passed.Seconds()
		l.task, l.tokens = lane.Task.ID, tokens
		l.add(rate)
		sum += rate
	}
	h.total.add(sum)
}

// top is the largest sample that any lane has among its latest n.
func (h *history) top(n int) (top float64) {
	for i := range h.lanes {
		for _, v := range h.lanes[i].latest(n) {
			top = max(top, v)
		}
	}
	return top
}

// latest returns at most the latest n samples.
func (s samples) latest(n int) samples { return s[max(0, len(s)-n):] }

// sparkline draws the latest n samples of v in n cells, against top; a second without tokens is blank. Lanes are drawn
// against the fastest of them, so that they can be compared.
func sparkline(g *theme.Glyphs, v samples, n int, top float64) string {
	v = v.latest(n)
	b := make([]byte, 0, 3*n)
	for range n - len(v) {
		b = append(b, ' ')
	}
	for _, x := range v {
		if x <= 0 {
			b = append(b, ' ')
			continue
		}
		bars := &g.Bars
		b = append(b, bars[min(int(x/top*float64(len(bars))), len(bars)-1)]...)
	}
	return string(b)
}
