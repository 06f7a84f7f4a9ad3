package realserver

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
)

// How a server is found.
const (
	binaryVariable  = "DROVER_OLLAMA"      // path of the server's binary; without it, ollama in the PATH
	requireVariable = "DROVER_TEST_OLLAMA" // "1": a test that finds no server fails instead of being skipped
)

// Find returns the path of the server's binary: the one that DROVER_OLLAMA names, or ollama in the PATH.
func Find() (string, error) {
	binary := os.Getenv(binaryVariable)
	if binary == "" {
		binary = "ollama"
	}
	path, err := exec.LookPath(binary)
	if err != nil {
		return "", fmt.Errorf("no Ollama server to test against: %w; install one, or name its binary in %s", err, binaryVariable)
	}
	return path, nil
}

// Start runs a server for a test and ends it after the test. When no binary is found the test is skipped, or
// fails if DROVER_TEST_OLLAMA is 1.
func Start(t testing.TB, environment ...string) *Server {
	t.Helper()
	binary, err := Find()
	if err != nil && os.Getenv(requireVariable) != "1" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	s, err := Run(binary, environment...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Close()
		if t.Failed() {
			t.Logf("the Ollama server said:\n%s", s.Log())
		}
	})
	return s
}
