package batch

import (
	"fmt"
	"strings"
	"time"

	"drover/agent"
	"drover/agent/engine"
	"drover/agent/safetext"
	"drover/dispatcher"
)

const (
	// quiet is how long nothing happens before the run says what it waits for, and says it again.
	quiet = 15 * time.Second
	// shownLanes is how many lanes it names.
	shownLanes = 3
)

// waiting says what the run waits for: how much there is, what lanes do, and why nothing starts.
func waiting(s engine.State, now time.Time) string {
	running := 0
	var parts []string
	for i := range s.Lanes {
		if l := &s.Lanes[i]; l.Task.ID != "" {
			if running++; running <= shownLanes {
				parts = append(parts, safetext.Line(l.Task.ID, agent.MaxName)+" "+doing(l, now))
			}
		}
	}
	if running > shownLanes {
		parts = append(parts, fmt.Sprintf("and %d more", running-shownLanes))
	}
	for _, hold := range s.Holds {
		parts = append(parts, "nothing starts: "+safetext.Line(hold.Reason, maxDetail))
	}
	line := fmt.Sprintf("waiting: %d running, %d pending", running, s.Metrics.PendingTasks)
	if s.Delayed > 0 {
		line += fmt.Sprintf(" (%d of them for their next attempt)", s.Delayed)
	}
	if len(parts) > 0 {
		line += "; " + strings.Join(parts, "; ")
	}
	return line
}

// doing says what a lane does and for how long.
func doing(l *engine.Lane, now time.Time) string {
	since := l.Live.Sent
	if since.IsZero() {
		since = l.Since
	}
	silence := l.Live.Silent(now)
	switch {
	case silence > 0:
		return fmt.Sprintf("quiet for %v", silence.Round(time.Second))
	case l.Live.Tokens > 0:
		return fmt.Sprintf("%v, %d tokens", l.Live.Phase, l.Live.Tokens)
	case l.Live.Phase.BeforeFirstToken():
		return fmt.Sprintf("%v for %v, nothing said yet", l.Live.Phase, now.Sub(since).Round(time.Second))
	}
	return fmt.Sprintf("%v for %v", l.Live.Phase, now.Sub(since).Round(time.Second))
}

// sayWaiting writes it.
func (r *run) sayWaiting() {
	r.report.note(waiting(r.Engine.State(dispatcher.SnapshotRequest{}), time.Now()))
}
