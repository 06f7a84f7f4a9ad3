package setting

import (
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Of returns the Value of a field that parse and text turn from and into text.
func Of[T any](to *T, arg, want string, parse func(string) (T, bool), text func(T) string) Value {
	return Value{
		Kind: KindText, Arg: arg, Want: want,
		Set: func(s string) error {
			v, ok := parse(s)
			if !ok {
				return ErrRefused
			}
			*to = v
			return nil
		},
		Get: func() string { return text(*to) },
	}
}

func asIs(text string) string { return text }

func (v Value) of(kind Kind) Value {
	v.Kind = kind
	return v
}

// Number is a whole number from least to most.
func Number(to *int, least, most int) Value {
	return Of(to, "N", fmt.Sprintf("a whole number from %d to %d", least, most), func(text string) (int, bool) {
		n, err := strconv.Atoi(text)
		return n, err == nil && n >= least && n <= most
	}, strconv.Itoa).of(KindNumber)
}

// Switch is true or false.
func Switch(to *bool) Value {
	return Of(to, "BOOL", "true or false", func(text string) (bool, bool) {
		switch strings.ToLower(strings.TrimSpace(text)) {
		case "true", "1", "yes", "on":
			return true, true
		case "false", "0", "no", "off":
			return false, true
		}
		return false, false
	}, strconv.FormatBool).of(KindSwitch)
}

// Choice is one of some words.
func Choice(to *string, arg string, words ...string) Value {
	return Of(to, arg, "one of "+strings.Join(words, ", "), func(text string) (string, bool) {
		text = strings.ToLower(strings.TrimSpace(text))
		return text, slices.Contains(words, text)
	}, asIs)
}

// Level is the least level of what is logged.
func Level(to *slog.Level) Value {
	names := []string{"debug", "info", "warn", "error"}
	return Of(to, "LEVEL", "one of "+strings.Join(names, ", "), func(text string) (level slog.Level, ok bool) {
		text = strings.ToLower(strings.TrimSpace(text))
		return level, slices.Contains(names, text) && level.UnmarshalText([]byte(text)) == nil
	}, func(level slog.Level) string { return strings.ToLower(level.String()) })
}

// Line is a text of one line without control characters, of least to most bytes.
func Line(to *string, arg, want string, least, most int) Value {
	return Of(to, arg, want, func(text string) (string, bool) {
		text = strings.TrimSpace(text)
		return text, len(text) >= least && len(text) <= most && Printable(text)
	}, asIs)
}

// Duration is a time from least to most, as package time writes it.
func Duration(to *time.Duration, least, most time.Duration) Value {
	last := most.String()
	if most >= time.Hour {
		last = fmt.Sprintf("%dh", most/time.Hour)
	}
	want := fmt.Sprintf("a duration from %v to %s such as 10s or 1m30s", least, last)
	return Of(to, "DURATION", want, func(text string) (time.Duration, bool) {
		d, err := time.ParseDuration(text)
		return d, err == nil && d >= least && d <= most
	}, time.Duration.String)
}

// Age is a time up to most, with days and weeks too; see ParseAge.
func Age(to *time.Duration, most time.Duration) Value {
	return Of(to, "AGE", "an age such as 30d, 2w or 12h", func(text string) (time.Duration, bool) {
		age, err := ParseAge(text)
		return age, err == nil && age <= most
	}, ageText)
}

// Size is a number of bytes from least to most, with a unit.
func Size(to *int64, least, most int64) Value {
	want := "a size such as 1GiB or 500MB"
	if least > 0 {
		want = fmt.Sprintf("a size from %s to %s", SizeText(least), SizeText(most))
	}
	return Of(to, "SIZE", want, func(text string) (int64, bool) {
		n, ok := parseSize(text, most)
		return n, ok && n >= least
	}, SizeText)
}

// Hidden is a text that is only ever read from the environment and never printed. Without control characters it can
// be sent in an HTTP header.
func Hidden(to *Secret) Value {
	return Of(to, "", "a key of printable characters", func(text string) (Secret, bool) {
		text = strings.TrimSpace(text)
		return NewSecret(text), text != "" && len(text) <= 8192 && Printable(text)
	}, Secret.String).of(KindSecret)
}
