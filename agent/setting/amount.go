package setting

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

const (
	day  = 24 * time.Hour
	week = 7 * day
)

// ParseAge reads how old something is or may be: a duration as package time has it, with days and weeks too, such
// as "30d", "2w", "1d12h" or "90m". A day is 24 hours. It must not be negative.
func ParseAge(text string) (time.Duration, error) {
	refused := fmt.Errorf("%q is not an age such as 30d, 2w or 12h", text)
	rest := strings.TrimSpace(text)
	var age time.Duration
	for _, unit := range []struct {
		name string
		is   time.Duration
	}{{"w", week}, {"d", day}} {
		digits, behind, found := strings.Cut(rest, unit.name)
		if !found {
			continue
		}
		n, err := strconv.ParseUint(digits, 10, 32)
		if err != nil || time.Duration(n) > (math.MaxInt64-age)/unit.is {
			return 0, refused
		}
		age += time.Duration(n) * unit.is
		if rest = behind; rest == "" {
			return age, nil
		}
	}
	d, err := time.ParseDuration(rest)
	if err != nil || d < 0 || strings.HasPrefix(rest, "-") || strings.HasPrefix(rest, "+") || d > math.MaxInt64-age {
		return 0, refused
	}
	return age + d, nil
}

// ageText is the inverse of ParseAge, in the units in which people say it.
func ageText(age time.Duration) string {
	if age < day {
		return age.String()
	}
	text := fmt.Sprintf("%dd", age/day)
	if age%day != 0 {
		text += (age % day).String()
	}
	return text
}

// sizeUnits are the units of sizes, the largest first. Those of a thousand are read, and written as bytes. They are
// by hand, for go-humanize rounds, and what is read must be written as the same number.
var sizeUnits = []struct {
	name string
	is   int64
}{
	{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10},
	{"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}, {"B", 1},
}

// parseSize reads a number of bytes with a unit, or 0.
func parseSize(text string, most int64) (int64, bool) {
	text = strings.TrimSpace(text)
	unit := int64(1)
	for _, u := range sizeUnits {
		if head := len(text) - len(u.name); head > 0 && strings.EqualFold(text[head:], u.name) {
			text, unit = strings.TrimSpace(text[:head]), u.is
			break
		}
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > most/unit {
		return 0, false
	}
	return n * unit, true
}

// SizeText is the inverse of parseSize.
func SizeText(n int64) string {
	if n == 0 {
		return "0"
	}
	for _, u := range sizeUnits {
		if strings.HasSuffix(u.name, "iB") && n%u.is == 0 {
			return fmt.Sprint(n/u.is, u.name)
		}
	}
	return fmt.Sprint(n, "B")
}
