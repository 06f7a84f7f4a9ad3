package main

import (
	"fmt"

	"github.com/hinshun/vt10x"
)

// palette is the colours of a terminal.
type palette struct {
	foreground, background string
	ansi                   [16]string
}

func paletteFor(light bool) palette {
	if light {
		return palette{"#24292f", "#ffffff", [16]string{
			"#24292f", "#cf222e", "#116329", "#7d4e00", "#0969da", "#8250df", "#1b7c83", "#6e7781",
			"#57606a", "#a40e26", "#1a7f37", "#633c01", "#218bff", "#a475f9", "#3192aa", "#8c959f",
		}}
	}
	return palette{"#d7dae0", "#16181d", [16]string{
		"#484f58", "#ff7b72", "#3fb950", "#d29922", "#58a6ff", "#bc8cff", "#39c5cf", "#b1bac4",
		"#6e7681", "#ffa198", "#56d364", "#e3b341", "#79c0ff", "#d2a8ff", "#56d4dd", "#f0f6fc",
	}}
}

// colour returns a colour as CSS has it. vt10x numbers the 256 of a terminal from 0, true colours by their
// red, green and blue, and the two defaults above those.
func (p palette) colour(c vt10x.Color) string {
	switch {
	case c == vt10x.DefaultFG:
		return p.foreground
	case c == vt10x.DefaultBG:
		return p.background
	case c < 16:
		return p.ansi[c]
	case c < 232: // the cube of 6×6×6
		level := func(n vt10x.Color) int {
			if n == 0 {
				return 0
			}
			return 55 + 40*int(n)
		}
		c -= 16
		return fmt.Sprintf("#%02x%02x%02x", level(c/36), level(c/6%6), level(c%6))
	case c < 256: // the greys
		grey := 8 + 10*int(c-232)
		return fmt.Sprintf("#%02x%02x%02x", grey, grey, grey)
	}
	return fmt.Sprintf("#%06x", uint32(c)&0xffffff)
}
