package work

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestReplace(t *testing.T) {
	t.Parallel()
	const file = "func a() {\n\tif x {\n\t\treturn 1  \n\t}\n}\n\nfunc b() {\n\treturn 1\n}\n"
	for name, test := range map[string]struct{ file, old, text, want, note, err string }{
		"exact":           {file, "if x {", "if y {", strings.Replace(file, "if x", "if y", 1), "", ""},
		"trailing blanks": {file, "\t\treturn 1\n\t}", "\t\treturn 2\n\t}", strings.Replace(file, "return 1  ", "return 2", 1), "blanks at the ends", ""},
		"indent":          {file, "if x {\n    return 1\n}", "if x {\n    return 2\n    more()\n}", strings.Replace(file, "\tif x {\n\t\treturn 1  \n\t}", "\tif x {\n\t    return 2\n\t    more()\n\t}", 1), "indent", ""},
		"twice":           {file, "return 1", "return 2", "", "", "stands 2 times in the file, at lines 3, 8"},
		"twice by blanks": {"a \nb\na\t\nb\n", "a\nb", "c", "", "", "stands 2 times in the file but for blanks"},
		"not there":       {file, "return 3", "x", "", "", "old is not in the file"},
		"empty":           {file, "", "x", "", "", "old is empty"},
		"same":            {file, "if x", "if x", "", "", "are the same"},
		"dos":             {"a\r\nb\r\nc\r\n", "a\nb", "x\ny", "x\r\ny\r\nc\r\n", "", ""},
		"delete lines":    {"a\n  b \nc\n", "b\nc\n", "", "a\n", "indent", ""},
		"no line feed":    {"a\n b", "b", "c", "a\n c", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, note, err := replace(test.file, test.old, test.text)
			switch {
			case test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)):
				t.Errorf("error %v", err)
			case test.err == "" && (err != nil || got != test.want || !strings.Contains(note, test.note)):
				t.Errorf("%q, %q, %v", got, note, err)
			}
		})
	}
}

// Whatever was found: all but what was replaced is as it was.
func TestReplaceKeepsTheRest(t *testing.T) {
	t.Parallel()
	line := rapid.StringMatching(`[ \t]{0,3}[ab]{0,2}[ \t]{0,2}`)
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOfN(line, 1, 12).Draw(t, "lines")
		from := rapid.IntRange(0, len(lines)-1).Draw(t, "from")
		to := rapid.IntRange(from+1, len(lines)).Draw(t, "to")
		before, after := strings.Join(lines[:from], "\n"), strings.Join(lines[to:], "\n")
		changed, _, err := replace(strings.Join(lines, "\n"), strings.Join(lines[from:to], "\n"), "NEW")
		if err != nil {
			return
		}
		if !strings.HasPrefix(changed, before) || !strings.HasSuffix(changed, after) || strings.Count(changed, "NEW") != 1 {
			t.Fatalf("%q became %q", lines, changed)
		}
	})
}

func TestNearest(t *testing.T) {
	t.Parallel()
	var lines []string
	for range 50 {
		lines = append(lines, "nothing here")
	}
	lines = append(lines, "func wanted() {", "\treturn compute(1)", "}")
	got := nearest(strings.Join(lines, "\n"), "func wanted() {\n\treturn compute(2)\n}")
	if !strings.Contains(got, "51: func wanted() {") || strings.Count(got, "\n") > 10 {
		t.Errorf("got %q", got)
	}
	if got := nearest("a\nb", "zzzzzz"); got != "" {
		t.Errorf("nothing is near, but %q", got)
	}
}

func FuzzReplace(f *testing.F) {
	f.Add("a\r\nb", "a\nb", "c")
	f.Add("x\n\ty", "  y", "")
	f.Fuzz(func(t *testing.T, file, old, text string) {
		_, _, _ = replace(file, old, text)
		_ = nearest(file, old)
	})
}
