package tui

import (
	"errors"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"drover/agent"
	"drover/tui/cells"
	"drover/tui/keys"
	"drover/tui/notice"
)

// serverPage shows the model servers: what they have in memory, which lanes are with them, and what would help.
type serverPage struct {
	offset, height int
	total          int // rows of the whole, as of the latest drawing
}

// scroll moves and returns where that leads to.
func (p *serverPage) scroll(a keys.Action) int {
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
	default: // the others do not move
	}
	p.offset = max(0, min(p.offset, p.total-p.height))
	return p.offset
}

// showServers opens the page, in the place of the help.
func (m *model) showServers() tea.Cmd {
	m.close(m.parts.help)
	m.servers.offset = 0
	m.open(m.parts.servers)
	return nil
}

func (m *model) scrollServers(a keys.Action) keys.Intent {
	if was := m.servers.offset; m.servers.scroll(a) == was {
		return notice.Notice{Kind: notice.Warn, Text: "There is no more to be seen that way."}
	}
	return nil
}

// stuckModels lists the models that may be stuck and, apart from them, all that are in the memory of a server.
func (s *scene) stuckModels() (stuck, loaded []modelAt) {
	list := s.servers()
	for i := range list {
		v := &list[i]
		for _, model := range v.Stuck {
			stuck = append(stuck, modelAt{v.Host, model})
		}
		for j := range v.Loaded {
			loaded = append(loaded, modelAt{v.Host, v.Loaded[j].Name})
		}
	}
	return stuck, loaded
}

// modelAt is a model in the memory of a server.
type modelAt struct{ server, model string }

func (m *model) whyNotUnload() string {
	if stuck, loaded := m.scene.stuckModels(); len(stuck) == 0 && len(loaded) == 0 {
		return "No model is in memory, as far as is known."
	}
	return ""
}

// unload takes the models out of memory that may be stuck; if there are none, all of them after a question.
func (m *model) unload() tea.Cmd {
	stuck, loaded := m.scene.stuckModels()
	if len(stuck) > 0 {
		return m.unloadThese(stuck)
	}
	m.askFirst("No model is stuck. Unload the "+cells.Plural(len(loaded), "model")+" in memory?", func() tea.Cmd {
		return m.unloadThese(loaded)
	})
	return nil
}

func (m *model) unloadThese(list []modelAt) tea.Cmd {
	engine, ctx := m.engine, m.ctx
	return perform(func() error {
		var failed []error
		for _, l := range list {
			failed = append(failed, engine.Unload(ctx, l.server, l.model))
		}
		return errors.Join(failed...)
	}, "Unloaded "+cells.Plural(len(list), "model")+".", "Could not unload")
}

// serversPage draws the page.
func (m *model) serversPage() []string {
	s, p, w := &m.scene, &m.servers, m.width
	p.height = max(m.height-2-m.below(), 0)
	rows := s.serverRows(w)
	p.total = len(rows)
	p.offset = max(0, min(p.offset, p.total-p.height))
	place := ""
	if p.total > p.height {
		place = s.keys.Name(keys.Down) + " for more"
	}
	title := cells.TitleRow(s.theme, w, "Servers", cells.Plural(len(s.servers()), "server"), place, true)
	return append([]string{title}, cells.Fill(rows[p.offset:min(p.total, p.offset+p.height)], w, p.height)...)
}

// servers lists the servers one by one; where only their sum is known, that is one.
func (s *scene) servers() []agent.ServerInfo {
	v := &s.state.Server
	if len(v.Servers) > 0 {
		return v.Servers
	}
	return []agent.ServerInfo{{
		Host: v.Host, State: v.State, Version: v.Version, Err: v.Err, NextCheck: v.NextCheck, Models: v.Models,
	}}
}

// serverRows lays out all that is known of the servers.
func (s *scene) serverRows(w int) (rows []string) {
	add := func(paint func(l *cells.Row)) {
		l := cells.NewRow(s.theme, w, false)
		paint(l.Gap(2))
		rows = append(rows, l.End())
	}
	list := s.servers()
	for i := range list {
		s.oneServer(&list[i], w, add)
		rows = append(rows, cells.Spaces(w))
	}
	if cloud := &s.state.Server.Cloud; cloud.Lanes > 0 || !cloud.PausedUntil.IsZero() {
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

func (s *scene) oneServer(v *agent.ServerInfo, w int, add func(func(l *cells.Row))) {
	g := &s.theme.Glyphs
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
func (s *scene) laneFacts(v *agent.ServerInfo, l *cells.Row) {
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
func (s *scene) slotsFact(v *agent.ServerInfo, l *cells.Row) {
	from := cells.OneLine(v.SlotsFrom)
	if from == "learnt" {
		from = "as seen so far"
	}
	l.Gap(2).Put(l.Inks.Dim, "it works on "+cells.Plural(v.Slots, "request")+" at once, "+from)
}

// loadedRows lists the models in the memory of a server.
func (s *scene) loadedRows(v *agent.ServerInfo, w int, add func(func(l *cells.Row))) {
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
