package cells

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
)

// Numbers for columns: short, aligned at the right, never wider than seven cells.

// Elapsed writes a time that goes on: "7s", "1m05s", "2h03m", "3d04h".
func Elapsed(d time.Duration) string {
	s := int(max(d, 0) / time.Second)
	switch {
	case s < 60:
		return strconv.Itoa(s) + "s"
	case s < 3600:
		return fmt.Sprintf("%dm%02ds", s/60, s%60)
	case s < 86400:
		return fmt.Sprintf("%dh%02dm", s/3600, s/60%60)
	}
	return fmt.Sprintf("%dd%02dh", s/86400, s/3600%24)
}

// Took writes a time that is over: "850ms", "1.2s", "42s", "1m05s".
func Took(d time.Duration) string {
	switch {
	case d <= 0:
		return "0s"
	case d < time.Second:
		return strconv.Itoa(int(max(d, time.Millisecond)/time.Millisecond)) + "ms"
	case d < 10*time.Second:
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + "s"
	}
	return Elapsed(d)
}

// TookBoth writes two times that are over, "-" while there is none.
func TookBoth(median, p95 time.Duration) string {
	if median == 0 && p95 == 0 {
		return "-"
	}
	return Took(median) + "/" + Took(p95)
}

// Count writes a number in at most six cells: "12,345", "123k", "4.5M".
func Count(n int) string {
	switch {
	case n < 1000:
		return strconv.Itoa(n)
	case n < 100_000:
		return fmt.Sprintf("%d,%03d", n/1000, n%1000)
	case n < 1_000_000:
		return strconv.Itoa(n/1000) + "k"
	case n < 10_000_000:
		return strconv.FormatFloat(float64(n/100_000)/10, 'f', 1, 64) + "M"
	}
	return strconv.Itoa(n/1_000_000) + "M"
}

// Rate writes tokens per second: "9.4", "45.2", "312".
func Rate(r float64) string {
	switch {
	case r <= 0:
		return "-"
	case r < 99.95:
		return strconv.FormatFloat(r, 'f', 1, 64)
	}
	return Count(int(r + 0.5))
}

// Plural writes "1 task", "2 tasks", "1,234 tasks".
func Plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return Count(n) + " " + noun + "s"
}

// Bytes writes a size of a text: "812 B", "64 KiB", "1.5 MiB".
func Bytes(n int) string { return humanize.IBytes(uint64(n)) }

// Moment writes a time of day, or the date when that is longer ago than a day, in at most six cells.
func Moment(now, t time.Time) string {
	if now.Sub(t) >= 24*time.Hour {
		return t.Local().Format("Jan _2")
	}
	return t.Local().Format("15:04")
}

// About writes a moment that is to come, of which no more is known than about when, in at most eight cells: a time of day, to
// five seconds if that is soon, or the date when it is more than a day from now; nothing for one that is not known, or that has passed.
func About(now, t time.Time) string {
	switch left := t.Sub(now); {
	case left < 0: // the zero time too
		return ""
	case left >= 24*time.Hour:
		return t.Local().Format("Jan _2")
	case left >= 10*time.Minute:
		return t.Local().Format("15:04")
	}
	return TimeOfDay(t.Round(5 * time.Second))
}

// TimeOfDay writes a time of day to the second.
func TimeOfDay(t time.Time) string { return t.Local().Format("15:04:05") }

// Sentence makes a message of one: a capital at its beginning, a full stop at its end.
func Sentence(s string) string {
	s = strings.TrimSpace(s)
	if s == "" {
		return ""
	}
	if c := s[0]; c >= 'a' && c <= 'z' {
		s = string(c-'a'+'A') + s[1:]
	}
	if !strings.HasSuffix(s, ".") && !strings.HasSuffix(s, "!") && !strings.HasSuffix(s, "?") {
		s += "."
	}
	return s
}

// Plurals writes "1 task is" or "2 tasks are", with the words for one and for many.
func Plurals(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Count(n) + " " + many
}

// Storage writes the size of a model: "639 MB", "4.7 GB".
func Storage(n int64) string {
	switch {
	case n < 1e6:
		return fmt.Sprintf("%d kB", n/1000)
	case n < 1e9:
		return fmt.Sprintf("%d MB", n/1e6)
	}
	return fmt.Sprintf("%.1f GB", float64(n)/1e9)
}
