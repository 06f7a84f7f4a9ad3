package errorlist

import (
	"fmt"

	"drover/dispatcher"
	"drover/tui/cells"
	"drover/tui/facts"
	"drover/tui/keys"
	"drover/tui/notice"
)

const (
	leastZoomed = 5    // rows of a zoomed pane in which the text has room
	mostRows    = 1000 // of a text; what is longer ends in an ellipsis
)

// text is where the whole text of an error has been scrolled to.
type text struct {
	height int    // rows for it below its title; 0 while it is not shown
	seq    uint64 // of the error; the text of another one is at its beginning
	top    int    // first row that can be seen
}

// textRows are all rows of the text of an error, from next on those of what to do next.
func (p *Errors) textRows(e *dispatcher.TaskExecutionError) (rows []string, next int) {
	g, w := &p.look.Theme.Glyphs, p.width-2
	kind, what, then := facts.WholeFailure(e.Error)
	rows = cells.Wrap(kind+": "+what, w, mostRows, g.Ellipsis)
	next = len(rows)
	if then != "" {
		rows = append(rows, cells.Wrap(g.Arrow+" "+then, w, mostRows, g.Ellipsis)...)
	}
	return rows, next
}

// top is the first row of the text of an error that can be seen, of so many.
func (p *Errors) top(e *dispatcher.TaskExecutionError, rows int) int {
	if e.Seq != p.text.seq {
		return 0
	}
	return max(0, min(p.text.top, rows-p.text.height))
}

// page scrolls the text of the selected error.
func (p *Errors) page(a keys.Action) keys.Intent {
	e := p.Selected()
	if e == nil {
		return nil
	}
	rows, _ := p.textRows(e)
	delta := max(1, p.text.height-1)
	if a == keys.PageUp {
		delta = -delta
	}
	was := p.top(e, len(rows))
	p.text.seq, p.text.top = e.Seq, was+delta
	if p.text.top = p.top(e, len(rows)); p.text.top == was {
		return notice.Notice{Kind: notice.Warn, Text: "There is no more to be seen that way."}
	}
	return nil
}

// textView draws the text of the selected error under a title.
func (p *Errors) textView() []string {
	if p.text.height == 0 {
		return nil
	}
	w, h, th := p.width, p.text.height, p.look.Theme
	e := p.Selected()
	if e == nil { // not known yet
		return cells.Fill(nil, w, h+1)
	}
	all, next := p.textRows(e)
	top, hint := p.top(e, len(all)), ""
	if len(all) > h {
		hint = fmt.Sprintf("%d-%d of %d rows, %s", top+1, min(top+h, len(all)), len(all), p.look.Keys.Name(keys.PageDown))
	}
	rows := []string{cells.TitleRow(th, w, facts.Title(e.TaskID), cells.TimeOfDay(e.Timestamp), hint, false)}
	for i := top; i < min(top+h, len(all)); i++ {
		ink := th.Text
		if i >= next {
			ink = th.Accent
		}
		rows = append(rows, cells.NewRow(th, w, false).Gap(1).Put(ink, all[i]).End())
	}
	return cells.Fill(rows, w, h+1)
}
