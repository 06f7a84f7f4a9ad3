package output

import (
	"time"

	"drover/agent"
	"drover/agent/engine"
	"drover/agent/safetext"
	"drover/agent/transcript"
	"drover/tui/cells"
	"drover/tui/keys"
	"drover/tui/overlay"
)

const (
	// Chunk is how much of a transcript is to be fetched at once, in bytes: little enough that a key pressed while a long one
	// is loaded does not wait for it.
	Chunk = 64 << 10
	// maxRows is how many rows of a transcript are kept on the screen's side. The engine keeps more; a
	// quarter above it the oldest are dropped at once, so that dropping costs little for each row.
	maxRows = 20_000
	// cutWidth is how wide a row can be that is not wrapped.
	cutWidth = 4096
	// headRows is how many rows stand above the text: the title and the facts.
	headRows = 2
)

// Request is what is to be fetched: all there is of a task and, of its transcript, a [Chunk] from a position on.
type Request struct {
	ID   string // empty for nothing
	From int64
}

// Data is what was fetched.
type Data struct {
	ID          string // as in the request
	From        int64
	Task        agent.Task
	Known       bool // the engine knows the task
	Entries     []transcript.Entry
	First, Next int64 // the positions at which the entries begin and end
}

// Output shows what one task has said. Text is wrapped once, as it comes. After a change of the
// width everything is fetched again instead of being kept twice here.
type Output struct {
	look     *overlay.Look
	handlers keys.Handlers

	task   agent.Task // as of the latest data; of one that is not known only the ID
	known  bool       // the engine knows the task
	loaded bool       // there have been data for it

	none string // why there is no task

	lane    *engine.Lane // that works on it
	waits   string       // what it waits for before it is started
	better  string       // what can be done about that
	now     time.Time
	focused bool

	width, height int  // of the text
	offset        int  // first row shown
	follow        bool // the end stays in sight
	column        int  // first cell shown, of lines that are not wrapped

	modes   modes
	search  search
	laidOut LaidOut
	asking  version   // what was asked for last, see Layout
	askedAt time.Time // when that was
	steady  bool      // it ended while somebody read further up, so it stays as it is
	body    []row     // shown in the place of rows; nil when rows are
	fold    fold

	position int64 // what of the transcript is in rows
	more     bool  // the latest data were full, there is more to fetch at once
	stale    bool  // rows are of another width or task, the next data replace them

	head    []row // the prompt
	rows    []row // complete rows
	dropped int   // how many were dropped before rows
	tail    []row // how it ended
	tailFor standing
	said    bool // there has been text of an answer

	kind  transcript.Kind // of the piece that is being wrapped
	clean safetext.Cleaner
	wrap  cells.Wrapper
}

// modes are how outputs are looked at. They stay when another one is opened.
type modes struct {
	cut    bool // lines are cut at the edge instead of wrapped
	unfold bool // thinking is shown
	raw    bool // an answer is shown as it was written, not as the Markdown that it is
	early  bool // one that goes on is shown as Markdown too
}

// New returns an output that shows no task. The look is read whenever something is drawn.
func New(look *overlay.Look) *Output {
	o := &Output{look: look}
	o.handlers = o.newHandlers()
	return o
}

// SetTask turns to a task, as far as it is known already, and to its end.
func (o *Output) SetTask(t agent.Task) {
	*o = Output{look: o.look, handlers: o.handlers, focused: o.focused, now: o.now, width: o.width, height: o.height, modes: o.modes,
		task: t, known: true, follow: true, fold: fold{row: -1}}
	o.wrap.Width = o.textWidth()
}

// SetNone shows no task, and says why.
func (o *Output) SetNone(why string) {
	if o.task.ID == "" && o.none == why {
		return
	}
	o.SetTask(agent.Task{})
	o.known, o.none = false, why
}

// ID is that of the task that is shown, empty for none.
func (o *Output) ID() string { return o.task.ID }

// SetSize fits everything into w×h cells.
func (o *Output) SetSize(w, h int) {
	o.height = max(0, h-headRows)
	if w != o.width {
		o.width = w
		o.again()
	}
	o.clamp()
}

// SetFocus says whether it has the keys.
func (o *Output) SetFocus(focused bool) { o.focused = focused }

// SetLane says which lane works on the task, nil for none, and what time it is.
func (o *Output) SetLane(lane *engine.Lane, now time.Time) { o.lane, o.now = lane, now }

// SetWaits says in a sentence what a task waits for that has not been started yet, and what can be done about it; both may be
// empty.
func (o *Output) SetWaits(why, next string) {
	changed := why != o.waits || next != o.better
	if o.waits, o.better = why, next; o.loaded && changed {
		o.renew()
	}
}

// Request is what has to be fetched next.
func (o *Output) Request() Request { return Request{o.task.ID, o.position} }

// More reports whether there is more to be fetched at once, and not only when something has changed.
func (o *Output) More() bool { return o.more }

// again has everything fetched again, for rows that are laid out in another way.
func (o *Output) again() { o.position, o.stale, o.more = 0, true, true }

// textWidth is where lines are wrapped.
func (o *Output) textWidth() int {
	if o.modes.cut {
		return cutWidth
	}
	return max(o.width, 1)
}

// restart empties the rows before everything is taken again.
func (o *Output) restart() {
	o.head, o.rows, o.dropped, o.said, o.stale = nil, nil, 0, false, false
	o.fold = fold{row: -1}
	o.kind, o.clean, o.wrap = transcript.None, safetext.Cleaner{}, cells.Wrapper{Width: o.textWidth()}
}

// SetData takes what is new of the task.
func (o *Output) SetData(d Data) {
	if d.ID == "" || d.ID != o.task.ID {
		return
	}
	if d.Task.Status.Ended() && !o.task.Status.Ended() && o.loaded && !o.follow {
		o.steady = true
	}
	o.task, o.known, o.loaded = d.Task, d.Known, true
	o.task.ID = d.ID
	if d.From == o.position {
		o.take(d)
	}
	if o.head == nil && o.known {
		o.head = o.promptHead()
	}
	o.renew()
}

// renew makes the ending again if what it is made from has changed.
func (o *Output) renew() {
	t := &o.task
	now := standing{o.known, o.said, o.more, len(o.rows) == 0, t.Status, t.Attempts, o.width, t.CompletedAt, o.waits, o.better}
	if now != o.tailFor || o.tail == nil {
		o.tail, o.tailFor = o.ending(), now
	}
	o.refresh()
}

// take adds what there is of the transcript. When that does not begin where the known part ends, another
// attempt has begun, or the oldest text was dropped before it was seen: then what is here is thrown away.
func (o *Output) take(d Data) {
	if o.stale || d.First != o.position {
		o.restart()
	}
	size := 0
	for _, e := range d.Entries {
		size += len(e.Text)
		o.write(e)
	}
	o.position, o.more = d.Next, size >= Chunk/2
	if over := len(o.rows) - maxRows; over > maxRows/4 {
		o.rows = append([]row(nil), o.rows[over:]...)
		o.dropped += over
		o.offset -= over
		if o.fold.row -= over; o.fold.row < 0 {
			o.fold = fold{row: -1} // its row is gone; what comes gets another
		}
	}
}

// write wraps one entry. Text and thinking go on where the piece before ended; the others have rows of
// their own. How an attempt failed is not taken from here: the ending says it, and what to do next.
func (o *Output) write(e transcript.Entry) {
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
func (o *Output) flush() {
	if o.kind == transcript.None {
		return
	}
	o.wrap.Write(cells.Settle(o.clean.Close()))
	o.collect(o.wrap.Rows())
	o.kind = transcript.None
}

func (o *Output) collect(rows []string) {
	if o.folds() {
		o.collectFolded(rows)
		return
	}
	o.fold = fold{row: -1}
	for _, text := range rows {
		o.rows = append(o.rows, row{kind: kindOf(o.kind), text: text})
	}
}

// fold is the row that stands for thinking that is not shown.
type fold struct {
	row   int // in rows; -1 for none
	lines int
	last  string // the latest of them
}

// collectFolded counts lines of thinking and keeps one row for all that follow each other.
func (o *Output) collectFolded(rows []string) {
	if o.fold.row < 0 {
		o.fold = fold{row: len(o.rows)}
		o.rows = append(o.rows, row{kind: rowFolded})
	}
	for _, text := range rows {
		if text != "" {
			o.fold.lines++
			o.fold.last = text
		}
	}
	o.rows[o.fold.row].text = cells.Plural(o.fold.lines, "line")
}
