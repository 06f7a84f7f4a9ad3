package notice

import (
	"drover/tui/cells"
	"drover/tui/theme"
)

// Kind says how a notice is meant.
type Kind int

// The kinds.
const (
	None Kind = iota
	Good      // done as asked
	Warn      // not done, and why
	Bad       // tried and failed
)

// Notice is the result of the latest action. It stays until the next key.
type Notice struct {
	Kind Kind
	Text string // cleaned
}

// Rows is the notice in as many rows of w cells as it takes, at most so many.
func (n Notice) Rows(th *theme.Theme, w, most int) []string {
	texts := []string{n.Text}
	if cells.Width(n.Text) > w-1 {
		texts = cells.Wrap(n.Text, w-2, most, th.Glyphs.Ellipsis)
	}
	rows := make([]string, len(texts))
	for i, text := range texts {
		l := cells.NewRow(th, w, false).Gap(1)
		switch n.Kind {
		case None:
		case Good:
			l.Put(l.Inks.Good, text)
		case Warn:
			l.Put(l.Inks.Warn, text)
		case Bad:
			l.Put(l.Inks.Bad, text)
		}
		rows[i] = l.End()
	}
	return rows
}
