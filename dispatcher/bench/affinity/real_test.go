package main

import (
	"bytes"
	"regexp"
	"testing"

	"drover/agent/ollamatest/realserver"
)

// A shuffled batch loads each model once, and more often without affinity. On a machine that is short of time the
// server may take the first request for the next model before the last one for this, which was sent before, and load
// twice for it; so one round of several is enough.
func TestRealAffinity(t *testing.T) {
	realserver.Start(t).Close() // skips the test where there is no server
	for range 5 {
		var out bytes.Buffer
		if err := (bench{tasks: 18, models: 3, lanes: 3, rounds: 1}).run(t.Context(), &out); err != nil {
			t.Fatal(err)
		}
		t.Logf("\n%s", &out)
		if regexp.MustCompile(`(?m)^without .* 3$`).Match(out.Bytes()) {
			t.Fatal("affinity makes no difference")
		}
		if regexp.MustCompile(`(?m)^with .* 3$`).Match(out.Bytes()) {
			return
		}
	}
	t.Error("no batch has loaded each model once")
}
