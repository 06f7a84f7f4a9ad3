package main

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestInvertedStarts holds the count against the plain reading of its definition.
func TestInvertedStarts(t *testing.T) {
	t.Parallel()
	seen := 0
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 1))
		lives := make([]life, r.IntN(12))
		for i := range lives {
			freed := r.Int64N(40)
			lives[i] = life{priority: r.IntN(3), submitted: r.Int64N(40), freed: freed, started: freed + r.Int64N(10)}
		}
		want := 0
		for _, low := range lives {
			for _, high := range lives {
				if high.priority < low.priority && high.submitted < low.freed && high.freed > low.started {
					want++
					break
				}
			}
		}
		if got := invertedStarts(lives); got != want {
			t.Fatalf("%d inversions, want %d: %+v", got, want, lives)
		}
		seen += want
	}
	if seen == 0 {
		t.Error("no example had an inversion")
	}
}

func TestStatistics(t *testing.T) {
	t.Parallel()
	if got := median([]float64{9, 1, 5}); got != 5 {
		t.Errorf("median of three: %v", got)
	}
	if got := median([]float64{8, 1, 2, 4}); got != 3 {
		t.Errorf("median of four: %v", got)
	}
	var times []time.Duration
	for i := range 200 {
		times = append(times, time.Duration(200-i))
	}
	if got := percentile(times, 0.99); got != 198 {
		t.Errorf("99th percentile of 1…200: %v", got)
	}
	p := pairs{ours: []float64{6, 1, 4}, theirs: []float64{2, 2, 2}}
	if got := compare("", "", p, nanoseconds, 2); got.ratio != "2.00 (0.50–3.00, 3 pairs)" || got.met != "yes" {
		t.Errorf("comparison: %+v", got)
	}
	if got := compare("", "", p, nanoseconds, 1.9); got.met != "NO" {
		t.Errorf("a missed goal: %+v", got)
	}
}

func TestIntoGuide(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "guide.md")
	if err := os.WriteFile(path, []byte("before\n"+guideBegin+"old\n"+guideEnd+"after\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	rows := []row{absolute("speed", 3, bytes, 2), absolute("size", 3, bytes, 4), {what: "other"}}
	for range 2 { // the second time over the first
		if err := intoGuide(path, rows); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	got := string(text)
	for _, want := range []string{"before\n" + guideBegin, guideEnd + "after\n", "1 of 2 goals were missed:\n\n- speed\n"} {
		if strings.Count(got, want) != 1 {
			t.Errorf("%q is not there once:\n%s", want, got)
		}
	}
	if strings.Contains(got, "old") {
		t.Errorf("the old text is still there:\n%s", got)
	}
	if err := os.WriteFile(path, []byte("no marks"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := intoGuide(path, rows); err == nil {
		t.Error("a guide without marks was accepted")
	}
}
