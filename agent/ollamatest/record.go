package ollamatest

import (
	"context"
	"net/http"
	"time"
)

// keptRequests is how many requests are kept, the latest ones.
const keptRequests = 1000

// keptBody is how much of a request's body is kept.
const keptBody = 1 << 20

// Request is one request that was made.
type Request struct {
	Method, Path string
	Header       http.Header
	Body         []byte // at most the first MiB
	Model        string // as asked for; of chats and completions
	Started      time.Time
	Ended        time.Time // zero while it is worked on
	Status       int       // 0 when nothing was answered
	Pieces       int       // tokens sent
	Disconnected bool      // the client hung up before the end
}

// Stats counts what happened since the server was made.
type Stats struct {
	Requests     int // all of them
	Chats        int // chats and completions among them
	Active       int // requests worked on now
	Waiting      int // chats that wait now for their model or a place in it
	Streaming    int // chats that generate now
	MaxStreaming int // the most at once
	Tokens       int // sent
	Loads        int // models that were put into memory, each time
	Disconnected int // chats whose client hung up before the end
	Connections  int // accepted; only those of Start and StartPipe are counted
	Open         int // connections open now
}

// recorder is a ResponseWriter that remembers the status.
type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(p []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return r.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController find the real writer.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// change alters counters and requests under the lock and wakes whoever waits for a change.
func (s *Server) change(f func(*Stats)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(&s.stats)
	s.stats.MaxStreaming = max(s.stats.MaxStreaming, s.stats.Streaming)
	close(s.changed)
	s.changed = make(chan struct{})
}

// Stats returns the counters.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stats
}

// Requests returns the latest 1000 requests, oldest first.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	requests := make([]Request, len(s.requests))
	for i, r := range s.requests {
		requests[i] = *r
	}
	return requests
}

// Wait returns when the counters are as wanted, or with ctx's error.
func (s *Server) Wait(ctx context.Context, wanted func(Stats) bool) error {
	for {
		s.mu.Lock()
		stats, changed := s.stats, s.changed
		s.mu.Unlock()
		if wanted(stats) {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
