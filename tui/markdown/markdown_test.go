package markdown

import (
	"strings"
	"testing"
	"unicode"

	"github.com/charmbracelet/x/exp/golden"

	"drover/agent/safetext"
	"drover/tui/theme"
)

const sample = `# A title with *emphasis*

A paragraph with **strong words**, ` + "`code`" + `, a [link](https://example.org/a?b=1&c=2) and an entity: &lt;&amp;&#65;&gt;.
It goes on in a second line,  
and has a hard break.

- one
- two with enough words that they have to go on in a second row of the list
  1. nested
  2. again
- [x] done
- [ ] to do

10. ten
11. eleven

> A quotation of two
> lines.
>
> - with a list

` + "```go" + `
func main() { fmt.Println("a line of code that is longer than the width of the screen is") }
	tab := 1
` + "```" + `

| name | a much longer heading than there is room for in this table | n |
|------|---|--:|
| x    | y | 12 |
| ~~z~~ | **w** | 3 |

***

<b>HTML</b> is shown &amp; not followed. ![picture](x.png) <https://example.org>
averyveryveryveryveryveryveryveryveryveryveryveryverylongword
`

func plainRows(rows []Row) string {
	var b strings.Builder
	for _, r := range rows {
		b.WriteString(r.Text + "\n")
	}
	return b.String()
}

func TestMarkdown(t *testing.T) {
	golden.RequireEqual(t, plainRows(render(sample, 48, new(theme.Unicode()))))
}

func TestFaces(t *testing.T) {
	t.Parallel()
	rows := render("# T\n\na **b** `c` *d*", 40, new(theme.Unicode()))
	var got []string
	for _, r := range rows {
		at := 0
		for _, s := range r.Spans {
			got = append(got, r.Text[at:s.End]+"/"+string('0'+rune(s.Face)))
			at = s.End
		}
		if at != len(r.Text) {
			t.Errorf("the spans of %q end at %d", r.Text, at)
		}
	}
	want := "# /7 T/4 a /0 b/1  /0 c/3  /0 d/2"
	if s := strings.Join(got, " "); s != want {
		t.Errorf("the faces are\n%s, not\n%s", s, want)
	}
}

// checkRendered fails unless every row is safe and no wider than it may be.
func checkRendered(t *testing.T, source string, w int) {
	t.Helper()
	for _, r := range render(source, w, new(theme.Unicode())) {
		for _, c := range r.Text {
			if c == '\n' || unicode.IsControl(c) || safetext.Unsafe(c) {
				t.Fatalf("%q comes out of %q in %q", c, source, r.Text)
			}
		}
		for i, s := range r.Spans {
			if s.End > len(r.Text) || i > 0 && s.End <= r.Spans[i-1].End {
				t.Fatalf("the spans of %q are %v", r.Text, r.Spans)
			}
		}
	}
}

var hostile = []string{
	"&#27;[2J &#x1b;]0;title&#7; &#155;31m &#x202e;backwards &#x200b; &#0; &#13;x &NewLine;y &Tab;z &shy; &rlm;",
	"[a](<http://x/\x1b[2J>) ![i](\x1b]8;;x) <http://\x9b2J> `\x1b[31m` \\\x1b",
	"```\n\x1b[2J\r\nabc\x07\n```\n\n    \x1b[1A\n\n<div>\x1b[2J</div>\n",
	"| a | b |\n|---|---|\n| \x1b[2J | &#27;[1A |\n", "# \x1b[2J&#27;\n", strings.Repeat("> ", 200) + "deep", strings.Repeat("- ", 200) + "deep",
	strings.Repeat("*", 5000), strings.Repeat("[", 3000), "a" + strings.Repeat("\u0301", 500), "漢字" + strings.Repeat("漢", 300),
}

func TestSafe(t *testing.T) {
	t.Parallel()
	for _, source := range hostile {
		for _, w := range []int{1, 8, 40} {
			checkRendered(t, source, w)
		}
	}
}

func TestAParserThatPanicsDoesNotEndTheProgram(t *testing.T) {
	t.Parallel()
	if rows := Rows("- a list needs its glyphs", 40, nil); rows != nil {
		t.Errorf("there are rows: %v", rows)
	}
}

func FuzzMarkdown(f *testing.F) {
	f.Add(sample, 40)
	for _, source := range hostile {
		f.Add(source, 20)
	}
	f.Fuzz(func(t *testing.T, source string, w int) {
		if len(source) < 10_000 {
			checkRendered(t, source, w%300)
		}
	})
}
