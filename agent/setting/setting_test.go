package setting

import (
	"errors"
	"log/slog"
	"testing"
	"time"
)

// What each kind of value takes and gives back, and what it says that it wants.
func TestValues(t *testing.T) {
	t.Parallel()
	var (
		n     int
		on    bool
		text  string
		level slog.Level
		d     time.Duration
		size  int64
		key   Secret
	)
	for _, tt := range []struct {
		value     Value
		good, got string
		bad       []string
		want      string
	}{
		{Number(&n, 1, 10), "10", "10", []string{"", "0", "11", "1.5", "ten"}, "a whole number from 1 to 10"},
		{Switch(&on), " Yes ", "true", []string{"", "maybe"}, "true or false"},
		{Choice(&text, "HOW", "a", "b"), " B", "b", []string{"", "c"}, "one of a, b"},
		{Level(&level), "WARN", "warn", []string{"", "warn+1", "loud"}, "one of debug, info, warn, error"},
		{Line(&text, "X", "a line", 1, 3), " ab ", "ab", []string{"", "abcd", "a\x1b", "a\xff"}, "a line"},
		{Duration(&d, time.Second, 2*time.Hour), "90s", "1m30s", []string{"", "1", "999ms", "3h"}, "a duration from 1s to 2h such as 10s or 1m30s"},
		{Age(&d, 48*time.Hour), "1d12h", "1d12h0m0s", []string{"", "3d", "-1h"}, "an age such as 30d, 2w or 12h"},
		{Size(&size, 0, 1<<20), "1 mib", "1MiB", []string{"", "2MiB", "-1"}, "a size such as 1GiB or 500MB"},
		{Hidden(&key), " k ", "(hidden)", []string{"", "a\x00"}, "a key of printable characters"},
	} {
		if err := tt.value.Set(tt.good); err != nil || tt.value.Get() != tt.got {
			t.Errorf("%s: %q is taken as %q, %v", tt.want, tt.good, tt.value.Get(), err)
		}
		for _, bad := range tt.bad {
			if err := tt.value.Set(bad); !errors.Is(err, ErrRefused) || tt.value.Get() != tt.got {
				t.Errorf("%s: %q is taken as %q, %v", tt.want, bad, tt.value.Get(), err)
			}
		}
		if tt.value.Want != tt.want {
			t.Errorf("it wants %q, want %q", tt.value.Want, tt.want)
		}
	}
	if key.Reveal() != "k" || key.IsZero() || !NewSecret("").IsZero() || NewSecret("").String() != "" {
		t.Error("an empty secret is not told from another")
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	names := []string{"workers", "log-level", "ascii"}
	for name, want := range map[string]string{"worker": "workers", "LOG_LEVEL": "log-level", "colour": "", "": "", "asci": "ascii"} {
		if got := Nearest(name, names); got != want {
			t.Errorf("near %q is %q, want %q", name, got, want)
		}
	}
}
