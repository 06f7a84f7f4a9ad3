package main

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/charmbracelet/x/vt"
)

func TestDraw(t *testing.T) {
	t.Parallel()
	emulator := vt.NewEmulator(12, 2)
	if _, err := emulator.Write([]byte("a  b \x1b[1;31mR&D\x1b[0m\r\n\x1b[48;5;22m \x1b[38;2;1;2;3mx\x1b[0m")); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	draw(&b, cells(emulator), paletteFor(false), "<title>")
	got := b.String()
	for _, want := range []string{
		`fill="#d7dae0">a` + "\u00a0\u00a0" + `b</text>`, // one run, its spaces kept, none at its end
		`textLength="33.6"`, // four cells
		`fill="#ffa198" font-weight="bold">R&amp;D</text>`, // bold red is bright red
		`width="8.4" height="18.0" fill="#005f00"/>`,
		`fill="#010203">x</text>`,
		`&lt;title&gt;`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
	for d := xml.NewDecoder(strings.NewReader(got)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("not XML: %v", err)
		}
	}
}

func TestCapture(t *testing.T) {
	t.Parallel()
	screen, err := capture(20, 3, []string{"h", "i", "enter", "100ms"}, []string{"cat"})
	if err != nil {
		t.Fatal(err)
	}
	if got := screen[0][0].Content + screen[0][1].Content; got != "hi" {
		t.Errorf("the screen begins with %q", got)
	}
	for _, c := range []struct{ size, keys string }{{"wide", ""}, {"0x5", ""}, {"20x3", "hyper+q"}} {
		if err := run(c.size, c.keys, t.TempDir()+"/x.svg", "", false, []string{"cat"}); err == nil {
			t.Errorf("%+v is accepted", c)
		}
	}
}
