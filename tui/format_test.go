package tui

import (
	"testing"
	"time"
)

func TestFormats(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for _, c := range []struct{ got, want string }{
		{elapsed(-time.Second), "0s"}, {elapsed(59 * time.Second), "59s"}, {elapsed(65 * time.Second), "1m05s"},
		{elapsed(time.Hour - 1), "59m59s"}, {elapsed(123 * time.Minute), "2h03m"}, {elapsed(3*day + 4*time.Hour), "3d04h"},
		{span(0), "0s"}, {span(time.Microsecond), "1ms"}, {span(850 * time.Millisecond), "850ms"}, {span(1240 * time.Millisecond), "1.2s"},
		{span(42 * time.Second), "42s"}, {span(95 * time.Second), "1m35s"},
		{count(0), "0"}, {count(999), "999"}, {count(1000), "1,000"}, {count(99_999), "99,999"}, {count(100_000), "100k"},
		{count(1_250_000), "1.2M"}, {count(45_000_000), "45M"},
		{rate(0), "-"}, {rate(9.44), "9.4"}, {rate(99.96), "100"}, {rate(312.4), "312"},
		{plural(1, "task"), "1 task"}, {plural(1200, "task"), "1,200 tasks"},
		{bytesize(1), "1 byte"}, {bytesize(812), "812 bytes"}, {bytesize(64 << 10), "64 KiB"}, {bytesize(3 << 19), "1.5 MiB"},
		{taskName("7"), "task 7"}, {taskName("task-7"), "task 7"}, {taskName("a\x1b[2Jb"), "task ab"},
		{sentence("the end"), "The end."}, {sentence("Why?"), "Why?"}, {sentence(""), ""},
	} {
		if c.got != c.want {
			t.Errorf("%q, not %q", c.got, c.want)
		}
	}
	for n := 1; n < 1_000_000_000; n = n*3 + 1 {
		if s := count(n); len(s) > 6 {
			t.Errorf("%d is written %q, which is wider than its column", n, s)
		}
	}
}
