package servers

import (
	"fmt"
	"strings"
	"time"

	"drover/agent"
	"drover/tui/cells"
	"drover/tui/keys"
	"drover/tui/overlay"
)

// Servers knows the servers as they were when they were asked last.
type Servers struct {
	Page   *overlay.Scroller
	look   *overlay.Look
	server *agent.Server
	now    time.Time
}

// Model is a model in the memory of a server.
type Model struct{ Server, Name string }

// Unload is the intent to take models out of memory.
type Unload struct{ Models []Model }

// New returns the page. SetData is to be called before anything else.
func New(look *overlay.Look) *Servers {
	s := &Servers{look: look}
	s.Page = overlay.NewScroller(look, overlay.ScrollerOptions{
		Title:    "Servers",
		Detail:   func() string { return cells.Plural(len(s.list()), "server") },
		Rows:     s.rows,
		Key:      keys.Servers,
		Handlers: keys.Handlers{keys.Unload: {WhyNot: s.whyNotUnload, Do: s.unload}},
		Offers:   []keys.Action{keys.Up, keys.Down, keys.Unload, keys.Back, keys.Quit},
	})
	return s
}

// SetData takes what is known of the servers, and what time it is.
func (s *Servers) SetData(server *agent.Server, now time.Time) { s.server, s.now = server, now }

// models lists the models that may be stuck and, apart from them, all that are in the memory of a server.
func (s *Servers) models() (stuck, loaded []Model) {
	list := s.list()
	for i := range list {
		v := &list[i]
		for _, model := range v.Stuck {
			stuck = append(stuck, Model{v.Host, model})
		}
		for j := range v.Loaded {
			loaded = append(loaded, Model{v.Host, v.Loaded[j].Name})
		}
	}
	return stuck, loaded
}

func (s *Servers) whyNotUnload() string {
	if stuck, loaded := s.models(); len(stuck) == 0 && len(loaded) == 0 {
		return "No model is in memory, as far as is known."
	}
	return ""
}

// unload wants the models out of memory that may be stuck; if there are none, all of them after a question.
func (s *Servers) unload() keys.Intent {
	stuck, loaded := s.models()
	if len(stuck) > 0 {
		return Unload{stuck}
	}
	text := "No model is stuck. Unload the " + cells.Plural(len(loaded), "model") + " in memory?"
	return overlay.Open{Overlay: overlay.NewQuestion(s.look, text, func() keys.Intent { return Unload{loaded} })}
}

// list is of the servers one by one; where only their sum is known, that is one.
func (s *Servers) list() []agent.ServerInfo {
	v := s.server
	if len(v.Servers) > 0 {
		return v.Servers
	}
	return []agent.ServerInfo{{
		Host: v.Host, State: v.State, Version: v.Version, Err: v.Err, NextCheck: v.NextCheck, Models: v.Models,
	}}
}

// rows lays out all that is known of the servers.
func (s *Servers) rows(w int) (rows []string) {
	add := func(paint func(l *cells.Row)) {
		l := cells.NewRow(s.look.Theme, w, false)
		paint(l.Gap(2))
		rows = append(rows, l.End())
	}
	list := s.list()
	for i := range list {
		s.oneServer(&list[i], w, add)
		rows = append(rows, cells.Spaces(w))
	}
	if cloud := &s.server.Cloud; cloud.Lanes > 0 || !cloud.PausedUntil.IsZero() {
		add(func(l *cells.Row) {
			l.Put(l.Inks.Strong, "Cloud").Gap(2).Put(l.Inks.Text, fmt.Sprintf("%d of %d requests under way", cloud.Lanes, cloud.Slots))
			if cloud.PausedUntil.After(s.now) {
				l.Gap(2).Put(l.Inks.Warn, "paused until "+cells.TimeOfDay(cloud.PausedUntil))
			}
		})
		rows = append(rows, cells.Spaces(w))
	}
	return rows
}

func (s *Servers) oneServer(v *agent.ServerInfo, w int, add func(func(l *cells.Row))) {
	g := &s.look.Theme.Glyphs
	add(func(l *cells.Row) {
		mark, ink, state := g.Waiting, l.Inks.Dim, "is being asked"
		switch v.State {
		case agent.ServerUp:
			mark, ink, state = g.Up, l.Inks.Good, "answers"
		case agent.ServerDown:
			mark, ink, state = g.Down, l.Inks.Bad, "does not answer"
		case agent.ServerUnknown:
		}
		l.Put(ink, mark).Gap(1).Put(l.Inks.Strong, cells.OneLine(strings.TrimPrefix(v.Host, "http://"))).Gap(2).Put(ink, state)
		if v.Version != "" {
			l.Gap(2).Put(l.Inks.Dim, "Ollama "+cells.OneLine(v.Version))
		}
		if v.PausedUntil.After(s.now) {
			l.Gap(2).Put(l.Inks.Warn, "busy, paused until "+cells.TimeOfDay(v.PausedUntil))
		}
	})
	if v.Err != "" {
		for _, text := range cells.Wrap(cells.OneLine(v.Err), w-6, 3, g.Ellipsis) {
			add(func(l *cells.Row) { l.Gap(2).Put(l.Inks.Bad, text) })
		}
		if v.NextCheck.After(s.now) {
			add(func(l *cells.Row) { l.Gap(2).Put(l.Inks.Dim, "asked again at "+cells.TimeOfDay(v.NextCheck)) })
		}
	}
	add(func(l *cells.Row) { s.laneFacts(v, l) })
	if v.Slots > 0 && v.SlotsFrom != "" {
		add(func(l *cells.Row) { s.slotsFact(v, l) })
	}
	if v.Hint != "" {
		for i, text := range cells.Wrap(cells.OneLine(v.Hint), w-8, 3, g.Ellipsis) {
			mark := g.Arrow
			if i > 0 {
				mark = " "
			}
			add(func(l *cells.Row) { l.Gap(2).Put(l.Inks.Accent, mark).Gap(1).Put(l.Inks.Accent, text) })
		}
	}
	s.loadedRows(v, w, add)
	if n := len(v.Models); n > 0 {
		names := make([]string, n)
		for i := range v.Models {
			names[i] = cells.OneLine(v.Models[i].Name)
		}
		for i, text := range cells.Wrap(cells.Plural(n, "model")+" installed: "+strings.Join(names, ", "), w-6, 4, g.Ellipsis) {
			add(func(l *cells.Row) { l.Gap(2+2*min(i, 1)).Put(l.Inks.Dim, text) })
		}
	}
}

// laneFacts says what our lanes do at a server.
func (s *Servers) laneFacts(v *agent.ServerInfo, l *cells.Row) {
	l.Gap(2)
	if v.Lanes == 0 {
		l.Put(l.Inks.Dim, "no lane is with it")
	} else {
		l.Put(l.Inks.Text, cells.Plural(v.Lanes, "lane")).Put(l.Inks.Dim, ": ")
		l.Put(l.Inks.Good, cells.Count(v.Generating)+" generating")
		if v.Loading > 0 {
			l.Put(l.Inks.Dim, ", ").Put(l.Inks.Warn, cells.Count(v.Loading)+" loading a model")
		}
		if v.Queued > 0 {
			l.Put(l.Inks.Dim, ", ").Put(l.Inks.Warn, cells.Count(v.Queued)+" queued in the server")
		}
	}
}

// slotsFact says how many requests a server works on at once.
func (s *Servers) slotsFact(v *agent.ServerInfo, l *cells.Row) {
	from := cells.OneLine(v.SlotsFrom)
	if from == "learnt" {
		from = "as seen so far"
	}
	l.Gap(2).Put(l.Inks.Dim, "it works on "+cells.Plural(v.Slots, "request")+" at once, "+from)
}

// loadedRows lists the models in the memory of a server.
func (s *Servers) loadedRows(v *agent.ServerInfo, w int, add func(func(l *cells.Row))) {
	switch {
	case v.LoadedAt.IsZero():
		return
	case len(v.Loaded) == 0:
		add(func(l *cells.Row) {
			l.Gap(2).Put(l.Inks.Dim, "no model is in its memory, as of "+cells.TimeOfDay(v.LoadedAt))
		})
		return
	}
	names := 18
	for i := range v.Loaded {
		names = max(names, min(cells.Width(cells.OneLine(v.Loaded[i].Name)), w/3))
	}
	columns := []struct {
		name string
		w    int
		of   func(m *agent.LoadedModel) string
	}{
		{"memory", 8, func(m *agent.LoadedModel) string { return cells.Storage(m.Size) }},
		{"on GPU", 7, func(m *agent.LoadedModel) string {
			return fmt.Sprintf("%d%%", 100*m.SizeVRAM/max(m.Size, 1))
		}},
		{"context", 8, func(m *agent.LoadedModel) string {
			if m.Context == 0 {
				return "-"
			}
			return cells.Count(m.Context)
		}},
		{"until", 9, func(m *agent.LoadedModel) string {
			if m.Expires.Sub(s.now).Hours() > 24*365 {
				return "for good"
			}
			return cells.TimeOfDay(m.Expires)
		}},
	}
	add(func(l *cells.Row) {
		l.Gap(2).Cell(l.Inks.Faint, "in memory "+cells.TimeOfDay(v.LoadedAt), names)
		for _, c := range columns {
			l.Gap(1).Right(l.Inks.Faint, c.name, c.w)
		}
	})
	for i := range v.Loaded {
		add(func(l *cells.Row) {
			l.Gap(2).Cell(l.Inks.Text, cells.OneLine(v.Loaded[i].Name), names)
			for _, c := range columns {
				l.Gap(1).Right(l.Inks.Dim, c.of(&v.Loaded[i]), c.w)
			}
		})
	}
}
