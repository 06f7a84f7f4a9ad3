package output

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"drover/agent"
	"drover/agent/transcript"
	"drover/dispatcher"
	"drover/tui/keys"
	"drover/tui/notice"
	"drover/tui/overlay"
	"drover/tui/theme"
)

// pane is an output with what it needs around it: a task that says something, one who fetches that, and the bar and the
// notices that it asks for.
type pane struct {
	*Output
	t       *testing.T
	look    overlay.Look
	width   int
	task    agent.Task // as the engine has it
	unknown bool       // the engine does not know it
	entries []transcript.Entry
	base    int64 // position of the first entry
	bar     *overlay.Bar
	notice  notice.Notice
	intent  keys.Intent // the latest of another type
}

// show opens the output of a task that has said something, in w×h cells.
func show(t *testing.T, w, h int, task agent.Task, entries ...transcript.Entry) *pane {
	t.Helper()
	p := &pane{t: t, width: w, task: task, entries: entries}
	p.look = overlay.Look{Theme: theme.New(theme.Look{}, theme.Unicode()), Keys: keys.Default()}
	p.Output = New(&p.look)
	p.SetFocus(true)
	p.SetSize(w, h)
	p.SetTask(task)
	p.fetch()
	return p
}

// fetch does what the parent does until nothing is asked for any more.
func (p *pane) fetch() {
	p.SetLane(nil, p.task.CreatedAt.Add(time.Hour))
	for again := true; again; again = p.More() {
		p.SetData(p.data(p.Request()))
	}
	if l, ok := p.Layout(); ok {
		p.SetLaidOut(l.Run(p.answer()))
	}
}

// data counts positions in bytes, as if entries were cut anywhere.
func (p *pane) data(r Request) Data {
	d := Data{ID: r.ID, From: r.From, Task: p.task, Known: !p.unknown, First: max(r.From, p.base)}
	d.Next = d.First
	at, limit := p.base, int64(Chunk)
	for _, e := range p.entries {
		from := max(d.Next-at, 0)
		if n := min(int64(len(e.Text))-from, limit); n > 0 {
			d.Entries = append(d.Entries, transcript.Entry{Kind: e.Kind, Text: e.Text[from : from+n]})
			d.Next, limit = d.Next+n, limit-n
		}
		at += int64(len(e.Text))
	}
	return d
}

// answer is the text of the task.
func (p *pane) answer() string {
	if p.task.Result.Text != "" {
		return p.task.Result.Text
	}
	var b strings.Builder
	for _, e := range p.entries {
		if e.Kind == transcript.Text {
			b.WriteString(e.Text)
		}
	}
	return b.String()
}

// say adds to what the task has said.
func (p *pane) say(entries ...transcript.Entry) {
	p.entries = append(p.entries, entries...)
	p.fetch()
}

// forget begins another attempt.
func (p *pane) forget() {
	for _, e := range p.entries {
		p.base += int64(len(e.Text))
	}
	p.base++
	p.entries = nil
}

// end ends the task.
func (p *pane) end(status dispatcher.TaskStatus, err error) {
	p.task = ended(p.task, status, err)
	p.fetch()
}

// Do carries actions out, by the bar if one is open.
func (p *pane) Do(actions ...keys.Action) {
	p.t.Helper()
	for _, a := range actions {
		h, ok := p.Handlers()[a]
		if p.bar != nil {
			h, ok = p.bar.Handlers()[a]
		}
		if !ok {
			p.t.Fatalf("nothing is done for %q", a)
		}
		p.notice = notice.Notice{}
		if why := h.Why(); why != "" {
			p.notice = notice.Notice{Kind: notice.Warn, Text: why}
		} else {
			p.carryOut(h.Do())
		}
		p.fetch()
	}
}

func (p *pane) carryOut(i keys.Intent) {
	switch i := i.(type) {
	case nil:
	case notice.Notice:
		p.notice = i
	case overlay.Open:
		p.bar = i.Overlay.(*overlay.Bar)
		p.bar.SetSize(p.width, 1)
	case overlay.Close:
		p.bar = nil
		if i.Then != nil {
			p.carryOut(i.Then())
		}
	default:
		p.intent = i
	}
}

// Type writes into the bar.
func (p *pane) Type(text string) {
	p.t.Helper()
	p.carryOut(p.bar.Paste(text))
	p.fetch()
}

// Rows are those of the output, without colours and spaces at the end. They are as wide and as many as they have to be.
func (p *pane) Rows() []string {
	rows := p.View()
	if len(rows) != p.height+headRows {
		p.t.Errorf("there are %d rows, not %d", len(rows), p.height+headRows)
	}
	for i, row := range rows {
		if w := ansi.StringWidth(row); w != p.width {
			p.t.Errorf("row %d is %d cells wide: %q", i, w, row)
		}
		rows[i] = strings.TrimRight(ansi.Strip(row), " ")
	}
	return rows
}

// Screen is the output with the bar and the notice below it.
func (p *pane) Screen() string {
	rows := p.Rows()
	if p.bar != nil {
		rows = append(rows, ansi.Strip(p.bar.View()[0]))
	}
	return strings.Join(append(rows, p.notice.Text), "\n") + "\n"
}

// Has fails the test unless each text is on the screen.
func (p *pane) Has(texts ...string) {
	p.t.Helper()
	for _, text := range texts {
		if s := p.Screen(); !strings.Contains(s, text) {
			p.t.Errorf("%q is missing in\n%s", text, s)
		}
	}
}

// Lacks fails the test if one of the texts is on the screen.
func (p *pane) Lacks(texts ...string) {
	p.t.Helper()
	for _, text := range texts {
		if s := p.Screen(); strings.Contains(s, text) {
			p.t.Errorf("%q is in\n%s", text, s)
		}
	}
}

var begun = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// running is a task in the first lane.
func running() agent.Task {
	return agent.Task{ID: "task-1", Request: agent.Request{Prompt: "Count to forty.\nOne number a line."}, Priority: dispatcher.PriorityNormal,
		Status: dispatcher.StatusRunning, Attempts: 1, CreatedAt: begun, StartedAt: begun.Add(time.Minute)}
}

// ended is the task after it has run for 12 seconds.
func ended(t agent.Task, status dispatcher.TaskStatus, err error) agent.Task {
	t.Status, t.Error, t.CompletedAt = status, err, t.StartedAt.Add(12*time.Second)
	t.Result.Metrics = agent.Metrics{Tokens: 480, Rate: 41.3, FirstToken: 700 * time.Millisecond}
	return t
}

func text(s string) transcript.Entry { return transcript.Entry{Kind: transcript.Text, Text: s} }

func thinking(s string) transcript.Entry { return transcript.Entry{Kind: transcript.Thinking, Text: s} }

// talkative is what the task has said that runs: a notice, two rows of thinking, and forty lines.
func talkative() []transcript.Entry {
	list := []transcript.Entry{
		{Kind: transcript.Notice, Text: "qwen3:8b, the first installed model, is used"},
		thinking("The user wants forty lines. I will count, and I will take care that every single one of them is there.\n"),
	}
	for i := range 40 {
		list = append(list, text(fmt.Sprintf("line %d\n", i+1)))
	}
	return list
}

// answered is a task that has answered in Markdown.
func answered() (agent.Task, []transcript.Entry) {
	t := ended(running(), dispatcher.StatusCompleted, nil)
	t.Result.Text = "# Title\n\nsome **strong** words &#27;[2J\n"
	return t, []transcript.Entry{thinking("hm\n"), text(t.Result.Text)}
}
