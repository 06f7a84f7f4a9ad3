package main

import (
	"fmt"
	"image/color"

	"github.com/charmbracelet/x/ansi"
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

// colour returns a colour as CSS has it, or otherwise for the terminal's own.
func (p palette) colour(c color.Color, otherwise string) string {
	switch c := c.(type) {
	case nil:
		return otherwise
	case ansi.BasicColor:
		return p.ansi[c]
	case ansi.IndexedColor:
		if c < 16 {
			return p.ansi[c]
		}
	}
	r, g, b, _ := c.RGBA()
	return fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8)
}
