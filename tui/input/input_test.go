package input

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	uv "github.com/charmbracelet/ultraviolet"
)

// pass sends chunks through a filter.
func pass(chunks ...string) string {
	var f filter
	var out []byte
	for _, chunk := range chunks {
		out = f.append(out, []byte(chunk))
	}
	return string(out)
}

func TestOrdinaryInputPassesAsItIs(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"hello\r\n\t", "\x1b", "\x1b\x1b", "\x1b[A", "\x1bOP", "\x1b[1;5A", "\x1ba", "\x1bé", "大海 🎉 é", "\x03\x1a\x7f",
		"\x1b[<0;33;12M\x1b[<0;33;12m", "\x1b[M !!", "\x1b[200~pasted\r\nlines é 世\x1b[201~x", "\x1b[I\x1b[O",
		"\x1b[97:65;2:1;97u", "\x1b[57;1;97;1;0;1_", "\x1b]11;rgb:0000/0000/0000\x07", "\x1b]11;rgb:ffff/ffff/ffff\x1b\\",
		"\x1bP>|tmux 3.3a\x1b\\", "\x1bP1+r5463\x1b\\", "\x1b[?62;1;4c", "\x1b[?2026;2$y", "\x1b[27;5;13~", "\x1b[", "\x1bP", "\x1b]", "\x1b[2~\x1b[20~",
	} {
		for _, chunks := range [][]string{{text}, strings.Split(text, "")} {
			if got := pass(chunks...); got != text {
				t.Errorf("%q became %q", text, got)
			}
		}
		var bytewise []string
		for i := range len(text) {
			bytewise = append(bytewise, text[i:i+1])
		}
		if got := pass(bytewise...); got != text {
			t.Errorf("%q, a byte at a time, became %q", text, got)
		}
	}
}

func TestWhatTheDecoderCannotTakeIsLeftOut(t *testing.T) {
	t.Parallel()
	many := strings.Repeat("1;", 40) + "1"
	fifteen := strings.Repeat("1;", 15) + "1"
	for _, tt := range []struct{ name, in, want string }{
		{"too many parameters", "a\x1b[" + many + "mb", "a\x1b[" + fifteen + "mb"},
		{"colons", "a\x1b[" + strings.ReplaceAll(many, ";", ":") + "mb", "a\x1b[" + strings.ReplaceAll(fifteen, ";", ":") + "mb"},
		{"a large number", "\x1b[12345678901234567890Ax", "\x1b[1234567Ax"},
		{"DCS", "\x1bP" + many + "qx\x1b\\b", "\x1bP" + fifteen + "qx\x1b\\b"},
		{"eight bits", "a\x9b1;2Mb\x9dc", "a1;2Mbc"},
		{"a string without an end", "\x1b]" + strings.Repeat("x", 2*maxString), "\x1b]" + strings.Repeat("x", maxString-1) + "\x9c"},
		{"a long string with an end", "\x1b_" + strings.Repeat("x", 2*maxString) + "\x1b\\b", "\x1b_" + strings.Repeat("x", maxString-1) + "\x9c\x1b\\b"},
		{"eight bits behind ESC", "\x1b\x9b1m\x1b\xff[" + many + "m", "\x1b1m\x1b[" + fifteen + "m"},
		{"no UTF-8", "a\xc0\x9b1\xe2\x9b2\xff\x903\xe2\xc3\xa9", "a123é"},
		{"a sequence for a mouse event", "\x1b[M\x1b[" + many + "mb", "\x1b[L\x1b[" + fifteen + "mb"},
		{"half a mouse event", "\x1b[Mab\rc", "\x1b[Lab\rc"},
		{"a mouse event behind the 95th column", "\x1b[M \x9b!b", "\x1b[Lb"},
		{"lines deleted", "\x1b[5Mab", "\x1b[5Lab"},
		{"the end of a string within a character", "\x1b]a✛", "\x1b]a\x9c"},
		{"DCS ends with ST only", "\x1bPq\x1ab", "\x1bPq\x9cb"},
		{"colours in a paste", "\x1b[200~a\x1b[" + many + "mb\x1b[0m\x1b[201~c", "\x1b[200~ab\x1b[201~c"},
		{"a string in a paste", "\x1b[200~a\x1b]8;;b\x1b\\c\x1bPd\x1b[201~e", "\x1b[200~a8;;bcd\x1b[201~e"},
		{"a paste in a paste", "\x1b[200~a\x1b[200~b\x1b[201~c", "\x1b[200~ab\x1b[201~c"},
		{"half a sequence in a paste", "\x1b[200~a\x1b[12é\x1b\x1b[201~c", "\x1b[200~aé\x1b[201~c"},
	} {
		if got := pass(tt.in); got != tt.want {
			t.Errorf("%s: %q, not %q", tt.name, got, tt.want)
		}
		if tt.name == "a string without an end" || strings.HasPrefix(tt.name, "a long string") {
			continue // what comes later is a string of its own
		}
		var bytewise []string
		for i := range len(tt.in) {
			bytewise = append(bytewise, tt.in[i:i+1])
		}
		if got := pass(bytewise...); got != tt.want {
			t.Errorf("%s, a byte at a time: %q, not %q", tt.name, got, tt.want)
		}
	}
	if got := pass("\x1b]"+strings.Repeat("x", 2*maxString), "q"); !strings.HasSuffix(got, "q") {
		t.Error("a key behind a string without an end is lost")
	}
	if got := pass("\x1b[200~" + strings.Repeat("x", maxPaste+10) + "\x1b[201~q"); len(got) != maxPaste+len("\x1b[200~\x1b[201~q") {
		t.Errorf("%d bytes of an endless paste", len(got))
	}
}

// decode has the decoder read the input, and returns the texts of its keys and pastes. It panics where the decoder does.
func decode(tb testing.TB, r io.Reader) string {
	tb.Helper()
	return decodeWithin(tb, r, time.Minute) // at the end everything is decoded
}

// decodeWithin is decode with the time that the decoder waits for the rest of a sequence.
func decodeWithin(tb testing.TB, r io.Reader, timeout time.Duration) string {
	tb.Helper()
	events := make(chan uv.Event, 1)
	reader := uv.NewTerminalReader(r, "xterm-256color")
	reader.EscTimeout = timeout
	go func() {
		defer close(events)
		_ = reader.StreamEvents(context.Background(), events) // ends at the end of the input
	}()
	var b strings.Builder
	spins := time.After(20 * time.Second)
	for {
		select {
		case event, more := <-events:
			switch e := event.(type) {
			case uv.KeyPressEvent:
				b.WriteString(e.Text)
			case uv.PasteEvent:
				fmt.Fprintf(&b, "<%s>", e.Content)
			}
			if !more {
				return b.String()
			}
		case <-spins:
			tb.Fatal("the decoder does not come to an end")
		}
	}
}

func TestTheDecoderReadsTheRest(t *testing.T) {
	t.Parallel()
	many := strings.Repeat("1;", 40)
	in := "a\x1b[" + many + "1mb\x1b[200~c\x1b[" + many + "1md\x1b]e\x1b[201~f\x1bP" + many + "qg\x9ch\x9bMi"
	for name, r := range map[string]io.Reader{"at once": strings.NewReader(in), "a byte at a time": iotest.OneByteReader(strings.NewReader(in))} {
		if got := decode(t, NewReader(r)); got != "ab<cde>fhMi" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// Each of these is an index out of range in the decoder when it comes as it is.
func TestTheDecoderSurvives(t *testing.T) {
	t.Parallel()
	many := strings.Repeat("1;", 40) + "1"
	for _, start := range []string{
		"\x1b[", "\x1bP", "\x9b", "\x1b\x9b", "\x1b\x90", "\x1b\x1b\x9b", "\x1b[1\x1b\x9b", "\xc0\x9b", "\xff\x9b", "\x1b\xff[", "\x1b[M\x9b",
		"\x1b[M!!\x9b", "\x1b[M\x1b[", "\x1b[M!\x1b[", "\x1b[M!!\x1b[", "\x1b]✛", "\x1bPq\x1a✛", "\x1b[0;0;27;1;0;1_[",
	} {
		decode(t, NewReader(strings.NewReader(start+many+"m")))
		decode(t, NewReader(iotest.OneByteReader(strings.NewReader(start+many+"m"))))
	}
	for _, in := range []string{"\x9bM!!!", "\xe2\x9bM!!!", "\x1b[1M!!\xc3\x9bM!!!", "\x1b[M!!Û" + "M!!!"} {
		decode(t, NewReader(strings.NewReader(in)))
	}
}

func TestReaderPassesErrorsOn(t *testing.T) {
	t.Parallel()
	r := NewReader(iotest.DataErrReader(strings.NewReader("x")))
	p := make([]byte, 64)
	if n, err := r.Read(p); n != 1 || !errors.Is(err, io.EOF) {
		t.Error(n, err)
	}
	if _, err := r.Read(p[:4]); !errors.Is(err, io.ErrShortBuffer) {
		t.Error(err)
	}
}

// Whatever comes, in whichever pieces, the decoder does not panic, and text without control characters is as it was.
func FuzzTheDecoderTakesEverything(f *testing.F) {
	f.Add([]byte("a\x1b["+strings.Repeat("1;", 40)+"mb"), uint8(3))
	f.Add([]byte("\x1b[200~x\x1b]y\x1b[201~z"), uint8(1))
	f.Add([]byte("\x9bM!!!\x1b[M!!!\x1b_Ga=1,b\x1b\\\x1bP1+r41=42\x1b\\\x1bP!|0x\x1b\\"), uint8(255))
	f.Add([]byte("\x1b]52;c;!\x07\x1b]11;rgb:\x07\x1b[1$\x1b[55;1;;1;1;1_\x1b[0;0;55296;1;0;1_"), uint8(7))
	f.Add([]byte("\x1b\x9b"+strings.Repeat("1;", 40)+"m\x1b[M\x1b["+strings.Repeat("1;", 40)+"m"), uint8(255))
	f.Add([]byte("\xc0\x9b"+strings.Repeat("1;", 40)+"m\x1b]✛"+strings.Repeat("1;", 40)+"m\x1bPq\x1a\xe2\x9bM!!!"), uint8(255))
	f.Fuzz(func(t *testing.T, in []byte, size uint8) {
		var cut filter
		var out []byte
		for chunk := range slices.Chunk(in, int(size)+1) {
			was := len(out)
			if out = cut.append(out, chunk); len(out)-was > len(chunk)+growth {
				t.Fatalf("%d bytes became %d", len(chunk), len(out)-was)
			}
		}
		if bytes.IndexFunc(in, func(r rune) bool { return r < ' ' || r == 0xfffd }) < 0 && !bytes.Equal(out, in) {
			t.Fatalf("%q became %q", in, out)
		}
		decode(t, NewReader(&chunked{in, int(size) + 1}))
		decodeWithin(t, NewReader(&chunked{in, int(size) + 1}), time.Nanosecond) // as if there were pauses
	})
}

// chunked is read in pieces of a size.
type chunked struct {
	rest []byte
	size int
}

func (c *chunked) Read(p []byte) (int, error) {
	if len(c.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), c.size)], c.rest)
	c.rest = c.rest[n:]
	return n, nil
}
