package forecast

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// unknown is said of what is not known.
const unknown = "not known yet"

// In says in how long the moment is expected: "about 3 min (2–5)", "about 40 s", "not known yet".
func (s Span) In(now time.Time) string {
	if !s.Known() {
		return unknown
	}
	size, unit := unitOf(s.Likely.Sub(now))
	parts := func(t time.Time) int { return int(math.Round(max(float64(t.Sub(now))/float64(size), 0))) }
	early, likely, late := parts(s.Early), max(parts(s.Likely), 1), parts(s.Late)
	if early >= likely && late <= likely {
		return fmt.Sprintf("about %d %s", likely, unit)
	}
	return fmt.Sprintf("about %d %s (%d–%d)", likely, unit, early, max(late, likely))
}

// unitOf returns the unit in which a time is told.
func unitOf(d time.Duration) (time.Duration, string) {
	switch {
	case d < 90*time.Second:
		return time.Second, "s"
	case d < 90*time.Minute:
		return time.Minute, "min"
	case d < 36*time.Hour:
		return time.Hour, "h"
	}
	return 24 * time.Hour, "days"
}

// lasting writes how long something lasts, or will: "7 s", "3 min", "2 h".
func lasting(d time.Duration) string {
	size, unit := unitOf(d)
	n := int(math.Round(float64(max(d, 0)) / float64(size)))
	if unit == "days" && n == 1 {
		unit = "day"
	}
	return strconv.Itoa(n) + " " + unit
}

// clock writes a time of day, with the date if that is another day.
func clock(now, t time.Time) string {
	if t.Local().Format(time.DateOnly) != now.Local().Format(time.DateOnly) {
		return t.Local().Format("Jan 2 15:04")
	}
	return t.Local().Format("15:04:05")
}

// sentence begins with a capital and ends with a full stop.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

// plural writes "1 task" or "3 tasks".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}
