package tui

import (
	"fmt"
	"strings"
	"time"

	"drover/agent"
	"drover/agent/safetext"
	"drover/agent/transcript"
	"drover/dispatcher"
	"drover/tui/cells"
	"drover/tui/facts"
	"drover/tui/keys"
	"drover/tui/markdown"
)

const (
	// outputRows is how many rows of a transcript are kept on the screen's side. The engine keeps more; a
	// quarter above it the oldest are dropped at once, so that dropping costs little for each row.
	outputRows = 20_000
	// promptRows is how many rows of the prompt stand above the transcript.
	promptRows = 40
)

// outRow is one wrapped row, cleaned.
type outRow struct {
	kind  outKind
	text  string
	spans []markdown.Span // of a rendered row; nil for others
}

type outKind uint8

const (
	outText outKind = iota
	outThinking
	outStderr
	outNotice
	outFailure
	outPrompt
	outGap
	outGood
	outNext
	outFolded
	outRendered
)

// outputPane shows what one task has said, live. Text is wrapped once, as it comes. After a change of the
// width everything is fetched again from the engine instead of being kept twice here.
type outputPane struct {
	id    string
	task  agent.Task // as of the latest picture
	known bool       // the engine knows the task
	asked bool       // there has been a picture for it

	width, height int
	offset        int  // first row shown
	follow        bool // the end stays in sight
	column        int  // first cell shown, of lines that are not wrapped

	modes    outputModes
	find     search
	rendered rendered
	asking   rendering // what has been asked for last
	laidOut  time.Time // when that was
	steady   bool      // it ended while somebody read further up, so it stays as it is
	body     []outRow  // shown in the place of rows; nil when rows are
	fold     fold

	position int64 // what of the transcript is in rows
	more     bool  // the latest picture was full, there is more to fetch at once
	stale    bool  // rows are of another width or task, the next picture replaces them

	head    []outRow // the prompt
	rows    []outRow // complete rows
	dropped int      // how many were dropped before rows
	tail    []outRow // how it ended
	tailFor standing // what tail was made from
	said    bool     // there has been text of an answer

	kind  transcript.Kind // of the piece that is being wrapped
	clean safetext.Cleaner
	wrap  cells.Wrapper
}

// standing is all that the ending depends on: with a long result it is not made again for every picture.
type standing struct {
	known, said, more bool
	status            dispatcher.TaskStatus
	attempts, width   int
	completed         time.Time
}

// open turns to another task.
func (o *outputPane) open(id string) {
	*o = outputPane{id: id, width: o.width, height: o.height, follow: true, modes: o.modes, fold: fold{row: -1}}
	o.wrap.Width = o.textWidth()
}

// resize fits the text into w×h cells.
func (o *outputPane) resize(w, h int) {
	o.height = h
	if w != o.width {
		o.width = w
		o.again()
	}
	o.clamp()
}

// restart empties the rows before everything is taken again.
func (o *outputPane) restart() {
	o.head, o.rows, o.dropped, o.said, o.stale = nil, nil, 0, false, false
	o.fold = fold{row: -1}
	o.kind, o.clean, o.wrap = transcript.None, safetext.Cleaner{}, cells.Wrapper{Width: o.textWidth()}
}

// apply takes what is new in a picture.
func (o *outputPane) apply(s *scene, p picture) {
	if p.task.Status.Ended() && !o.task.Status.Ended() && o.asked && !o.follow {
		o.steady = true
	}
	o.task, o.known, o.asked = p.task, p.known, true
	if p.needs.from == o.position {
		o.take(p)
	}
	if o.head == nil && o.known {
		o.head = o.promptHead(s)
	}
	t := &o.task
	now := standing{o.known, o.said, o.more, t.Status, t.Attempts, o.width, t.CompletedAt}
	if now != o.tailFor || o.tail == nil {
		o.tail, o.tailFor = o.ending(s), now
	}
	o.refresh()
}

// take adds what a picture has of the transcript. When it does not begin where the known part ends, another
// attempt has begun, or the oldest text was dropped before it was seen: then what is here is thrown away.
func (o *outputPane) take(p picture) {
	if o.stale || p.first != o.position {
		o.restart()
	}
	size := 0
	for _, e := range p.entries {
		size += len(e.Text)
		o.write(e)
	}
	o.position, o.more = p.next, size >= outputChunk/2
	if over := len(o.rows) - outputRows; over > outputRows/4 {
		o.rows = append([]outRow(nil), o.rows[over:]...)
		o.dropped += over
		o.offset -= over
		if o.fold.row -= over; o.fold.row < 0 {
			o.fold = fold{row: -1} // its row is gone; what comes gets another
		}
	}
}

// write wraps one entry. Text and thinking go on where the piece before ended; the others have rows of
// their own. How an attempt failed is not taken from here: the ending says it, and what to do next.
func (o *outputPane) write(e transcript.Entry) {
	if e.Kind == transcript.None || e.Kind == transcript.Failure {
		return
	}
	flows := e.Kind == transcript.Text || e.Kind == transcript.Thinking || e.Kind == transcript.Stderr
	if !flows || e.Kind != o.kind {
		o.flush()
		o.kind = e.Kind
	}
	if flows {
		o.said = o.said || e.Kind == transcript.Text
		o.wrap.Width = o.textWidth()
		if e.Kind != transcript.Text {
			o.wrap.Width = max(o.textWidth()-2, 1) // beside its mark
		}
		o.wrap.Write(cells.Settle(o.clean.Write(e.Text)))
		o.collect(o.wrap.Take())
		return
	}
	o.wrap.Width = o.textWidth()
	o.wrap.Write(cells.Block(e.Text))
	o.flush()
}

// flush ends the piece that is being wrapped.
func (o *outputPane) flush() {
	if o.kind == transcript.None {
		return
	}
	o.wrap.Write(cells.Settle(o.clean.Close()))
	o.collect(o.wrap.Rows())
	o.kind = transcript.None
}

func (o *outputPane) collect(rows []string) {
	if o.folds() {
		o.collectFolded(rows)
		return
	}
	o.fold = fold{row: -1}
	for _, row := range rows {
		o.rows = append(o.rows, outRow{kind: kindOf(o.kind), text: row})
	}
}

// folds reports whether what is being wrapped is not shown.
func (o *outputPane) folds() bool { return o.kind == transcript.Thinking && !o.modes.unfold }

// openRow is the row that may still grow, if it is shown.
func (o *outputPane) openRow() (string, bool) {
	if o.body != nil || o.folds() {
		return "", false
	}
	return o.wrap.Tail()
}

// middle is what stands between the prompt and the ending.
func (o *outputPane) middle() []outRow {
	if o.body != nil {
		return o.body
	}
	return o.rows
}

func kindOf(k transcript.Kind) outKind {
	switch k {
	case transcript.Thinking:
		return outThinking
	case transcript.Stderr:
		return outStderr
	case transcript.Notice:
		return outNotice
	default:
		return outText
	}
}

// promptHead is the prompt as it stands above the transcript.
func (o *outputPane) promptHead(s *scene) []outRow {
	const most = 64 << 10 // more than promptRows can show
	prompt := o.task.Request.Prompt
	size := len(prompt)
	prompt = cells.Block(strings.ToValidUTF8(prompt[:min(len(prompt), most)], ""))
	rows := cells.Wrap(prompt, o.width-2, promptRows, s.theme.Glyphs.Ellipsis)
	head := make([]outRow, 0, len(rows)+2)
	for _, row := range rows {
		head = append(head, outRow{kind: outPrompt, text: row})
	}
	if size > most || len(rows) == promptRows {
		head = append(head, outRow{kind: outNotice, text: fmt.Sprintf("The prompt goes on; it has %s.", cells.Bytes(size))})
	}
	return append(head, outRow{kind: outGap, text: ""})
}

// ending says how the task stands at the end of what it has said.
func (o *outputPane) ending(s *scene) []outRow {
	var rows []outRow
	add := func(kind outKind, text string) {
		for _, row := range cells.Wrap(text, o.width, 8, s.theme.Glyphs.Ellipsis) {
			rows = append(rows, outRow{kind: kind, text: row})
		}
	}
	if !o.known {
		add(outNotice, cells.Sentence(facts.Name(o.id)+" is no longer known; only the latest tasks that have ended are kept"))
		return rows
	}
	t, g := &o.task, &s.theme.Glyphs
	result := &t.Result
	kind, what, next := facts.Failure(t.Error)
	if t.Status.Ended() && !o.said && !o.more && result.Text != "" {
		// The transcript is no longer held, the result is.
		for _, row := range cells.Wrap(cells.Block(result.Text), o.width, outputRows, g.Ellipsis) {
			rows = append(rows, outRow{kind: outText, text: row})
		}
	}
	switch t.Status {
	case dispatcher.StatusPending:
		if t.Error != nil {
			add(outFailure, fmt.Sprintf("Attempt %d ended (%s): %s", t.Attempts, kind, cells.Sentence(what)))
		}
		if t.Attempts == 0 || t.Error != nil {
			add(outNotice, "It waits in the queue.")
		}
	case dispatcher.StatusRunning:
	case dispatcher.StatusCompleted:
		rows = append(rows, outRow{kind: outGap, text: ""})
		add(outGood, g.Completed+" completed in "+cells.Took(t.CompletedAt.Sub(t.StartedAt))+figures(t, g.Dot))
	case dispatcher.StatusFailed:
		rows = append(rows, outRow{kind: outGap, text: ""})
		add(outFailure, g.Failed+" "+kind+": "+what)
	case dispatcher.StatusCancelled:
		rows = append(rows, outRow{kind: outGap, text: ""})
		if t.Attempts == 0 {
			add(outNotice, g.Cancelled+" cancelled before it started")
		} else {
			add(outNotice, g.Cancelled+" cancelled after "+cells.Took(t.CompletedAt.Sub(t.StartedAt))+figures(t, g.Dot))
		}
	}
	if next != "" {
		add(outNext, g.Arrow+" "+cells.Sentence(next))
	}
	return rows
}

// figures lists what is known of an attempt, each number behind a dot.
func figures(t *agent.Task, dot string) string {
	if t.Request.Program() != "" {
		return "" // a command has none
	}
	m := &t.Result.Metrics
	text := " " + dot + " " + cells.Plural(m.Tokens, "token")
	if m.Approximate {
		text = " " + dot + " about " + cells.Plural(m.Tokens, "token")
	}
	if m.Rate > 0 {
		text += " " + dot + " " + cells.Rate(m.Rate) + " tok/s"
	}
	if m.FirstToken > 0 {
		text += " " + dot + " first token after " + cells.Took(m.FirstToken)
	}
	if m.ServerWait > 100*time.Millisecond { // less than that is measuring error
		text += " " + dot + " waited in the server for " + cells.Took(m.ServerWait)
	}
	return text
}

// total is how many rows there are, the open one included.
func (o *outputPane) total() int {
	n := len(o.head) + len(o.middle()) + len(o.ends())
	if _, open := o.openRow(); open {
		n++
	}
	return n
}

// row returns row i of the whole.
func (o *outputPane) row(i int) outRow {
	if i < len(o.head) {
		return o.head[i]
	}
	middle := o.middle()
	if i -= len(o.head); i < len(middle) {
		return middle[i]
	}
	i -= len(middle)
	if text, open := o.openRow(); open {
		if i == 0 {
			return outRow{kind: kindOf(o.kind), text: text}
		}
		i--
	}
	return o.ends()[i]
}

// ends is the ending; an answer that is laid out does not stand in it a second time.
func (o *outputPane) ends() []outRow {
	if o.body != nil {
		for i, r := range o.tail {
			if r.kind != outText {
				return o.tail[i:]
			}
		}
	}
	return o.tail
}

func (o *outputPane) clamp() {
	last := max(0, o.total()-o.height)
	if o.follow {
		o.offset = last
	}
	o.offset = max(0, min(o.offset, last))
}

// scroll does the actions that move. Moving up leaves the end;
// reaching it follows again.
func (o *outputPane) scroll(a keys.Action) {
	switch a {
	case keys.Up:
		o.offset--
	case keys.Down:
		o.offset++
	case keys.PageUp:
		o.offset -= max(1, o.height-1)
	case keys.PageDown:
		o.offset += max(1, o.height-1)
	case keys.First:
		o.offset = 0
	case keys.Last:
		o.offset = o.total()
	default:
		return
	}
	o.follow = a != keys.Up && a != keys.PageUp && a != keys.First && o.offset >= o.total()-o.height
	o.clamp()
}
