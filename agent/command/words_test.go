package command

import (
	"slices"
	"strings"
	"testing"
)

func TestSplit(t *testing.T) {
	t.Parallel()
	for line, want := range map[string][]string{
		"claude -p {{prompt}}":     {"claude", "-p", "{{prompt}}"},
		"  a \t b\\ c ":            {"a", "b c"},
		`sh -c 'echo "$1"' x`:      {"sh", "-c", `echo "$1"`, "x"},
		`a "b \"c\" \n \$d" e\'f`:  {"a", `b "c" \n $d`, "e'f"},
		`a ''`:                     {"a", ""},
		`a'b'"c"d`:                 {"abcd"},
		"a \"x\ny\"":               {"a", "x\ny"},
		`a --opt=*.go ~/x [b] a#b`: {"a", "--opt=*.go", "~/x", "[b]", "a#b"},
		`echo 世界`:                  {"echo", "世界"},
	} {
		got, err := Split(line)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: got %q, %v", line, got, err)
		}
	}
	for line, want := range map[string]string{
		"":            "is empty",
		"  ":          "is empty",
		"''":          "is empty",
		"a 'b":        "cannot be split",
		`a "b`:        "cannot be split",
		"a | b":       "sh -c",
		"a > b":       "sh -c",
		"a; b":        "sh -c",
		"a &":         "sh -c",
		"a $HOME":     "only a shell",
		"a `date`":    "only a shell",
		`a "$(date)"`: "only a shell",
		"a (b)":       "sh -c",
		"a 'b\r\nc'":  "control character at byte 5",
		"a\x00b":      "control character at byte 2",
	} {
		if words, err := Split(line); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %q, %v", line, words, err)
		}
	}
}

func FuzzSplit(f *testing.F) {
	for _, line := range []string{"claude -p {{prompt}}", `a "b \"c" 'd' e\ f`, "a | b", "$x", "a\\", "'", "a \r\n"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		words, err := Split(line)
		if (err == nil) != (len(words) > 0) {
			t.Fatalf("got %q, %v", words, err)
		}
		if err != nil && strings.ContainsAny(err.Error(), "\n\x1b") {
			t.Fatalf("the error is not one safe line: %q", err)
		}
		var quoted []string
		for _, word := range words {
			quoted = append(quoted, "'"+strings.ReplaceAll(word, "'", `'\''`)+"'")
		}
		if again, err := Split(strings.Join(quoted, " ")); len(words) > 0 && (err != nil || !slices.Equal(again, words)) {
			t.Fatalf("%q became %q, %v", words, again, err)
		}
	})
}
