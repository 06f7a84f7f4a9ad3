package safetext

import (
	"strings"
	"testing"
)

func TestQuote(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                            "",
		"plain\n\ntext":               "plain\n\ntext",
		"── completed  now":           " ── completed  now",
		"a\n── b\n  ── c\n━ d\n":      "a\n ── b\n  ── c\n ━ d\n",
		"</think>\n<thin\nfailed: no": " </think>\n<thin\n failed: no",
		"failed\nnotice:\nfailed: ":   "failed\nnotice:\n failed: ",
		"a ── b\n-- c":                "a ── b\n-- c",
		"<":                           "<",
	} {
		if got := Quote(text); got != want {
			t.Errorf("%q is written as %q, want %q", text, got, want)
		}
	}
}

func FuzzQuoter(f *testing.F) {
	seeds(func(s string) { f.Add(s, 1) })
	f.Add("a\n── b\n</think>x\nfailed: ", 2)
	f.Fuzz(func(t *testing.T, text string, size int) {
		whole := Quote(Block(text))
		for line := range strings.Lines(whole) {
			if is, _ := isOwn(line); is {
				t.Errorf("%q begins like a line of the program", line)
			}
		}
		if strings.ReplaceAll(whole, " ", "") != strings.ReplaceAll(Block(text), " ", "") || Block(whole) != whole {
			t.Errorf("%q became %q", Block(text), whole)
		}
		var q Quoter
		var pieces strings.Builder
		for rest := Block(text); rest != ""; {
			n := min(max(size, 1), len(rest))
			pieces.WriteString(q.Write(rest[:n]))
			rest = rest[n:]
			if len(q.held) > len("interrupted: ") {
				t.Errorf("%q is held back", q.held)
			}
		}
		pieces.WriteString(q.Close())
		if pieces.String() != whole {
			t.Errorf("in pieces of %d it is %q, as a whole %q", size, pieces.String(), whole)
		}
	})
}
