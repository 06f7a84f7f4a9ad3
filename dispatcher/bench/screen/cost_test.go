//go:build linux

package main

import (
	"testing"
	"time"
)

func TestStamps(t *testing.T) {
	t.Parallel()
	at := time.UnixMicro(1_760_000_000_123_456)
	s := stamp(at)
	if got, ok := stamped(s); !ok || !got.Equal(at) {
		t.Errorf("%q is read as %v, %v", s, got, ok)
	}
	later := stamp(at.Add(25 * time.Millisecond))
	for _, torn := range []string{"", "tap", s[:12] + later[12:len(later)-2] + s[len(s)-2:], s[:len(s)-1]} {
		if got, ok := stamped(torn); ok && !got.Equal(at) {
			t.Errorf("%q is read as %v", torn, got)
		}
	}
}

func TestPercentile(t *testing.T) {
	t.Parallel()
	var times []time.Duration
	for n := 100; n > 0; n-- {
		times = append(times, time.Duration(n))
	}
	for p, want := range map[float64]time.Duration{0.5: 50, 0.99: 99, 1: 100, 0.001: 1} {
		if got := percentile(times, p); got != want {
			t.Errorf("the percentile %v is %d, not %d", p, got, want)
		}
	}
	if got := percentile(nil, 0.5); got != 0 {
		t.Errorf("of nothing it is %d", got)
	}
}
