package tui

import "strings"

// canvas puts rectangles of finished rows together into a screen by concatenation. Joining blocks with Lip
// Gloss would measure every line again for each frame.
type canvas struct {
	w, h  int
	parts [][]part // for each row of the screen, what stands in it, by x
}

type part struct {
	x, w int
	text string // exactly w cells
}

func newCanvas(w, h int) *canvas { return &canvas{w: w, h: h, parts: make([][]part, h)} }

// put places rows, each exactly as wide as the rectangle. What reaches below the screen is left out; what is
// put over something of the full width replaces it.
func (c *canvas) put(r rect, rows []string) {
	for i, text := range rows {
		y := r.y + i
		if i >= r.h || y < 0 || y >= c.h {
			break
		}
		if r.x == 0 && r.w == c.w {
			c.parts[y] = c.parts[y][:0]
		}
		at := len(c.parts[y])
		for at > 0 && c.parts[y][at-1].x > r.x {
			at--
		}
		c.parts[y] = append(c.parts[y], part{})
		copy(c.parts[y][at+1:], c.parts[y][at:])
		c.parts[y][at] = part{r.x, r.w, text}
	}
}

// rows returns the screen. Gaps are blank.
func (c *canvas) rows() []string {
	rows := make([]string, c.h)
	for y, parts := range c.parts {
		if len(parts) == 1 && parts[0].x == 0 && parts[0].w == c.w {
			rows[y] = parts[0].text
			continue
		}
		var b strings.Builder
		x := 0
		for _, p := range parts {
			b.WriteString(spaces(p.x - x))
			b.WriteString(p.text)
			x = p.x + p.w
		}
		b.WriteString(spaces(c.w - x))
		rows[y] = b.String()
	}
	return rows
}

// tooSmall is the screen of a terminal in which nothing fits.
func tooSmall(w, h int) []string {
	rows := make([]string, max(h, 0))
	for i := range rows {
		text := ""
		if i == h/2 {
			text = cut("too small", w, "")
		}
		rows[i] = text + spaces(w-width(text))
	}
	return rows
}
