package tui

import (
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"drover/agent"
	"drover/agent/engine"
	"drover/dispatcher"
	"drover/tui/cells"
	"drover/tui/keys"
	"drover/tui/markdown"
	"drover/tui/notice"
)

// outputModes are how outputs are looked at. They stay when another one is opened.
type outputModes struct {
	cut    bool // lines are cut at the edge instead of wrapped
	unfold bool // thinking is shown
	raw    bool // an answer is shown as it was written, not as the Markdown that it is
	early  bool // one that goes on is shown as Markdown too
}

const (
	cutWidth = 4096 // how wide a row can be that is not wrapped
	cutStep  = 16   // how far one key goes to the side
)

// textWidth is where lines are wrapped.
func (o *outputPane) textWidth() int {
	if o.modes.cut {
		return cutWidth
	}
	return max(o.width, 1)
}

// again has everything taken from the engine again, for rows that are laid out in another way.
func (o *outputPane) again() { o.position, o.stale, o.more = 0, true, true }

func (m *model) toggleWrap() tea.Cmd {
	o := &m.output
	o.modes.cut = !o.modes.cut
	o.column = 0
	o.again()
	m.tell(notice.Good, "Long lines are wrapped.")
	if k := &m.scene.keys; o.modes.cut {
		m.tell(notice.Good, "Long lines are cut: "+k.Name(keys.Left)+" and "+k.Name(keys.Right)+" move to the side.")
	}
	return nil
}

func (m *model) toggleThinking() tea.Cmd {
	o := &m.output
	o.modes.unfold = !o.modes.unfold
	o.again()
	m.tell(notice.Good, "Thinking is folded.")
	if o.modes.unfold {
		m.tell(notice.Good, "Thinking is shown.")
	}
	return nil
}

func (m *model) whyNotSide() string {
	if !m.output.modes.cut {
		return "Lines are wrapped, so there is nothing at the side; " + m.scene.keys.Name(keys.Wrap) + " changes that."
	}
	return ""
}

func (m *model) side(delta int) tea.Cmd {
	m.output.column = max(0, min(m.output.column+delta, cutWidth))
	return nil
}

// fold is the row that stands for thinking that is not shown.
type fold struct {
	row   int // in rows; -1 for none
	lines int
}

// collectFolded counts lines of thinking and keeps one row for all that follow each other.
func (o *outputPane) collectFolded(rows []string) {
	if o.fold.row < 0 {
		o.fold = fold{row: len(o.rows)}
		o.rows = append(o.rows, outRow{kind: outFolded})
	}
	for _, row := range rows {
		if row != "" {
			o.fold.lines++
		}
	}
	o.rows[o.fold.row].text = cells.Plural(o.fold.lines, "line")
}

// foldText is what a folded stretch of thinking says. While it goes on its last line says more than a number.
func (s *scene) foldText(r outRow) string {
	return s.theme.Glyphs.Folded + " thinking, " + r.text + "; " + s.keys.Name(keys.Thinking) + " shows it"
}

// Markdown.

// rendered is an answer as Markdown, and what it was made from.
type rendered struct {
	of   rendering
	rows []markdown.Row
}

// rendering names one laying out of one answer.
type rendering struct {
	id      string
	attempt int
	width   int
	status  dispatcher.TaskStatus
	upTo    int64 // of an answer that goes on: the position in the transcript; otherwise 0
}

// renderedMsg brings an answer that has been laid out.
type renderedMsg rendered

const (
	// earlyGap is how often an answer that goes on is laid out again, and earlyLimit how long it may be for that, in
	// bytes: all of it is laid out each time, since what comes can change what was before.
	earlyGap   = 500 * time.Millisecond
	earlyLimit = markdown.Limit / 2
)

// wanted is the rendering that should be shown now, false for none. While a task goes on there is none unless it is
// asked for, and an answer that ends while somebody reads further up stays as it is. What a command writes is not
// Markdown unless it is made for that, and its lines are lines.
func (o *outputPane) wanted() (rendering, bool) {
	t := &o.task
	if o.id == "" || !o.known || o.modes.cut || o.steady || t.Attempts == 0 || t.Request.Program() != "" {
		return rendering{}, false
	}
	want := rendering{id: o.id, attempt: t.Attempts, width: o.width, status: t.Status}
	if t.Status.Ended() {
		return want, !o.modes.raw
	}
	want.upTo = o.position
	return want, o.modes.early && t.Status == dispatcher.StatusRunning && o.position <= earlyLimit
}

// shows reports whether what was laid out is what is wanted: of an answer that goes on, some beginning of it.
func (r rendering) shows(want rendering) bool {
	if r.upTo > 0 && want.upTo > 0 {
		r.upTo = want.upTo
	}
	return r == want
}

// render returns the command that lays the answer out, if one is wanted that there is not.
func (m *model) render() tea.Cmd {
	o := &m.output
	want, ok := o.wanted()
	if !ok || m.page != pageOutput || want == o.asking || want == o.rendered.of {
		return nil
	}
	if want.upTo > 0 && (o.asking != o.rendered.of || time.Since(o.laidOut) < earlyGap) {
		return nil // one is under way, or has just been
	}
	o.asking, o.laidOut = want, time.Now()
	engine, t, g := m.engine, o.task, &m.scene.theme.Glyphs
	return func() tea.Msg {
		text := answer(engine, &t, markdown.Limit+1)
		if text == "" || len(text) > markdown.Limit {
			return renderedMsg{of: want} // it is shown as it is
		}
		return renderedMsg{want, markdown.Rows(text, want.width, g)}
	}
}

// take takes a laid out answer. What is not text of the answer stays before it.
func (o *outputPane) takeRendered(msg renderedMsg) {
	if msg.of.id == o.id {
		o.rendered = rendered(msg)
		o.refresh()
	}
}

// refresh puts the rows together that are shown between the prompt and the ending.
func (o *outputPane) refresh() {
	want, ok := o.wanted()
	o.body = nil
	if ok && (want.upTo > 0 || !o.more) && o.rendered.of.shows(want) && o.rendered.rows != nil {
		for _, r := range o.rows {
			if r.kind != outText {
				o.body = append(o.body, r)
			}
		}
		for _, r := range o.rendered.rows {
			o.body = append(o.body, outRow{kind: outRendered, text: r.Text, spans: r.Spans})
		}
	}
	o.clamp()
}

func (m *model) whyNotMarkdown() string {
	switch {
	case !m.output.known || m.output.task.Attempts == 0 || m.output.task.Status == dispatcher.StatusPending:
		return "There is no answer to lay out."
	case m.output.task.Request.Program() != "":
		return "What a command writes is shown as it was written."
	case m.output.modes.cut:
		return "Markdown is laid out in wrapped lines only; " + m.scene.keys.Name(keys.Wrap) + " wraps them."
	}
	return ""
}

func (m *model) toggleMarkdown() tea.Cmd {
	o := &m.output
	if o.task.Status == dispatcher.StatusRunning {
		o.modes.early = !o.modes.early
		m.tell(notice.Good, "The answer is shown as it comes.")
		if o.modes.early {
			m.tell(notice.Good, "Markdown is laid out while it comes.")
		}
		o.refresh()
		return nil
	}
	shown := o.body != nil
	o.modes.raw, o.steady = shown, false
	if !shown && o.rendered.of == o.asking && o.rendered.rows == nil && o.asking != (rendering{}) {
		m.tell(notice.Warn, "There is no answer to lay out, or it is too long.")
		return nil
	}
	m.tell(notice.Good, "Markdown is laid out.")
	if shown {
		m.tell(notice.Good, "The answer is shown as it was written.")
	}
	o.refresh()
	return nil
}

// answer is what the task has answered so far, as far as limit bytes go.
func answer(engine engine.Engine, t *agent.Task, limit int) string {
	result := &t.Result
	if text := result.Text; text != "" {
		return text[:min(len(text), limit)]
	}
	return saidSoFar(engine, t.ID, limit)
}

// place says where in the output one is, as much of it as fits into room cells.
func (m *model) place(room int) string {
	o, s := &m.output, &m.scene
	total := o.total()
	var parts []string
	if o.find.text != "" {
		parts = append(parts, o.find.String())
	}
	if !o.follow && total > o.height {
		parts = append(parts, fmt.Sprintf("%s of %s", cells.Count(o.dropped+min(o.offset+o.height, total)), cells.Count(o.dropped+total)),
			s.keys.Name(keys.Last)+" follows")
	} else if o.task.Status == dispatcher.StatusRunning {
		parts = append(parts, "live")
	}
	for len(parts) > 1 && cells.Width(strings.Join(parts, "  ")) > room {
		parts = parts[:len(parts)-1]
	}
	return strings.Join(parts, "  ")
}
