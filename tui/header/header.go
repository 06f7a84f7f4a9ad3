package header

import (
	"fmt"
	"strings"
	"time"

	"drover/agent"
	"drover/agent/engine"
	"drover/tui/cells"
	"drover/tui/keys"
	"drover/tui/overlay"
	"drover/tui/theme"
)

// piece is a part of a row that is left out when there is no room for it.
type piece struct {
	ink  theme.Ink
	text string
	dot  bool // a dot separates it from what is before
}

// Header is the first line of the screen, and the banner below it.
type Header struct {
	look  *overlay.Look
	width int
	state *engine.State
	now   time.Time
}

// New returns the header of an engine of which nothing is known yet.
func New(look *overlay.Look) *Header { return &Header{look: look, state: &engine.State{}} }

// SetSize takes the width. A header is one row high.
func (h *Header) SetSize(w, _ int) { h.width = w }

// SetData takes the latest state of the engine, which is read until the next.
func (h *Header) SetData(state *engine.State, now time.Time) { h.state, h.now = state, now }

// View is one row: who, where, with which model at the left; what asks for attention at the right. Pieces are left out from the
// end when there is no room.
func (h *Header) View() []string {
	w := h.width
	l := cells.NewRow(h.look.Theme, w, false)
	l.Put(l.Inks.Accent, "drover").Gap(1)
	// What asks for attention comes first when room is short.
	right, tail := h.attention(), 0
	for i, p := range right {
		n := cells.Width(p.text) + 2
		if tail+n > l.Left/2 {
			right = right[:i]
			break
		}
		tail += n
	}
	for _, p := range append(h.serverPieces(w), h.modelPieces()...) {
		n := cells.Width(p.text) + 1
		if p.dot {
			n += 2
		}
		if n > l.Left-tail {
			break
		}
		if p.dot {
			l.Gap(1).Put(l.Inks.Faint, l.Glyphs.Dot)
		}
		l.Gap(1).Put(p.ink, p.text)
	}
	l.Gap(l.Left - tail)
	for _, p := range right {
		l.Gap(2).Put(p.ink, p.text)
	}
	return []string{l.End()}
}

// serverPieces tell of the model server.
func (h *Header) serverPieces(w int) (list []piece) {
	in, g, server := &h.look.Theme.Inks, &h.look.Theme.Glyphs, &h.state.Server
	add := func(ink theme.Ink, text string) { list = append(list, piece{ink: ink, text: text}) }
	host := cells.OneLine(strings.TrimSuffix(strings.TrimPrefix(server.Host, "http://"), "/"))
	switch {
	case server.Demo:
		// Where it listens says nothing; what it is has to be seen at any width.
		add(in.Good, g.Up)
		if w >= 60 {
			add(in.Warn, "demo model, not a real one")
		} else {
			add(in.Warn, "demo model")
		}
	case server.State == agent.ServerUp:
		add(in.Good, g.Up)
		add(in.Text, host)
		if server.Version != "" {
			add(in.Dim, cells.OneLine(server.Version))
		}
		down := 0
		for i := range server.Servers {
			if server.Servers[i].State == agent.ServerDown {
				down++
			}
		}
		switch n := len(server.Servers); {
		case down > 0:
			add(in.Bad, fmt.Sprintf("%s %d of %d servers down", g.Down, down, n))
		case n > 1:
			add(in.Dim, fmt.Sprintf("and %d more", n-1))
		}
	case server.State == agent.ServerDown:
		add(in.Bad, g.Down)
		add(in.Text, host)
		add(in.Bad, "does not answer")
	default:
		add(in.Dim, g.Waiting)
		add(in.Text, host)
		add(in.Dim, "asking")
	}
	return list
}

// modelPieces tell of the default model.
func (h *Header) modelPieces() (list []piece) {
	in, server := &h.look.Theme.Inks, &h.state.Server
	switch {
	case server.DefaultModel != "":
		list = append(list, piece{in.Text, cells.OneLine(server.DefaultModel), true})
		if server.DefaultFrom != "" {
			list = append(list, piece{in.Dim, "(" + cells.OneLine(server.DefaultFrom) + ")", false})
		}
	case server.State == agent.ServerUp:
		list = append(list, piece{in.Warn, "no model", true})
	}
	return list
}

// attention lists what the user should know of: errors, and why nothing is started.
func (h *Header) attention() (list []piece) {
	in := &h.look.Theme.Inks
	add := func(ink theme.Ink, text string) { list = append(list, piece{ink: ink, text: text}) }
	switch link := &h.state.Link; {
	case !link.Lost.IsZero():
		add(in.Bad, "connection lost")
	case link.Advice != "":
		add(in.Warn, "another build serves")
	}
	if n := h.state.ErrorsTotal; n > 0 {
		add(in.Bad, h.look.Theme.Glyphs.Failed+" "+cells.Plural(n, "error"))
	}
	if h.state.Unsaved != "" {
		add(in.Bad, "not saved")
	}
	for i := range h.state.Server.Servers {
		if v := &h.state.Server.Servers[i]; len(v.Stuck) > 0 {
			add(in.Bad, fmt.Sprintf("%s answers nobody: %s", cells.OneLine(v.Stuck[0]), h.look.Keys.Name(keys.Servers)))
			break
		} else if v.Hint != "" {
			add(in.Warn, fmt.Sprintf("%d of %d lanes generate: %s", v.Generating, v.Lanes, h.look.Keys.Name(keys.Servers)))
			break
		}
	}
	if h.state.Stopping {
		add(in.Warn, "stopping")
	}
	switch {
	case h.state.Server.State != agent.ServerDown:
		for _, hold := range h.state.Holds {
			add(in.Warn, cells.OneLine(hold.Reason))
		}
	case h.state.Paused: // that the server is down is said already
		add(in.Warn, "paused")
	}
	return list
}
