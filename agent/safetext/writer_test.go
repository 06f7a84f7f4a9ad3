package safetext

import (
	"strings"
	"testing"
)

const nasty = "a\x1b[2Jb\x9b31m\u009b1mc\u202ed\U000e0041\x1b]0;x\aé" + "\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\xff世\ttab\n\xe4\xb8"

// However a text is cut, what comes out is that of the whole.
func TestWriterAtEveryCut(t *testing.T) {
	t.Parallel()
	for i := range len(nasty) {
		for j := i; j < len(nasty); j++ {
			var out strings.Builder
			w := NewWriter(&out)
			for _, piece := range []string{nasty[:i], nasty[i:j], nasty[j:]} {
				if n, err := w.Write([]byte(piece)); n != len(piece) || err != nil {
					t.Fatal(n, err)
				}
			}
			if err := w.Close(); err != nil || out.String() != Block(nasty) {
				t.Fatalf("cut at %d and %d: %q, %v, want %q", i, j, out.String(), err, Block(nasty))
			}
		}
	}
}

func TestJSONWriterAtEveryCut(t *testing.T) {
	t.Parallel()
	const encoded = "{\"a\":\"\u009b\u202e\U000e0041e\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301世\x7f\"}\n"
	want := string(JSON([]byte(encoded)))
	if strings.Count(want, `\u0301`) != 2 {
		t.Errorf("marks without limit: %s", want)
	}
	for i := range len(encoded) {
		var out strings.Builder
		w := NewJSONWriter(&out)
		for _, piece := range []string{encoded[:i], encoded[i:]} {
			if n, err := w.Write([]byte(piece)); n != len(piece) || err != nil {
				t.Fatal(n, err)
			}
		}
		if err := w.Close(); err != nil || out.String() != want {
			t.Fatalf("cut at %d: %q, %v, want %q", i, out.String(), err, want)
		}
	}
}
