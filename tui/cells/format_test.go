package cells

import (
	"testing"
	"time"
)

func TestFormats(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for _, c := range []struct{ got, want string }{
		{Elapsed(-time.Second), "0s"}, {Elapsed(59 * time.Second), "59s"}, {Elapsed(65 * time.Second), "1m05s"},
		{Elapsed(time.Hour - 1), "59m59s"}, {Elapsed(123 * time.Minute), "2h03m"}, {Elapsed(3*day + 4*time.Hour), "3d04h"},
		{Took(0), "0s"}, {Took(time.Microsecond), "1ms"}, {Took(850 * time.Millisecond), "850ms"}, {Took(1240 * time.Millisecond), "1.2s"},
		{Took(42 * time.Second), "42s"}, {Took(95 * time.Second), "1m35s"},
		{Count(0), "0"}, {Count(999), "999"}, {Count(1000), "1,000"}, {Count(99_999), "99,999"}, {Count(100_000), "100k"},
		{Count(1_250_000), "1.2M"}, {Count(45_000_000), "45M"},
		{Rate(0), "-"}, {Rate(9.44), "9.4"}, {Rate(99.96), "100"}, {Rate(312.4), "312"},
		{Plural(1, "task"), "1 task"}, {Plural(1200, "task"), "1,200 tasks"},
		{Bytes(1), "1 B"}, {Bytes(812), "812 B"}, {Bytes(64 << 10), "64 KiB"}, {Bytes(3 << 19), "1.5 MiB"},
		{Sentence("the end"), "The end."}, {Sentence("Why?"), "Why?"}, {Sentence(""), ""},
	} {
		if c.got != c.want {
			t.Errorf("%q, not %q", c.got, c.want)
		}
	}
	for n := 1; n < 1_000_000_000; n = n*3 + 1 {
		if s := Count(n); len(s) > 6 {
			t.Errorf("%d is written %q, which is wider than its column", n, s)
		}
	}
}

func TestAbout(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.March, 1, 12, 0, 0, 0, time.Local)
	for left, want := range map[time.Duration]string{
		-time.Second: "", 0: "12:00:00", 58 * time.Second: "12:01:00", 9 * time.Minute: "12:09:00", 10 * time.Minute: "12:10",
		5 * time.Hour: "17:00", 72 * time.Hour: "Mar  4",
	} {
		if got := About(now, now.Add(left)); got != want {
			t.Errorf("in %v: %q, not %q", left, got, want)
		}
	}
	if got := About(now, time.Time{}); got != "" {
		t.Errorf("not known: %q", got)
	}
}
