package remote

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"

	"drover/agent"
	"drover/agent/engine"
	"drover/dispatcher"
)

// ServerOptions say who serves.
type ServerOptions struct {
	Build    string       // as drover version prints it
	Schema   int          // the form of the journal; 0 for none
	StateDir string       // of the engine
	Log      *slog.Logger // nil for none
	// Stopped is called when a client has drained or stopped the engine, after it has its answer; nil for nobody. It must
	// not block.
	Stopped func()
}

// Server answers for an engine. Several clients may speak to it at once; none of them can hold up the engine.
type Server struct {
	engine      engine.Engine
	options     ServerOptions
	hello       Hello
	feed        *feed
	renderer    *renderer
	submissions *submissions
	http        http.Server
	background  context.Context // ends with the server, and all that is answered step by step with it
	end         context.CancelFunc
	leave       func() // stops the feed
	toucher     sync.WaitGroup
	peer        func(net.Conn) error
}

// NewServer returns a server of an engine. From now on it hears of each task's way, until it is closed.
func NewServer(e engine.Engine, o ServerOptions) *Server {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	var instance [8]byte
	_, _ = rand.Read(instance[:]) // never fails
	s := &Server{
		engine: e, options: o, feed: newFeed(), renderer: newRenderer(), submissions: newSubmissions(),
		hello: Hello{
			Protocol: Protocols{MinProtocol, MaxProtocol}, Build: o.Build, Schema: o.Schema, PID: os.Getpid(),
			Instance: hex.EncodeToString(instance[:]), StateDir: o.StateDir, Started: time.Now().UTC(),
		},
		peer: func(c net.Conn) error { return checkPeer(c, false) },
	}
	s.background, s.end = context.WithCancel(context.Background())
	s.leave = e.Observe(s.feed.observer())
	s.toucher.Go(s.touchFeed)
	s.http = http.Server{
		Handler: s.handler(), ReadHeaderTimeout: bodyLimit, MaxHeaderBytes: maxHeader,
		ErrorLog:    slog.NewLogLogger(o.Log.Handler(), slog.LevelDebug),
		BaseContext: func(net.Listener) context.Context { return s.background },
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			if err := s.peer(c); err != nil {
				return context.WithValue(ctx, strangerKey{}, err)
			}
			return ctx
		},
	}
	return s
}

// strangerKey is where the context of a connection has why it is refused.
type strangerKey struct{}

// Hello says who serves.
func (s *Server) Hello() Hello {
	hello := s.hello
	hello.Seq = s.feed.now()
	return hello
}

// Serve answers those who come to a listener until the server is closed. It may be called for several listeners.
func (s *Server) Serve(l net.Listener) error {
	if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// closeLimit is how long a server waits for answers that are on their way.
const closeLimit = time.Second

// Close ends all that is answered, and the listeners with it. The engine lives on.
func (s *Server) Close() error {
	s.leave()
	s.end()
	s.toucher.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), closeLimit)
	defer cancel()
	if err := s.http.Shutdown(ctx); err != nil {
		return s.http.Close()
	}
	return nil
}

// handler is the routes behind what holds for all of them.
func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	for _, route := range routes {
		mux.HandleFunc(route.method+" /v1/"+route.name, func(w http.ResponseWriter, r *http.Request) { route.handle(s, w, r) })
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		refuseWith(w, http.StatusNotFound, badRequest("there is no %s %s; see openapi.yaml", r.Method, r.URL.Path))
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err, stranger := r.Context().Value(strangerKey{}).(error); stranger {
			w.Header().Set("Connection", "close")
			refuseWith(w, http.StatusForbidden, err)
			return
		}
		if text := r.Header.Get(headerProtocol); text != "" {
			if n, err := strconv.Atoi(text); err != nil || n < MinProtocol || n > MaxProtocol {
				refuseWith(w, http.StatusUpgradeRequired, fmt.Errorf("%s (process %d) does not speak protocol %.20q, only %d to %d: %s",
					s.hello.Build, s.hello.PID, text, MinProtocol, MaxProtocol, adviceReplace))
				return
			}
		}
		if instance := r.Header.Get(headerInstance); instance != "" && instance != s.hello.Instance {
			refuseWith(w, http.StatusMisdirectedRequest, errAnother)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		mux.ServeHTTP(w, r)
	})
}

// adviceReplace is what to do about a server of another build.
const adviceReplace = "drover serve --replace puts this build in its place"

// errAnother is that a request was meant for a process that is no longer there.
var errAnother = errors.New("this was meant for an earlier server, whose place another has taken")

// readBody reads the whole body of a request.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	rc := http.NewResponseController(w)
	_ = rc.SetReadDeadline(time.Now().Add(bodyLimit))
	defer func() { _ = rc.SetReadDeadline(time.Time{}) }()
	body, err := io.ReadAll(r.Body)
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, badRequest("the body is larger than %d bytes", tooLarge.Limit)
	}
	if err != nil {
		return nil, badRequest("the body did not come: %v", err)
	}
	return body, nil
}

// handler answers a request.
type handler = func(*Server, http.ResponseWriter, *http.Request)

// call makes a handler of what takes a body and returns an answer. An empty body stands for one without fields.
func call[In, Out any](do func(ctx context.Context, e engine.Engine, in In) (Out, error)) handler {
	return func(s *Server, w http.ResponseWriter, r *http.Request) {
		var in In
		body, err := readBody(w, r)
		if err == nil && len(body) > 0 {
			err = decode(body, &in)
		}
		if err != nil {
			refuse(w, err)
			return
		}
		out, err := do(r.Context(), s.engine, in)
		answer(w, out, err)
	}
}

// change is call for what returns nothing.
func change[In any](do func(ctx context.Context, e engine.Engine, in In) error) handler {
	return call(func(ctx context.Context, e engine.Engine, in In) (nothing, error) { return nothing{}, do(ctx, e, in) })
}

// answer writes what a request has led to.
func answer(w http.ResponseWriter, out any, err error) {
	if err != nil {
		refuse(w, err)
		return
	}
	text, err := marshal(out)
	if err != nil {
		refuse(w, err)
		return
	}
	write(w, http.StatusOK, text)
}

func write(w http.ResponseWriter, status int, text []byte) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(answerLimit))
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	_, _ = w.Write(text) //nolint:gosec // JSON for no page, as its type says; whoever is gone needs no answer
}

// refuse says why a request was not carried out.
func refuse(w http.ResponseWriter, err error) { refuseWith(w, statusOf(err), err) }

func refuseWith(w http.ResponseWriter, status int, err error) {
	text, encodeErr := json.Marshal(refusal{agent.FormOfError(err)})
	if encodeErr != nil {
		text = []byte(`{"error":{"text":"it went wrong","ending":"failed"}}`)
	}
	write(w, status, append(text, '\n'))
}

// statusOf returns the status of HTTP for an error; what it is exactly is in the body.
func statusOf(err error) int {
	for _, s := range []struct {
		status int
		errs   []error
	}{
		{http.StatusNotFound, []error{dispatcher.ErrTaskNotFound, agent.ErrNoItem}},
		{http.StatusConflict, []error{
			dispatcher.ErrNotPending, dispatcher.ErrNotEnded, dispatcher.ErrCannotCancel, dispatcher.ErrDuplicateID,
			dispatcher.ErrStillReturning,
		}},
		{http.StatusTooManyRequests, []error{dispatcher.ErrQueueFull}},
		{http.StatusServiceUnavailable, []error{dispatcher.ErrNotRunning, context.Canceled}},
		{http.StatusBadRequest, []error{dispatcher.ErrInvalidPriority, dispatcher.ErrWorkerCount, dispatcher.ErrEmptyID}},
	} {
		for _, is := range s.errs {
			if errors.Is(err, is) {
				return s.status
			}
		}
	}
	if e, ok := errors.AsType[*agent.Error](err); ok && e.Ending != agent.EndFailed {
		return http.StatusBadRequest // what a check says: it is the request that is wrong
	}
	return http.StatusInternalServerError
}
