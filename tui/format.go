package tui

import (
	"fmt"
	"strconv"
	"time"
)

// Numbers for columns: short, aligned at the right, never wider than seven cells.

// elapsed writes a time that goes on: "7s", "1m05s", "2h03m", "3d04h".
func elapsed(d time.Duration) string {
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

// span writes a time that is over: "850ms", "1.2s", "42s", "1m05s".
func span(d time.Duration) string {
	switch {
	case d <= 0:
		return "0s"
	case d < time.Second:
		return strconv.Itoa(int(max(d, time.Millisecond)/time.Millisecond)) + "ms"
	case d < 10*time.Second:
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + "s"
	}
	return elapsed(d)
}

// spans writes two times that are over, "-" while there is none.
func spans(median, p95 time.Duration) string {
	if median == 0 && p95 == 0 {
		return "-"
	}
	return span(median) + "/" + span(p95)
}

// count writes a number in at most six cells: "12,345", "123k", "4.5M".
func count(n int) string {
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

// rate writes tokens per second: "9.4", "45.2", "312".
func rate(r float64) string {
	switch {
	case r <= 0:
		return "-"
	case r < 99.95:
		return strconv.FormatFloat(r, 'f', 1, 64)
	}
	return count(int(r + 0.5))
}

// plural writes "1 task", "2 tasks", "1,234 tasks".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return count(n) + " " + noun + "s"
}

// bytesize writes a size of a text: "812 bytes", "64 KiB", "1.5 MiB".
func bytesize(n int) string {
	switch {
	case n < 1<<10:
		return plural(n, "byte")
	case n < 1<<20:
		return strconv.Itoa(n>>10) + " KiB"
	}
	return strconv.FormatFloat(float64(n)/(1<<20), 'f', 1, 64) + " MiB"
}
