package remote

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"drover/agent"
	"drover/agent/engine"
	"drover/agent/engine/enginetest"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(serveVariable); dir != "" {
		if err := serveFolder(dir); err != nil {
			_, _ = fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

// serve puts an engine behind a socket until the test ends, and returns the path.
func serve(t *testing.T, e engine.Engine) (*Server, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	return serveAt(t, e, path), path
}

func serveAt(t *testing.T, e engine.Engine, path string) *Server {
	t.Helper()
	l, err := Listen(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	s := NewServer(e, ServerOptions{Build: "test", StateDir: filepath.Dir(path)})
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return s
}

// client connects to a socket until the test ends.
func client(t *testing.T, path string) *Client {
	t.Helper()
	c, err := Dial(t.Context(), path, ClientOptions{Build: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// local is an engine of this process until the test ends.
func local(t *testing.T, lanes int, kinds agent.Kinds) *engine.Local {
	t.Helper()
	l, err := engine.New(engine.Options{Workers: lanes, Demo: true, Kinds: kinds})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func TestClientKeepsTheContract(t *testing.T) {
	t.Parallel()
	enginetest.Contract(t, func(t *testing.T, lanes int, kinds agent.Kinds) engine.Engine {
		_, path := serve(t, local(t, lanes, kinds))
		return client(t, path)
	})
}
