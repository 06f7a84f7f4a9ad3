package lanes

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"drover/agent/engine"
	"drover/agent/forecast"
	"drover/dispatcher"
	"drover/tui/cells"
	"drover/tui/keys"
	"drover/tui/list"
	"drover/tui/overlay"
	"drover/tui/table"
)

// Data is what is known of the lanes.
type Data struct {
	Lanes    []engine.Lane
	Forecast forecast.View
	Paused   bool // none of them takes a task
	HeldUp   bool // tasks wait, and something holds them up
	Now      time.Time
}

// Lanes shows one row for each lane, the idle ones too, or where there is room a card of two rows for each that works. What is
// selected is a lane; what an action acts on is the task that was seen in it.
type Lanes struct {
	look     *overlay.Look
	handlers keys.Handlers

	data    Data
	list    list.List // of the lanes, by their numbers
	task    string    // the ID of the one that was last seen in the selected lane; empty when none was since it is selected
	moved   bool
	history history

	width, height int
	mini, focused bool
	cards         bool // a lane that works has two rows
}

// New returns a pane without lanes. The look is read whenever something is drawn.
func New(look *overlay.Look) *Lanes {
	p := &Lanes{look: look, list: list.List{Each: 1, Held: true}, handlers: keys.Handlers{}}
	for _, a := range []keys.Action{keys.Up, keys.Down, keys.PageUp, keys.PageDown, keys.First, keys.Last} {
		p.handlers[a] = keys.Handler{Do: func() keys.Intent { return p.scroll(a) }}
	}
	return p
}

// Handlers move the selection.
func (p *Lanes) Handlers() keys.Handlers { return p.handlers }

// Offers lists actions for the last line, the most useful first.
func (*Lanes) Offers() []keys.Action {
	return []keys.Action{keys.New, keys.Open, keys.Cancel, keys.NextPane, keys.Pause, keys.Copy, keys.MoreLanes, keys.FewerLanes}
}

// SetMini says whether the screen is small. Then there is no title.
func (p *Lanes) SetMini(mini bool) { p.mini = mini }

// SetSize fits the pane into w×h cells, its title among them.
func (p *Lanes) SetSize(w, h int) {
	p.width, p.height = w, h
	p.cards = !p.mini && h-1 >= p.CardRows()
	switch {
	case p.mini:
		p.list.Resize(h, 1)
	case p.cards: // all of them can be seen
		p.list.Resize(len(p.data.Lanes), 1)
	default:
		p.list.Resize(h-1, 1)
	}
}

// CardRows is how many rows the lanes have if each that works has two, without the title.
func (p *Lanes) CardRows() (n int) {
	for i := range p.data.Lanes {
		n += p.rowsOf(i)
	}
	return n
}

// rowsOf is how many rows a lane has as a card.
func (p *Lanes) rowsOf(i int) int {
	if p.data.Lanes[i].State == dispatcher.LaneIdle {
		return 1
	}
	return 2
}

// SetFocus says whether it has the keys.
func (p *Lanes) SetFocus(focused bool) { p.focused = focused }

// SetData takes the lanes of a new snapshot.
func (p *Lanes) SetData(d Data) {
	p.data = d
	ids := make([]string, len(d.Lanes))
	for i := range d.Lanes {
		ids[i] = strconv.Itoa(d.Lanes[i].ID)
	}
	p.list.Sync(len(ids), dispatcher.Window{Limit: len(ids)}, ids, -1)
	id := p.taskID()
	p.moved = p.task != "" && id != "" && id != p.task
	if id != "" {
		p.task = id
	}
}

// Latest is the ID of the task that was last seen in the selected lane, empty when none was since it is selected.
func (p *Lanes) Latest() string { return p.task }

// Tick says that time has gone on, and takes a sample of what the lanes do.
func (p *Lanes) Tick(now time.Time) {
	p.data.Now = now
	p.history.sample(p.data.Lanes, now)
}

// Moved reports whether the latest data brought another task into the selected lane.
func (p *Lanes) Moved() bool { return p.moved }

// Selected is the selected lane, nil when there are no lanes.
func (p *Lanes) Selected() *engine.Lane {
	if p.list.Cursor >= len(p.data.Lanes) {
		return nil
	}
	return &p.data.Lanes[p.list.Cursor]
}

// taskID is the ID of the task in the selected lane, empty for none.
func (p *Lanes) taskID() string {
	if lane := p.Selected(); lane != nil {
		return lane.Task.ID
	}
	return ""
}

// Select selects the lane at a place among them, from 0, or the one that is nearest to it.
func (p *Lanes) Select(n int) {
	p.list.To(n)
	p.task, p.moved = p.taskID(), false
}

// Click selects the lane that is drawn in a row of the pane. It reports whether there is one, and whether it was selected
// before.
func (p *Lanes) Click(row int) (hit, again bool) {
	if !p.mini {
		row-- // the title
	}
	if p.cards && row >= 0 {
		at := 0
		for at < len(p.data.Lanes) && row >= p.rowsOf(at) {
			row -= p.rowsOf(at)
			at++
		}
		row = at
	}
	if hit, again = p.list.Click(row); hit {
		p.task, p.moved = p.taskID(), false
	}
	return hit, again
}

// scroll moves the selection. There are so few lanes that a page goes to the end.
func (p *Lanes) scroll(a keys.Action) keys.Intent {
	switch a {
	case keys.Up:
		p.Select(p.list.Cursor - 1)
	case keys.Down:
		p.Select(p.list.Cursor + 1)
	case keys.PageUp, keys.First:
		p.Select(0)
	default:
		p.Select(len(p.data.Lanes) - 1)
	}
	return nil
}

// Spark draws the tokens of all lanes together in the latest n seconds, in as many cells; it is empty when nothing is known.
func (p *Lanes) Spark(n int) string {
	n = min(n, maxSpark)
	v := p.history.total
	if len(v) == 0 {
		return ""
	}
	return sparkline(&p.look.Theme.Glyphs, v, n, slices.Max(v.latest(n)))
}

// View returns the rows of the pane.
func (p *Lanes) View() []string {
	w, h := p.width, p.height
	if p.mini {
		id := min(p.idWidth(), w/4)
		return p.list.Draw(p.look.Theme, w, h, "", p.focused, len(p.data.Lanes), func(i int, selected bool) []string {
			return []string{p.miniRow(&p.data.Lanes[i], w, id, selected)}
		})
	}
	id := max(4, min(p.idWidth(), max(8, w/9)))
	t := table.Fit(p.columns(w, id), w, headWidth)
	busy := 0
	for i := range p.data.Lanes {
		if p.data.Lanes[i].State != dispatcher.LaneIdle {
			busy++
		}
	}
	detail := fmt.Sprintf("%d of %d busy", busy, len(p.data.Lanes))
	if p.list.Page < len(p.data.Lanes) {
		detail = fmt.Sprintf("%d busy, %s", busy, p.list.Part(len(p.data.Lanes)))
	}
	title := cells.TitleRow(p.look.Theme, w, "Lanes", detail, t.Headings(), p.focused)
	return append([]string{title}, p.list.Draw(p.look.Theme, w, h-1, "", p.focused, len(p.data.Lanes), func(i int, selected bool) []string {
		lane := &p.data.Lanes[i]
		rows := []string{p.factsRow(lane, t, w, selected)}
		if p.cards && p.rowsOf(i) == 2 {
			rows = append(rows, p.saysRow(lane, id, w, selected))
		}
		return rows
	})...)
}
