package output

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"drover/agent"
	"drover/dispatcher"
	"drover/tui/cells"
	"drover/tui/facts"
	"drover/tui/keys"
)

// View is the title, the facts and the text.
func (o *Output) View() []string {
	w := o.width
	rows := make([]string, 0, headRows+o.height)
	rows = append(rows, o.titleRow(), o.factsRow())
	for i := o.offset; i < o.total() && len(rows) < headRows+o.height; i++ {
		rows = append(rows, o.drawRow(o.at(i)))
	}
	_, open := o.openRow()
	switch {
	case o.task.ID == "" && o.none != "":
		rows = append(rows, cells.EmptyRow(o.look.Theme, w, o.none))
	case o.loaded && o.known && len(o.rows) == 0 && !open && o.task.Status == dispatcher.StatusRunning:
		rows = append(rows, cells.EmptyRow(o.look.Theme, w, "It has not said anything yet."))
	}
	return cells.Fill(rows, w, headRows+o.height)
}

func (o *Output) titleRow() string {
	title := "Output"
	if o.task.ID != "" {
		title = facts.Title(o.task.ID)
	}
	room := o.width - cells.Width(title) - cells.TitleFrame
	place := o.place(room)
	prompt := cells.Cut(facts.Prompt(&o.task), room-cells.Width(place)-1, o.look.Theme.Glyphs.Ellipsis)
	return cells.TitleRow(o.look.Theme, o.width, title, prompt, place, o.focused)
}

// place says where in the output one is, as much of it as fits into room cells.
func (o *Output) place(room int) string {
	total := o.total()
	var parts []string
	if o.search.text != "" {
		parts = append(parts, o.search.String())
	}
	if !o.follow && total > o.height {
		parts = append(parts, fmt.Sprintf("%s of %s", cells.Count(o.dropped+min(o.offset+o.height, total)), cells.Count(o.dropped+total)),
			o.look.Keys.Name(keys.Last)+" follows")
	} else if o.task.Status == dispatcher.StatusRunning {
		parts = append(parts, "live")
	}
	for len(parts) > 1 && cells.Width(strings.Join(parts, "  ")) > room {
		parts = parts[:len(parts)-1]
	}
	return strings.Join(parts, "  ")
}

// drawRow draws a row of the text.
func (o *Output) drawRow(r row) string {
	l := cells.NewRow(o.look.Theme, o.width, false)
	ink := l.Inks.Text
	switch r.kind {
	case rowText, rowGap, rowMarkdown:
	case rowThought:
		// While it goes on its last line says more than a number.
		l.Put(l.Inks.Dim, l.Glyphs.Folded+" thinking: ")
		r.text = cells.CutFront(r.text, l.Left, l.Glyphs.Ellipsis)
		ink = l.Inks.Dim
	case rowFolded:
		r.text = l.Glyphs.Folded + " thinking, " + r.text + "; " + o.look.Keys.Name(keys.Thinking) + " shows it"
		ink = l.Inks.Dim
	case rowThinking:
		// The mark tells thinking from the answer where there is no colour.
		l.Put(l.Inks.Faint, l.Glyphs.Split).Gap(1)
		ink = l.Inks.Dim
	case rowStderr:
		l.Put(l.Inks.Warn, l.Glyphs.Split).Gap(1)
		ink = l.Inks.Dim
	case rowPrompt:
		l.Put(l.Inks.Accent, l.Glyphs.Cursor).Gap(1)
		ink = l.Inks.Strong
	case rowNotice:
		ink = l.Inks.Dim
	case rowFailure:
		ink = l.Inks.Bad
	case rowGood:
		ink = l.Inks.Good
	case rowNext:
		ink = l.Inks.Accent
	}
	if o.column > 0 && (r.kind == rowText || r.kind == rowThinking || r.kind == rowStderr) {
		r.text = ansi.TruncateLeft(r.text, o.column, "")
	}
	put(l, r, ink, o.search.text)
	return l.End()
}

// factsRow is what is known of the task in one row.
func (o *Output) factsRow() string {
	t, lane := &o.task, o.lane
	l := cells.NewRow(o.look.Theme, o.width, false)
	l.Gap(1)
	if !o.known {
		return l.End()
	}
	status := t.StatusName()
	var live agent.Live
	mark, ink := facts.StatusMark(t.Status, l.Inks, l.Glyphs)
	if lane != nil {
		live = lane.Live
		mark, ink = facts.LaneMark(lane, o.now, l.Inks, l.Glyphs)
		if lane.State != dispatcher.LaneRunning {
			status = lane.State.String()
		}
	}
	l.Put(ink, mark+" "+status)
	fact := func(text string) {
		if cells.Width(text)+3 <= l.Left {
			l.Gap(1).Put(l.Inks.Faint, l.Glyphs.Dot).Gap(1).Put(l.Inks.Dim, text)
		}
	}
	if t.Attempts > 0 {
		fact("lane " + fmt.Sprint(t.WorkerID+1))
	}
	fact(cells.OneLine(facts.Model(t, live)))
	fact(dispatcher.PriorityName(t.Priority) + " priority")
	switch {
	case t.Status == dispatcher.StatusRunning:
		if lane != nil {
			fact(facts.Running(lane, o.now))
			if t.Request.Program() == "" {
				fact(cells.Count(live.Tokens) + " tokens")
				fact(cells.Rate(facts.Rate(lane, o.now)) + " tok/s")
			}
		}
		if t.Request.Program() == "" && !live.FirstToken.IsZero() {
			fact("first token after " + cells.Took(live.FirstToken.Sub(live.Sent)))
		}
	case t.Status == dispatcher.StatusPending:
		fact("waits since " + cells.Moment(o.now, t.CreatedAt))
		if t.NotBefore.After(o.now) {
			fact("not before " + cells.TimeOfDay(t.NotBefore))
		}
	case t.Attempts > 0:
		fact("waited " + cells.Took(t.StartedAt.Sub(t.CreatedAt)))
		fact("ran " + cells.Took(t.CompletedAt.Sub(t.StartedAt)))
	}
	if t.Attempts > 1 {
		fact(fmt.Sprintf("attempt %d", t.Attempts))
	}
	return l.End()
}
