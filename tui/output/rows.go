package output

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"drover/agent"
	"drover/agent/transcript"
	"drover/dispatcher"
	"drover/tui/cells"
	"drover/tui/facts"
	"drover/tui/markdown"
)

// promptRows is how many rows of the prompt stand above the transcript.
const promptRows = 40

// row is one wrapped row, cleaned.
type row struct {
	kind  rowKind
	text  string
	spans []markdown.Span // of a row of Markdown; nil for others
}

type rowKind uint8

const (
	rowText rowKind = iota
	rowThinking
	rowStderr
	rowNotice
	rowFailure
	rowPrompt
	rowGap
	rowGood
	rowNext
	rowFolded
	rowThought // what is thought now, where that is folded
	rowMarkdown
)

// standing is all that the ending is made from: with a long result it is not made again with all data.
type standing struct {
	known, said, more bool
	empty             bool
	status            dispatcher.TaskStatus
	attempts, width   int
	completed         time.Time
	waits, better     string
}

// folds reports whether what is being wrapped is not shown.
func (o *Output) folds() bool { return o.kind == transcript.Thinking && !o.modes.unfold }

// thought is the latest line of thinking that is folded and goes on; empty for none.
func (o *Output) thought() string {
	if !o.folds() || o.body != nil || o.task.Status != dispatcher.StatusRunning {
		return ""
	}
	open, _ := o.wrap.Tail()
	return cmp.Or(open, o.fold.last)
}

// openRow is the row that may still grow, if it is shown.
func (o *Output) openRow() (string, bool) {
	if o.body != nil || o.folds() {
		return "", false
	}
	return o.wrap.Tail()
}

// middle is what stands between the prompt and the ending.
func (o *Output) middle() []row {
	if o.body != nil {
		return o.body
	}
	return o.rows
}

func kindOf(k transcript.Kind) rowKind {
	switch k {
	case transcript.Thinking:
		return rowThinking
	case transcript.Stderr:
		return rowStderr
	case transcript.Notice:
		return rowNotice
	default:
		return rowText
	}
}

// promptHead is the prompt as it stands above the transcript.
func (o *Output) promptHead() []row {
	const most = 64 << 10 // more than promptRows can show
	prompt := o.task.Request.Prompt
	size := len(prompt)
	prompt = cells.Block(strings.ToValidUTF8(prompt[:min(len(prompt), most)], ""))
	texts := cells.Wrap(prompt, o.width-2, promptRows, o.look.Theme.Glyphs.Ellipsis)
	head := make([]row, 0, len(texts)+2)
	for _, text := range texts {
		head = append(head, row{kind: rowPrompt, text: text})
	}
	if size > most || len(texts) == promptRows {
		head = append(head, row{kind: rowNotice, text: fmt.Sprintf("The prompt goes on; it has %s.", cells.Bytes(size))})
	}
	return append(head, row{kind: rowGap, text: ""})
}

// ending says how the task stands at the end of what it has said.
func (o *Output) ending() []row {
	if !o.known {
		gone := cells.Sentence(facts.Name(o.task.ID) + " is no longer known; only the latest tasks that have ended are kept")
		return o.wrapped(rowNotice, gone)
	}
	t := &o.task
	kind, what, next := facts.WholeFailure(t.Error)
	var rows []row
	switch {
	case t.Status == dispatcher.StatusPending:
		if t.Error != nil {
			rows = o.wrapped(rowFailure, fmt.Sprintf("Attempt %d ended (%s): %s", t.Attempts, kind, cells.Sentence(what)))
		}
		rows = append(rows, o.wrapped(rowNotice, cmp.Or(o.waits, "It waits in the queue."))...)
		next = cmp.Or(o.better, next)
	case t.Status.Ended():
		rows = append(o.kept(), row{kind: rowGap})
		rows = append(rows, o.outcome(kind, what)...)
	}
	if next != "" {
		rows = append(rows, o.wrapped(rowNext, o.look.Theme.Glyphs.Arrow+" "+cells.Sentence(next))...)
	}
	return rows
}

// wrapped are the rows of one kind that a text makes.
func (o *Output) wrapped(kind rowKind, text string) (rows []row) {
	for _, part := range cells.Wrap(text, o.width, maxRows, o.look.Theme.Glyphs.Ellipsis) {
		rows = append(rows, row{kind: kind, text: part})
	}
	return rows
}

// kept is the result of a task that has ended and whose transcript is no longer held, or that it has said nothing.
func (o *Output) kept() (rows []row) {
	t := &o.task
	if !o.said && !o.more && t.Result.Text != "" {
		for _, text := range cells.Wrap(cells.Block(t.Result.Text), o.width, maxRows, o.look.Theme.Glyphs.Ellipsis) {
			rows = append(rows, row{kind: rowText, text: text})
		}
	}
	if t.Attempts > 0 && len(o.rows)+len(rows) == 0 && !o.more {
		rows = o.wrapped(rowNotice, "It said nothing.")
	}
	return rows
}

// outcome says how a task ended.
func (o *Output) outcome(kind, what string) []row {
	t, g := &o.task, &o.look.Theme.Glyphs
	took := cells.Took(t.CompletedAt.Sub(t.StartedAt)) + figures(t, g.Dot)
	switch {
	case t.Status == dispatcher.StatusCompleted:
		return o.wrapped(rowGood, g.Completed+" completed in "+took)
	case t.Status == dispatcher.StatusFailed:
		return o.wrapped(rowFailure, g.Failed+" "+kind+": "+what)
	case t.Attempts == 0:
		return o.wrapped(rowNotice, g.Cancelled+" "+t.StatusName()+" before it started")
	default:
		return o.wrapped(rowNotice, g.Cancelled+" "+t.StatusName()+" after "+took)
	}
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
func (o *Output) total() int {
	n := len(o.head) + len(o.middle()) + len(o.ends())
	if _, open := o.openRow(); open {
		n++
	}
	return n
}

// at returns row i of the whole.
func (o *Output) at(i int) row {
	if i < len(o.head) {
		return o.head[i]
	}
	middle := o.middle()
	if i -= len(o.head); i < len(middle) {
		if now := o.thought(); i == o.fold.row && now != "" {
			return row{kind: rowThought, text: now}
		}
		return middle[i]
	}
	i -= len(middle)
	if text, open := o.openRow(); open {
		if i == 0 {
			return row{kind: kindOf(o.kind), text: text}
		}
		i--
	}
	return o.ends()[i]
}

// ends is the ending; an answer that is laid out does not stand in it a second time.
func (o *Output) ends() []row {
	if o.body != nil {
		for i, r := range o.tail {
			if r.kind != rowText {
				return o.tail[i:]
			}
		}
	}
	return o.tail
}

func (o *Output) clamp() {
	last := max(0, o.total()-o.height)
	if o.follow {
		o.offset = last
	}
	o.offset = max(0, min(o.offset, last))
}
