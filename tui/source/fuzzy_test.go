package source

import (
	"strings"
	"testing"
	"time"
)

func TestInitials(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, word string
		want       bool
	}{
		{"translate chapter 3 into french", "trfr", true}, {"translate chapter 3 into french", "tc3if", true},
		{"translate chapter 3 into french", "t3", true}, {"translate chapter 3 into french", "french", true},
		{"translate chapter 3 into french", "rfr", false}, {"translate chapter 3 into french", "frtr", false},
		{"translate chapter 3 into french", "trfrx", false}, {"translate chapter 3 into french", "ch3fr", true},
		{"foo food foobar", "foob", true}, {"foo-bar/baz.go", "fbbg", true}, {"", "a", false}, {"", "", true},
		{"écrire une élégie", "éé", true}, {"日本語 テキスト", "日テ", true},
	} {
		if got := initials(c.text, c.word); got != c.want {
			t.Errorf("%q in %q: %v", c.word, c.text, got)
		}
	}
}

// A text and a word that have a lot of ways to match take no time that is noticed.
func TestInitialsAreBounded(t *testing.T) {
	t.Parallel()
	begun := time.Now()
	finds(strings.Repeat("aa ", 2000), strings.Repeat("a", 19)+"b")
	if took := time.Since(begun); took > 50*time.Millisecond {
		t.Errorf("it took %v", took)
	}
}

func FuzzInitials(f *testing.F) {
	f.Add("translate chapter 3 into french", "trfr")
	f.Add("\xff a\xffb", "\xff")
	f.Fuzz(func(t *testing.T, text, word string) {
		text, word = text[:min(len(text), fuzzyText)], word[:min(len(word), 8)]
		if got := initials(text, word); got && len(word) > len(text) {
			t.Errorf("%q is found in %q", word, text)
		}
	})
}
