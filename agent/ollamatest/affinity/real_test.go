package main

import (
	"bytes"
	"regexp"
	"testing"

	"drover/agent/ollamatest/realserver"
)

// A shuffled batch loads each model once, and takes less time for it.
func TestRealAffinity(t *testing.T) {
	realserver.Start(t).Close() // skips the test where there is no server
	var out bytes.Buffer
	if err := (bench{tasks: 18, models: 3, lanes: 3, rounds: 1}).run(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	t.Logf("\n%s", &out)
	if !regexp.MustCompile(`(?m)^with .* 3$`).Match(out.Bytes()) || regexp.MustCompile(`(?m)^without .* 3$`).Match(out.Bytes()) {
		t.Error("affinity makes no difference")
	}
}
