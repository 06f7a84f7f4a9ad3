package setting

import (
	"math"
	"testing"
	"time"
)

func TestParseAge(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"30d": 30 * day, "2w": 14 * day, "1w1d": 8 * day, "1d12h": 36 * time.Hour, "90m": 90 * time.Minute, "0": 0, "0d": 0, "1.5h": 90 * time.Minute,
		"1w30m": week + 30*time.Minute, "106751d": 106751 * day,
	} {
		got, err := ParseAge(text)
		if err != nil || got != want {
			t.Errorf("%q is %v, %v", text, got, err)
		}
		if again, err := ParseAge(ageText(got)); err != nil || again != got {
			t.Errorf("%v is written as %q and read as %v, %v", got, ageText(got), again, err)
		}
	}
	for _, text := range []string{"", "d", "30", "30 days", "-1d", "1d-1h", "1d+1h", "1h1d", "1d1w", "1.5d", "106752d", "9223372036854775807d", "1y", "∞", "4294967296d"} {
		if got, err := ParseAge(text); err == nil {
			t.Errorf("%q is read as %v", text, got)
		} else if want := `"` + text + `" is not an age such as 30d, 2w or 12h`; err.Error() != want {
			t.Errorf("the error is %q", err)
		}
	}
}

func TestSize(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"0": 0, "1GiB": 1 << 30, "1 gib": 1 << 30, "500MB": 5e8, "1024": 1024, "1024B": 1024, "1kb": 1000, "3TiB": 3 << 40, " 7 B ": 7, "8191PiB": -1,
		"": -1, "GiB": -1, "-1": -1, "1.5GiB": -1, "1 G": -1, "9223372036854775807": math.MaxInt64, "9223372036854775808": -1, "8388608TiB": -1,
	} {
		got, ok := parseSize(text, math.MaxInt64)
		if ok != (want >= 0) || ok && got != want {
			t.Errorf("%q is %d, %v, want %d", text, got, ok, want)
		}
		if want < 0 {
			continue
		}
		if again, _ := parseSize(SizeText(got), math.MaxInt64); again != got {
			t.Errorf("%d is written as %q and read as %d", got, SizeText(got), again)
		}
	}
	for n, want := range map[int64]string{1 << 30: "1GiB", 3 << 20: "3MiB", 1000: "1000B", 0: "0"} {
		if got := SizeText(n); got != want {
			t.Errorf("%d is written as %q, want %q", n, got, want)
		}
	}
}

func FuzzParseAge(f *testing.F) {
	f.Add("1w2d3h4m5s")
	f.Fuzz(func(t *testing.T, text string) {
		age, err := ParseAge(text)
		if err != nil {
			return
		}
		if again, err := ParseAge(ageText(age)); err != nil || again != age || age < 0 {
			t.Fatalf("%q is %v, which is written as %q and read as %v, %v", text, age, ageText(age), again, err)
		}
	})
}
