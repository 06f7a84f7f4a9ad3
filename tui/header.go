package tui

import (
	"fmt"
	"strings"

	"drover/agent"
	"drover/tui/cells"
	"drover/tui/keys"
	"drover/tui/theme"
)

// piece is a part of a row that is left out when there is no room for it.
type piece struct {
	ink  theme.Ink
	text string
	dot  bool // a dot separates it from what is before
}

// headerRow is the first line: who, where, with which model at the left; what needs attention at the right.
// Pieces are left out from the end when there is no room.
func (s *scene) headerRow(w int) string {
	l := cells.NewRow(s.theme, w, false)
	l.Put(l.Inks.Accent, "drover").Gap(1)
	// What needs attention comes first when room is short.
	right, tail := s.attention(), 0
	for i, p := range right {
		n := cells.Width(p.text) + 2
		if tail+n > l.Left/2 {
			right = right[:i]
			break
		}
		tail += n
	}
	for _, p := range append(s.serverPieces(w), s.modelPieces()...) {
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
	return l.End()
}

// serverPieces tell of the model server.
func (s *scene) serverPieces(w int) (list []piece) {
	in, g, server := &s.theme.Inks, &s.theme.Glyphs, &s.state.Server
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
func (s *scene) modelPieces() (list []piece) {
	in, server := &s.theme.Inks, &s.state.Server
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
func (s *scene) attention() (list []piece) {
	in := &s.theme.Inks
	add := func(ink theme.Ink, text string) { list = append(list, piece{ink: ink, text: text}) }
	if n := s.state.ErrorsTotal; n > 0 {
		add(in.Bad, s.theme.Glyphs.Failed+" "+cells.Plural(n, "error"))
	}
	if s.state.Unsaved != "" {
		add(in.Bad, "not saved")
	}
	for i := range s.state.Server.Servers {
		if v := &s.state.Server.Servers[i]; len(v.Stuck) > 0 {
			add(in.Bad, fmt.Sprintf("%s answers nobody: %s", cells.OneLine(v.Stuck[0]), s.keys.Name(keys.Servers)))
			break
		} else if v.Hint != "" {
			add(in.Warn, fmt.Sprintf("%d of %d lanes generate: %s", v.Generating, v.Lanes, s.keys.Name(keys.Servers)))
			break
		}
	}
	if s.state.Stopping {
		add(in.Warn, "stopping")
	}
	switch {
	case s.state.Server.State != agent.ServerDown:
		for _, hold := range s.state.Holds {
			add(in.Warn, cells.OneLine(hold.Reason))
		}
	case s.state.Paused: // that the server is down is said already
		add(in.Warn, "paused")
	}
	return list
}

// bannerRows is what stands above the lanes while the model server does not answer; nil otherwise.
func (s *scene) bannerRows(w int) []string {
	server := s.state.Server
	if server.State != agent.ServerDown {
		return nil
	}
	row := func(paint func(l *cells.Row)) string {
		l := cells.NewRow(s.theme, w, false)
		paint(l.Gap(1))
		return l.End()
	}
	again := "It is asked again by itself"
	if server.NextCheck.After(s.now) {
		again += " at " + cells.TimeOfDay(server.NextCheck)
	} else if !server.NextCheck.IsZero() {
		again = "It is being asked again"
	}
	host, err := cells.OneLine(server.Host), cells.OneLine(server.Err)
	what := cells.Sentence(err)
	if !strings.Contains(err, host) {
		what = "No model server at " + host + ": " + err
	}
	rows := []string{row(func(l *cells.Row) { l.Put(l.Inks.Bad, l.Glyphs.Stuck+" "+what) })}
	rows = append(rows, row(func(l *cells.Row) {
		l.Gap(2).Put(l.Inks.Text, again+".")
		l.Put(l.Inks.Dim, fmt.Sprintf(" %s in the queue.", cells.Plurals(s.state.PendingTotal, "task stays", "tasks stay")))
	}))
	return append(rows, row(func(l *cells.Row) {
		l.Gap(2).Put(l.Inks.Accent, s.keys.Name(keys.Demo)).Put(l.Inks.Text, " goes on with the demo model, ")
		l.Put(l.Inks.Accent, "ollama serve").Put(l.Inks.Text, " starts a real one.")
	}))
}

// bannerHeight is what the layout keeps for the banner on a screen of w cells.
func (s *scene) bannerHeight(w int) int {
	h := len(s.unsavedRows(w))
	if s.state.Server.State == agent.ServerDown {
		h += 3
	}
	return h
}

// unsavedRows is the banner that says that what happens is not kept, and why; nil when it is, or is not meant to be.
func (s *scene) unsavedRows(w int) (rows []string) {
	if s.state.Unsaved == "" {
		return nil
	}
	why := "Not saved: " + cells.Sentence(cells.OneLine(s.state.Unsaved))
	for i, text := range cells.Wrap(why, w-4, 3, s.theme.Glyphs.Ellipsis) {
		l := cells.NewRow(s.theme, w, false).Gap(1)
		if i == 0 {
			l.Put(l.Inks.Bad, l.Glyphs.Stuck).Gap(1)
		} else {
			l.Gap(2)
		}
		rows = append(rows, l.Put(l.Inks.Bad, text).End())
	}
	return rows
}
