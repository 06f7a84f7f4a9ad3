package ollamatest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ollama/ollama/api"
)

// Config says what a server is like.
type Config struct {
	Version  string // what it says it is; "0.17.4" if empty
	Models   []Model
	Parallel int // requests that one model works on at once; 0 for all
	MaxQueue int // chats that may wait at once, the next is refused as busy; 0 for any number
	// MaxLoaded is how many models fit into memory: one more waits until one of them is not in use, and takes its
	// place. Then models are also loaded one after the other, in the order in which they are asked for, and whoever
	// wants another one waits. 0 for any number.
	MaxLoaded int
}

// Server is the model server: an http.Handler, to be served by [Start], [StartPipe] or anything else.
type Server struct {
	config Config
	mux    *http.ServeMux

	loader chan struct{} // holds a value while somebody loads if MaxLoaded is set

	mu       sync.Mutex
	models   []*running
	faults   map[string][]*Fault // to be used up, by model; "" for any
	front    *Fault              // what something in front of the server answers; nil for nothing
	requests []*Request          // the latest
	stats    Stats
	changed  chan struct{} // closed and replaced at every change of the fields above
}

// running is a model and what the server does with it.
type running struct {
	Model
	modified time.Time
	loading  chan struct{} // holds a value while somebody loads; a lock that can be given up waiting for
	slots    chan struct{} // holds a value for each request it works on; nil for no limit

	// Guarded by Server.mu.
	loaded  bool
	context int           // its size since it was loaded, in tokens
	users   int           // requests that need it in memory
	used    time.Time     // end of the latest request
	keep    time.Duration // how long it stays after that; below zero for ever
	leaving bool          // it stays only until its users are gone
	lost    int           // slots that come back when it leaves the memory
}

// New returns a server.
func New(config Config) *Server {
	if config.Version == "" {
		config.Version = "0.17.4"
	}
	s := &Server{
		config: config, mux: http.NewServeMux(), loader: make(chan struct{}, 1),
		faults: make(map[string][]*Fault), changed: make(chan struct{}),
	}
	s.SetModels(config.Models...)
	s.mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { // GET is HEAD as well
		_, _ = io.WriteString(w, "Ollama is running")
	})
	s.mux.HandleFunc("GET /api/version", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]string{"version": s.config.Version})
	})
	s.mux.HandleFunc("GET /api/tags", s.tags)
	s.mux.HandleFunc("GET /api/ps", s.ps)
	s.mux.HandleFunc("POST /api/show", s.show)
	s.mux.HandleFunc("POST /api/chat", s.chat)
	s.mux.HandleFunc("POST /api/generate", s.generate)
	return s
}

// SetModels replaces the models that are installed. Requests that are worked on are not disturbed.
func (s *Server) SetModels(models ...Model) {
	list := make([]*running, len(models))
	for i, m := range models {
		// The real server lists the latest modified first; made-up times keep the given order.
		r := &running{Model: m, loading: make(chan struct{}, 1)}
		r.modified = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC).Add(-time.Duration(i) * time.Hour)
		if s.config.Parallel > 0 {
			r.slots = make(chan struct{}, s.config.Parallel)
		}
		list[i] = r
	}
	s.change(func(*Stats) { s.models = list })
}

// Fail makes the next requests of a model go wrong, one fault each, in order. The empty name stands for
// any model, also for one that is not installed.
func (s *Server) Fail(model string, faults ...*Fault) {
	if model != "" {
		model = fullName(model)
	}
	s.change(func(*Stats) { s.faults[model] = append(s.faults[model], faults...) })
}

// SetFront makes something in front of the server answer every request with f, a Reply or Reset(0), as a proxy does
// whose server is away. Nil lets requests through again.
func (s *Server) SetFront(f *Fault) { s.change(func(*Stats) { s.front = f }) }

// Mend takes back the faults that have not happened yet.
func (s *Server) Mend() { s.change(func(*Stats) { clear(s.faults) }) }

// fault takes the next fault for a model, nil if there is none.
func (s *Server) fault(model string) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, key := range []string{fullName(model), ""} {
		if queue := s.faults[key]; len(queue) > 0 {
			s.faults[key] = queue[1:]
			return queue[0]
		}
	}
	return nil
}

// model finds an installed model by name.
func (s *Server) model(name string) *running {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.models, func(m *running) bool { return strings.EqualFold(fullName(m.Name), fullName(name)) })
	if i < 0 {
		return nil
	}
	return s.models[i]
}

// ServeHTTP answers a request and records it.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client is gone
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	record := &Request{
		Method: r.Method, Path: r.URL.Path, Header: r.Header.Clone(), Started: time.Now(),
		Body: body[:min(len(body), keptBody)],
	}
	out := &recorder{ResponseWriter: w}
	s.change(func(stats *Stats) {
		stats.Requests++
		stats.Active++
		s.requests = append(s.requests, record)
		if len(s.requests) > keptRequests {
			s.requests = slices.Delete(s.requests, 0, 1)
		}
	})
	defer s.change(func(stats *Stats) {
		stats.Active--
		record.Ended, record.Status = time.Now(), out.status
	})
	s.mu.Lock()
	front := s.front
	s.mu.Unlock()
	switch {
	case front == nil:
	case front.kind == faultReset:
		hangUp(out)
		return
	default:
		front.reply(out)
		return
	}
	s.mux.ServeHTTP(out, r.WithContext(withRecord(r.Context(), record)))
}

func (s *Server) tags(w http.ResponseWriter, _ *http.Request) {
	list := api.ListResponse{Models: []api.ListModelResponse{}}
	s.mu.Lock()
	for _, m := range s.models {
		list.Models = append(list.Models, api.ListModelResponse{
			Name: fullName(m.Name), Model: fullName(m.Name), Size: m.Size, ModifiedAt: m.modified,
			Digest: digest(m.Name), Details: m.details(),
		})
	}
	s.mu.Unlock()
	writeJSON(w, http.StatusOK, list)
}

func (s *Server) ps(w http.ResponseWriter, _ *http.Request) {
	list := api.ProcessResponse{Models: []api.ProcessModelResponse{}}
	s.mu.Lock()
	now := time.Now()
	for _, m := range s.models {
		if !m.stays(now) {
			continue
		}
		expires := now.Add(m.keep)
		if m.users == 0 {
			expires = m.used.Add(m.keep)
		}
		if m.keep < 0 {
			expires = now.AddDate(100, 0, 0)
		}
		list.Models = append(list.Models, api.ProcessModelResponse{
			Name: fullName(m.Name), Model: fullName(m.Name), Size: m.Size, SizeVRAM: m.Size, Digest: digest(m.Name),
			Details: m.details(), ExpiresAt: expires, ContextLength: m.context,
		})
	}
	s.mu.Unlock()
	writeJSON(w, http.StatusOK, list)
}

func (s *Server) show(w http.ResponseWriter, r *http.Request) {
	var request api.ShowRequest
	if !readJSON(w, r, &request) {
		return
	}
	name := request.Model
	if name == "" {
		name = request.Name //nolint:staticcheck // the old name of the field, which the real server still takes
	}
	m := s.model(name)
	if m == nil {
		writeError(w, http.StatusNotFound, fmt.Sprintf("model '%s' not found", name))
		return
	}
	writeJSON(w, http.StatusOK, api.ShowResponse{
		Details: m.details(), Capabilities: m.capabilities(), ModifiedAt: m.modified,
		ModelInfo: map[string]any{"general.architecture": m.Family, m.Family + ".context_length": 4096},
	})
}

// digest is a made-up identity of a model's contents.
func digest(name string) string { return fmt.Sprintf("%064x", hash(name)) }

type errorBody struct {
	Error string `json:"error"`
}

// jsonLine encodes v in one line. What is passed here can be encoded.
func jsonLine(v any) string {
	line, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(line) + "\n"
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, jsonLine(v)) // an error means that the client is gone
}

func writeError(w http.ResponseWriter, status int, text string) {
	writeJSON(w, status, errorBody{text})
}

// readJSON decodes the body of a request, or refuses it.
func readJSON(w http.ResponseWriter, r *http.Request, v any) bool {
	body, err := io.ReadAll(r.Body)
	if err == nil && len(body) == 0 {
		writeError(w, http.StatusBadRequest, "missing request body")
		return false
	}
	if err == nil {
		err = json.Unmarshal(body, v)
	}
	if err != nil {
		writeError(w, http.StatusBadRequest, err.Error())
		return false
	}
	return true
}
