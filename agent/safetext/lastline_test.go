package safetext

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestLastLine(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		pieces []string
		want   string
	}{
		"nothing":            {nil, ""},
		"one piece":          {[]string{"hello"}, "hello"},
		"pieces":             {[]string{"he", "llo", " wor", "ld"}, "hello world"},
		"the latest line":    {[]string{"one\ntwo\nthr", "ee"}, "three"},
		"blank lines":        {[]string{"one\n", "\n  \n", "\t"}, "one"},
		"split sequence":     {[]string{"a\x1b[3", "1mb\x1b]0;ti", "tle\ac"}, "abc"},
		"split character":    {[]string{"\xe4\xb8", "\x96"}, "世"},
		"end of a long line": {[]string{strings.Repeat("x", 1000), " end"}, strings.Repeat("x", LastLineSize/2-4) + " end"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var l LastLine
			for _, p := range tt.pieces {
				l.Add(p)
			}
			if got := l.String(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// A line that grows for ever shows its end, in steps.
func TestLastLineMovesInSteps(t *testing.T) {
	t.Parallel()
	var l LastLine
	shown, steps := "", 0
	for i := range 2000 {
		l.Add("word ")
		got := l.String()
		if !strings.HasSuffix(got, "word") || !strings.HasPrefix(got, "word") || len(got) > LastLineSize {
			t.Fatalf("after %d words: %q", i+1, got)
		}
		if !strings.HasPrefix(got, shown) {
			steps++
		}
		shown = got
	}
	if steps < 10 || steps > 2000*5/(LastLineSize/4) {
		t.Errorf("moved %d times", steps)
	}
}

func FuzzLastLine(f *testing.F) {
	f.Add("one\ntwo", "\x1b[3", "1m three\n")
	f.Add(strings.Repeat("世", 200), "", "x")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		var l LastLine
		for _, p := range []string{a, b, c} {
			l.Add(p)
			got := l.String()
			if len(got) > LastLineSize || !utf8.ValidString(got) || Line(got, 0) != got || len(l.current) > LastLineSize {
				t.Fatalf("%q", got)
			}
		}
	})
}
