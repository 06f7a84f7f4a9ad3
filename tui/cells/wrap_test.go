package cells

import (
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"drover/tui/theme"
)

func TestWrap(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text  string
		width int
		want  []string
	}{
		{"", 10, nil},
		{"one two three", 7, []string{"one two", "three"}},
		{"one two three", 8, []string{"one two", "three"}},
		{"one  two", 4, []string{"one", "two"}},
		{"abcd ef", 4, []string{"abcd", "ef"}},
		{"abcd \nef", 4, []string{"abcd", "ef"}},
		{"abcd\n\nef\n", 4, []string{"abcd", "", "ef"}},
		{"abcdefghij", 4, []string{"abcd", "efgh", "ij"}},
		{"    indented text", 8, []string{"    inde", "nted", "text"}},
		{"    go here", 8, []string{"    go", "here"}},
		{"日本語 テキスト", 6, []string{"日本語", "テキス", "ト"}},
		{"日本", 1, []string{"?", "?"}},
		{"été à l'ombre", 5, []string{"été à", "l'omb", "re"}},
	} {
		w := Wrapper{Width: c.width}
		w.Write(c.text)
		if got := w.Rows(); !slices.Equal(got, c.want) {
			t.Errorf("%q in %d cells is %q, not %q", c.text, c.width, got, c.want)
		}
	}
}

// FuzzWrap checks that a text that comes in pieces is wrapped like the whole, that no row is too wide, and
// that nothing but spaces is lost.
func FuzzWrap(f *testing.F) {
	f.Add("one two three four", 7, 3)
	f.Add("a\n\n  b c   d\nverylongwordwithoutend x", 5, 4)
	f.Add("日本語 テキスト", 6, 2)
	f.Fuzz(func(t *testing.T, text string, width, cutAt int) {
		text = Block(text)
		width, cutAt = int(uint(width)%40)+2, int(uint(cutAt)%uint(len(text)+1))
		for cutAt < len(text) && text[cutAt]&0xc0 == 0x80 {
			cutAt++
		}
		whole, pieces := Wrapper{Width: width}, Wrapper{Width: width}
		whole.Write(text)
		rows := whole.Rows()
		for _, row := range rows {
			if ansi.StringWidth(row) > width {
				t.Fatalf("%q is wider than %d", row, width)
			}
		}
		squeeze := func(s string) string { return strings.Join(strings.Fields(s), "") }
		if squeeze(strings.Join(rows, "")) != squeeze(text) {
			t.Fatalf("%q became %q", text, rows)
		}
		if IsASCII(text) { // a cut between a letter and its accent may cost a cell
			pieces.Write(text[:cutAt])
			got := pieces.Take()
			pieces.Write(text[cutAt:])
			if got = append(got, pieces.Rows()...); !slices.Equal(got, rows) {
				t.Fatalf("in pieces %q, as a whole %q", got, rows)
			}
		}
	})
}

func TestWrapOfOneEndlessLineIsLinear(t *testing.T) {
	t.Parallel()
	w := Wrapper{Width: 80}
	piece := strings.Repeat("word ", 20)
	rows := 0
	for range 20_000 { // two megabytes without a line end; quadratic would take minutes
		w.Write(piece)
		rows += len(w.Take())
	}
	if rows < 20_000 {
		t.Errorf("%d rows", rows)
	}
}

func TestCutAndFill(t *testing.T) {
	t.Parallel()
	th := theme.New(theme.Look{Dark: true, Profile: colorprofile.TrueColor}, theme.Unicode())
	for _, text := range []string{"", "short", strings.Repeat("long ", 50), "日本語のテキスト", "a\u0301e\u0301", "👩\u200d👩\u200d👧 family", "🇩🇪🇫🇷 flags", "❤️ heart"} {
		for w := range 30 {
			row := NewRow(th, w, w%2 == 0).Mark(true).Cell(th.Text, Settle(text), 8).Gap(1).Right(th.Dim, Settle(text), 9).Put(th.Bad, Settle(text)).End()
			if got := ansi.StringWidth(row); got != w {
				t.Errorf("%q in %d cells is %d wide: %q", text, w, got, row)
			}
			if got := ansi.StringWidthWc(row); got != w {
				t.Errorf("%q in %d cells is %d wide counted by runes: %q", text, w, got, row)
			}
		}
	}
}
