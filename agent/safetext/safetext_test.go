package safetext

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestBlock(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ in, want string }{
		"plain":                 {"Hello, world.\nSecond line.", "Hello, world.\nSecond line."},
		"other scripts":         {"Grüße, мир, 世界, हिन्दी, שלום", "Grüße, мир, 世界, हिन्दी, שלום"},
		"combining accent":      {"e\u0301", "e\u0301"},
		"line ends":             {"a\r\nb\nc\vd\fe\u0085f\u2028g\u2029h", "a\nb\nc\nd\ne\nf\ng\nh"},
		"lone carriage return":  {"10%\r20%", "10%20%"},
		"tabs":                  {"\ta\tbc\td", "    a   bc  d"},
		"tab after newline":     {"abc\n\tx", "abc\n    x"},
		"tab after wide":        {"世\tx", "世   x"},
		"bell and backspace":    {"a\ab\bc\x00d\x7fe", "abcde"},
		"colour":                {"a\x1b[31;1mred\x1b[0mb", "aredb"},
		"cursor":                {"a\x1b[2J\x1b[1;1Hb", "ab"},
		"private CSI":           {"\x1b[?1049ha\x1b[>4;2mb\x1b[!p", "ab"},
		"CSI with intermediate": {"\x1b[4 qa", "a"},
		"CSI at the end":        {"a\x1b[12;", "a"},
		"CSI and line end":      {"a\x1b[12\nb", "a\nb"},
		"CSI and other script":  {"a\x1b[1é", "aé"},
		"CSI holds controls":    {"a\x1b[3\x001mb", "ab"},
		"CSI aborted":           {"a\x1b[3\x18mb", "amb"},
		"CSI restarted":         {"a\x1b[3\x1b[1mb", "ab"},
		"title, BEL":            {"a\x1b]0;pwned\ab", "ab"},
		"title, ST":             {"a\x1b]2;pwned\x1b\\b", "ab"},
		"title, C1 ST":          {"a\x1b]2;pwned\u009cb", "ab"},
		"clipboard":             {"\x1b]52;c;ZXZpbA==\x1b\\ok", "ok"},
		"hyperlink":             {"\x1b]8;;http://evil\x1b\\click\x1b]8;;\x1b\\", "click"},
		"OSC at the end":        {"a\x1b]0;never ends", "a"},
		"OSC and line end":      {"a\x1b]0;never ends\nb", "a\nb"},
		"OSC and ESC":           {"a\x1b]0;x\x1b[1mb", "ab"},
		"DCS":                   {"a\x1bP+q544e\x1b\\b", "ab"},
		"APC, PM, SOS":          {"a\x1b_x\x1b\\b\x1b^y\x1b\\c\x1bXz\x1b\\d", "abcd"},
		"tmux title":            {"a\x1bkname\x1b\\b", "ab"},
		"charset":               {"a\x1b(0b\x1b%Gc", "abc"},
		"single shift":          {"a\x1bNxb\x1bOyc", "abc"},
		"reset":                 {"a\x1bcb\x1b7c\x1b=d", "abcd"},
		"ESC at the end":        {"a\x1b", "a"},
		"ESC twice":             {"a\x1b\x1b[1mb", "ab"},
		"C1 CSI":                {"a\u009b31mb", "ab"},
		"C1 OSC":                {"a\u009d0;t\u009cb", "ab"},
		"C1 DCS APC PM SOS":     {"a\u0090x\u009cb\u009fy\u009cc\u009ez\u009cd\u0098w\u009ce", "abcde"},
		"C1 single shift":       {"a\u008exb\u008fyc", "abc"},
		"C1 others":             {"a\u0080\u0084\u0088\u009cb", "ab"},
		"invalid":               {"a\xffb\xc3", "a\uFFFDb\uFFFD"},
		"raw C1 bytes":          {"a\x9b31mb\x9d", "a\uFFFD31mb\uFFFD"},
		"bidi overrides":        {"a\u202etxt.exe\u202cb\u2066c\u2069\u200e\u200f\u061cd", "atxt.exebcd"},
		"zero width":            {"a\u200b\u200c\u2060\ufeff\u00ad\u034f\u180e\u3164\u115fb", "ab"},
		"tags":                  {"a\U000E0041\U000E007Fb", "ab"},
		"emoji":                 {"👍🏽 🎉", "👍🏽 🎉"},
		"emoji joined":          {"👩\u200d💻 ❤\ufe0f", "👩💻 ❤"},
		"stacked marks":         {"a" + strings.Repeat("\u0301", 50), "a" + strings.Repeat("\u0301", MaxMarks)},
		"mark on nothing":       {"\u0301a\n\u0301b", "a\nb"},
		"mark after a sequence": {"a\x1b[m\u0301", "a\u0301"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := Block(tt.in); got != tt.want {
				t.Errorf("Block(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestLine(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		in   string
		max  int
		want string
	}{
		"plain":               {"one two", 0, "one two"},
		"lines":               {"one\r\n\r\n\ttwo\vthree", 0, "one two three"},
		"keeps inner spaces":  {"a  b", 0, "a  b"},
		"ends":                {" \n\t one \r\n ", 0, "one"},
		"mark at the start":   {" \u0301a", 0, "a"},
		"sequences":           {"a\x1b[31mb\x1b]0;x\nc", 0, "ab c"},
		"exactly max":         {"abcdef", 6, "abcdef"},
		"cut":                 {"abcdefg", 6, "abc…"},
		"trailing space fits": {"abcdef   \n", 6, "abcdef"},
		"cut in a character":  {"ab世界", 7, "ab…"},
		"no room for a mark":  {"a cd", 2, "a"},
		"one byte":            {"世", 1, ""},
		"negative":            {"abc", -1, "abc"},
		"nothing":             {"\x1b[0m\n", 5, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := Line(tt.in, tt.max); got != tt.want {
				t.Errorf("Line(%q, %d) = %q, want %q", tt.in, tt.max, got, tt.want)
			}
		})
	}
}

// A sequence cut at every place is as if it had not been cut.
func TestCleanerAtEveryCut(t *testing.T) {
	t.Parallel()
	text := "a\tb\x1b[31mc\x1b]0;title\x1b\\世界\u009b1mé\u0301\xff\x1bP\u009c\r\n\x1b(Bz\xe4\xb8"
	want := Block(text)
	for i := range len(text) {
		for j := i; j < len(text); j++ {
			var c Cleaner
			got := c.Write(text[:i]) + c.Write(text[i:j]) + c.Write(text[j:]) + c.Close()
			if got != want {
				t.Fatalf("cut at %d and %d: %q, want %q", i, j, got, want)
			}
		}
	}
}

// After Close a Cleaner does not remember the text before.
func TestCleanerClose(t *testing.T) {
	t.Parallel()
	var c Cleaner
	c.Write("a\x1b]0;unfinished")
	c.Close()
	if got := c.Write("visible") + c.Close(); got != "visible" {
		t.Errorf("after Close: %q", got)
	}
}

// Megabytes without a line end, and a sequence that never ends, cost time in proportion only. The bound is
// a hundred times what it takes, and a quadratic form would take hours.
func TestMegabytes(t *testing.T) {
	t.Parallel()
	start := time.Now()
	long := strings.Repeat("x\u200b", 4<<20)
	if got := len(Block(long)); got != 4<<20 {
		t.Errorf("%d bytes are left", got)
	}
	if got := Block("a\x1b]52;c;" + long); got != "a" {
		t.Errorf("an unfinished sequence leaves %d bytes", len(got))
	}
	var c Cleaner
	for i := 0; i < len(long); i += 1 << 10 {
		c.Write(long[i : i+1<<10])
	}
	if d := time.Since(start); d > time.Minute {
		t.Errorf("took %v", d)
	}
}

// A short line out of a long text does not read the long text.
func TestLineReadsOnlyWhatItKeeps(t *testing.T) {
	long := strings.Repeat("é", 8<<20)
	if n := testing.AllocsPerRun(10, func() { Line(long, 64) }); n > 3 {
		t.Errorf("%v allocations", n)
	}
	start := time.Now()
	for range 1000 {
		Line(long, 64)
	}
	if took := time.Since(start) / 1000; took > time.Millisecond {
		t.Errorf("took %v", took)
	}
}

func checkClean(t *testing.T, s, from string) {
	t.Helper()
	if !utf8.ValidString(s) {
		t.Errorf("%q from %q is not UTF-8", s, from)
	}
	for _, r := range s {
		if Unsafe(r) || (r < ' ' && r != '\n') || (r >= 0x7f && r < 0xa0) {
			t.Errorf("%U is left in %q from %q", r, s, from)
		}
	}
}

func seeds(add func(string)) {
	for _, s := range []string{
		"", "plain", "a\tb\r\nc", "\x1b[31mred\x1b[0m", "\x1b]0;t\a", "\x1b]52;c;x\x1b\\y", "\u009b1m\u009d0;\u009c",
		"\xff\xfe\x9b", "e\u0301\u0301\u0301\u0301\u0301\u0301\u0301", "👩\u200d💻\ufe0f", "\u202ex\u202c", " \u0301",
		"\x1bkx\x1b\\", "\x1bP\x18a\x1bN", "世界\u2028x", "a \n\u0301 b",
	} {
		add(s)
	}
}

func FuzzBlock(f *testing.F) {
	seeds(func(s string) { f.Add(s, uint16(len(s)/2), uint16(3)) })
	f.Fuzz(func(t *testing.T, s string, cut1, cut2 uint16) {
		clean := Block(s)
		checkClean(t, clean, s)
		if again := Block(clean); again != clean {
			t.Errorf("cleaning again changes %q to %q, from %q", clean, again, s)
		}
		i := int(cut1) % (len(s) + 1)
		j := i + int(cut2)%(len(s)-i+1)
		var c Cleaner
		if parts := c.Write(s[:i]) + c.Write(s[i:j]) + c.Write(s[j:]) + c.Close(); parts != clean {
			t.Errorf("in chunks %q, at once %q, from %q", parts, clean, s)
		}
		if got := strings.Count(clean, "\n"); got > strings.Count(s, "\n")+
			strings.Count(s, "\v")+strings.Count(s, "\f")+strings.Count(s, "\u0085")+
			strings.Count(s, "\u2028")+strings.Count(s, "\u2029") {
			t.Errorf("%d lines out of %q", got, s)
		}
	})
}

func FuzzLine(f *testing.F) {
	seeds(func(s string) { f.Add(s, 7) })
	f.Fuzz(func(t *testing.T, s string, limit int) {
		line := Line(s, limit)
		checkClean(t, line, s)
		if strings.Contains(line, "\n") || strings.HasPrefix(line, " ") || strings.HasSuffix(line, " ") {
			t.Errorf("Line(%q, %d) = %q", s, limit, line)
		}
		if limit > 0 && len(line) > limit {
			t.Errorf("Line(%q, %d) has %d bytes", s, limit, len(line))
		}
		if other := Line(s+"\x7f", limit); plain(s) == len(s) && other != line { // which is not plain, and dropped
			t.Errorf("Line(%q, %d) = %q, plain %q", s, limit, other, line)
		}
		if again := Line(line, limit); again != line {
			t.Errorf("cleaning again changes %q to %q, from %q and %d", line, again, s, limit)
		}
	})
}
