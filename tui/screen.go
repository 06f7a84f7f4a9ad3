package tui

import (
	"slices"
	"strings"

	"drover/tui/cells"
	"drover/tui/footer"
	"drover/tui/keys"
	"drover/tui/notice"
	"drover/tui/overlay"
	"drover/tui/queue"

	tea "charm.land/bubbletea/v2"
)

// compose draws everything. It is the only place that makes a tea.View, since a field that is left out in
// one place would switch that feature off.
func (m *model) compose() {
	rows := m.screen()
	v := tea.NewView(strings.Join(rows, "\n"))
	v.AltScreen = true
	v.WindowTitle = m.title()
	v.Cursor = m.cursor()
	v.ProgressBar = m.progress()
	v.ReportFocus = true
	if m.options.Mouse {
		v.MouseMode = tea.MouseModeCellMotion
	}
	m.view = v
}

// progress is the terminal's own progress bar: how many of the tasks have ended, while some run.
func (m *model) progress() *tea.ProgressBar {
	metrics := &m.state.Metrics
	if metrics.RunningTasks == 0 || m.options.NoProgressBar {
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
	if n := m.state.Metrics.RunningTasks; n > 0 {
		parts = append(parts, cells.Count(n)+" running")
	}
	if n := m.state.PendingTotal; n > 0 {
		parts = append(parts, cells.Count(n)+" queued")
	}
	return strings.Join(parts, " · ")
}

// arrange computes the layout and fits every pane into its place.
func (m *model) arrange() {
	m.header.SetSize(m.width, 1)
	m.header.SetData(&m.state, m.now)
	m.footer.SetSize(m.width, 1)
	m.footer.SetData(footer.Data{State: &m.state, Spark: m.lanes.Spark, Now: m.now})
	d := demand{zoomed: m.zoomed, hidden: m.hidden, lanes: len(m.state.Lanes), cards: m.lanes.CardRows(),
		errors: m.errors.Wants(), banner: len(m.header.Banner()), output: !m.noOutput, focus: m.focus, second: m.second}
	d.items[paneQueue], d.items[paneFinished] = m.queue.Total, m.finished.Total
	m.layout = arrange(m.width, m.height, d)
	m.lanes.SetMini(m.layout.mini())
	m.errors.SetZoomed(m.zoomed)
	for id, r := range m.layout.panes {
		m.panes[id].SetSize(r.W, r.H)
	}
	m.setTasks()
	m.arrangeOutput()
	m.servers.SetData(&m.state.Server, m.now)
	m.look.Alone = m.layout.status.Empty()
	m.form.SetSize(m.width, m.overlayHeight(overlay.Drawer)) // also while it is closed: a text may be put into it
	for _, o := range m.overlays.All() {
		o.SetSize(m.width, m.overlayHeight(o.Shape()))
	}
}

// setTasks gives the lists of tasks what they show, and what each says of the other where they share a place.
func (m *model) setTasks() {
	pending := queue.Data{Tasks: m.state.Pending, Total: m.state.PendingTotal, Delayed: m.state.Delayed,
		Paused: m.state.Paused, Marked: m.actions.Marked, Now: m.now, Forecast: m.state.Forecast, Why: m.whyNotStarted()}
	ended := queue.Data{Tasks: m.state.Ended, Total: m.state.EndedTotal, Marked: m.actions.Marked, Now: m.now}
	if p := &m.layout.panes; p[paneQueue].Empty() || p[paneFinished].Empty() {
		pending.Other = "finished " + cells.Count(ended.Total)
		ended.Other = "queue " + cells.Count(pending.Total)
	}
	m.queue.SetData(pending)
	m.finished.SetData(ended)
}

// screen returns the rows of the whole screen, each exactly as wide as it.
func (m *model) screen() []string {
	if m.layout.tooSmall {
		return tooSmall(m.width, m.height)
	}
	c := cells.NewCanvas(m.width, m.height)
	if m.page == pageOutput {
		m.output.SetFocus(!m.covered())
		c.Put(cells.Rect{X: 0, Y: 1, W: m.width, H: m.height - 1 - m.below()}, m.output.View())
	} else {
		m.drawMain(c)
	}
	inPage := slices.ContainsFunc(m.overlays.All(), func(o overlay.Overlay) bool { return o.Shape() == overlay.Page })
	if m.page != pageMain || inPage || !m.layout.mini() {
		c.Put(cells.Rect{X: 0, Y: 0, W: m.width, H: 1}, m.header.View())
	}
	m.drawOverlays(c)
	m.drawBottom(c)
	return c.Rows()
}

func (m *model) drawMain(c *cells.Canvas) {
	l := &m.layout
	if !l.banner.Empty() {
		c.Put(l.banner, m.header.Banner())
	}
	for id, r := range l.panes {
		if r.Empty() {
			continue
		}
		m.panes[id].SetFocus(m.focus == paneID(id) && !m.reading && !m.covered())
		c.Put(r, m.panes[id].View())
	}
	if !l.output.Empty() {
		m.output.SetFocus(m.reading && !m.covered())
		c.Put(l.output, m.output.View())
	}
	for _, r := range l.split {
		row := cells.NewRow(m.look.Theme, r.W, false).Gap(1).Put(m.look.Theme.Faint, m.look.Theme.Glyphs.Split).End()
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

// covered reports whether something lies over the page that is more than a line.
func (m *model) covered() bool {
	return slices.ContainsFunc(m.overlays.All(), func(o overlay.Overlay) bool { return o.Shape() != overlay.Line })
}

// overlayHeight is how many rows there are for an overlay.
func (m *model) overlayHeight(shape overlay.Shape) int {
	switch shape {
	case overlay.Page:
		return max(m.height-1-m.below(), 0)
	case overlay.Drawer:
		return max(m.height-m.below(), 0)
	default:
		return max(1, min(4, m.height/3))
	}
}

// drawOverlays draws what lies over the page, from the bottom to the top. A line is drawn with the bottom of the screen, if
// nothing covers it.
func (m *model) drawOverlays(c *cells.Canvas) {
	for _, o := range m.overlays.All() {
		if o.Shape() == overlay.Line {
			continue
		}
		rows, end := o.View(), m.height-m.below()
		m.topAt = end - min(len(rows), m.overlayHeight(o.Shape()))
		if o.Shape() == overlay.Page {
			m.topAt = 1
			rows = cells.Fill(rows, m.width, end-1)
		}
		c.Put(cells.Rect{X: 0, Y: m.topAt, W: m.width, H: end - m.topAt}, rows)
		for y := end; y < m.height; y++ {
			c.Put(cells.Rect{X: 0, Y: y, W: m.width, H: 1}, []string{cells.Spaces(m.width)})
		}
	}
}

// noticeRow is the last row for notices: that above the keys, or that of the keys where there is no other.
func (m *model) noticeRow() int {
	if m.layout.status.Empty() {
		return m.layout.keys.Y
	}
	return m.layout.status.Y
}

// bottomRows are what stands in the place for notices: what waits, how the latest action went, and below them the line that
// has the keys.
func (m *model) bottomRows() (rows []string) {
	w, most := m.width, m.overlayHeight(overlay.Line)
	if o := m.overlays.Waiting(); o != nil {
		text := o.Title() + " Close what is open to answer: " + m.look.Keys.Name(keys.Back) + "."
		rows = append(rows, notice.Notice{Kind: notice.Warn, Text: text}.Rows(m.look.Theme, w, most)...)
	}
	if text := m.leaving.Status(); text != "" && !m.overlays.Has(m.leaving) {
		rows = append(rows, notice.Notice{Kind: notice.Warn, Text: text}.Rows(m.look.Theme, w, most)...)
	}
	if m.notice.Kind != notice.None {
		rows = append(rows, m.notice.Rows(m.look.Theme, w, most)...)
	}
	if top := m.overlays.Top(); top != nil && top.Shape() == overlay.Line {
		line := top.View()
		m.topAt = m.noticeRow() - len(line) + 1
		rows = append(rows, line...)
	}
	return rows
}

// drawBottom draws metrics, notices and keys. Where there is no row for notices, one takes the keys' place; what is
// longer than its row covers what is above it.
func (m *model) drawBottom(c *cells.Canvas) {
	l, covered := &m.layout, m.covered()
	if !l.metrics.Empty() && m.page == pageMain && !covered {
		c.Put(l.metrics, []string{m.footer.Metrics()})
	}
	bottom := m.footer.Keys(m.offers())
	if m.layout.mini() && m.page == pageMain && !covered {
		bottom = m.footer.Small()
	}
	c.Put(l.keys, []string{bottom})
	if !l.status.Empty() {
		c.Put(l.status, []string{cells.Spaces(l.status.W)})
	}
	rows := m.bottomRows()
	c.Put(cells.Rect{X: 0, Y: m.noticeRow() - len(rows) + 1, W: m.width, H: len(rows)}, rows)
}

// cursor is where the terminal's cursor stands: where what is on top has it, or nowhere.
func (m *model) cursor() *tea.Cursor {
	w := m.overlays.Writer()
	if w == nil || m.layout.tooSmall {
		return nil
	}
	c := w.Cursor()
	if c != nil {
		c.Y += m.topAt
	}
	return c
}
