package remote

import (
	"net/http"
	"strconv"
	"time"
)

const (
	// eventGap is the least time between two lots of events to one reader, so that however much happens, a reader costs
	// little. What happens meanwhile comes together.
	eventGap = 10 * time.Millisecond
	// eventLot is how many events are taken from the feed at once.
	eventLot = 256
)

// events tells a reader what happens, until it or the server goes. With tasks=false it is only told that something has
// happened.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	after := s.feed.now()
	if text := query.Get("after"); text != "" {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			refuse(w, badRequest("after is %.40q; it has to be the number of an event or a snapshot", text))
			return
		}
		after = n
	}
	tasks := query.Get("tasks") != "false"
	lines := newLines(w)
	if lines.write(event{Seq: after}) != nil || lines.flush() != nil {
		return
	}
	rest := time.NewTimer(0)
	defer rest.Stop()
	<-rest.C
	for {
		var err error
		seen := s.feed.seen()
		if after, err = s.tell(lines, after, tasks); err != nil {
			return
		}
		rest.Reset(eventGap)
		select {
		case <-rest.C:
		case <-r.Context().Done():
			return
		}
		select {
		case <-s.feed.next(seen):
		case <-r.Context().Done():
			return
		}
	}
}

// touchFeed lets the readers of the feed know of what changes that is not the state of a task, until the server ends. One
// for all of them looks at the engine, so that a reader costs that nothing.
func (s *Server) touchFeed() {
	changed, stop := s.engine.Subscribe()
	defer stop()
	for {
		select {
		case <-changed:
			s.feed.touch()
			sleep(s.background, eventGap)
		case <-s.background.Done():
			return
		}
	}
}

// tell writes what has happened after an event, and returns from where to go on.
func (s *Server) tell(lines *lines, after uint64, tasks bool) (uint64, error) {
	if !tasks {
		after = s.feed.now()
		if err := lines.write(event{Seq: after}); err != nil {
			return after, err
		}
		return after, lines.flush()
	}
	for {
		events, now, gap := s.feed.after(after, eventLot)
		switch {
		case gap:
			after, events = now, []event{{Seq: now, Gap: true}}
		case len(events) == 0:
			events = []event{{Seq: after}}
		default:
			after = events[len(events)-1].Seq
		}
		for i := range events {
			if err := lines.write(events[i]); err != nil {
				return after, err
			}
		}
		if len(events) < eventLot {
			return after, lines.flush()
		}
	}
}

// lines is an answer in lines of JSON.
type lines struct {
	w  http.ResponseWriter
	rc *http.ResponseController
}

func newLines(w http.ResponseWriter) *lines {
	w.Header().Set("Content-Type", "application/x-ndjson")
	return &lines{w, http.NewResponseController(w)}
}

// write adds a line. Its error is that the reader is gone, or has not read for too long.
func (l *lines) write(line any) error {
	text, err := marshal(line)
	if err != nil {
		return err
	}
	_ = l.rc.SetWriteDeadline(time.Now().Add(answerLimit))
	_, err = l.w.Write(text)
	return err
}

// flush sends the lines off.
func (l *lines) flush() error { return l.rc.Flush() }
