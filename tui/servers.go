package tui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"drover/agent"
)

// serverPage shows the model servers: what they have in memory, which lanes are with them, and what would help.
type serverPage struct {
	offset, height int
	total          int // rows of the whole, as of the latest drawing
}

// scroll moves and returns where that leads to.
func (p *serverPage) scroll(a Action) int {
	switch a {
	case ActionUp:
		p.offset--
	case ActionDown:
		p.offset++
	case ActionPageUp:
		p.offset -= max(1, p.height-1)
	case ActionPageDown:
		p.offset += max(1, p.height-1)
	case ActionFirst:
		p.offset = 0
	case ActionLast:
		p.offset = p.total
	default: // the others do not move
	}
	p.offset = max(0, min(p.offset, p.total-p.height))
	return p.offset
}

func (m *model) toggleServers() tea.Cmd {
	if m.page == pageServer {
		return m.back()
	}
	switch {
	case m.page != pageHelp: // from which one goes back to where one was before
		m.previous = m.page
	case m.previous == pageServer:
		m.previous = pageMain
	}
	m.page, m.servers.offset = pageServer, 0
	return nil
}

func (m *model) drawServers(c *canvas) {
	s, p, w := &m.scene, &m.servers, m.width
	p.height = max(m.height-2-m.below(), 0)
	rows := s.serverRows(w)
	p.total = len(rows)
	p.offset = max(0, min(p.offset, p.total-p.height))
	place := ""
	if p.total > p.height {
		place = s.keys.name(ActionDown) + " for more"
	}
	c.put(rect{0, 1, w, 1}, []string{s.titleRow(w, "Servers", plural(len(s.servers()), "server"), place, true)})
	c.put(rect{0, 2, w, p.height}, s.fill(rows[p.offset:min(p.total, p.offset+p.height)], w, p.height))
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
	add := func(paint func(l *line)) {
		l := newLine(s.theme, w, false)
		paint(l.gap(2))
		rows = append(rows, l.end())
	}
	list := s.servers()
	for i := range list {
		s.oneServer(&list[i], w, add)
		rows = append(rows, spaces(w))
	}
	if cloud := &s.state.Server.Cloud; cloud.Lanes > 0 || !cloud.PausedUntil.IsZero() {
		add(func(l *line) {
			l.put(l.inks.Strong, "Cloud").gap(2).put(l.inks.Text, fmt.Sprintf("%d of %d requests under way", cloud.Lanes, cloud.Slots))
			if cloud.PausedUntil.After(s.now) {
				l.gap(2).put(l.inks.Warn, "paused until "+second(cloud.PausedUntil))
			}
		})
		rows = append(rows, spaces(w))
	}
	return rows
}

func (s *scene) oneServer(v *agent.ServerInfo, w int, add func(func(l *line))) {
	g := &s.theme.Glyphs
	add(func(l *line) {
		mark, ink, state := g.Waiting, l.inks.Dim, "is being asked"
		switch v.State {
		case agent.ServerUp:
			mark, ink, state = g.Up, l.inks.Good, "answers"
		case agent.ServerDown:
			mark, ink, state = g.Down, l.inks.Bad, "does not answer"
		case agent.ServerUnknown:
		}
		l.put(ink, mark).gap(1).put(l.inks.Strong, oneLine(strings.TrimPrefix(v.Host, "http://"))).gap(2).put(ink, state)
		if v.Version != "" {
			l.gap(2).put(l.inks.Dim, "Ollama "+oneLine(v.Version))
		}
		if v.PausedUntil.After(s.now) {
			l.gap(2).put(l.inks.Warn, "busy, paused until "+second(v.PausedUntil))
		}
	})
	if v.Err != "" {
		for _, text := range wrapWords(oneLine(v.Err), w-6, 3, g.Ellipsis) {
			add(func(l *line) { l.gap(2).put(l.inks.Bad, text) })
		}
		if v.NextCheck.After(s.now) {
			add(func(l *line) { l.gap(2).put(l.inks.Dim, "asked again at "+second(v.NextCheck)) })
		}
	}
	add(func(l *line) { s.laneFacts(v, l) })
	if v.Slots > 0 && v.SlotsFrom != "" {
		add(func(l *line) { s.slotsFact(v, l) })
	}
	if v.Hint != "" {
		for i, text := range wrapWords(oneLine(v.Hint), w-8, 3, g.Ellipsis) {
			mark := g.Arrow
			if i > 0 {
				mark = " "
			}
			add(func(l *line) { l.gap(2).put(l.inks.Accent, mark).gap(1).put(l.inks.Accent, text) })
		}
	}
	s.loadedRows(v, w, add)
	if n := len(v.Models); n > 0 {
		names := make([]string, n)
		for i := range v.Models {
			names[i] = oneLine(v.Models[i].Name)
		}
		for i, text := range wrapWords(plural(n, "model")+" installed: "+strings.Join(names, ", "), w-6, 4, g.Ellipsis) {
			add(func(l *line) { l.gap(2+2*min(i, 1)).put(l.inks.Dim, text) })
		}
	}
}

// laneFacts says what our lanes do at a server.
func (s *scene) laneFacts(v *agent.ServerInfo, l *line) {
	l.gap(2)
	if v.Lanes == 0 {
		l.put(l.inks.Dim, "no lane is with it")
	} else {
		l.put(l.inks.Text, plural(v.Lanes, "lane")).put(l.inks.Dim, ": ")
		l.put(l.inks.Good, count(v.Generating)+" generating")
		if v.Loading > 0 {
			l.put(l.inks.Dim, ", ").put(l.inks.Warn, count(v.Loading)+" loading a model")
		}
		if v.Queued > 0 {
			l.put(l.inks.Dim, ", ").put(l.inks.Warn, count(v.Queued)+" queued in the server")
		}
	}
}

// slotsFact says how many requests a server works on at once.
func (s *scene) slotsFact(v *agent.ServerInfo, l *line) {
	from := oneLine(v.SlotsFrom)
	if from == "learnt" {
		from = "as seen so far"
	}
	l.gap(2).put(l.inks.Dim, "it works on "+plural(v.Slots, "request")+" at once, "+from)
}

// loadedRows lists the models in the memory of a server.
func (s *scene) loadedRows(v *agent.ServerInfo, w int, add func(func(l *line))) {
	switch {
	case v.LoadedAt.IsZero():
		return
	case len(v.Loaded) == 0:
		add(func(l *line) { l.gap(2).put(l.inks.Dim, "no model is in its memory, as of "+second(v.LoadedAt)) })
		return
	}
	names := 18
	for i := range v.Loaded {
		names = max(names, min(width(oneLine(v.Loaded[i].Name)), w/3))
	}
	columns := []struct {
		name string
		w    int
		of   func(m *agent.LoadedModel) string
	}{
		{"memory", 8, func(m *agent.LoadedModel) string { return storage(m.Size) }},
		{"on GPU", 7, func(m *agent.LoadedModel) string {
			return fmt.Sprintf("%d%%", 100*m.SizeVRAM/max(m.Size, 1))
		}},
		{"context", 8, func(m *agent.LoadedModel) string {
			if m.Context == 0 {
				return "-"
			}
			return count(m.Context)
		}},
		{"until", 9, func(m *agent.LoadedModel) string {
			if m.Expires.Sub(s.now).Hours() > 24*365 {
				return "for good"
			}
			return second(m.Expires)
		}},
	}
	add(func(l *line) {
		l.gap(2).cell(l.inks.Faint, "in memory "+second(v.LoadedAt), names)
		for _, c := range columns {
			l.gap(1).right(l.inks.Faint, c.name, c.w)
		}
	})
	for i := range v.Loaded {
		add(func(l *line) {
			l.gap(2).cell(l.inks.Text, oneLine(v.Loaded[i].Name), names)
			for _, c := range columns {
				l.gap(1).right(l.inks.Dim, c.of(&v.Loaded[i]), c.w)
			}
		})
	}
}
