package cells

import "strings"

// Canvas puts rectangles of finished rows together into a screen by concatenation. Joining blocks with Lip
// Gloss would measure every line again for each frame.
type Canvas struct {
	w, h  int
	parts [][]part // for each row of the screen, what stands in it, by x
}

type part struct {
	x, w int
	text string // exactly w cells
}

// NewCanvas returns an empty screen of w×h cells.
func NewCanvas(w, h int) *Canvas { return &Canvas{w: w, h: h, parts: make([][]part, h)} }

// Put places rows, each exactly as wide as the rectangle. What reaches below the screen is left out; what is
// put over something of the full width replaces it.
func (c *Canvas) Put(r Rect, rows []string) {
	for i, text := range rows {
		y := r.Y + i
		if i >= r.H || y < 0 || y >= c.h {
			break
		}
		if r.X == 0 && r.W == c.w {
			c.parts[y] = c.parts[y][:0]
		}
		at := len(c.parts[y])
		for at > 0 && c.parts[y][at-1].x > r.X {
			at--
		}
		c.parts[y] = append(c.parts[y], part{})
		copy(c.parts[y][at+1:], c.parts[y][at:])
		c.parts[y][at] = part{r.X, r.W, text}
	}
}

// Rows returns the screen. Gaps are blank.
func (c *Canvas) Rows() []string {
	rows := make([]string, c.h)
	for y, parts := range c.parts {
		if len(parts) == 1 && parts[0].x == 0 && parts[0].w == c.w {
			rows[y] = parts[0].text
			continue
		}
		var b strings.Builder
		x := 0
		for _, p := range parts {
			b.WriteString(Spaces(p.x - x))
			b.WriteString(p.text)
			x = p.x + p.w
		}
		b.WriteString(Spaces(c.w - x))
		rows[y] = b.String()
	}
	return rows
}

// Rect is a rectangle in cells; the empty one is not shown.
type Rect struct{ X, Y, W, H int }

// Has reports whether the cell lies in it.
func (r Rect) Has(x, y int) bool { return x >= r.X && x < r.X+r.W && y >= r.Y && y < r.Y+r.H }

// Empty reports whether it has no cells.
func (r Rect) Empty() bool { return r.W <= 0 || r.H <= 0 }
