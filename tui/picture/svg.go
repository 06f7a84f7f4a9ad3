package main

import (
	"fmt"
	"html"
	"io"
	"strings"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
)

// The size of a cell and of the frame, in pixels. Every run of text says how wide it is, so that the columns
// stay in line whatever monospaced font the reader has.
const (
	cellWidth  = 8.4
	cellHeight = 18.0
	fontSize   = 14.0
	margin     = 14.0
	titleBar   = 30.0
)

// style is how a cell looks.
type style struct {
	fg, bg                         string // bg is empty for the background of the terminal
	bold, faint, underline, italic bool
}

func (p palette) style(c uv.Cell) style {
	has := func(attribute uint8) bool { return c.Style.Attrs&attribute != 0 }
	fg, bg := p.colour(c.Style.Fg, p.foreground), p.colour(c.Style.Bg, p.background)
	if basic, ok := c.Style.Fg.(ansi.BasicColor); ok && basic < 8 && has(uv.AttrBold) {
		fg = p.ansi[basic+8] // as most terminals have it
	}
	if has(uv.AttrReverse) {
		fg, bg = bg, fg
	}
	s := style{
		fg: fg, bold: has(uv.AttrBold), faint: has(uv.AttrFaint), italic: has(uv.AttrItalic),
		underline: c.Style.Underline != 0,
	}
	if bg != p.background {
		s.bg = bg
	}
	return s
}

// draw writes the screen as an SVG.
func draw(w io.Writer, screen [][]uv.Cell, p palette, title string) {
	top := margin
	if title != "" {
		top = titleBar + margin/2
	}
	width := float64(len(screen[0]))*cellWidth + 2*margin
	height := float64(len(screen))*cellHeight + top + margin
	fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.1f %.1f" width="%.0f" height="%.0f">`+"\n",
		width, height, width, height)
	fmt.Fprintf(w, `<rect width="100%%" height="100%%" rx="8" fill="%s"/>`+"\n", p.background)
	if title != "" {
		for i, dot := range []string{"#ff5f57", "#febc2e", "#28c840"} {
			fmt.Fprintf(w, `<circle cx="%d" cy="16" r="5.5" fill="%s"/>`+"\n", 20+18*i, dot)
		}
		fmt.Fprintf(w, `<text x="50%%" y="20" text-anchor="middle" font-family="sans-serif" font-size="12" fill="%s">%s</text>`+"\n",
			p.ansi[8], html.EscapeString(title))
	}
	fmt.Fprintf(w, `<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="%.0f">`+"\n",
		fontSize)
	for y, row := range screen {
		drawRow(w, row, p, margin, top+float64(y)*cellHeight)
	}
	fmt.Fprint(w, "</g>\n</svg>\n")
}

// drawRow draws the runs of cells of one style.
func drawRow(w io.Writer, row []uv.Cell, p palette, left, top float64) {
	for x := 0; x < len(row); {
		s := p.style(row[x])
		end := x
		var text strings.Builder
		for end < len(row) && p.style(row[end]) == s {
			text.WriteString(row[end].Content) // none in the second cell of a wide character
			end++
		}
		drawRun(w, s, text.String(), left+float64(x)*cellWidth, top, float64(end-x)*cellWidth)
		x = end
	}
}

func drawRun(w io.Writer, s style, text string, x, y, width float64) {
	if s.bg != "" {
		fmt.Fprintf(w, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`+"\n", x, y, width, cellHeight, s.bg)
	}
	// Readers of SVG fold spaces, each in its own way: those at the ends are left out, the others made hard.
	trimmed := strings.TrimLeft(text, " ")
	x += cellWidth * float64(len(text)-len(trimmed))
	width -= cellWidth * float64(len(text)-len(trimmed))
	text = strings.TrimRight(trimmed, " ")
	width -= cellWidth * float64(len(trimmed)-len(text))
	if text == "" {
		return
	}
	text = strings.ReplaceAll(text, " ", "\u00a0")
	attributes := ""
	if s.bold {
		attributes += ` font-weight="bold"`
	}
	if s.faint {
		attributes += ` opacity="0.6"`
	}
	if s.italic {
		attributes += ` font-style="italic"`
	}
	if s.underline {
		attributes += ` text-decoration="underline"`
	}
	fmt.Fprintf(w, `<text x="%.1f" y="%.1f" textLength="%.1f" fill="%s"%s>%s</text>`+"\n",
		x, y+cellHeight*0.75, width, s.fg, attributes, html.EscapeString(text))
}
