package header

import (
	"slices"
	"strings"

	"drover/agent"
	"drover/tui/cells"
	"drover/tui/keys"
)

// Banner is what stands above the lanes while the engine cannot be reached or is another build, what happens is not kept, or
// the model server does not answer; nil otherwise.
func (h *Header) Banner() []string { return slices.Concat(h.link(), h.unsaved(), h.serverDown()) }

// link says what is wrong with the way to an engine in another process.
func (h *Header) link() []string {
	link := &h.state.Link
	switch {
	case !link.Lost.IsZero():
		again := "now"
		if link.Retry.After(h.now) {
			again = "at " + cells.TimeOfDay(link.Retry)
		}
		since := "The connection is lost since " + cells.TimeOfDay(link.Lost)
		return h.alarm(since+", and tried again "+again+": "+cells.OneLine(link.Err)+".", 2)
	case link.Advice != "":
		return h.alarm(cells.Sentence(cells.OneLine(link.Advice)), 2)
	}
	return nil
}

// unsaved says that what happens is not kept, and why.
func (h *Header) unsaved() []string {
	if h.state.Unsaved == "" {
		return nil
	}
	return h.alarm("Not saved: "+cells.Sentence(cells.OneLine(h.state.Unsaved)), 3)
}

// alarm says what is wrong in at most so many rows.
func (h *Header) alarm(what string, most int) (rows []string) {
	for i, text := range cells.Wrap(what, h.width-4, most, h.look.Theme.Glyphs.Ellipsis) {
		l := cells.NewRow(h.look.Theme, h.width, false).Gap(1)
		if i == 0 {
			l.Put(l.Inks.Bad, l.Glyphs.Stuck).Gap(1)
		} else {
			l.Gap(2)
		}
		rows = append(rows, l.Put(l.Inks.Bad, text).End())
	}
	return rows
}

// serverDown says that the model server does not answer, and what can be done.
func (h *Header) serverDown() []string {
	server := &h.state.Server
	if server.State != agent.ServerDown {
		return nil
	}
	row := func(paint func(l *cells.Row)) string {
		l := cells.NewRow(h.look.Theme, h.width, false)
		paint(l.Gap(1))
		return l.End()
	}
	again := "It is asked again by itself"
	if server.NextCheck.After(h.now) {
		again += " at " + cells.TimeOfDay(server.NextCheck)
	} else if !server.NextCheck.IsZero() {
		again = "It is being asked again"
	}
	host, err := cells.OneLine(server.Host), cells.OneLine(server.Err)
	what := cells.Sentence(err)
	if !strings.Contains(err, host) {
		what = "No model server at " + host + ": " + err
	}
	return append(h.alarm(what, 2),
		row(func(l *cells.Row) {
			l.Gap(2).Put(l.Inks.Text, again+".")
			if n := h.state.PendingTotal; n > 0 {
				l.Put(l.Inks.Dim, " "+cells.Plurals(n, "task stays", "tasks stay")+" in the queue.")
			}
		}),
		row(func(l *cells.Row) {
			l.Gap(2).Put(l.Inks.Accent, h.look.Keys.Name(keys.Demo)).Put(l.Inks.Text, " opens the demo meanwhile, ")
			l.Put(l.Inks.Accent, "ollama serve").Put(l.Inks.Text, " starts a real one.")
		}),
	)
}
