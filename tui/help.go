package tui

import (
	"strings"

	"drover/tui/cells"
	"drover/tui/keys"
)

// helpPane shows every binding of the key map, by group, in as many columns as fit.
type helpPane struct {
	width, height int
	offset        int
	total         int // rows of the whole, as of the latest drawing
}

func (p *helpPane) resize(w, h int) {
	p.width, p.height = w, h
	p.offset = max(0, min(p.offset, p.total-p.height))
}

func (p *helpPane) scroll(a keys.Action) {
	switch a {
	case keys.Up:
		p.offset--
	case keys.Down:
		p.offset++
	case keys.PageUp:
		p.offset -= max(1, p.height-1)
	case keys.PageDown:
		p.offset += max(1, p.height-1)
	case keys.First:
		p.offset = 0
	case keys.Last:
		p.offset = p.total
	default:
		return
	}
	p.offset = max(0, min(p.offset, p.total-p.height))
}

// helpColumn is how wide one column of the help is.
const helpColumn = 40

// helpRows generates the help from the key map.
func (s *scene) helpRows(w int) []string {
	columns := max(1, min(3, w/helpColumn))
	cell := w / columns
	var groups [][]string
	for _, group := range keys.Groups() {
		rows := []string{cells.NewRow(s.theme, cell, false).Gap(2).Put(s.theme.Strong, group).End()}
		for _, e := range s.keys.Lines(group) {
			l := cells.NewRow(s.theme, cell, false).Gap(2)
			rows = append(rows, l.Cell(l.Inks.Accent, strings.Join(e.Keys, " "), 16).Gap(1).Put(l.Inks.Text, e.Words).End())
		}
		groups = append(groups, append(rows, cells.Spaces(cell)))
	}
	// Groups are dealt to the columns in order, each column up to its share.
	total := 0
	for _, g := range groups {
		total += len(g)
	}
	cols := make([][]string, columns)
	at := 0
	for _, g := range groups {
		if len(cols[at])+len(g)/2 > (total+columns-1)/columns && at < columns-1 {
			at++
		}
		cols[at] = append(cols[at], g...)
	}
	high := 0
	for _, c := range cols {
		high = max(high, len(c))
	}
	rows := make([]string, high)
	for y := range rows {
		var b strings.Builder
		for _, c := range cols {
			if y < len(c) {
				b.WriteString(c[y])
			} else {
				b.WriteString(cells.Spaces(cell))
			}
		}
		b.WriteString(cells.Spaces(w - cell*columns))
		rows[y] = b.String()
	}
	return rows
}

func (m *model) scrollHelp(a keys.Action) keys.Intent {
	m.help.scroll(a)
	return nil
}

// helpPage draws the page.
func (m *model) helpPage() []string {
	s, w := &m.scene, m.width
	rows := s.helpRows(w)
	m.help.total = len(rows)
	m.help.resize(w, m.help.height)
	place := ""
	if m.help.total > m.help.height {
		place = s.keys.Name(keys.Down) + " for more"
	}
	rows = rows[m.help.offset:min(len(rows), m.help.offset+m.help.height)]
	return append([]string{cells.TitleRow(s.theme, w, "All keys", "", place, true)}, cells.Fill(rows, w, m.help.height)...)
}
