package command

import (
	"testing"
	"unicode/utf8"
)

func TestPlainText(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                       "",
		"a\nb\n":                 "a\nb",
		"no end":                 "no end",
		"a\r\nb\r\n\r\n":         "a\nb",
		" 10 %\r 20 %\r100 %\n":  " 10 %\n 20 %\n100 %",
		"a\r\r\nb":               "a\nb",
		"\n\na\n\n\nb\n\n":       "\n\na\n\n\nb",
		"a\x00b":                 "a\uFFFDb",
		"\xff\xfe世\xe4\xb8":      "\uFFFD\uFFFD世\uFFFD\uFFFD",
		"\x1b[31mred\x1b[0m\n":   "\x1b[31mred\x1b[0m",
		"caf\xe9\n":              "caf\uFFFD",
		"only\n\n\n\n\n\n\n\n\n": "only",
	} {
		var plain plainText
		if got := plain.Write([]byte(in)) + plain.Close(); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// However the bytes are cut, the text is the same, and it is UTF-8.
func FuzzPlainText(f *testing.F) {
	f.Add("a\r\n世\xe4\x00\n\n", uint8(1))
	f.Add("\r\r\n\n\xff", uint8(2))
	f.Fuzz(func(t *testing.T, in string, size uint8) {
		var whole, pieces plainText
		want := whole.Write([]byte(in)) + whole.Close()
		if !utf8.ValidString(want) {
			t.Fatalf("%q is not UTF-8", want)
		}
		got := ""
		for rest := []byte(in); len(rest) > 0; {
			n := min(len(rest), int(size)+1)
			got += pieces.Write(rest[:n])
			rest = rest[n:]
		}
		if got += pieces.Close(); got != want {
			t.Fatalf("in pieces of %d: %q instead of %q", int(size)+1, got, want)
		}
	})
}
