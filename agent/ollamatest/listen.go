package ollamatest

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// Running is a server that can be reached.
type Running struct {
	URL    string // e.g. http://127.0.0.1:40123
	server *Server
	http   *http.Server
	served chan struct{} // closed when the listener is closed and Serve has returned
	pipe   *pipeListener // nil for a real network
}

// Start serves on a free port of the loopback interface until Close.
func Start(s *Server) (*Running, error) {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	return serve(s, listener, "http://"+listener.Addr().String(), nil), nil
}

// StartPipe serves connections in memory, which [Running.Dial] makes. Nobody outside of this process can
// reach it, and it works under testing/synctest.
func StartPipe(s *Server) *Running {
	listener := &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
	return serve(s, listener, "http://"+pipeHost, listener)
}

// pipeHost is a name for people; no network is asked for it.
const pipeHost = "demo.internal:11434"

func serve(s *Server, listener net.Listener, url string, pipe *pipeListener) *Running {
	r := &Running{URL: url, server: s, served: make(chan struct{}), pipe: pipe}
	r.http = &http.Server{
		Handler:           s,
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          log.New(io.Discard, "", 0), // its default is stderr, which is the screen
		ConnState: func(_ net.Conn, state http.ConnState) {
			switch state {
			case http.StateNew:
				s.change(func(stats *Stats) { stats.Connections++; stats.Open++ })
			case http.StateClosed, http.StateHijacked:
				s.change(func(stats *Stats) { stats.Open-- })
			case http.StateActive, http.StateIdle:
			}
		},
	}
	go func() {
		defer close(r.served)
		_ = r.http.Serve(listener) // http.ErrServerClosed
	}()
	return r
}

// Dial connects to a server of StartPipe, whatever the address; to others it dials the address.
func (r *Running) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	if r.pipe == nil {
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}
	return r.pipe.dial(ctx)
}

// Close hangs up on everybody and returns when no request is worked on any more.
func (r *Running) Close() {
	_ = r.http.Close()
	<-r.served
	_ = r.server.Wait(context.Background(), func(s Stats) bool { return s.Active == 0 })
}

// pipeListener is a listener in memory.
type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

var errRefused = &net.OpError{Op: "dial", Net: "pipe", Err: errors.New("connection refused")}

func (l *pipeListener) dial(ctx context.Context) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case l.conns <- server:
		return client, nil
	case <-l.closed:
		return nil, errRefused
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept waits for the next connection.
func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close ends Accept and refuses further connections.
func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

// Addr is where nobody can connect to.
func (l *pipeListener) Addr() net.Addr { return pipeAddr{} }

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return pipeHost }
