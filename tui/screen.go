package tui

import (
	"strings"

	"drover/tui/cells"
	"drover/tui/notice"

	tea "charm.land/bubbletea/v2"
)

// compose draws everything. It is the only place that makes a tea.View, since a field that is left out in
// one place would switch that feature off. It reports whether that changed anything since it was was.
func (m *model) compose(was tea.View) (changed bool) {
	rows := m.screen()
	v := tea.NewView(strings.Join(rows, "\n"))
	v.AltScreen = true
	v.WindowTitle = m.title()
	v.Cursor = m.cursor()
	v.ProgressBar = m.progress()
	v.ReportFocus = true
	if m.clicks {
		v.MouseMode = tea.MouseModeCellMotion
	}
	m.view = v
	return v.Content != was.Content || v.WindowTitle != was.WindowTitle || !equal(v.Cursor, was.Cursor) ||
		!equal(v.ProgressBar, was.ProgressBar)
}

// equal compares what is pointed at.
func equal[T comparable](a, b *T) bool { return a == b || a != nil && b != nil && *a == *b }

// progress is the terminal's own progress bar: how many of the tasks have ended, while some run.
func (m *model) progress() *tea.ProgressBar {
	metrics := &m.scene.state.Metrics
	if metrics.RunningTasks == 0 || m.noBar {
		return nil
	}
	kind := tea.ProgressBarDefault
	if metrics.FailedTasks > m.share.failed {
		kind = tea.ProgressBarError
	}
	return tea.NewProgressBar(kind, m.share.percent(metrics))
}

// title is the window's title.
func (m *model) title() string {
	parts := []string{"drover"}
	if n := m.scene.state.Metrics.RunningTasks; n > 0 {
		parts = append(parts, cells.Count(n)+" running")
	}
	if n := m.scene.state.PendingTotal; n > 0 {
		parts = append(parts, cells.Count(n)+" queued")
	}
	return strings.Join(parts, " · ")
}

// arrange computes the layout and fits every pane into its place.
func (m *model) arrange() {
	s := &m.scene
	s.grouped = m.grouping()
	d := demand{zoomed: m.zoomed, hidden: m.hidden, lanes: len(s.state.Lanes), errors: s.state.ErrorsTotal, banner: s.bannerHeight(m.width),
		focus: m.focus, second: m.second}
	if s.grouped {
		d.errors = len(s.groups)
	}
	m.layout = arrange(m.width, m.height, d)
	p := m.layout.panes
	s.mini = m.layout.mini()
	m.lanes.resize(p[paneLanes].H, len(s.state.Lanes), s.mini)
	m.queue.resize(p[paneQueue].H, 1)
	m.finished.resize(p[paneFinished].H, 1)
	each := errorRows
	if p[paneErrors].H <= errorRows {
		each = 1
	}
	m.errors.resize(p[paneErrors].H, each)
	m.output.resize(m.outputArea())
	m.bar.resize(m.width)
	m.help.resize(m.width, max(m.height-2-m.below(), 0))
	m.form.resize(m.width, m.height, m.below())
}

// screen returns the rows of the whole screen, each exactly as wide as it.
func (m *model) screen() []string {
	s := &m.scene
	if m.layout.tooSmall {
		return tooSmall(m.width, m.height)
	}
	c := cells.NewCanvas(m.width, m.height)
	if m.page != pageMain || !s.mini {
		c.Put(cells.Rect{X: 0, Y: 0, W: m.width, H: 1}, []string{s.headerRow(m.width)})
	}
	switch m.page {
	case pageOutput:
		m.drawOutput(c)
	case pageHelp:
		m.drawHelp(c)
	case pageServer:
		m.drawServers(c)
	default:
		m.drawMain(c)
	}
	if m.form.open {
		m.drawForm(c)
	}
	switch {
	case m.leaving.step != stepNone:
		m.drawLeaving(c)
	case m.recovery.open:
		m.drawRecovery(c)
	}
	m.drawBottom(c)
	return c.Rows()
}

func (m *model) drawMain(c *cells.Canvas) {
	s, l := &m.scene, &m.layout
	if !l.banner.Empty() {
		c.Put(l.banner, append(s.unsavedRows(l.banner.W), s.bannerRows(l.banner.W)...))
	}
	focused := func(p paneID) bool { return m.focus == p && !m.form.open && m.leaving.step == stepNone }
	queueTab, finishedTab := "", ""
	if l.panes[paneQueue].Empty() || l.panes[paneFinished].Empty() {
		queueTab = "queue " + cells.Count(s.state.PendingTotal)
		finishedTab = "finished " + cells.Count(s.state.EndedTotal)
	}
	for id, r := range l.panes {
		if r.Empty() {
			continue
		}
		var rows []string
		switch paneID(id) {
		default:
		case paneLanes:
			rows = m.lanes.rows(s, r.W, r.H, focused(paneLanes))
		case paneQueue:
			rows = s.queueRows(&m.queue, r.W, r.H, focused(paneQueue), finishedTab)
		case paneFinished:
			rows = s.finishedRows(&m.finished, r.W, r.H, focused(paneFinished), queueTab)
		case paneErrors:
			rows = s.errorsRows(&m.errors, r.W, r.H, focused(paneErrors))
		}
		c.Put(r, rows)
	}
	for _, r := range l.split {
		row := cells.NewRow(s.theme, r.W, false).Gap(1).Put(s.theme.Faint, s.theme.Glyphs.Split).End()
		for y := range r.H {
			c.Put(cells.Rect{X: r.X, Y: r.Y + y, W: r.W, H: 1}, []string{row})
		}
	}
}

// below is how many rows at the end of the screen are for notices and keys.
func (m *model) below() int {
	if m.layout.status.Empty() {
		return 1
	}
	return 2
}

// bottomNotice is what stands in the place for notices; none for nothing.
func (m *model) bottomNotice() []string {
	s, l := &m.scene, &m.layout
	most := max(1, min(4, m.height/3))
	switch {
	case m.leaving.step != stepNone && m.notice.Kind == notice.None: // what was open below is not answered now
	case m.bar.kind != barNone && m.leaving.step == stepNone:
		return []string{m.barRow(l.keys.W)}
	case m.notice.Kind != notice.None: // also above a question: why it was not taken
		return m.notice.Rows(s.theme, l.keys.W, most)
	case m.question.open():
		return m.question.notice(&s.keys, l.status.Empty()).Rows(s.theme, l.keys.W, most)
	}
	return nil
}

// drawBottom draws metrics, notice and keys. Where there is no row for notices, one takes the keys' place; one that
// is longer than its row covers what is above it.
func (m *model) drawBottom(c *cells.Canvas) {
	s, l := &m.scene, &m.layout
	covered := m.form.open || m.leaving.step != stepNone || m.recovery.open
	if !l.metrics.Empty() && m.page == pageMain && !covered {
		c.Put(l.metrics, []string{s.metricsRow(l.metrics.W)})
	}
	keys := s.keysRow(l.keys.W, m.offers())
	if s.mini && m.page == pageMain && !covered {
		keys = s.miniBottom(l.keys.W)
	}
	c.Put(l.keys, []string{keys})
	text, place := m.bottomNotice(), l.status
	if place.Empty() {
		place = l.keys
	} else if len(text) == 0 && !covered {
		c.Put(place, []string{cells.Spaces(place.W)})
	}
	if n := len(text); n > 0 {
		c.Put(cells.Rect{X: place.X, Y: place.Y - n + 1, W: place.W, H: n}, text)
	}
}

// cursor is where the terminal's cursor stands: in the form's text, or nowhere.
func (m *model) cursor() *tea.Cursor {
	if m.bar.kind != barNone && m.leaving.step == stepNone && !m.layout.tooSmall && !m.question.open() {
		return m.barCursor()
	}
	if !m.form.open || m.leaving.step != stepNone || m.layout.tooSmall {
		return nil
	}
	return m.form.cursor(m.drawer(m.form.height))
}
