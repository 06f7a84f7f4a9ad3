package safetext

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestJSON(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                   `""`,
		"plain é世\n":         `"plain é世\n"`,
		"\x7f\u009b2J":       `"\u007f\u009b2J"`,
		"a\u202eb\U000E0041": `"a\u202eb\udb40\udc41"`,
		"\u2028 \u00ad":      `"\u2028 \u00ad"`,
		"a" + strings.Repeat("\u0301", MaxMarks+1): `"a` + strings.Repeat("\u0301", MaxMarks) + `\u0301"`,
	} {
		encoded, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(JSON(encoded)); got != want {
			t.Errorf("%q is written as %s, want %s", text, got, want)
		}
	}
}

func FuzzJSON(f *testing.F) {
	seeds(func(s string) { f.Add(s) })
	f.Fuzz(func(t *testing.T, text string) {
		encoded, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		safe := JSON(encoded)
		for _, r := range string(safe) {
			if r == '\n' || Unsafe(r) {
				t.Fatalf("%U in %q", r, safe)
			}
		}
		var before, after string
		if err := json.Unmarshal(encoded, &before); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(safe, &after); err != nil || after != before {
			t.Fatalf("%q came back as %q, %v", before, after, err)
		}
	})
}
