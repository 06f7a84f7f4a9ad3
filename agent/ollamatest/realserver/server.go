package realserver

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/ollama/ollama/api"
)

const (
	startLimit = 2 * time.Minute
	stopLimit  = 10 * time.Second
)

// Server is a running server that has the models Short, Count and Loop, those of AddModel, and knows no others.
type Server struct {
	URL    *url.URL
	Client *api.Client // to ask what the server knows

	home      string
	end       context.CancelFunc
	ended     chan struct{} // closed when the process has ended
	log       output
	transport *http.Transport
}

// Run starts the server of that binary and gives it the models. The environment, such as
// "OLLAMA_NUM_PARALLEL=4", is added to that of this process without its OLLAMA_ variables. The server needs
// nothing of the user's own one, nor does it disturb that: it has a port, a home and a folder for models of its
// own. The caller calls Close.
func Run(binary string, environment ...string) (*Server, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	home, err := os.MkdirTemp("", "drover-ollama-")
	if err != nil {
		return nil, err
	}
	// A transport of its own, so that no idle connection outlives the server.
	s := &Server{
		URL: &url.URL{Scheme: "http", Host: address}, home: home, ended: make(chan struct{}), transport: &http.Transport{},
	}
	s.Client = api.NewClient(s.URL, &http.Client{Transport: s.transport})
	var ctx context.Context
	ctx, s.end = context.WithCancel(context.Background())
	command := exec.CommandContext(ctx, binary, "serve")
	command.Env = append(withoutOllama(os.Environ()), "HOME="+home, "USERPROFILE="+home)
	command.Env = append(command.Env, environment...)
	command.Env = append(command.Env, "OLLAMA_HOST="+address, "OLLAMA_MODELS="+filepath.Join(home, "models"))
	command.Stdout, command.Stderr = &s.log, &s.log
	command.Cancel = func() error { return stop(command.Process) }
	command.WaitDelay = stopLimit
	if err := command.Start(); err != nil {
		close(s.ended)
		s.Close()
		return nil, fmt.Errorf("the Ollama server does not start: %w", err)
	}
	go func() {
		defer close(s.ended)
		_ = command.Wait() // it ends by our signal
	}()
	if err := s.prepare(); err != nil {
		s.Close()
		return nil, fmt.Errorf("the Ollama server is of no use: %w; it said:\n%s", err, s.Log())
	}
	return s, nil
}

// Close ends the server and waits until it has ended. Closing again does nothing.
func (s *Server) Close() {
	s.end()
	<-s.ended
	s.transport.CloseIdleConnections()
	_ = os.RemoveAll(s.home)
}

// Log returns the end of what the server has printed.
func (s *Server) Log() string { return s.log.tail() }

// Loads returns how often the server has put a model into memory, as its log says.
func (s *Server) Loads() int {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	return s.log.loads
}

// AddModel gives the server a model that says what Short says. As far as the server can know it has weights of its
// own: models with the same weights share a place in memory.
func (s *Server) AddModel(ctx context.Context, name string) error {
	digest, err := s.addWeights(ctx, name)
	if err != nil {
		return err
	}
	for _, script := range scripts {
		if script.model == Short {
			return s.addModel(ctx, name, digest, script)
		}
	}
	return nil
}

// Settings returns the variables of this process that are settings of a server, for Run and Start.
func Settings() []string {
	return slices.DeleteFunc(os.Environ(), func(v string) bool { return !strings.HasPrefix(v, "OLLAMA_") })
}

// freeAddress returns a loopback address that nobody listens on. Another program could take it before the
// server does; the server cannot be asked to choose one itself.
func freeAddress() (string, error) {
	var config net.ListenConfig
	listener, err := config.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}

// withoutOllama leaves out the settings of the user's own server.
func withoutOllama(environment []string) []string {
	return slices.DeleteFunc(slices.Clone(environment), func(v string) bool { return strings.HasPrefix(v, "OLLAMA_") })
}

// stop asks a server to end, together with the processes that run its models.
func stop(server *os.Process) error {
	if runtime.GOOS == "windows" {
		return server.Kill()
	}
	return server.Signal(os.Interrupt)
}

// prepare waits until the server answers and gives it the models.
func (s *Server) prepare() error {
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	for s.Client.Heartbeat(ctx) != nil {
		select {
		case <-s.ended:
			return errors.New("it ended at once")
		case <-ctx.Done():
			return errors.New("it does not answer")
		case <-time.After(50 * time.Millisecond): // there is nothing to wait for but the clock
		}
	}
	digest, err := s.addWeights(ctx, "scripted")
	if err != nil {
		return err
	}
	for _, script := range scripts {
		if err := s.addModel(ctx, script.model, digest, script); err != nil {
			return err
		}
	}
	return nil
}

// addWeights gives the server the weights under a name, and returns their digest.
func (s *Server) addWeights(ctx context.Context, name string) (string, error) {
	model := modelFile(name, scripts)
	digest := fmt.Sprintf("sha256:%x", sha256.Sum256(model))
	if err := s.Client.CreateBlob(ctx, digest, bytes.NewReader(model)); err != nil {
		return "", fmt.Errorf("the model's weights: %w", err)
	}
	return digest, nil
}

// addModel makes a model of weights that follows a script.
func (s *Server) addModel(ctx context.Context, name, digest string, script script) error {
	request := &api.CreateRequest{
		Model:    name,
		Files:    map[string]string{"scripted.gguf": digest},
		Template: "{{ range .Messages }}{{ .Content }}{{ end }}" + script.trigger(),
		// Without num_predict the server would cut the loop at a multiple of its context. The model is too
		// small to share out: more threads would wait for each other, which is very slow on a busy machine.
		Parameters: map[string]any{"temperature": 0, "num_predict": -1, "num_thread": 1},
	}
	if err := s.Client.Create(ctx, request, func(api.ProgressResponse) error { return nil }); err != nil {
		return fmt.Errorf("the model %s: %w", name, err)
	}
	return nil
}
