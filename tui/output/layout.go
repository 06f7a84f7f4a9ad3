package output

import (
	"time"

	"drover/agent"
	"drover/dispatcher"
	"drover/tui/markdown"
	"drover/tui/theme"
)

const (
	// earlyGap is how often an answer that goes on is laid out again, and earlyLimit how long it may be for that, in
	// bytes: all of it is laid out each time, since what comes can change what was before.
	earlyGap   = 500 * time.Millisecond
	earlyLimit = markdown.Limit / 2
)

// version names one laying out of one answer.
type version struct {
	id      string
	attempt int
	width   int
	status  dispatcher.TaskStatus
	upTo    int64 // of an answer that goes on: the position in the transcript; otherwise 0
}

// LaidOut is an answer as Markdown, and what it was made from.
type LaidOut struct {
	of   version
	rows []markdown.Row // nil if it is to be shown as it is
}

// Layout asks for an answer to be laid out, which takes too long for the event loop.
type Layout struct {
	Task   agent.Task
	of     version
	glyphs *theme.Glyphs
}

// LayoutLimit is how many bytes of the answer [Layout.Run] looks at.
const LayoutLimit = markdown.Limit + 1

// Run lays the beginning of an answer out.
func (l Layout) Run(answer string) LaidOut {
	if answer == "" || len(answer) > markdown.Limit {
		return LaidOut{of: l.of}
	}
	return LaidOut{l.of, markdown.Rows(answer, l.of.width, l.glyphs)}
}

// Layout returns what is to be laid out, if something is that has not been asked for yet. The outcome is for SetLaidOut.
func (o *Output) Layout() (l Layout, ok bool) {
	want, ok := o.wanted()
	if !ok || want == o.asking || want == o.laidOut.of {
		return l, false
	}
	if want.upTo > 0 && (o.asking != o.laidOut.of || time.Since(o.askedAt) < earlyGap) {
		return l, false // one is under way, or has just been
	}
	o.asking, o.askedAt = want, time.Now()
	return Layout{o.task, want, &o.look.Theme.Glyphs}, true
}

// SetLaidOut takes a laid out answer.
func (o *Output) SetLaidOut(l LaidOut) {
	if l.of.id == o.task.ID {
		o.laidOut = l
		o.refresh()
	}
}

// wanted is the version that should be shown now, false for none. While a task goes on there is none unless it is
// asked for, and an answer that ends while somebody reads further up stays as it is. What a command writes is not
// Markdown unless it is made for that, and its lines are lines.
func (o *Output) wanted() (version, bool) {
	t := &o.task
	if !o.known || o.modes.cut || o.steady || t.Attempts == 0 || t.Request.Program() != "" {
		return version{}, false
	}
	want := version{id: t.ID, attempt: t.Attempts, width: o.width, status: t.Status}
	if t.Status.Ended() {
		return want, !o.modes.raw
	}
	want.upTo = o.position
	return want, o.modes.early && t.Status == dispatcher.StatusRunning && o.position <= earlyLimit
}

// shows reports whether what was laid out is what is wanted: of an answer that goes on, some beginning of it.
func (v version) shows(want version) bool {
	if v.upTo > 0 && want.upTo > 0 {
		v.upTo = want.upTo
	}
	return v == want
}

// refresh puts the rows together that are shown between the prompt and the ending. What is not text of the answer stays before
// it when that is laid out.
func (o *Output) refresh() {
	want, ok := o.wanted()
	o.body = nil
	if ok && (want.upTo > 0 || !o.more) && o.laidOut.of.shows(want) && o.laidOut.rows != nil {
		for _, r := range o.rows {
			if r.kind != rowText {
				o.body = append(o.body, r)
			}
		}
		for _, r := range o.laidOut.rows {
			o.body = append(o.body, row{kind: rowMarkdown, text: r.Text, spans: r.Spans})
		}
	}
	o.clamp()
}
