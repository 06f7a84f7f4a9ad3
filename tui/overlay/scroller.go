package overlay

import (
	"maps"

	"charm.land/bubbles/v2/viewport"

	"drover/tui/cells"
	"drover/tui/keys"
	"drover/tui/notice"
)

// Scroller is a page of rows that only scrolls.
type Scroller struct {
	options       ScrollerOptions
	look          *Look
	handlers      keys.Handlers
	width, height int // of the rows below the title
	view          viewport.Model
}

// ScrollerOptions say what a [Scroller] shows.
type ScrollerOptions struct {
	Title    string
	Detail   func() string        // what stands behind the title; nil for nothing
	Rows     func(w int) []string // all rows, each of w cells, as they are now
	Key      keys.Action          // the action that opens the page closes it too
	Handlers keys.Handlers        // of the page itself
	Offers   []keys.Action
}

// NewScroller returns a page at its first row.
func NewScroller(look *Look, options ScrollerOptions) *Scroller {
	p := &Scroller{options: options, look: look, view: viewport.New()}
	closes := keys.Handler{Do: func() keys.Intent { return Close{Overlay: p} }}
	p.handlers = keys.Handlers{keys.Back: closes, options.Key: closes}
	for _, a := range []keys.Action{keys.Up, keys.Down, keys.PageUp, keys.PageDown, keys.First, keys.Last} {
		p.handlers[a] = keys.Handler{Do: func() keys.Intent { return p.scroll(a) }}
	}
	maps.Copy(p.handlers, options.Handlers)
	return p
}

// Shape is that of a page.
func (*Scroller) Shape() Shape { return Page }

// Place is that of pages to be read.
func (*Scroller) Place() keys.Place { return keys.InHelp }

// Offers are those of the options.
func (p *Scroller) Offers() []keys.Action { return p.options.Offers }

// Handlers scroll, close, and do what the options add.
func (p *Scroller) Handlers() keys.Handlers { return p.handlers }

// SetSize takes the room for the title and the rows.
func (p *Scroller) SetSize(w, h int) {
	p.width, p.height = w, max(0, h-1)
	p.view.SetHeight(p.height)
}

// Top goes to the first row.
func (p *Scroller) Top() { p.view.GotoTop() }

func (p *Scroller) scroll(a keys.Action) keys.Intent {
	p.view.SetContentLines(p.options.Rows(p.width))
	was := p.view.YOffset()
	switch a {
	case keys.Up:
		p.view.ScrollUp(1)
	case keys.Down:
		p.view.ScrollDown(1)
	case keys.PageUp:
		p.view.ScrollUp(max(1, p.height-1))
	case keys.PageDown:
		p.view.ScrollDown(max(1, p.height-1))
	case keys.First:
		p.view.GotoTop()
	default:
		p.view.GotoBottom()
	}
	if p.view.YOffset() == was {
		return notice.Notice{Kind: notice.Warn, Text: "There is no more to be seen that way."}
	}
	return nil
}

// View is the title and the rows that can be seen.
func (p *Scroller) View() []string {
	rows, view := p.options.Rows(p.width), p.view
	view.SetContentLines(rows)
	detail, place := "", ""
	if p.options.Detail != nil {
		detail = p.options.Detail()
	}
	if len(rows) > p.height {
		place = p.look.Keys.Name(keys.Down) + " for more"
	}
	title := cells.TitleRow(p.look.Theme, p.width, p.options.Title, detail, place, true)
	return append([]string{title}, cells.Fill(rows[min(view.YOffset(), len(rows)):], p.width, p.height)...)
}
