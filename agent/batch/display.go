package batch

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/charmbracelet/x/ansi"

	"drover/agent"
	"drover/agent/engine"
	"drover/agent/safetext"
	"drover/dispatcher"
)

// Display is the progress of a run on a terminal: a bar and a line for each lane that works, drawn again and again in
// the last rows. What else goes to the same terminal is written through it, so that it stands above and nothing mixes.
// Its methods may be called by several goroutines.
type Display struct {
	size func() (columns, rows int) // of the terminal; asked before each drawing

	mu    sync.Mutex
	out   io.Writer
	drawn []string  // the lines that are on the terminal now
	at    time.Time // when it was last looked at what to draw
	ended bool
}

// NewDisplay returns a display on a terminal whose size is what size returns.
func NewDisplay(terminal io.Writer, size func() (columns, rows int)) *Display {
	return &Display{out: terminal, size: size}
}

// Above returns a writer for what is to stand above the display, on the same terminal. A write that does not end in a line
// feed is given one.
func (d *Display) Above(w io.Writer) io.Writer { return above{d, w} }

type above struct {
	display *Display
	out     io.Writer
}

// Write takes the display away, writes and puts it back.
func (a above) Write(p []byte) (int, error) {
	d := a.display
	d.mu.Lock()
	defer d.mu.Unlock()
	lines := d.drawn
	d.draw(nil)
	n, err := a.out.Write(p)
	if err == nil && len(p) > 0 && p[len(p)-1] != '\n' && !d.ended {
		_, err = a.out.Write([]byte("\n"))
	}
	d.draw(lines)
	return n, err
}

// interval is how long one drawing stands at least: as often as people see a number change.
const interval = 200 * time.Millisecond

// run draws until done is closed, and takes the display away then.
func (d *Display) run(done <-chan struct{}, lines func(columns int) []string) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		columns, rows := d.size()
		list := lines(columns)
		d.mu.Lock()
		if !d.at.IsZero() && time.Since(d.at) > 10*interval {
			d.drawn = nil // the process was stopped meanwhile: what the shell has written since stands in the way
		}
		d.at = time.Now()
		d.draw(list[:min(len(list), max(rows-1, 1))])
		d.mu.Unlock()
		select {
		case <-tick.C:
		case <-done:
			d.mu.Lock()
			d.draw(nil)
			d.ended = true
			d.mu.Unlock()
			return
		}
	}
}

// draw puts lines in the place of those that are there. Called with mu held. A terminal that cannot be written shows no
// progress; results have their own errors.
func (d *Display) draw(lines []string) {
	if d.ended || slices.Equal(d.drawn, lines) {
		return
	}
	var b strings.Builder
	if n := len(d.drawn); n > 0 {
		b.WriteString("\r")
		if n > 1 {
			b.WriteString(ansi.CursorUp(n - 1))
		}
		b.WriteString(ansi.EraseScreenBelow)
	}
	if len(lines) > 0 {
		// Without wrapping, a terminal that was made narrower cuts the lines, and their number stays right.
		b.WriteString(ansi.ResetModeAutoWrap + strings.Join(lines, "\r\n") + ansi.SetModeAutoWrap)
	}
	_, _ = io.WriteString(d.out, b.String())
	d.drawn = lines
}

// barWidth is how many cells the bar has.
const barWidth = 24

// displayed returns the lines of a display: how far the run is, what the lanes do, and why nothing starts.
func displayed(s engine.State, done, total, failed int, now time.Time, columns int) []string {
	share := 1.0
	if total > 0 {
		share = float64(done) / float64(total)
	}
	full := int(share * barWidth)
	line := fmt.Sprintf("%s%s %d of %d  %d%%", strings.Repeat("█", full), strings.Repeat("░", barWidth-full), done, total, int(100*share))
	if failed > 0 {
		line += fmt.Sprintf("  %d failed", failed)
	}
	if rate := s.Metrics.Throughput; rate > 0 {
		line += "  " + perTime(rate)
		if left := total - done; left > 0 && done >= 10 { // of fewer a rate says little
			line += fmt.Sprintf("  about %v left", roundLeft(time.Duration(float64(left)/rate*float64(time.Second))))
		}
	}
	lines := []string{line}
	for i := range s.Lanes {
		if l := &s.Lanes[i]; l.Task.ID != "" {
			lines = append(lines, laneLine(l, now))
		}
	}
	for _, hold := range s.Holds {
		if hold.Reason != HoldReading {
			lines = append(lines, "nothing starts: "+safetext.Line(hold.Reason, maxDetail))
		}
	}
	for i := range lines {
		lines[i] = ansi.Truncate(lines[i], max(columns-1, 1), "…")
	}
	return lines
}

// laneLine says what a lane does: its number, the task, the model, and how far it is.
func laneLine(l *engine.Lane, now time.Time) string {
	line := fmt.Sprintf("%2d  %s", l.ID+1, ansi.Truncate(safetext.Line(l.Task.ID, agent.MaxName), 24, "…"))
	if model := l.Task.Model(); model != "" {
		line += "  " + ansi.Truncate(safetext.Line(model, agent.MaxName), 24, "…")
	}
	line += "  " + doing(l, now)
	if l.State != dispatcher.LaneRunning {
		line += fmt.Sprintf(" (%v)", l.State)
	}
	if l.Live.LastLine != "" {
		line += "  " + safetext.Line(l.Live.LastLine, maxDetail)
	}
	return line
}

// perTime says how often something happens, given how often a second.
func perTime(rate float64) string {
	switch {
	case rate >= 0.95:
		return fmt.Sprintf("%.1f/s", rate)
	case rate*60 >= 0.95:
		return fmt.Sprintf("%.1f/min", rate*60)
	}
	return fmt.Sprintf("%.1f/h", rate*3600)
}

// roundLeft leaves a guess as many digits as it is worth.
func roundLeft(d time.Duration) time.Duration {
	switch {
	case d < time.Minute:
		return max(d.Round(time.Second), time.Second)
	case d < time.Hour:
		return d.Round(10 * time.Second)
	}
	return d.Round(time.Minute)
}
