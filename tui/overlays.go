package tui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"drover/tui/keys"
	"drover/tui/notice"
	"drover/tui/overlay"
)

// part is an overlay whose state the root has.
type part struct {
	shape    overlay.Shape
	place    func() keys.Place
	offers   func() []keys.Action
	handlers keys.Handlers
	view     func() []string
}

func (p *part) Shape() overlay.Shape    { return p.shape }
func (p *part) Place() keys.Place       { return p.place() }
func (p *part) Offers() []keys.Action   { return p.offers() }
func (p *part) Handlers() keys.Handlers { return p.handlers }
func (p *part) SetSize(int, int)        {} // the root knows it
func (p *part) View() []string          { return p.view() }

// parts are the overlays whose state the root has.
type parts struct {
	help, servers *part
}

func (m *model) newParts() parts {
	in := func(p keys.Place) func() keys.Place { return func() keys.Place { return p } }
	offer := func(list ...keys.Action) func() []keys.Action { return func() []keys.Action { return list } }
	pageOffers := offer(keys.Up, keys.Down, keys.Back, keys.Quit)
	var p parts
	p.help = &part{overlay.Page, in(keys.InHelp), pageOffers, nil, m.helpPage}
	p.help.handlers = scrolls(m.scrollHelp)
	p.help.handlers[keys.Help] = keys.Handler{Do: closes(p.help)}
	p.help.handlers[keys.Back] = keys.Handler{Do: closes(p.help)}
	p.servers = &part{overlay.Page, in(keys.InHelp), offer(keys.Up, keys.Down, keys.Unload, keys.Back, keys.Quit), nil, m.serversPage}
	p.servers.handlers = scrolls(m.scrollServers)
	p.servers.handlers[keys.Servers] = keys.Handler{Do: closes(p.servers)}
	p.servers.handlers[keys.Back] = keys.Handler{Do: closes(p.servers)}
	return p
}

// scrolls are the handlers of what scrolls.
func scrolls(scroll func(keys.Action) keys.Intent) keys.Handlers {
	handlers := keys.Handlers{}
	for _, a := range []keys.Action{keys.Up, keys.Down, keys.PageUp, keys.PageDown, keys.First, keys.Last} {
		handlers[a] = keys.Handler{Do: func() keys.Intent { return scroll(a) }}
	}
	return handlers
}

// closes returns the handler that closes an overlay.
func closes(o overlay.Overlay) func() keys.Intent {
	return func() keys.Intent { return overlay.Close{Overlay: o} }
}

// open puts an overlay on top.
func (m *model) open(o overlay.Overlay) {
	m.overlays.Open(o, time.Now())
	m.dirty = true
}

// close takes an overlay away.
func (m *model) close(o overlay.Overlay) {
	m.overlays.Close(o, time.Now())
	m.dirty = true
}

// openBar opens a bar.
func (m *model) openBar(options overlay.BarOptions) tea.Cmd {
	m.open(overlay.NewBar(&m.overlayLook, options))
	return nil
}

// question asks something before then is done.
func (m *model) question(text string, then func() tea.Cmd) *overlay.Question {
	return overlay.NewQuestion(&m.overlayLook, text, func() keys.Intent { return then() })
}

// askFirst asks something because of the key that was just pressed.
func (m *model) askFirst(text string, then func() tea.Cmd) { m.open(m.question(text, then)) }

// offer asks something that has turned up since; see overlay.Stack.Offer.
func (m *model) offer(asked int, text string, then func() tea.Cmd) {
	m.overlays.Offer(m.question(text, then), asked, time.Now())
	m.dirty = true
}

// paste gives a pasted text to what has the cursor.
func (m *model) paste(msg tea.PasteMsg) tea.Cmd {
	m.dirty = true
	if w := m.overlays.Writer(); w != nil {
		return m.carryOut(w.Paste(msg.Content))
	}
	m.tell(notice.Warn, "There is nothing to paste into: press "+m.scene.keys.Name(keys.New)+" for a new task first.")
	if m.overlays.Top() != nil {
		m.tell(notice.Warn, "There is nothing to paste into.")
	}
	return nil
}
