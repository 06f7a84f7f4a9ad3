package tui

import (
	"reflect"
	"time"

	tea "charm.land/bubbletea/v2"
)

// Bubble Tea looks at a fixed rate whether there is something to draw, for as long as the program lives. At the 60
// times a second that it has by default that alone costs an idle program some percent of a processor, every day, on
// battery too; at a rate that costs little a key takes a thirtieth of a second to be seen. So the rate follows what
// happens: high when something has changed, low when nothing does.
const (
	// drawGap is how long it takes after a change until it is drawn.
	drawGap = 8 * time.Millisecond
	// restGap is between two looks while nothing changes. All that is drawn by this program is a change; what is
	// sent to the terminal by itself (the bell) waits for as long at most.
	restGap = 250 * time.Millisecond
	// restAfter is for how long nothing must have changed.
	restAfter = 500 * time.Millisecond
	// firstRate is the rate at the start, in frames a second, so that the first frame comes soon.
	firstRate = 120
)

// frameRate changes how often Bubble Tea looks. It belongs to the event loop.
//
// Bubble Tea does not offer that, so it reaches for the ticker inside of the program. When there is none of that name,
// in another version, nothing is changed, and the rate stays as it was; a test notices.
type frameRate struct {
	program *tea.Program // nil when frames are drawn by nobody
	ticker  *time.Ticker
	changed time.Time // when something that is shown last changed
	aligned time.Time // when the ticker last began anew
	resting bool
	clock   clock // rings when there may be a rest
}

// find looks for the ticker, which there is once the program runs.
func (f *frameRate) find() {
	if f.ticker != nil || f.program == nil {
		return
	}
	field := reflect.ValueOf(f.program).Elem().FieldByName("ticker")
	if field.IsValid() && field.Type() == reflect.TypeFor[*time.Ticker]() {
		f.ticker = (*time.Ticker)(field.UnsafePointer())
	}
}

// draw has a change drawn soon.
func (f *frameRate) draw(now time.Time) {
	f.find()
	f.changed = now
	// Changes that come faster than frames must not put off the tick that is on its way.
	if f.ticker != nil && (f.resting || now.Sub(f.aligned) >= 2*drawGap) {
		f.ticker.Reset(drawGap)
		f.aligned, f.resting = now, false
	}
}

// due is when there is a rest if nothing changes until then; zero while there is one.
func (f *frameRate) due() time.Time {
	if f.ticker == nil || f.resting {
		return time.Time{}
	}
	return f.changed.Add(restAfter)
}

// rest has Bubble Tea look less often if nothing has changed for a while.
func (f *frameRate) rest(now time.Time) {
	if f.ticker != nil && !f.resting && now.Sub(f.changed) >= restAfter {
		f.ticker.Reset(restGap)
		f.resting = true
	}
}
