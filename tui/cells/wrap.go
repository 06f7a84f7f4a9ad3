package cells

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Wrapper breaks a text that comes in pieces into rows of at most width cells: between words where it can,
// inside a word that is wider than a row. Only the row that is still open is looked at again when more
// comes, so the cost of a stream is the cost of its text, also when it is one line of a megabyte.
//
// bubbles/viewport with soft wrap was the alternative; it walks the whole text for every view.
type Wrapper struct {
	Width int
	done  []string        // complete rows, taken away by rows or take
	open  strings.Builder // the row that may still grow
	used  int             // cells in open
	blank int             // byte position in open behind its last space: where it may be broken; 0 for nowhere
	cells int             // cells in open before blank
	broke bool            // the open row is empty because a space in a full row was its break
}

// Write adds a cleaned piece.
func (w *Wrapper) Write(s string) {
	for len(s) > 0 {
		i := strings.IndexByte(s, '\n')
		if i < 0 {
			w.words(s)
			return
		}
		w.words(s[:i])
		if !w.broke {
			w.flush(w.open.String())
		}
		w.reset("")
		w.broke = false
		s = s[i+1:]
	}
}

func (w *Wrapper) words(s string) {
	for len(s) > 0 {
		cluster, cells := s[:1], 1
		if s[0] >= 0x80 || len(s) > 1 && s[1] >= 0x80 {
			cluster, cells = ansi.FirstGraphemeCluster(s, ansi.GraphemeWidth)
		}
		s = s[len(cluster):]
		w.cluster(cluster, cells)
	}
}

func (w *Wrapper) cluster(s string, cells int) {
	if cells > w.Width {
		s, cells = "?", 1 // a wide character on a screen of one column
	}
	if s == " " && w.broke {
		return // more spaces at the break
	}
	if w.used+cells > w.Width {
		row := w.open.String()
		if s == " " {
			w.flush(row)
			w.reset("")
			w.broke = true
			return
		}
		if w.blank > 0 && strings.TrimLeft(row[:w.blank], " ") != "" {
			rest := row[w.blank:]
			used := w.used - w.cells
			w.flush(row[:w.blank])
			w.reset(rest)
			w.used = used
		} else {
			w.flush(row)
			w.reset("")
		}
	}
	w.broke = false
	w.open.WriteString(s)
	w.used += cells
	if s == " " {
		w.blank, w.cells = w.open.Len(), w.used
	}
}

func (w *Wrapper) flush(row string) { w.done = append(w.done, strings.TrimRight(row, " ")) }

func (w *Wrapper) reset(rest string) {
	w.open.Reset()
	w.open.WriteString(rest)
	w.used, w.blank, w.cells = 0, 0, 0
}

// Take returns the complete rows since the last take.
func (w *Wrapper) Take() []string {
	rows := w.done
	w.done = nil
	return rows
}

// Tail returns the row that is still open, and whether there is anything in it.
func (w *Wrapper) Tail() (string, bool) {
	return strings.TrimRight(w.open.String(), " "), w.open.Len() > 0
}

// Rows ends the text and returns all rows since the last take.
func (w *Wrapper) Rows() []string {
	rows := w.Take()
	if row, ok := w.Tail(); ok {
		rows = append(rows, row)
	}
	w.reset("")
	w.broke = false
	return rows
}

// Wrap breaks a cleaned text into rows of at most w cells, at most limit of them; the last one ends in an
// ellipsis when there was more. It is for short texts: messages, next steps, the prompt's beginning.
func Wrap(s string, w, limit int, ellipsis string) []string {
	if w <= 0 || limit <= 0 || s == "" {
		return nil
	}
	wr := Wrapper{Width: w}
	wr.Write(s)
	rows := wr.Rows()
	if len(rows) > limit {
		rows = rows[:limit]
		last := rows[limit-1]
		if Width(last) >= w {
			last = Cut(last+"  ", w, ellipsis)
		} else {
			last += ellipsis
		}
		rows[limit-1] = last
	}
	return rows
}
